"""`explain`: what a backend would be sent, without sending it and without a secret."""

import json

ROUTES = """
namespaces:
  /:
    connect: {http: {url: http://127.0.0.1:1/in, secret: "0123456789abcdef"}}
    events:
      plain: [{http: http://127.0.0.1:1/plain}, {ack: after}]
      own: {http: {url: http://127.0.0.1:1/own, method: PUT, body: {room: "${data.room}"}}}
      bare: {http: {url: http://127.0.0.1:1/bare, method: GET}}
      header: {http: {url: http://127.0.0.1:1/, headers: {X-User: "${data}"}}}
    disconnect: [{http: http://127.0.0.1:1/out}, {emit: {event: left, to: all}}]
"""


def test_an_event_is_told_as_it_would_be_sent(told):
    first, step, sent, body, *rest = told(ROUTES, '/', 'plain', (7,), rooms=['a'])
    assert [first, step, sent] == [
        'namespaces."/".events.plain (6:14)',
        '  1. http',
        '     would send POST http://127.0.0.1:1/plain',
    ]
    found = json.loads(body.removeprefix('     with '))
    assert (found['args'], found['rooms'], found['id']) == ([7], ['a'], '<gateway>-1')
    assert rest == [
        '     goes on as if it replied nothing',
        '  2. ack',
        '     acknowledges with "after"',
    ]


def test_a_secret_signs_and_is_not_told(told):
    lines = told(ROUTES, '/', 'connect', {'name': 'Ann'})
    assert '     would send POST http://127.0.0.1:1/in, signed' in lines
    assert '0123456789abcdef' not in ''.join(lines)
    assert lines[-1] == 'the client is accepted, unless a backend refuses it'


def test_the_body_of_the_route_and_none(told):
    assert told(ROUTES, '/', 'own', ({'room': 'a'},))[2:5] == [
        '     ${data.room} = "a"',
        '     would send PUT http://127.0.0.1:1/own',
        '     with {"room":"a"}',
    ]
    assert told(ROUTES, '/', 'bare')[2:4] == [
        '     would send GET http://127.0.0.1:1/bare',
        '     goes on as if it replied nothing',
    ]


def test_what_cannot_be_sent_fails(told):
    lines = told(ROUTES, '/', 'header', ('a\r\nb',))
    assert '     fails: bad_value: a value that a header cannot hold' in lines


def test_a_disconnect_goes_on_at_once(told):
    lines = told(ROUTES, '/', 'disconnect', 'gone')
    assert lines[2] == '     would send POST http://127.0.0.1:1/out'
    assert '"sequence":1' in lines[3]
    assert lines[4:] == ['  2. emit', '     sends "left" with nothing to everyone']
