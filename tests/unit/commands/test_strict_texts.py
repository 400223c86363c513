"""`check --strict` of the texts of routes: what was meant as an expression, or as a room."""

import pytest

ROOMS = 'namespaces: {/: {connect: {join: %s}, events: {e: {emit: {to: "room:chta"}}}}}'


@pytest.mark.parametrize(
    ('route', 'warning'),
    [
        (
            '{emit: {data: "data.text"}}',
            '.emit.data: data.text is plain text here: write "${data.text}"',
        ),
        (
            '{emit: {args: [1, {a: "auth.name"}]}}',
            '.emit.args[1].a: auth.name is plain text here: write "${auth.name}"',
        ),
        ('{ack: "args[0].x"}', '.ack: args[0].x is plain text here: write "${args[0].x}"'),
        ('{set: {a: query.a}}', '.set.a: query.a is plain text here: write "${query.a}"'),
        ('{join: data.room}', '.join: data.room is plain text here: write "${data.room}"'),
        ('{ack: "$(data.x)"}', '.ack: data.x is plain text here: write ${data.x}'),
        ('{ack: "$data.x"}', '.ack: data.x is plain text here: write ${data.x}'),
        ('{ack: "hi {{data.x}}"}', '.ack: data.x is plain text here: write ${data.x}'),
        (
            '{emit: {event: "x:$(data.x)"}}',
            '.emit.event: data.x is plain text here: write ${data.x}',
        ),
        (
            '{join: "x${rooms}"}',
            (
                '.join: always fails: rooms is a list, which cannot stand inside text: '
                'write one item of it, or "${rooms}" alone'
            ),
        ),
        (
            '{ack: "${session}!"}',
            (
                '.ack: always fails: session is a mapping, which cannot stand inside text: '
                'name one of its keys'
            ),
        ),
        (
            '{ack: "${rooms.size}"}',
            '.ack: always fails: rooms is a list and has no size: write size(rooms)',
        ),
        (
            '{if: "${args.x == 1}", ack: 1}',
            '.if: always fails: args is a list and has no x: write args[0]',
        ),
        ('{ack: "${sid.x}"}', '.ack: always fails: sid has nothing below it: write sid'),
    ],
)
def test_what_is_odd_in_a_text(odd_route, route, warning):
    assert odd_route(route) == [warning]


@pytest.mark.parametrize(
    'route',
    [
        '{emit: {event: data.changed, data: "${data.text}"}}',
        '{reject: auth.failed}',
        '{ack: "data"}',
        '{ack: "the data.text of it"}',
        '{ack: "$${data.x}"}',
        '{leave: {room: "${rooms}"}}',
        '{ack: "${rooms[0]} ${size(rooms)} ${rooms.exists(r, r == \'a\')} ${session.rooms}"}',
        '{ack: "${data.rooms.size}"}',
    ],
)
def test_what_is_not_odd_in_a_text(odd_route, route):
    assert odd_route(route) == []


@pytest.mark.parametrize(
    ('joined', 'mend'),
    [
        ('chat', 'did you mean chat?'),
        ('[a, b]', 'known here: a, b'),
        ('"x${sid}"', 'add join: chta to one'),
        ('ch.*', 'known here: ch.*'),
    ],
)
def test_a_room_that_no_route_joins_is_odd(odd, joined, mend):
    said = 'namespaces."/".events.e.emit.to: no route joins the room chta'
    [found] = odd(ROOMS % joined)
    assert found.partition(': ')[2] == f'{said}: {mend}'


@pytest.mark.parametrize('joined', ['chta', '{room: [a, chta]}', '"ch${sid}"', '"${session.r}"'])
def test_a_room_that_a_route_may_join_is_not(odd, joined):
    assert odd(ROOMS % joined) == []


@pytest.mark.parametrize('registers', ['@socketio.event', 'socketio.start_background_task(print)'])
def test_nor_one_that_python_may_join(odd, registers):
    text = f'handlers: ./strict_d.py\n{ROOMS % "chat"}'
    module = f'from gateway import socketio\n{registers}\ndef hi(): pass'
    assert odd(text, strict_d=module) == []


def test_the_rooms_are_those_of_the_namespace_that_it_is_sent_to(odd):
    send = '{send: {to: {room: a}, namespace: /b}}'
    join = '{connect: {join: %s}, events: {e: {ack: 1}}}'
    found = odd(f'namespaces: {{/: {{events: {{e: {send}}}}}, /b: {join % "c"}}}')
    assert [line.partition(': ')[2] for line in found] == [
        'namespaces."/".events.e.send.to: no route joins the room a: known here: c'
    ]
    assert odd(f'namespaces: {{/: {{events: {{e: {send}}}}}, /b: {join % "a"}}}') == []
