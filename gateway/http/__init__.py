"""HTTP for those who command the gateway: its admin listener."""
