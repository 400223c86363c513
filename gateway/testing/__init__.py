"""A gateway in the process of a test, and its clients: handlers tested without sockets.

Everything is the real thing (routes, handlers, threads, rooms, both serializers), but for the
connection, which is a list in memory. The gateway's loop has a thread of its own, so tests are
plain functions, and may be coroutines.

    with TestGateway('gateway.yaml') as gateway:
        alice, bob = gateway.client(), gateway.client()
        alice.emit('say', 'hello')
        assert bob.get_received() == [{'name': 'said', 'args': ['hello'], 'namespace': '/'}]
"""

from gateway.testing.client import Client
from gateway.testing.gateway import TestGateway

__all__ = ['Client', 'TestGateway']
