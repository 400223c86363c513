"""Routes against a hub that records its calls: what each verb does, who gets which answer."""

import logging
from pathlib import Path
from types import SimpleNamespace

import pytest

from gateway.config.load import read
from gateway.config.source import Document
from gateway.errors import ActionError, Refused
from gateway.hub.target import Target
from gateway.routing.loading import Handlers
from gateway.routing.router import Router

ALL = Target(everyone=True)
SENDER = Target(sids=('S1',))
NO_HANDLERS = Handlers({}, {}, None, {}, (), (), {}, {})


class Hub:
    """Records calls; text with UNSENDABLE in it can't be encoded, `bad` is no room."""

    def __init__(self):
        self.calls = []

    def publish(self, namespace, event, args, to, skip, volatile, origin):
        self.refuse(args)
        flags = {'skip': skip, 'volatile': volatile, 'namespace': namespace}
        default = {'skip': None, 'volatile': False, 'namespace': origin.namespace}
        extra = {key: value for key, value in flags.items() if value != default[key]}
        self.calls.append(('publish', event, list(args), to, *([extra] if extra else [])))

    def join(self, client, room):
        if room == 'bad':
            raise ValueError('bad for a room')
        client.rooms.add(room)
        self.calls.append(('join', room))

    def leave(self, client, room):
        client.rooms.discard(room)
        self.calls.append(('leave', room))

    def members(self, namespace, room):
        return [client(), client(user=None)] if room == 'chat:a' else []

    def headcount(self, namespace, room):
        return {'chat:a': 2, 'crowd': 1_001}.get(room, 0)

    def drop_room(self, namespace, room, origin):
        self.calls.append(('drop_room', namespace, room))

    def kick(self, client, *reason):
        self.calls.append(('kick', *reason))

    def ack(self, client, id, args):
        self.refuse(args)
        if id is not None:
            self.calls.append(('ack', id, list(args)))

    def refuse(self, args):
        if 'UNSENDABLE' in str(args):
            raise ValueError('UNSENDABLE')
        if 'BUG' in str(args):
            raise RuntimeError('secret internals')


def client(namespace='/', rooms=(), auth=None, user='ann'):
    request = SimpleNamespace(ip='10.0.0.1', headers={'x-a': 'h'}, query={'q': '1'})
    return SimpleNamespace(
        sid='S1',
        namespace=namespace,
        auth=auth or {},
        claims={'sub': 'ann', 'rooms': ['a']},
        data={'user': user} if user else {},
        rooms=set(rooms),
        request=request,
        told=lambda event='', reason='': {},
    )


def router(text, hub):
    config = read(Document('g.yaml', f'namespaces:\n  {text}'), Path('g.yaml'), {})
    return Router(config, hub, SimpleNamespace(handlers=NO_HANDLERS))


def run(action, *args, id=None, rooms=('lobby', 'chat:a')):
    """What the hub is asked to do for one event `say`."""
    hub = Hub()
    routes = router(f'{{/: {{events: {{say: {action}}}}}, /other: }}', hub)
    assert routes.event(client(rooms=rooms), 'say', list(args), id) is True
    return hub.calls


def error(code, message):
    return ('ack', 7, [{'error': {'code': code, 'message': message}}])


NO_NAME = error('bad_value', 'a name must be text that is not empty')
NO_ACK = error('bad_value', 'the acknowledgement cannot be encoded')
NO_BOOLEAN = error('guard_failed', 'a guard is neither true nor false')


