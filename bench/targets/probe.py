"""One client that joins like those of the load, and finds out why it can't.

Rules of this file:
- It sends the very bytes that the load generator sends.
- What a server says is quoted in part, and never raw.
"""

from __future__ import annotations

import errno
import json
import re
import socket
import ssl
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException, HTTPResponse
from typing import Any, BinaryIO

from bench.load.address import Address
from bench.load.wire import NUMBER, Dialect, Wire
from bench.targets.errors import TargetError

PATIENCE = 10.0  # seconds
MOST = 1_000_000  # bytes of a message
REACH = {
    errno.ECONNREFUSED: 'nothing listens there (connection refused)',
    errno.EHOSTUNREACH: 'no route to that host',
    errno.ENETUNREACH: 'no route to that network',
    errno.ECONNRESET: 'it cut the connection',
}
OLDER = 'an older Socket.IO (Engine.IO 3, that is version 2 or before): 3 or later is needed'


class Probe:
    def __init__(
        self,
        address: Address,
        dialect: Dialect,
        *,
        insecure: bool = False,
        patience: float = PATIENCE,
    ) -> None:
        self.address, self.insecure, self.patience = address, insecure, patience
        self.wire = Wire(dialect, address, 'json')
        self.namespace = dialect.namespace

    def resolved(self) -> Address:
        try:
            return self.address.resolved()
        except OSError as error:
            raise self._error(f'no such host: {error.strerror}') from None

    def reach(self) -> None:
        """That it accepts connections."""
        with self._told():
            self._connect().close()

    def join(self) -> str:
        """Joins the namespace and leaves again; what the server calls itself. TargetError."""
        setup = self.wire.setup(self.resolved().host, polling=False, headers=600, enter=False)
        with self._told(), self._connect() as sock:
            sock.sendall(bytes(setup['request']).replace(NUMBER.encode(), b'00000000'))
            with closing(HTTPResponse(sock, method='GET')) as response:
                self._upgraded(response)
                stream = response.fp  # which has read ahead
                self._open(stream)
                sock.sendall(masked(bytes(setup['hello'])))
                self._welcome(stream, bytes(setup['welcome']), bytes(setup['refusal']))
                return said(response.headers.get('Server', ''), quoted=False)

    def _upgraded(self, response: HTTPResponse) -> None:
        try:
            response.begin()
        except HTTPException as error:
            raise self._error(f'not a Socket.IO server: it answered {said(error)}') from None
        if response.status != HTTPStatus.SWITCHING_PROTOCOLS:
            raise self._not_upgraded(response)

    def _connect(self) -> socket.socket:
        address = self.resolved()
        sock = socket.create_connection((address.host, address.port), self.patience)
        if not self.address.tls:
            return sock
        context = ssl.create_default_context()
        if self.insecure:
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        return context.wrap_socket(sock, server_hostname=self.address.host)

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Failures of the network as TargetError."""
        try:
            yield
        except ssl.SSLCertVerificationError as error:
            raise self._error(f'its certificate is not trusted: {error.verify_message}') from None
        except ssl.SSLError as error:
            raise self._error(f'TLS failed: {error.reason or error}') from None
        except TimeoutError:
            raise self._error(f'no answer within {self.patience:g} s') from None
        except OSError as error:
            reason = REACH.get(error.errno or 0, error.strerror or str(error))
            raise self._error(reason) from None

    def _open(self, stream: BinaryIO) -> None:
        opening = self._message(stream, 'before it had opened the session')
        if not opening.startswith(b'0{'):
            raise self._error(f'not a Socket.IO server: its first message is {said(opening)}')

    def _welcome(self, stream: BinaryIO, welcome: bytes, refusal: bytes) -> None:
        while True:
            message = self._message(stream, f'when it was asked for the namespace {self.namespace}')
            if message.startswith(welcome):
                return
            if message == b'40':  # unasked, and without a sid
                raise self._error(OLDER)
            if message.startswith(refusal):
                reason = said(reason_of(message[len(refusal) :]))
                raise self._error(f'the namespace {self.namespace} is refused: {reason}')

    def _message(self, stream: BinaryIO, moment: str) -> bytes:
        """The next one, heartbeats of WebSocket aside."""
        whole = b''
        while head := stream.read(2):
            size = head[1] & 127
            if size > 125:
                size = int.from_bytes(stream.read(2 if size == 126 else 8))
            if head[1] & 128 or head[0] & 0x70 or size > MOST:
                raise self._error('not what RFC 6455 calls a frame of a server')
            data, opcode = stream.read(size), head[0] & 15
            if opcode == 8:
                code = int.from_bytes(data[:2])
                raise self._error(f'it closed the connection {moment} ({code} {said(data[2:])})')
            if opcode < 8:
                whole += data
                if head[0] & 128:
                    return whole
        raise self._error(f'it closed the connection {moment}')

    def _not_upgraded(self, response: HTTPResponse) -> TargetError:
        """Whether it is a Socket.IO server at all shows in what it answers to polling."""
        refused = f'{response.status} {response.reason}'
        text = response.read(2000)
        status, kind, body = self._poll()
        if re.match(rb'0\{.*"sid"', body):
            reason = f': {said(reason_of(text))}' if text else ''
            origin = f' (the Origin was {self.address.origin})' if response.status == 403 else ''
            return self._error(f'it refuses WebSocket: {refused}{reason}{origin}')
        if re.match(rb'\d+:0\{', body):
            return self._error(OLDER)
        reason = reason_of(body)
        if isinstance(reason, str) and body.startswith(b'{"code":'):
            return self._error(f'it refuses Engine.IO 4: {said(reason)}')
        path = self.wire.path().partition('?')[0]
        return self._error(
            f'not a Socket.IO server: {path} answered {status}'
            f'{f" ({kind})" if kind else ""}{f": {said(body)}" if body else ""}'
        )

    def _poll(self) -> tuple[str, str, bytes]:
        """Status, content type and body of a handshake by polling."""
        client = HTTPConnection(self.address.host, self.address.port, timeout=self.patience)
        client.sock = self._connect()
        try:
            client.request('GET', f'{self.wire.path()}&transport=polling')
            answer = client.getresponse()
            kind = said(answer.headers.get('Content-Type', ''), quoted=False)
            return f'{answer.status} {answer.reason}', kind, answer.read(2000)
        except HTTPException as error:
            return str(error), '', b''
        finally:
            client.close()

    def _error(self, reason: str) -> TargetError:
        return TargetError(f'{self.address.origin}: {reason}')


def masked(data: bytes) -> bytes:
    """One text frame, with a mask that changes nothing."""
    size = len(data)
    length = bytes((0x80 | size,)) if size < 126 else b'\xfe' + size.to_bytes(2)
    return b'\x81' + length + bytes(4) + data


def reason_of(data: bytes) -> Any:
    """The message of an error as Socket.IO gives it, or all that there is."""
    try:
        value = json.loads(data)
    except ValueError:
        return data
    return value.get('message', data) if isinstance(value, dict) else value


def said(what: Any, *, quoted: bool = True, most: int = 120) -> str:
    """What a server said, on one line."""
    text = what.decode(errors='replace') if isinstance(what, bytes) else str(what)
    text = ' '.join(text.split())
    text = ''.join(letter if letter.isprintable() else '?' for letter in text)
    text = text if len(text) <= most else f'{text[:most]}…'
    return f'"{text}"' if quoted else text
