"""A whole gateway on the running loop, for what depends on how it is put together."""

import contextlib
import socket
from collections.abc import AsyncIterator
from pathlib import Path

from gateway.app import Gateway
from gateway.config.load import load
from gateway.engine.front import FrontDoor
from tests.support.gateway import write


@contextlib.asynccontextmanager
async def inside(folder: Path, namespaces: dict, **sections: dict) -> AsyncIterator[Gateway]:
    """It listens on `port`, and on the Unix socket `file`."""
    file = folder / 'socket'
    server = {'listen': ['127.0.0.1:0', f'unix:{file}'], **sections.pop('server', {})}
    config = write(folder / 'gateway.yaml', namespaces, server=server, **sections)
    gateway = Gateway(load(config))
    gateway.start()
    gateway.port = int(gateway.addresses[0].rpartition(':')[2])
    gateway.file = str(file)
    try:
        yield gateway
    finally:
        await gateway.stop()


def admitted(monkeypatch) -> list[socket.socket]:
    """A list of the connections that front doors have let in from now on."""
    connections, look = [], FrontDoor._look

    def noting(door, connection, address):
        look(door, connection, address)
        connections.append(connection)

    monkeypatch.setattr(FrontDoor, '_look', noting)
    return connections
