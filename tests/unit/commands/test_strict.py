"""`check --strict`: each oddity by its exact words, and what is like it but not odd."""

import pytest

ROOM = (
    '.join: the client alone says which room: any of this namespace: '
    'put text before it ("chat:${…}"), or a guard that looks at it'
)
QUIET = 'namespaces: {/: {events: {e: {ack: 1}}}}'


@pytest.mark.parametrize(
    ('route', 'warning'),
    [
        (
            '[{reject: no}, {ack: 1}]',
            '[1]: never reached, behind a reject without if: remove it',
        ),
        (
            '[{ack: 1}, {ack: 2}]',
            '[1]: never sent, behind an ack without if: keep one ack, or give the first one an if',
        ),
        (
            '[{ack: 1}, {if: "${data}", reject: no}]',
            '[1]: its code is never sent, behind an ack without if: put it before the ack',
        ),
        (
            '[{disconnect: true}, {join: a}]',
            '[1]: has no effect behind a disconnect without if: put it before the disconnect',
        ),
        (
            '[{disconnect: true}, {emit: {event: bye}}]',
            '[1]: has no effect behind a disconnect without if: put it before the disconnect',
        ),
        (
            '{do: [{ack: 1}], sequential: true}',
            '.sequential: sequential has no effect: nothing in this route waits: remove it',
        ),
        (
            '{do: [{ack: 1}], timeout: 5s}',
            '.timeout: timeout has no effect: nothing in this route waits: remove it',
        ),
        ('{if: "${true}", ack: 1}', '.if: always true: remove the if'),
        ('{if: "${1 > 2}", ack: 1}', '.if: never true: remove the action'),
        (
            '{emit: {except: sender}}',
            ': is sent to nobody: to the sender, except sender: write to: all',
        ),
        (
            '{join: "${data.room}"}',
            ROOM,
        ),
        (
            '{if: "${data.key == \'x\'}", join: "${data.room}"}',
            ROOM,
        ),
        (
            '{if: "${session.ok}", join: "${args[0].room}"}',
            ROOM,
        ),
    ],
)
def test_what_is_odd_in_a_route(odd_route, route, warning):
    assert odd_route(route) == [warning]


@pytest.mark.parametrize(
    'route',
    [
        '[{if: "${data}", reject: no}, {ack: 1}]',
        '[{if: "${data}", ack: 1}, {ack: 2}]',
        '[{ack: 1}, {emit: {to: all}}]',
        '[{disconnect: true}, {emit: {event: left, to: all}}, {close_room: a}]',
        '[{if: "${data}", disconnect: true}, {join: a}]',
        '{emit: {to: all, except: sender}}',
        '{emit: {to: sender}}',
        '{join: "chat:${data.room}"}',
        '{join: "${session.room}"}',
        '{join: lobby}',
        '{if: "${data.room in [\'a\', \'b\']}", join: "${data.room}"}',
        '[{if: "${!(args[0].room in session.rooms)}", reject: no}, {join: "${data.room}"}]',
        '[{if: "${size(data) > 3}", reject: no}, {join: {room: ["${data.room}"]}}]',
    ],
)
def test_what_is_not_odd_in_a_route(odd_route, route):
    assert odd_route(route) == []


@pytest.mark.parametrize(
    ('text', 'warning'),
    [
        (
            f'socketio: {{allowed_origins: "*"}}\n{QUIET}',
            '1:29: socketio.allowed_origins: pages of every site may connect: list the origins',
        ),
        (
            f'server: {{trusted_proxies: [10.0.0.0/8, 0.0.0.0/0]}}\n{QUIET}',
            (
                '1:40: server.trusted_proxies[1]: anybody may say who the client is: '
                "write the proxies' addresses"
            ),
        ),
        (
            'namespaces: {/: {connect: {reject: closed}, events: {e: {ack: 1}}}}',
            '1:27: namespaces."/".connect: nobody can ever connect: add if: "${…}"',
        ),
        (
            'namespaces: {/: {error: {emit: {event: oops}}}}',
            '1:18: namespaces."/".error: never runs: there are no events: remove it',
        ),
    ],
)
def test_what_is_odd_elsewhere(odd, text, warning):
    assert odd(text) == [warning]


def test_a_route_that_calls_a_function_waits(odd):
    route = '{do: [{call: "strict_a:f"}], sequential: true, timeout: 1s}'
    text = f'namespaces: {{/: {{events: {{e: {route}}}}}}}'
    assert odd(text, strict_a='def f(): pass') == []


def test_an_error_route_runs_for_python_events(odd):
    text = 'handlers: ./strict_b.py\nnamespaces: {/: {error: {emit: {event: oops}}}}'
    module = 'from gateway import socketio\n@socketio.event\ndef hi(): pass'
    assert odd(text, strict_b=module) == []


def test_a_module_that_registers_nothing_is_odd(odd):
    text = f'handlers: [./strict_c.py]\n{QUIET}'
    [warning] = odd(text, strict_c='')
    assert warning.startswith('1:12: handlers[0]: ')


@pytest.mark.parametrize(
    ('comment', 'count'),
    [('# intended', 0), ('#intended: a public page', 0), ('# not intended', 1), ('', 1)],
)
def test_a_comment_says_that_it_is_meant(odd, comment, count):
    text = f'socketio:\n  allowed_origins: "*"  {comment}\n{QUIET}'
    assert len(odd(text)) == count


def test_warnings_stand_in_the_order_of_the_file(odd):
    found = odd(
        'namespaces:\n'
        '  /:\n'
        '    disconnect: {do: [{close_room: a}], timeout: 1s}\n'
        '    events: {e: [{reject: no}, {ack: 1}]}\n'
        'socketio: {allowed_origins: "*"}\n'
    )
    assert [line.partition(':')[0] for line in found] == ['3', '4', '5']
