"""The bytes that a load process is given, for every kind of server and message."""

import pytest

from bench.load.address import Address, sources
from bench.load.wire import Dialect, Options, Trigger, Wire, command, new_room

PLAIN = Address('127.0.0.1', 8000)
CHAT = Dialect(namespace='/chat', auth={'token': 'é'})


def setup(dialect: Dialect = Dialect(), form: str = 'json', headers: int = 0) -> Options:  # noqa: B008
    wire = Wire(dialect, PLAIN, form, 'r.########')
    return wire.setup('127.0.0.1', polling=False, headers=headers, enter=True)


def test_json_in_the_main_namespace():
    made = setup()
    assert made['hello'] == b'40'
    assert made['welcome'] == b'40{'
    assert made['refusal'] == b'44'
    assert made['enter'] == b'420["enter","r.########"]'
    assert made['entered'] == b'430['
    assert made['opcode'] == 1


def test_json_in_another_namespace_with_auth():
    made = setup(CHAT)
    assert made['hello'] == '40/chat,{"token":"é"}'.encode()
    assert made['welcome'] == b'40/chat,{'
    assert made['refusal'] == b'44/chat,'
    assert made['enter'] == b'42/chat,0["enter","r.########"]'
    assert made['entered'] == b'43/chat,0['


def test_msgpack():
    made = setup(Dialect(auth='x'), 'msgpack')
    assert made['hello'] == b'\x83\xa4type\x00\xa3nsp\xa1/\xa4data\xa1x'
    assert made['enter'] == (
        b'\x84\xa4type\x02\xa3nsp\xa1/\xa4data\x92\xa5enter\xaar.########\xa2id\x00'
    )
    assert made['opcode'] == 2


def test_the_request_is_what_a_websocket_needs_and_no_more():
    assert setup(Dialect(path='/my io', query='?a=b c&d=é%20'))['request'] == (
        b'GET /my%20io?EIO=4&a=b%20c&d=%C3%A9%20&transport=websocket HTTP/1.1\r\n'
        b'Host: 127.0.0.1:8000\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n'
        b'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n'
    )


@pytest.mark.parametrize('length', [600, 4000])
def test_a_browsers_headers_are_as_long_as_asked_for(length: int):
    request = setup(headers=length)['request']
    assert len(request) == length
    assert b'\r\nCookie: visit=########c' in request
    assert b'\r\nOrigin: http://127.0.0.1:8000\r\n' in request
    assert b'Extensions' not in request  # what is not offered can't be agreed upon


def test_ones_own_headers_replace_a_browsers_and_a_cookie_is_kept():
    own = Dialect(headers={'origin': 'https://example.org', 'COOKIE': 'a=b'})
    request = setup(own, headers=600)['request']
    assert len(request) == 600
    assert request.lower().count(b'origin:') == 1
    assert b'\r\norigin: https://example.org\r\n' in request
    assert b'\r\nCookie: a=b; visit=########' in request
    assert request.count(b'ookie') == 1


def test_polling_has_its_path_and_headers_without_an_upgrade():
    made = setup(headers=600)
    assert made['path'] == b'/socket.io/?EIO=4'
    assert made['headers'].startswith(b'Host: 127.0.0.1:8000\r\nOrigin: ')
    assert made['headers'].endswith(b'c\r\n')
    assert b'Upgrade' not in made['headers']


MESSAGES = {
    ('json', 64): (1, b'42["pub","', b'"]', b'42["msg","', b'"]'),
    ('msgpack', 64): (
        2,
        b'\x83\xa4type\x02\xa3nsp\xa1/\xa4data\x92\xa3pub\xd9\x40',
        b'',
        b'\x83\xa4type\x02\xa3nsp\xa1/\xa4data\x92\xa3msg\xd9\x40',
        b'',
    ),
    ('msgpack', 300): (
        2,
        b'\x83\xa4type\x02\xa3nsp\xa1/\xa4data\x92\xa3pub\xda\x01\x2c',
        b'',
        b'\x83\xa4type\x02\xa3nsp\xa1/\xa4data\x92\xa3msg\xda\x01\x2c',
        b'',
    ),
    ('binary', 64): (
        1,
        b'451-["pub",{"_placeholder":true,"num":0}]',
        b'',
        b'451-["msg",{"_placeholder":true,"num":0}]',
        b'',
    ),
}


