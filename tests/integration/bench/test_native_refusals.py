"""Connections that fail, and commands that can't be done: each says why, in words."""

import resource
import socket
from typing import Any

import pytest

from bench.process import free_port
from tests.support.load_process import native
from tests.support.load_server import SWITCHING, Server, binary, frame, serving

NOT_FOUND = b'HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n'
WRONG_KEY = SWITCHING.replace(b's3pP', b'p3sP')
REFUSED = '44{"message":"Über – \\"nein\\""}'.encode()

REASONS: dict[str, tuple[dict[str, Any], str]] = {
    'not found': ({'upgrade': NOT_FOUND}, 'HTTP 404 Not Found'),
    'no reason': ({'upgrade': b'HTTP/1.1 503\r\n\r\n'}, 'HTTP 503'),
    'another protocol': ({'upgrade': b'SSH-2.0-OpenSSH_9.2\r\n\r\n'}, 'no HTTP answer'),
    'another key': ({'upgrade': WRONG_KEY}, 'a wrong Sec-WebSocket-Accept'),
    'refused': ({'connected': frame(REFUSED)}, 'refused: {"message":"Über – \\"nein\\""}'),
    'closed': ({'connected': b''}, 'closed before it was ready'),
    'closed politely': ({'connected': b'\x88\x00'}, 'closed before it was ready'),
    'disconnected': ({'connected': frame(b'41')}, 'closed before it was ready'),
    'silent': ({'connected': frame(b'42["news"]')}, 'no answer'),
    'without a greeting': ({'greeting': b''}, 'no answer'),
}


def ignore(*_: object) -> None:
    pass


@pytest.mark.parametrize('reason', REASONS)
def test_a_connection_that_fails_says_why(reason: str):
    settings, words = REASONS[reason]
    with serving(Server(ignore, **settings)) as server, native() as process:
        process.setup(server.port)
        answer = process.ask('connect', count=3, seconds=1)
    assert (answer['ready'], answer['failed'], answer['reason']) == (0, 3, words)
    assert answer['latency'] == []


def test_nobody_listens():
    with native() as process:
        process.setup(free_port())
        answer = process.ask('connect', count=3)
    assert (answer['ready'], answer['failed']) == (0, 3)
    assert answer['reason'] == 'connection refused'


def test_a_server_that_only_accepts_is_no_answer():
    with socket.create_server(('127.0.0.1', 0)) as listener, native() as process:
        process.setup(listener.getsockname()[1])
        answer = process.ask('connect', count=2, seconds=1)
        strange = process.ask('connect', count=-1)
    assert (answer['failed'], answer['reason']) == (2, 'no answer')
    assert strange == {'kind': 'error', 'what': 'count is no number'}


def test_a_refusal_in_msgpack_is_words_too():
    refused = b'\x83\xa4type\x04\xa3nsp\xa1/\xa4data\x81\xa7message\xa4nein'
    with serving(Server(ignore, connected=binary(refused))) as server, native() as process:
        process.setup(server.port, form='msgpack')
        answer = process.ask('connect', count=1)
    assert answer['reason'].startswith('refused: ')
    assert 'nein' in answer['reason']


def test_connecting_is_given_up_after_a_hundred_failures():
    with native() as process:
        process.setup(free_port())
        answer = process.ask('connect', count=5000, window=1)
    assert 100 < answer['failed'] < 200


def test_more_files_than_are_allowed_is_said():
    with serving(Server(ignore)) as server, native() as process:
        process.setup(server.port)
        resource.prlimit(process.child.pid, resource.RLIMIT_NOFILE, (20, 20))
        answer = process.ask('connect', count=30)
    assert answer['reason'] == 'too many open files'
    assert 0 < answer['ready'] < 20


COMMANDS = {
    'juggle': 'unknown command juggle',
    'connect count=1': 'connect before setup',
    'connect count=x': 'count is no number',
    'setup address=6162 port=1': 'address and its port are no numeric address',
    'setup address=3132372e302e302e31 port=70000': 'address and its port are no numeric address',
    'setup address=3132372e302e302e31 port=1 hello=4': 'hello is no hex',
    'setup address=3132372e302e302e31 port=1 hello=4X': 'hello is no hex',
    f'form publish_head={"00" * 5000}': 'publish_head takes more than 4096 bytes',
    'broadcast payload=31': 'payload is out of bounds',
    'broadcast payload=60001': 'payload is out of bounds',
    'broadcast': 'no connection to publish from',
    'echo': 'echo_head is missing',
    'wait ms=': 'ms is no number',
    'spin on=yes': 'on is no number',
    'broadcast ms=99999999999999999999': 'ms is no number',
}


def test_a_command_that_can_not_be_done_says_why_and_the_process_goes_on():
    with native() as process:
        for line, why in COMMANDS.items():
            assert process.ask(line) == {'kind': 'error', 'what': why}
        assert process.ask('spin', on=1) == {'kind': 'spin'}


def test_the_request_has_the_number_of_its_connection():
    with serving(Server(ignore)) as server, native() as process:
        process.setup(server.port)
        process.ask('connect', count=2, first=41, window=1)
    cookies = [request.partition(b'visit=')[2][:8] for request in server.requests]
    assert cookies == [b'00000041', b'00000042']
