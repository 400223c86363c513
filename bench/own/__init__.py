"""Rows about the gateway itself, each with a load of its own kind."""
