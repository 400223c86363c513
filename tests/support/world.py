"""A hub and its clients on a loop that runs only when the test lets it; see test_state_machine.py.

Rules of this file:
- Whatever must come is waited for until it is there; nothing waits for a time to pass.
- At the end nothing is left: no entry in a table, task, file or timer, and no complaint in the log.
"""

import asyncio
import contextlib
import logging
import sys
from collections import Counter, defaultdict
from pathlib import Path

import uvloop
from hypothesis.stateful import RuleBasedStateMachine

from gateway.engine.reason import Reason
from tests.support import hub as hubs
from tests.support.hub import NOTHING, left_behind
from tests.support.ledger import Ledger
from tests.support.script import Client

TURNS = 1_000  # of a millisecond at least


class World(RuleBasedStateMachine):
    """One server and its clients; the rules are a subclass's."""

    loop: str

    def __init__(self):
        super().__init__()
        self.files = files()
        plain = self.loop == 'asyncio'
        self.runner = asyncio.Runner(loop_factory=None if plain else uvloop.new_event_loop)
        self.stack = contextlib.AsyncExitStack()
        self.complaints = Complaints()
        self.clients: list[Client] = []
        self.sent: dict[int, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
        self.connects: Counter[tuple[int, str]] = Counter()
        self.closed_by_server: set[int] = set()
        self.slow: set[int] = set()  # who may not have read, or polled, in time
        self.answered: dict[int, list[int]] = defaultdict(list)  # questions' tokens
        self.lull = 0
        self.run(self.start())

    def run(self, coroutine):
        return self.runner.run(coroutine)

    async def start(self):
        asyncio.get_running_loop().set_exception_handler(self.complaints.of_loop)
        limits = {'max_send_buffer': '100KB', 'max_payload': '200KB'}
        self.hub = await self.stack.enter_async_context(hubs.serving(**limits))
        self.ledger = Ledger(self.hub)

    @property
    def gates(self):
        return self.ledger.gates

    @property
    def members(self):
        return [member for member in self.ledger.members.values() if self.ledger.knows(member)]

    def go(self, passes):
        """Let the loop make so many."""

        async def going():
            for _ in range(passes):
                await asyncio.sleep(0)

        self.run(going())
        self.pump()

    def settle(self):
        """Let everything come that must."""
        assert self.run(comes(self.is_settled)), self.missing()
        for client in self.clients:
            self.ended_rightly(client)

    def act(self, function, *args, **options):
        """Call what needs the loop."""

        async def acting():
            function(*args, **options)

        self.run(acting())

    def missing(self):
        """What each client waits for, with its state."""
        return [
            (
                reason,
                self.ledger.next_due(client),
                {**vars(client), 'received': client.received[-3:]},
            )
            for client in self.clients
            if (reason := self.unsettled(client))
        ]

    def pump(self):
        for client in self.clients:
            client.pump()

    def is_settled(self):
        self.pump()
        return all(self.unsettled(client) is None for client in self.clients)

    def unsettled(self, client):
        """What is still to come of a client, if anything; a held or stalled one may owe it."""
        who = client.number
        self.ledger.check(client)
        if client.cut:
            gone = not client.upgraded or client.sid not in self.hub.eio.sockets
            return None if gone else 'its session'
        if client.stalled or any(wire.budget is not None for wire in client.wires):
            return None
        if client.over:
            return 'its session' if client.sid in self.hub.eio.sockets else None
        if client.leaving or who in self.ledger.ended or who in self.closed_by_server:
            return 'its end'
        if not client.sid or client.posts or (client.queue and not client.pausing):
            return 'an answer'
        if client.pausing:  # it neither polls nor posts before it has upgraded
            return None
        if self.ledger.debt(client):
            return 'messages'
        if self.ledger.unheard(self.sent[who]):
            return 'its events'
        if self.ledger.unknown[who] != self.connects[who, '/none']:
            return 'a refusal'
        if any(self.uncalled(token) for token in self.answered[who]):
            return 'a callback'
        slow = [m for m in self.ledger.members.values() if (m.who, m.namespace) == (who, '/slow')]
        return None if len(slow) == self.connects[who, '/slow'] else 'a handler'

    def uncalled(self, token):
        member = self.ledger.questions[token]
        return member.state == 'member' and not self.ledger.called[token]

    def ended_rightly(self, client):
        who = client.number
        if client.cut or not client.over or client.leaving:
            return
        why = self.complaints.closings[client.sid]
        if why == 'protocol error: namespace was not joined' and client.withdrawn:
            return  # its DISCONNECT has crossed the refusal
        if why.startswith(Reason.SLOW_CONSUMER):
            assert who in self.slow
            return
        assert who in self.closed_by_server, why
        assert who in self.slow or not self.ledger.debt(client), 'silently lost'

    def teardown(self):
        broken = sys.exc_info()[0] is not None
        try:
            if not broken:
                self.finish()
        except BaseException:
            broken = True
            raise
        finally:
            for client in self.clients:
                if not client.cut:
                    client.end('RST')
            left = self.run(self.stop(broken))
            self.runner.close()
            self.complaints.close()
        if not broken:
            self.after(left)

    def finish(self):
        for client in self.clients:
            for wire in client.wires:
                wire.hold(None)
            client.stalled = False
        self.settle()
        for client in self.clients:
            if client.live and client.pausing and not client.polls:
                client.upgrade()
            elif client.live and client.probe:
                client.abandon('FIN')
        self.settle()
        while self.gates:
            self.act(self.gates.pop(0).set_result, 'accept')
            self.settle()

    async def stop(self, broken):
        """Whatever is left when everybody is gone and the server has stopped."""
        self.ledger.end()
        await self.stack.aclose()

        def left():
            return left_behind(self.hub), len(asyncio.all_tasks()) - 1

        if not broken:
            await comes(lambda: left() == (NOTHING, 0))
        return left()

    def after(self, left):
        assert left == (NOTHING, 0)
        assert files() == self.files, 'files'
        for sid, member in self.ledger.members.items():
            times = 0 if member.state in ('pending', 'gone') else 1
            assert self.ledger.left[sid] == times, (member.state, self.ledger.left[sid])
        assert not self.complaints.lines, self.complaints.lines


class Complaints(logging.Handler):
    """What is logged as an error, but for the failures that were asked for; why sessions ended."""

    def __init__(self):
        super().__init__()
        self.lines: list[str] = []
        self.closings: dict[str, str] = {}
        logging.getLogger().addHandler(self)
        logging.getLogger('gateway.engine.session').setLevel(logging.DEBUG)

    def emit(self, record):
        if record.levelno < logging.ERROR:
            session, _, why = record.getMessage().partition(' closed: ')
            self.closings[session.removeprefix('session ')] = why
        elif 'as asked' not in str(record.exc_info):
            self.lines.append(self.format(record))

    def of_loop(self, loop, context):
        self.lines.append(str(context))

    def close(self):
        logging.getLogger().removeHandler(self)
        logging.getLogger('gateway.engine.session').setLevel(logging.NOTSET)
        super().close()


async def comes(condition):
    """Whether it comes true soon, counted in turns of the loop: a busy machine has longer ones."""
    for _ in range(TURNS):
        if condition():
            return True
        await asyncio.sleep(0.001)
    return False


def files():
    return sum(1 for _ in Path('/proc/self/fd').iterdir())
