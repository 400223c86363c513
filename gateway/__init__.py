"""A standalone realtime gateway: Socket.IO on Tornado's loop, configured by YAML."""

__version__ = '0.1.0'