@pytest.mark.parametrize(('form', 'payload'), MESSAGES)
def test_a_message_is_a_head_the_payload_and_a_tail(form: str, payload: int):
    made = Wire(Dialect(), PLAIN, form).message(payload, rooms=False)
    names = ('opcode', 'publish_head', 'publish_tail', 'message_head', 'message_tail')
    assert tuple(made[name] for name in names) == MESSAGES[form, payload]
    assert made['attachment'] == (form == 'binary')


def test_a_message_to_a_room_names_it():
    made = Wire(CHAT, PLAIN, 'json', 'r.########').message(64, rooms=True)
    assert made['publish_head'] == b'42/chat,["say","r.########","'
    assert made['message_head'] == b'42/chat,["msg","'
    packed = Wire(Dialect(), PLAIN, 'msgpack', 'r.########').message(64, rooms=True)
    assert packed['publish_head'].endswith(b'\x93\xa3say\xaar.########\xd9\x40')


def test_a_server_may_write_the_keys_of_msgpack_in_another_order():
    dialect = Dialect(packet_keys=('type', 'data', 'nsp'))
    made = Wire(dialect, PLAIN, 'msgpack').message(64, rooms=False)
    assert made['message_head'] == b'\x83\xa4type\x02\xa4data\x92\xa3msg\xd9\x40'
    assert made['message_tail'] == b'\xa3nsp\xa1/'


def test_an_acknowledged_event_has_its_number_in_between():
    made = Wire(CHAT, PLAIN, 'json').echo()
    assert b''.join([made['echo_head'], b'7', made['echo_middle'], b'x', made['echo_tail']]) == (
        b'42/chat,7["echo","x"]'
    )
    assert b''.join([made['ack_head'], b'7', made['ack_middle'], b'x', made['ack_tail']]) == (
        b'43/chat,7["x"]'
    )


def test_a_trigger_is_a_request_around_the_payload():
    trigger = Trigger('http://[::1]:81/say?to=e', body='{"text":"{payload}"}')
    made = Wire(Dialect(trigger=trigger), PLAIN, 'json').message(64, rooms=False)
    assert made['http_head'] == (
        b'POST /say?to=e HTTP/1.1\r\nHost: [::1]:81\r\nContent-Type: application/json\r\n'
        b'Content-Length: 75\r\n\r\n{"text":"'
    )
    assert made['http_tail'] == b'"}'


def test_the_payload_may_stand_in_the_url_of_a_trigger():
    head, tail = Trigger('https://example.org/?t={payload}', 'GET', {'X': 'y'}, '').request(64)
    assert head == b'GET /?t='
    assert tail.startswith(b' HTTP/1.1\r\nHost: example.org\r\n')
    assert tail.endswith(b'X: y\r\nContent-Length: 0\r\n\r\n')


MISTAKES = {
    'the path begins with a slash': lambda: Dialect(path='socket.io'),
    'the namespace begins with a slash': lambda: Dialect(namespace='chat'),
    'no comma in a namespace': lambda: Dialect(namespace='/a,b'),
    'not a header': lambda: Dialect(headers={'X': 'a\r\nY: b'}),
    'not an http': lambda: Trigger('ftp://example.org/', body='{payload}'),
    'neither the URL nor the body': lambda: Trigger('http://example.org/', body='hello'),
}


@pytest.mark.parametrize('word', MISTAKES)
def test_what_can_not_be_spoken_is_refused_at_once(word: str):
    with pytest.raises(ValueError, match=word):
        MISTAKES[word]()


def test_a_command_is_a_line_of_integers_and_hex():
    assert command('form', {'opcode': 1, 'on': True, 'head': b'4\n', 'tail': b''}) == (
        'form opcode=1 on=1 head=340a tail=\n'
    )


def test_each_group_has_rooms_of_its_own():
    assert new_room() != new_room()
    assert new_room().endswith('########')


def test_addresses():
    assert Address('::1', 80).authority == '[::1]'
    assert Address('example.org', 443, tls=True).origin == 'https://example.org'
    assert Address('localhost', 5).resolved() == Address('127.0.0.1', 5)
    assert [sources(clients) for clients in (1, 8000, 8001, 60_000)] == [1, 1, 2, 8]
