"""What happens to an event: the configuration's routes as closures over the hub."""