@pytest.mark.parametrize(
    ('action', 'args', 'calls'),
    [
        # emit and send
        ('{emit: {}}', [1, 'x'], [('publish', 'say', [1, 'x'], SENDER)]),
        ('{emit: {to: all}}', [], [('publish', 'say', [], ALL)]),
        ('{emit: {event: hi, data: 5}}', [1], [('publish', 'hi', [5], SENDER)]),
        ('{emit: {data: null}}', [1], [('publish', 'say', [None], SENDER)]),
        ('{emit: {data: [1, 2]}}', [], [('publish', 'say', [[1, 2]], SENDER)]),
        ('{emit: {args: [1, "${data}"]}}', [9], [('publish', 'say', [1, 9], SENDER)]),
        ('{emit: {args: "${data.l}"}}', [{'l': [1, 2]}], [('publish', 'say', [1, 2], SENDER)]),
        ('{emit: {event: "to:${data}"}}', [3], [('publish', 'to:3', [3], SENDER)]),
        ('{send: {to: all, data: hi}}', [], [('publish', 'message', ['hi'], ALL)]),
        ('{send: }', ['x'], [('publish', 'message', ['x'], SENDER)]),
        ('{emit: {to: "room:a"}}', [], [('publish', 'say', [], Target(rooms=('a',)))]),
        ('{emit: {to: "room:${data}"}}', [4], [('publish', 'say', [4], Target(rooms=('4',)))]),
        ('{emit: {to: "sid:${data}"}}', ['T'], [('publish', 'say', ['T'], Target(sids=('T',)))]),
        ('{emit: {to: {room: "${data}"}}}', [8], [('publish', 'say', [8], Target(rooms=('8',)))]),
        (
            '{emit: {to: {room: "${rooms}"}}}',
            [],
            [('publish', 'say', [], Target(rooms=('chat:a', 'lobby')))],
        ),
        (
            '{emit: {to: [sender, "room:a", {sid: [T, U]}]}}',
            [],
            [('publish', 'say', [], Target(sids=('T', 'U', 'S1'), rooms=('a',)))],
        ),
        ('{emit: {to: [all, "room:a"]}}', [], [('publish', 'say', [], ALL)]),
        (
            '{emit: {to: all, except: [sender, "room:b"], volatile: true, namespace: /}}',
            [],
            [
                (
                    'publish',
                    'say',
                    [],
                    ALL,
                    {'skip': Target(sids=('S1',), rooms=('b',)), 'volatile': True},
                )
            ],
        ),
        (
            '{emit: {to: all, namespace: /other}}',
            [],
            [('publish', 'say', [], ALL, {'namespace': '/other'})],
        ),
        # rooms
        ('{join: "chat:${data}"}', ['b'], [('join', 'chat:b')]),
        ('{join: [a, "${data}"]}', [5], [('join', 'a'), ('join', '5')]),
        ('{join: {room: a}}', [], [('join', 'a')]),
        ('{leave: "${rooms}"}', [], [('leave', 'chat:a'), ('leave', 'lobby')]),
        ('{close_room: lobby}', [], [('drop_room', '/', 'lobby')]),
        (
            '{emit: {data: "${members(\'chat:\' + data)}"}}',
            ['a'],
            [
                (
                    'publish',
                    'say',
                    [[{'sid': 'S1', 'user': 'ann'}, {'sid': 'S1', 'user': None}]],
                    SENDER,
                )
            ],
        ),
        ('{emit: {data: "${size(members(data))}"}}', ['b'], [('publish', 'say', [0], SENDER)]),
        (
            '{emit: {data: "${size(members(\'crowd\'))}"}}',
            [],
            [('publish', 'say', [1_001], SENDER)],
        ),
        # the session
        (
            '[{set: {user: "${data}", n: 1}}, {emit: {data: "${session}"}}]',
            ['bea'],
            [('publish', 'say', [{'user': 'bea', 'n': 1}], SENDER)],
        ),
        # disconnect
        ('{disconnect: true}', [], [('kick',)]),
        ('{disconnect: {reason: "${data}"}}', ['spam'], [('kick', 'spam')]),
        # sequences and guards
        ('[{join: a}, {leave: a}]', [], [('join', 'a'), ('leave', 'a')]),
        ('{do: [{join: a}]}', [], [('join', 'a')]),
        ('[{if: "${data > 1}", join: a}, {join: b}]', [2], [('join', 'a'), ('join', 'b')]),
        ('[{if: "${data > 1}", join: a}, {join: b}]', [1], [('join', 'b')]),
        ('[]', [], []),
        # what else expressions see
        (
            '{emit: {args: ["${sid}", "${nsp}", "${event}", "${session.user}", "${ip}"]}}',
            [],
            [('publish', 'say', ['S1', '/', 'say', 'ann', '10.0.0.1'], SENDER)],
        ),
        (
            '{emit: {args: ["${headers[\'x-a\']}", "${query.q}", "${auth}", "${id}"]}}',
            [],
            [('publish', 'say', ['h', '1', {}, None], SENDER)],
        ),
        ('{emit: {data: "${time > 1700000000}"}}', [], [('publish', 'say', [True], SENDER)]),
    ],
)
def test_verbs(action, args, calls):
    assert run(action, *args) == calls


