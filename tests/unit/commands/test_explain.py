"""`explain`: every line that it tells of an event, and that it starts nothing."""

import pytest

CHAT = """
namespaces:
  /:
    connect:
      - {if: "${auth.key != 'right'}", reject: wrong_key}
      - join: "user:${auth.name}"
      - emit: {event: hello, data: "${rooms}"}
    events:
      say:
        - {if: "${!in_room('chat:' + data.room)}", reject: not_a_member}
        - emit:
            event: said
            to: "room:chat:${data.room}"
            except: sender
            data: {from: "${session.user}", text: "${data.text}"}
        - ack: [delivered, 1]
      move: [{leave: a}, {join: [b, "${data}"]}, {close_room: c}, {set: {at: "${data}"}},
             {ack: "${session.at}"}]
      echo: {ack: "${args}"}
      relay: {emit: {to: all, namespace: /other, volatile: true}}
      both: {emit: {event: e, args: [], to: [sender, "sid:x", "room:r"]}}
      bye: {disconnect: {reason: "see ${data}"}}
      fail: {join: "${data.room}"}
    error:
      - emit: {event: oops, data: "${error.code}"}
    disconnect:
      - emit: {event: left, to: {room: "${rooms}"}, data: "${reason}"}
  /other:
  /org-*: {events: {"*": {ack: ["${nsp}", "${event}"]}}}
"""


def test_guards_values_recipients_and_the_acknowledgement(told):
    args = ({'room': 'a', 'text': 'hi'},)
    assert told(CHAT, '/', 'say', args, rooms=['chat:a'], session={'user': 'ann'}) == [
        'namespaces."/".events.say (10:9)',
        "  1. reject, if ${!in_room('chat:' + data.room)}: false, left out",
        '  2. emit',
        '     ${data.room} = "a"',
        '     ${session.user} = "ann"',
        '     ${data.text} = "hi"',
        (
            '     sends "said" with {"from": "ann", "text": "hi"} to the room "chat:a", '
            'except the sender'
        ),
        '  3. ack',
        '     acknowledges with "delivered", 1',
    ]


def test_a_rejection_ends_the_route(told):
    assert told(CHAT, '/', 'say', ({'room': 'a'},)) == [
        'namespaces."/".events.say (10:9)',
        "  1. reject, if ${!in_room('chat:' + data.room)}: true",
        '     acknowledges with {"error": {"code": "not_a_member", "message": "not_a_member"}}',
    ]


def test_a_failure_and_the_error_route(told):
    assert told(CHAT, '/', 'fail', ({},)) == [
        'namespaces."/".events.fail (23:13)',
        '  1. join',
        '     ${data.room}: data.room is missing',
        '     fails: bad_value: data.room is missing',
        (
            '     acknowledges with '
            '{"error": {"code": "bad_value", "message": "data.room is missing"}}'
        ),
        'namespaces."/".error (25:7)',
        '  1. emit',
        '     ${error.code} = "bad_value"',
        '     sends "oops" with "bad_value" to the sender',
    ]


def test_a_guard_without_an_answer(told):
    assert told(CHAT, '/', 'say')[1:3] == [
        "  1. reject, if ${!in_room('chat:' + data.room)}: data.room is missing",
        '     fails: guard_failed: data.room is missing',
    ]


def test_what_a_step_does_is_seen_by_the_next(told):
    assert told(CHAT, '/', 'move', 'x', rooms=['a'])[1:] == [
        '  1. leave',
        '     leaves the room "a"',
        '  2. join',
        '     ${data} = "x"',
        '     joins the room "b"',
        '     joins the room "x"',
        '  3. close_room',
        '     takes everybody out of the room "c"',
        '  4. set',
        '     ${data} = "x"',
        '  5. ack',
        '     ${session.at} = "x"',
        '     acknowledges with "x"',
    ]


@pytest.mark.parametrize(
    ('event', 'args', 'line'),
    [
        ('echo', (1, [2]), 'acknowledges with 1, [2]'),
        ('echo', (), 'acknowledges with nothing'),
        ('echo', None, 'acknowledges with null'),
        (
            'relay',
            (1,),
            (
                'sends "relay" with 1 to everyone, in the namespace /other, '
                'if nothing waits to be sent before it'
            ),
        ),
        (
            'both',
            (),
            'sends "e" with nothing to the client "x" and the sender and the room "r"',
        ),
        ('bye', 'you', 'disconnects the client, reason "see you"'),
    ],
)
def test_words_for_what_is_done(told, event, args, line):
    assert f'     {line}' in told(CHAT, '/', event, args)


