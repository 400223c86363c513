"""Any clients in any order of events: everybody gets what he is owed, and nothing stays behind.

A machine of Hypothesis plays clients (tests/support/script.py) and the server's own code against
a hub on the loop of the same thread, which runs only when the machine lets it. What is right is
written down by the handlers (tests/support/ledger.py). `STATE_MACHINE_SECONDS=600` plays so long
on each loop.
"""

import os
import socket
import time
from functools import partial

import pytest
import uvloop
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, rule, run_state_machine_as_test

from tests.support import hub as hubs
from tests.support.dialect import ACK, EVENT, Message
from tests.support.script import Client
from tests.support.world import World

SECONDS = float(os.environ.get('STATE_MACHINE_SECONDS', '0'))
NAMESPACES = ('/', '/slow', '/no', '/none')
ROOMS = ('lobby', 'a', 'b')
BIG = 'x' * 60_000
SERVER_BUFFER = 65_536  # of the kernel's, for each connection

which = st.integers(0, 5)
transports = st.sampled_from(['websocket', 'polling'])
serializers = st.sampled_from(['json', 'msgpack'])
ends = st.sampled_from(['FIN', 'RST'])
joined = st.sampled_from(NAMESPACES[:2])
rooms = st.sampled_from(ROOMS)


def of(whom, suits=lambda one: True, **strategies):
    """A rule about one of `whom` that suits, which it is given first; none: nothing happens.

    A precondition could depend on when the kernel delivers, which Hypothesis can't repeat.
    """

    def decorate(function):
        def ruled(self, index, **options):
            suitable = [one for one in getattr(self, whom) if suits(one)]
            if suitable:
                function(self, suitable[index % len(suitable)], **options)

        ruled.__name__ = function.__name__
        return rule(index=which, **strategies)(ruled)

    return decorate


def speaks(**strategies):
    return of('clients', lambda c: c.live and c.joined, namespace=which, **strategies)


