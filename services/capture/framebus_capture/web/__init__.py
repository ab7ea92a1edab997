"""A client of cameras that are asked by HTTP: for a picture, or a stream of them."""