def test_what_the_hub_refuses_is_refused(told):
    lines = told(CHAT, '/', 'move', 'x' * 257)
    assert '     fails: bad_value: a room name is text of 1 to 256 characters' in lines


def test_connect_is_accepted(told):
    assert told(CHAT, '/', 'connect', auth={'key': 'right', 'name': 'ann'}) == [
        'namespaces."/".connect (5:7)',
        "  1. reject, if ${auth.key != 'right'}: false, left out",
        '  2. join',
        '     ${auth.name} = "ann"',
        '     joins the room "user:ann"',
        '  3. emit',
        '     ${rooms} = ["user:ann"]',
        '     sends "hello" with ["user:ann"] to the sender',
        'the client is accepted',
    ]


def test_connect_is_refused(told):
    assert told(CHAT, '/', 'connect', {'key': 'wrong'})[1:] == [
        "  1. reject, if ${auth.key != 'right'}: true",
        'the client is refused: CONNECT_ERROR {"message": "wrong_key"}',
    ]


def test_a_failing_connect_refuses(told):
    assert told(CHAT, '/', 'connect', {'key': 'right'})[-2:] == [
        '     fails: bad_value: auth.name is missing',
        'the client is refused: CONNECT_ERROR {"message": "bad_value"}',
    ]


def test_connect_without_a_route(told):
    assert told(CHAT, '/other', 'connect') == ['the client is accepted']


def test_disconnect(told):
    assert told(CHAT, '/', 'disconnect', 'gone', rooms=['a', 'b']) == [
        'namespaces."/".disconnect (27:7)',
        '  1. emit',
        '     ${rooms} = ["a", "b"]',
        '     ${reason} = "gone"',
        '     sends "left" with "gone" to the room "a" and the room "b"',
    ]


def test_disconnect_without_a_route(told):
    expected = ['nothing is done when a client leaves this namespace']
    assert told(CHAT, '/other', 'disconnect') == expected


def test_patterns_and_fallbacks(told):
    assert told(CHAT, '/org-7', 'any') == [
        'namespaces."/org-*".events."*" (29:26)',
        '  1. ack',
        '     ${nsp} = "/org-7"',
        '     ${event} = "any"',
        '     acknowledges with "/org-7", "any"',
    ]


def test_what_is_not_there(told):
    assert told(CHAT, '/', 'nope') == [
        'no route for the event nope',
        (
            '  acknowledges with '
            '{"error": {"code": "unknown_event", "message": "no route for this event"}}'
        ),
    ]
    assert told(CHAT, '/nope', 'say') == [
        'there is no namespace /nope',
        '  the client is refused: CONNECT_ERROR {"message": "Invalid namespace"}',
    ]
    assert told(CHAT, '/', 'connect_error') == [
        'connect_error is a reserved name',
        '  the connection is closed',
    ]


def test_what_is_left_out_tells_no_values(told):
    text = 'namespaces: {/: {events: {e: {if: "${data.on}", ack: "${data.off}"}}}}'
    assert told(text, '/', 'e', {'on': False}) == [
        'namespaces."/".events.e (1:30)',
        '  1. ack, if ${data.on}: false, left out',
        '     acknowledges with nothing',
    ]


def test_variables_of_the_environment_are_not_told(told, monkeypatch):
    monkeypatch.setenv('EXPLAIN_SECRET', 'hunter2')
    route = '[{emit: {event: e, data: "${env.EXPLAIN_SECRET}", to: all}}, {ack: "${data}"}]'
    assert told(f'namespaces: {{/: {{events: {{e: {route}}}}}}}', '/', 'e', 'x') == [
        'namespaces."/".events.e (1:30)',
        '  1. emit',
        '     sends "e" with "hunter2" to everyone',
        '  2. ack',
        '     ${data} = "x"',
        '     acknowledges with "x"',
    ]


def test_a_room_that_was_left_is_left(told):
    route = '[{leave: a}, {close_room: b}, {ack: "${rooms}"}]'
    lines = told(f'namespaces: {{/: {{events: {{e: {route}}}}}}}', '/', 'e', rooms=['a', 'b', 'c'])
    assert lines[-1] == '     acknowledges with ["c"]'


def test_failures_are_told_and_not_logged(told, caplog):
    assert '     fails: bad_value: data.room is missing' in told(CHAT, '/', 'fail', ({},))
    assert caplog.records == []
