"""Video that comes in RTP packets (RFC 3550), whoever negotiated it."""
