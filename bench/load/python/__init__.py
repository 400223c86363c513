"""The load generator in Python: slower than the native one, but with TLS and polling."""