def test_nobody_is_told_where_the_list_of_rooms_is_empty():
    assert run('{emit: {to: {room: "${rooms}"}}}', id=7, rooms=()) == [('ack', 7, [])]


@pytest.mark.parametrize(
    ('action', 'args', 'calls'),
    [
        ('{ack: "${args}"}', [1, 2], [('ack', 7, [1, 2])]),
        ('{ack: [1, "${data}"]}', [5], [('ack', 7, [1, 5])]),
        ('{ack: []}', [], [('ack', 7, [])]),
        ('{ack: null}', [], [('ack', 7, [None])]),
        ('{ack: "${data}"}', [[1, 2]], [('ack', 7, [[1, 2]])]),
        ('{ack: {a: "${data}"}}', [1], [('ack', 7, [{'a': 1}])]),
        ('[{ack: 1}, {ack: 2}, {join: a}]', [], [('ack', 7, [1]), ('join', 'a')]),
        ('{join: a}', [], [('join', 'a'), ('ack', 7, [])]),
        ('[]', [], [('ack', 7, [])]),
        ('{disconnect: true}', [], [('ack', 7, []), ('kick',)]),
        ('[{ack: bye}, {disconnect: true}]', [], [('ack', 7, ['bye']), ('kick',)]),
        ('[{reject: no}, {join: a}]', [], [error('no', 'no')]),
        ('{reject: "no:${data}"}', [3], [error('no:3', 'no:3')]),
        ('[{ack: 1}, {reject: no}]', [], [('ack', 7, [1])]),
        ('{join: "${data.x}"}', [{}], [error('bad_value', 'data.x is missing')]),
        (
            '{ack: "${members(data)}"}',
            ['crowd'],
            [error('bad_value', 'a room of more than 1,000 members is counted, not listed')],
        ),
        (
            '{join: "${data}"}',
            [[[1]]],
            [NO_NAME],
        ),
        ('{join: "${data}"}', [''], [NO_NAME]),
        (
            '{join: "${data}"}',
            [True],
            [NO_NAME],
        ),
        ('{join: "${data}"}', ['bad'], [error('bad_value', 'bad for a room')]),
        ('{emit: {event: "${data}"}}', ['connect'], [error('bad_value', 'a reserved event name')]),
        ('{emit: {args: "${data}"}}', [5], [error('bad_value', 'args is not a list')]),
        ('{emit: {}}', ['UNSENDABLE'], [error('bad_value', 'the arguments cannot be encoded')]),
        (
            '{ack: "${data}"}',
            ['UNSENDABLE'],
            [NO_ACK],
        ),
        (
            '{ack: "${args}"}',
            ['UNSENDABLE'],
            [NO_ACK],
        ),
        (
            '{if: "${data}", join: a}',
            [1],
            [NO_BOOLEAN],
        ),
        ('{if: "${data.x == 1}", join: a}', [{}], [error('guard_failed', 'data.x is missing')]),
        (
            '{if: "${!(data.x in rooms)}", join: a}',
            [],
            [error('guard_failed', 'data.x is missing')],
        ),
        (
            '[{join: a}, {join: "${data.x}"}, {join: b}]',
            [{}],
            [('join', 'a'), error('bad_value', 'data.x is missing')],
        ),
    ],
)
def test_exactly_one_acknowledgement(action, args, calls):
    assert run(action, *args, id=7) == calls


def test_an_event_that_asks_for_none_gets_none():
    assert run('{ack: 1}') == []
    assert run('{join: "${data.x}"}', {}) == []


