"""The broker: one bus is one broker."""
