"""From the bus to browsers: Flask on gevent."""
