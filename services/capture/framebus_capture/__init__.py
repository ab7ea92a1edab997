"""The camera's side: sources, frames, the bus."""
