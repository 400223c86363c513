"""Broadcasts set off by HTTP requests, on up to 16 keep-alive connections."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from bench.load.python.http import Http
from bench.load.python.load import Load
from bench.load.python.options import Options
from bench.load.python.server import Server, trusting, why

CONNECTIONS = 16


class Trigger:
    """Answers other than 2xx, and none at all, are counted as refused."""

    def __init__(self, load: Load, form: Options, on_idle: Callable[[], object]) -> None:
        self.load, self.on_idle = load, on_idle
        insecure = bool(load.setting.number('insecure'))
        tls = trusting(insecure=insecure) if form.number('http_tls') else None
        ip, port = form.text('http_address'), form.number('http_port')
        self.server = Server(ip, port, form.text('http_host'), tls)
        self.head, self.tail = form.data('http_head'), form.data('http_tail')
        self.idle: list[Http] = []
        self.busy: dict[asyncio.Task[None], Http] = {}
        self.waiting: list[bytes] = []

    def pull(self, payload: bytes) -> None:
        self.waiting.append(self.head + payload + self.tail)
        self._start()

    def _start(self) -> None:
        while self.waiting and len(self.busy) < CONNECTIONS:
            http = self.idle.pop() if self.idle else Http(self.server.opener(), lambda: None)
            task = asyncio.create_task(self._ask(http, self.waiting.pop(0)))
            self.busy[task] = http
            task.add_done_callback(self._done)

    async def _ask(self, http: Http, request: bytes) -> None:
        try:
            response = await http.ask(request)
            wrong = '' if 200 <= response.status < 300 else response.said
        except OSError as error:
            wrong = why(error)
        if wrong:
            self.load.tally.refused += 1
            self.load.changed.set()
            self.load.reason = self.load.reason or wrong

    def _done(self, task: asyncio.Task[None]) -> None:
        self.idle.append(self.busy.pop(task))
        if not task.cancelled():
            self._start()
            if not self.busy:
                self.on_idle()

    def close(self) -> None:
        self.waiting.clear()
        for task in self.busy:
            task.cancel()
        for http in [*self.idle, *self.busy.values()]:
            http.cut()
