"""docker-compose.yml in a real engine."""
