"""A TCP proxy that can stop forwarding: then its connections are open, and nothing passes."""

import contextlib
import socket
import threading
from collections.abc import Iterator

CHUNK = 65_536


class Proxy:
    """On `port` of 127.0.0.1, for a server on `target`."""

    def __init__(self, target: int) -> None:
        self._target = target
        self._listener = socket.create_server(('127.0.0.1', 0))
        self.port = self._listener.getsockname()[1]
        self._holding = False  # who connects now
        self._gates: list[threading.Event] = []  # of the connections, in their order
        self._sockets: list[socket.socket] = []
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    def hold(self) -> None:
        """Stop forwarding, both ways; who connects now is accepted, and hears nothing."""
        self._holding = True
        for gate in self._gates:
            gate.clear()

    def hold_first(self) -> None:
        """The same for the oldest connection alone."""
        self._gates[0].clear()

    def release(self) -> None:
        """Go on, with all that was said meanwhile."""
        self._holding = False
        for gate in self._gates:
            gate.set()

    def cut(self) -> None:
        """Close every connection there is."""
        for sock in self._sockets:
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._threads[0].join()
        self.cut()
        self.release()
        for thread in self._threads[1:]:
            thread.join()
        for sock in (self._listener, *self._sockets):
            sock.close()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            self._sockets.append(near)
            try:
                far = socket.create_connection(('127.0.0.1', self._target))
            except OSError:
                near.shutdown(socket.SHUT_RDWR)
                continue
            self._sockets.append(far)
            gate = threading.Event()
            self._gates.append(gate)
            if not self._holding:
                gate.set()
            for pair in ((near, far), (far, near)):
                thread = threading.Thread(target=self._forward, args=(*pair, gate), daemon=True)
                self._threads.append(thread)
                thread.start()

    def _forward(self, source: socket.socket, sink: socket.socket, gate: threading.Event) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(CHUNK):
                gate.wait()
                sink.sendall(data)
        gate.wait()
        with contextlib.suppress(OSError):
            sink.shutdown(socket.SHUT_RDWR)


@contextlib.contextmanager
def running(target: int) -> Iterator[Proxy]:
    proxy = Proxy(target)
    try:
        yield proxy
    finally:
        proxy.close()
