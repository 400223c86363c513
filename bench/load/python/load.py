"""The state of a load process: what connections are, the clients, the run that counts."""

from __future__ import annotations

import asyncio
from time import monotonic_ns

from bench.load.python.client import GONE, NUMBER, Client
from bench.load.python.options import Options
from bench.load.python.polling import Polling
from bench.load.python.server import Server, trusting, why
from bench.load.python.tally import Form, Tally
from bench.load.python.websocket import WebSocket


class Load:
    def __init__(self) -> None:
        self.now = 0  # when the latest read returned, ns
        self.clients: list[Client] = []
        self.ready = 0
        self.tally = Tally(payload=64)
        self.form = Form(0, b'', b'', attachment=False, search=False)
        self.spin = False
        self.stopped = False
        self.reason = ''  # of the first connection that was lost
        self.changed = asyncio.Event()  # something on which the end of a run may hang

        # What connections are
        self.setting = Options('setup')
        self.server: Server | None = None
        self.opcode = 1
        self.hello = self.welcome = self.refusal = self.enter = self.entered = b''

        # Acknowledged events
        self.echo_head = self.echo_middle = self.echo_tail = b''
        self.ack_head = self.ack_middle = self.ack_tail = b''
        self.echo_payload = 64
        self.pipelined = 0  # how many an acknowledgement allows
        self.until = 0  # when the last of them leaves, ns

    def read(self) -> None:
        """By transports, when something has been read."""
        self.now = monotonic_ns()

    def stop(self) -> None:
        """The run that goes on, or is about to."""
        self.stopped = True
        self.changed.set()

    def setup(self, options: Options) -> None:
        self.setting = options
        tls = trusting(insecure=bool(options.number('insecure'))) if options.number('tls') else None
        self.server = Server(
            options.text('address'), options.number('port'), options.text('host'), tls
        )
        self.opcode = options.number('opcode', 1)
        for name in ('hello', 'welcome', 'refusal', 'enter', 'entered'):
            setattr(self, name, options.data(name))

    def echoes(self, options: Options) -> None:
        for name in ('echo', 'ack'):
            for part in ('head', 'middle', 'tail'):
                if found := options.data(f'{name}_{part}'):
                    setattr(self, f'{name}_{part}', found)
        self.echo_payload = options.number('payload', 64)

    def refill(self, client: Client) -> None:
        """Events for which acknowledgements have made room."""
        if self.now < self.until:
            for _ in range(client.credit):
                client.event(self.now)
        client.credit = 0

    async def open(self, number: int, rooms: int) -> str:
        """One more client; '' once it is ready, or else why it is not."""
        assert self.server
        client = Client(self, number, number % rooms)
        opener = self.server.opener(number)
        numbered = b'%08d' % number
        try:
            if self.setting.number('polling'):
                headers = self.setting.data('headers').replace(NUMBER, numbered)
                client.transport = Polling(client, opener, self.setting.data('path'), headers)
                client.transport.start()
            else:
                request = self.setting.data('request').replace(NUMBER, numbered)
                client.transport = websocket = WebSocket(client, request)
                await opener(lambda: websocket)
            reason = await client.ready
        except OSError as error:
            reason = why(error)
        except asyncio.CancelledError:
            client.gone('no answer')
            raise
        if not reason:
            self.clients.append(client)
        return reason

    def leave(self, *, politely: bool) -> None:
        """Close all connections."""
        for client in self.clients:
            if client.state != GONE:
                client.state = GONE
                if politely:
                    client.transport.close()
                else:
                    client.transport.cut()
        self.clients, self.ready = [], 0
