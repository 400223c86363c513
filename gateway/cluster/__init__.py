"""Many gateways as one: the message queue between them and other programs."""
