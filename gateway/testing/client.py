"""Client: a Socket.IO client in a test, with the methods of Flask-SocketIO's test client.

- A method returns when everything that it started has ended: routes, coroutines, threads, and what
  they sent to whomever. Background tasks go on; `receive` waits for what they send.
- Packets are encoded and decoded by python-socketio's own client classes.
"""

import threading
from collections.abc import Callable, Mapping
from functools import partial
from itertools import count
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

from socketio import msgpack_packet, packet

from gateway.engine import handshake
from gateway.engine.request import Request
from gateway.testing.link import Link

if TYPE_CHECKING:
    from gateway.testing.gateway import TestGateway

PACKETS: Final = {'json': packet.Packet, 'msgpack': msgpack_packet.MsgPackPacket}
UNNAMED: Final = ('message', 'json')  # what `send` sends
FORBIDDEN: Final = {'code': 4, 'message': 'Forbidden'}  # the body of the 403


class Client:
    """`namespace` is where it connects first, and what its methods mean without one."""

    def __init__(
        self,
        gateway: 'TestGateway',
        namespace: str | None = None,
        auth: Mapping[str, Any] | None = None,
        *,
        headers: Mapping[str, str] | None = None,
        query: Mapping[str, str] | None = None,
        serializer: str = 'json',
    ) -> None:
        self.namespace = namespace or '/'
        self._gateway = gateway
        self._headers = {'host': 'localhost', **(headers or {})}
        self._query = {'EIO': '4', 'transport': 'websocket', **(query or {})}
        self._packet = PACKETS[serializer]
        self._link: Link | None = None
        self._ids = count(1)
        self._sids: dict[str, str] = {}
        self._refusals: dict[str, Any] = {}
        self._acks: dict[int, list[Any]] = {}
        self._answers: dict[str, Callable[..., Any]] = {}
        self._partial: Any = None  # a packet whose attachments have not all come
        self._received: list[dict[str, Any]] = []
        self._arrived = threading.Condition()
        self.connect(auth=auth)

    @property
    def sid(self) -> str | None:
        """Its sid in `namespace`; None where it is not connected."""
        return self._sids.get(self.namespace)

    def connect(self, namespace: str | None = None, auth: Mapping[str, Any] | None = None) -> bool:
        """Join a namespace. False where that was refused: `refusal` says how."""
        name = namespace or self.namespace
        self._refusals.pop(name, None)
        self._gateway.act(partial(self._connect, name, auth))
        return self.is_connected(name)

    def is_connected(self, namespace: str | None = None) -> bool:
        return (namespace or self.namespace) in self._sids

    def refusal(self, namespace: str | None = None) -> Any:
        """What a client's `connect_error` is given: {'message': …}; None where it was let in."""
        return self._refusals.get(namespace or self.namespace)

    def disconnect(self, namespace: str | None = None) -> None:
        """Leave a namespace. RuntimeError where it is not connected."""
        name = self._joined(namespace)
        del self._sids[name]
        self._gateway.act(partial(self._put, packet.DISCONNECT, name))

    def close(self) -> None:
        """Leave all of them at once, as when the network goes: `transport close`."""
        if self._link is not None:
            self._gateway.act(self._link.leave)

    def emit(
        self,
        event: str,
        *args: Any,
        callback: bool = False,
        namespace: str | None = None,
        wait: bool = True,
    ) -> Any:
        """Emit an event; with `callback`, give what it was acknowledged with.

        That is one value, or a list where it is none or several. None: nothing came. With
        `wait=False` it returns at once. RuntimeError where it is not connected, TimeoutError where
        a handler takes too long.
        """
        name = self._joined(namespace)
        id = next(self._ids) if callback else None
        self._gateway.act(partial(self._put, packet.EVENT, name, [event, *args], id), wait)
        answer = self._acks.pop(id, None) if id is not None else None
        return answer[0] if answer is not None and len(answer) == 1 else answer

    def send(self, data: Any, json: bool = False, **options: Any) -> Any:
        """Emit `message`, or `json`; options as for `emit`."""
        return self.emit('json' if json else 'message', data, **options)

    def on(self, event: str, answer: Callable[..., Any]) -> None:
        """What `answer` returns for the arguments of an event acknowledges it."""
        self._answers[event] = answer

    def get_received(self, namespace: str | None = None) -> list[dict[str, Any]]:
        """What has come since the last call: `name`, `args` and `namespace` of each event.

        `args` is a list; of `message` and `json` it is the value itself.
        """
        name = namespace or self.namespace
        with self._arrived:
            found = [event for event in self._received if event['namespace'] == name]
            self._received = [event for event in self._received if event['namespace'] != name]
        return found

    def receive(self, namespace: str | None = None, timeout: float | None = None) -> dict[str, Any]:
        """Wait for the next event, and take it. TimeoutError."""
        name = namespace or self.namespace

        def first() -> dict[str, Any] | None:
            return next((event for event in self._received if event['namespace'] == name), None)

        patience = self._gateway.timeout if timeout is None else timeout
        with self._arrived:
            event = self._arrived.wait_for(first, patience)
            if event is None:
                raise TimeoutError(f'no event in {name} for {patience:g} s')
            self._received.remove(event)
        return event

    def rooms(self, namespace: str | None = None) -> list[str]:
        """The rooms that it is in."""
        name = self._joined(namespace)
        return self._gateway.act(partial(self._gateway.rooms, self._sids[name], name))

    def _joined(self, namespace: str | None) -> str:
        name = namespace or self.namespace
        if name not in self._sids:
            raise RuntimeError(f'not connected to {name}')
        return name

    # On the gateway's loop.

    def _connect(self, namespace: str, auth: Mapping[str, Any] | None) -> None:
        if self._link is None or self._link.session.closed:
            engine = self._gateway.engine
            target = f'{engine.settings.path}/?{urlencode(self._query)}'
            lines = [f'{name}:{value}' for name, value in self._headers.items()]
            head = '\n'.join([f'127.0.0.1 http GET {target}', *lines]).encode('latin-1')
            if not handshake.allows_origin(Request(head, engine.trusted), engine.allows):
                self._refusals[namespace] = FORBIDDEN
                return
            self._link = self._gateway.link(head, self._take, self._ended)
        self._put(packet.CONNECT, namespace, auth)

    def _put(self, kind: int, namespace: str, data: Any = None, id: int | None = None) -> None:
        encoded = self._packet(kind, data, namespace, id).encode()  # type: ignore[no-untyped-call]
        assert self._link is not None
        for message in encoded if isinstance(encoded, list) else [encoded]:
            self._link.put(message)

    def _take(self, message: str | bytes) -> None:
        """A message of the gateway's: a packet, or an attachment."""
        found = self._partial
        if found is None:
            found = self._packet(encoded_packet=message)  # type: ignore[no-untyped-call]
            is_whole = not found.attachment_count
        else:
            is_whole = found.add_attachment(message)
        self._partial = None if is_whole else found
        if is_whole:
            self._taken(found, found.namespace or '/')

    def _taken(self, found: Any, namespace: str) -> None:
        match found.packet_type:
            case packet.CONNECT:
                self._sids[namespace] = found.data['sid']
            case packet.CONNECT_ERROR:
                self._refusals[namespace] = found.data
            case packet.DISCONNECT:
                self._sids.pop(namespace, None)
            case packet.ACK | packet.BINARY_ACK:
                self._acks[found.id] = found.data
            case _:
                self._heard(namespace, *found.data)
                self._acknowledge(namespace, found)

    def _heard(self, namespace: str, event: str, *args: Any) -> None:
        told = args[0] if event in UNNAMED and len(args) == 1 else list(args)
        with self._arrived:
            self._received.append({'name': event, 'args': told, 'namespace': namespace})
            self._arrived.notify_all()

    def _acknowledge(self, namespace: str, found: Any) -> None:
        answer = self._answers.get(found.data[0])
        if found.id is None or answer is None:
            return
        value = answer(*found.data[1:])
        args = list(value) if isinstance(value, tuple) else [] if value is None else [value]
        self._put(packet.ACK, namespace, args, found.id)

    def _ended(self) -> None:
        self._sids.clear()
        self._partial = None
