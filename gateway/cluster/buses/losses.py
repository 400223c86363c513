"""What sockets and asyncio raise, as `Lost`: for an operator, without addresses and secrets."""

import os
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager

from gateway.cluster.buses.bus import TIMEOUT, Lost, Refused


@contextmanager
def losing(name: str) -> Iterator[None]:
    """`name` is the queue's, before what has gone wrong with it."""
    try:
        yield
    except Lost as error:
        raise type(error)(f'{name} {error}') from error
    except TimeoutError as error:
        raise Lost(f'{name} has not answered within {TIMEOUT:g} s') from error
    except EOFError as error:
        raise Lost(f'{name} has closed the connection') from error
    except OSError as error:
        kind = Refused if isinstance(error, ssl.SSLCertVerificationError) else Lost
        raise kind(f'{name}: {why(error)}') from error


def why(error: Exception) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f'its certificate is refused: {error.verify_message}'
    if isinstance(error, socket.gaierror | ssl.SSLError):
        return str(error.strerror or error)
    return os.strerror(error.errno) if isinstance(error, OSError) and error.errno else str(error)