class Machine(World):
    """What clients and the server's own code may do."""

    # Clients come.

    @initialize(
        lull=st.integers(0, 3),
        kinds=st.lists(st.tuples(transports, serializers, st.booleans()), min_size=1, max_size=4),
    )
    def begin(self, lull, kinds):
        """`lull`: turns of the loop after each step."""
        for transport, serializer, both in kinds:
            self.open(transport, serializer)
            for namespace in ('/', '/slow')[: both + 1]:
                self._join(self.clients[-1], namespace)
        self.settle()
        for gate in self.gates:
            gate.set_result('accept')
        self.gates.clear()
        self.settle()
        self.lull = lull

    @rule(transport=transports, serializer=serializers)
    def open(self, transport, serializer):
        if len(self.clients) < 8:
            self.clients.append(Client(self.hub.port, len(self.clients), transport, serializer))

    @of('clients', lambda c: c.live, namespace=st.sampled_from(NAMESPACES))
    def join(self, client, namespace):
        if namespace not in {*client.joined, *client.asked, *client.withdrawn}:
            self._join(client, namespace)

    def _join(self, client, namespace):
        self.connects[client.number, namespace] += 1
        client.join(namespace)

    @of('clients', lambda c: c.live and (c.joined or c.asked), namespace=which)
    def leave(self, client, namespace):
        names = sorted({*client.joined, *client.asked})
        client.leave(names[namespace % len(names)])

    # They talk.

    def speak(self, client, number, event, *args, ack=True):
        names = sorted(client.joined)
        namespace = names[number % len(names)]
        token = next(self.ledger.tokens)
        self.sent[client.number][client.joined[namespace]].append(token)
        client.send(Message(EVENT, namespace, token if ack else None, [event, token, *args]))

    @speaks(event=st.sampled_from(['echo', 'later', 'later', 'fail', 'tell']))
    def event(self, client, namespace, event):
        self.speak(client, namespace, event, ack=event != 'tell')

    @speaks(data=st.lists(st.binary(max_size=200), min_size=1, max_size=3))
    def binary_event(self, client, namespace, data):
        self.speak(client, namespace, 'echo', {'files': data}, data[0])

    @speaks(room=rooms)
    def say(self, client, namespace, room):
        self.speak(client, namespace, 'say', room)

    @speaks(room=rooms, verb=st.sampled_from(['in', 'out']))
    def move(self, client, namespace, room, verb):
        self.speak(client, namespace, 'move', room, verb)

    @of('clients', lambda c: c.live and c.questions, times=st.integers(1, 2))
    def answer(self, client, times):
        """Acknowledge what the server has asked; more than once does no harm."""
        namespace, sid, id, token = client.questions.pop(0)
        if sid and client.joined.get(namespace) == sid:
            client.send(Message(ACK, namespace, id + 1_000, [token]))  # nobody asked that
            for _ in range(times):
                client.send(Message(ACK, namespace, id, [token]))
            self.answered[client.number].append(token)

    # They upgrade, stall, end, break.

    @of('clients', lambda c: c.live and c.sid and not c.upgraded, steps=st.integers(1, 3))
    def upgrade(self, client, steps):
        self.slow.add(client.number)
        for step in range(steps):
            if client.live and not client.upgraded:
                client.upgrade()
                if step < steps - 1:
                    self.settle()

    @of('clients', lambda c: c.live and c.probe, how=ends)
    def abandon_upgrade(self, client, how):
        client.abandon(how)

    @of('clients', lambda c: c.live and not c.stalled)
    def stall(self, client):
        client.stalled = True
        self.slow.add(client.number)

    @of('clients', lambda c: c.stalled)
    def go_on(self, client):
        client.stalled = False

    @of('clients', lambda c: c.live, wire=st.integers(0, 2), budget=st.none() | st.integers(0, 300))
    def hold(self, client, wire, budget):
        """Let so many bytes of what it says out, and no more."""
        self.slow.add(client.number)
        client.wires[wire % len(client.wires)].hold(budget)

    @of('clients', lambda c: not c.cut, how=ends)
    def cut(self, client, how):
        client.end(how)

    @of('clients', lambda c: c.live and c.sid, how=st.sampled_from(['frame', 'packet', 'nonsense']))
    def end(self, client, how):
        client.finish(how)

    # The server acts by itself.

    @rule(
        namespace=joined,
        room=st.none() | rooms,
        skip=st.none() | which,
        volatile=st.booleans(),
        data=st.just(None) | st.binary(max_size=300),
    )
    def broadcast(self, namespace, room, skip, volatile, data):
        other = None
        if skip is not None and self.members:
            other = self.members[skip % len(self.members)].sid
        self.act(
            self.ledger.emit, namespace, 'news', data, room=room, skip=other, volatile=volatile
        )

    @of('members')
    def emit_to_one(self, member):
        self.act(self.ledger.emit, member.namespace, 'for you', to=member.sid)

    @of('members', times=st.integers(1, 3))
    def ask(self, member, times):
        for _ in range(times):
            self.run(self.ledger.ask(member))

    @of('members')
    def kick(self, member):
        self.run(self.ledger.kick(member))

    @of('members', room=rooms, verb=st.sampled_from(['put_in', 'take_out']))
    def move_one(self, member, room, verb):
        self.act(self.ledger.move_one, member, room, verb)

    @rule(namespace=joined, room=rooms)
    def close_room(self, namespace, room):
        self.act(self.ledger.close_room, namespace, room)

    @of('clients', lambda c: c.sid and not c.cut)
    def close_session(self, client):
        async def closing():
            if client.sid in self.hub.eio.sockets:
                self.closed_by_server.add(client.number)
                await self.hub.eio.disconnect(client.sid)

        self.run(closing())

    @of('gates', verdict=st.sampled_from(['accept', 'refuse', 'reject']))
    def open_gate(self, gate, verdict):
        self.gates.remove(gate)
        self.act(gate.set_result, verdict)

    @of('clients', lambda c: c.stalled, namespace=joined)
    def flood(self, client, namespace):
        """More than the kernel and the outbox of one that stalls can hold."""
        for _ in range(12):
            self.act(self.ledger.emit, namespace, 'flood', BIG)
            self.settle()

    # Time passes.

    @rule(passes=st.integers(1, 5))
    def pass_by(self, passes):
        self.go(passes)

    @rule()
    def come_to_rest(self):
        self.settle()

    @invariant()
    def everybody_is_paid(self):
        self.go(self.lull)
        self.ledger.compare()
        for client in self.clients:
            self.ledger.check(client)
        assert not self.complaints.lines, self.complaints.lines


@pytest.mark.timeout(300 + 3 * SECONDS)
@pytest.mark.parametrize('loop', ['uvloop', 'asyncio'])
def test_any_sequence_of_events(loop, monkeypatch):
    monkeypatch.setattr('gateway.engine.polling.LINGER', 0.2)
    monkeypatch.setattr('gateway.engine.polling.RELEASE_AFTER', 0.005)
    monkeypatch.setattr(hubs, 'bind_sockets', partial(small_buffers, hubs.bind_sockets))
    machine = type('Machine', (Machine,), {'loop': loop})
    uvloop.new_event_loop().close()  # the first of a process opens files for good
    begin = time.monotonic()
    while True:
        run_state_machine_as_test(
            machine,
            settings=settings(
                max_examples=70,
                stateful_step_count=40,
                deadline=None,
                report_multiple_bugs=False,
                phases=(Phase.generate, Phase.shrink),
                derandomize=not SECONDS,
                suppress_health_check=list(HealthCheck),
            ),
        )
        if time.monotonic() - begin >= SECONDS:
            return


def small_buffers(bind, *args, **options):
    """Listening sockets whose connections the kernel gives little room."""
    listeners = bind(*args, **options)
    for listener in listeners:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SERVER_BUFFER)
    return listeners