def test_our_own_fault_is_logged_and_not_told(caplog):
    with caplog.at_level(logging.ERROR, 'gateway.routing'):
        assert run('{emit: {}}', 'BUG', id=7) == [error('internal', 'internal error')]
    [record] = caplog.records
    assert record.getMessage() == 'g.yaml:2:22: failed'
    assert record.exc_info


ROUTES = """
  /:
    connect:
      - {if: "${has(auth.bad)}", reject: "no:${auth.bad}"}
      - {join: "user:${sid}"}
      - {emit: {event: hello, data: "${auth.name}"}}
    events:
      known: {ack: 1}
      "*": {ack: ["${event}", "${args}"]}
      fails: {join: "${data.x}"}
      rejects: {reject: no}
    disconnect: {emit: {event: left, to: {room: "${rooms}"}, data: "${reason}"}}
    error: {emit: {event: oops, data: {code: "${error.code}", event: "${event}"}}}
  /strict:
    events: {known: [{join: "${data.x}"}]}
    disconnect: [{emit: {event: left, to: all, data: "${session.nope}"}}]
    error: {join: "${data.y}"}
"""


@pytest.fixture
def hub():
    return Hub()


@pytest.fixture
def routes(hub):
    return router(ROUTES.lstrip('\n').lstrip(), hub)


def test_what_a_router_knows(routes):
    assert routes.knows('/')
    assert not routes.knows('/nope')
    assert list(routes.namespaces()) == ['/', '/strict']
    assert list(routes.events('/strict')) == ['known']


def test_connect(routes, hub):
    routes.connect(client(auth={'name': 'ann'}))
    assert hub.calls == [('join', 'user:S1'), ('publish', 'hello', ['ann'], SENDER)]
    routes.connect(client('/strict'))
    assert len(hub.calls) == 2


def test_connect_refuses(routes, hub):
    with pytest.raises(Refused) as caught:
        routes.connect(client(auth={'bad': 'x'}))
    assert caught.value.data == {'message': 'no:x'}
    assert hub.calls == []
    with pytest.raises(ActionError, match=r'^auth\.name is missing$'):
        routes.connect(client())


def test_a_specific_event_goes_before_the_fallback(routes, hub):
    assert routes.event(client(), 'known', [], 1)
    assert routes.event(client(), 'other', [5], 2)
    assert hub.calls == [('ack', 1, [1]), ('ack', 2, ['other', [5]])]


def test_no_route(routes, hub):
    assert routes.event(client('/strict'), 'other', [], 1) is False
    assert routes.event(client('/nope'), 'known', [], 1) is False
    assert hub.calls == []


def test_the_error_route_runs_after_a_failure_and_not_after_a_rejection(routes, hub):
    assert routes.event(client(), 'fails', [{}], 7)
    assert routes.event(client(), 'rejects', [{}], 7)
    assert hub.calls == [
        error('bad_value', 'data.x is missing'),
        ('publish', 'oops', [{'code': 'bad_value', 'event': 'fails'}], SENDER),
        error('no', 'no'),
    ]


def test_a_failure_in_the_error_route_is_logged_only(routes, hub, caplog):
    assert routes.event(client('/strict'), 'known', [{}], 7)
    assert hub.calls == [error('bad_value', 'data.x is missing')]
    assert [record.getMessage() for record in caplog.records] == [
        'g.yaml:17:12: bad_value: data.y is missing'
    ]


def test_disconnect(routes, hub):
    routes.disconnect(client(rooms=['a', 'b']), 'transport close')
    assert hub.calls == [('publish', 'left', ['transport close'], Target(rooms=('a', 'b')))]


def test_a_failure_in_disconnect_is_logged_only(routes, hub, caplog):
    routes.disconnect(client('/strict'), 'bye')
    assert hub.calls == []
    assert [record.getMessage() for record in caplog.records] == [
        'g.yaml:16:18: bad_value: session.nope is missing'
    ]


def test_what_a_client_did_wrong_is_logged_for_those_who_look(routes, caplog):
    with caplog.at_level(logging.DEBUG, 'gateway.routing'):
        routes.event(client(), 'fails', [{'y': 'SECRET'}], 7)
    assert [record.getMessage() for record in caplog.records] == [
        'g.yaml:10:14: bad_value: data.x is missing'
    ]
