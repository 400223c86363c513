"""Sending events to HTTP backends. It knows neither clients nor routes."""
