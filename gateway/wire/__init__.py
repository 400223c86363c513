"""Bytes <-> values. Pure: no sockets, no event loop, no Tornado, no Socket.IO library."""
