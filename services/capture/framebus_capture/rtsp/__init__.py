"""A client of RTSP servers, such as IP cameras (RFC 2326, and 7826 where cameras know it)."""
