"""framebus: raw frames on the bus to H.264 on the bus."""
