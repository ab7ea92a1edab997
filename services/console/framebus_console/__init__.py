"""The window on the Pi: preview, log, start and stop. A bus client like any other."""
