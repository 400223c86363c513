"""Whole conversations that are right, each to be cut at every byte.

What is cut is said in one go, to a connection in a state of states.py.
"""

from typing import NamedTuple

from tests.faults.bad.deflate import deflated, text
from tests.faults.bad.row import MARK, POLL, SID, chunked, frame, packed, post, request, spoken
from tests.support.raw import BINARY, CLOSE, HANDSHAKE, PING, POLLING, TEXT, WEBSOCKET

GOODBYE = frame(CLOSE, b'\x03\xe8')
EVENT = '420["echo",{"S3CRET":["\u00e9",1.5,null]}]'
BINARY_EVENT = (
    '452-0["echo",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]',
    MARK,
    b'\x00\xff',
)
POSTED = b'451-1["echo",{"_placeholder":true,"num":0}]\x1ebAAEC\x1e' + EVENT.encode()


class Conversation(NamedTuple):
    name: str
    state: str
    said: bytes


def handshake(query: str) -> bytes:
    return HANDSHAKE.format(query=query, port=80, headers='').encode()


CONVERSATIONS = [
    Conversation(
        'all at once', 'connected', handshake(WEBSOCKET) + spoken(['40', EVENT]) + GOODBYE
    ),
    Conversation('JSON', 'opened', spoken(['40/0,{"token":"S3CRET"}', '42/0,1["a"]']) + GOODBYE),
    Conversation(
        'fragments',
        'joined',
        frame(TEXT, EVENT[:20].encode(), fin=False)
        + frame(PING, MARK)
        + frame(0, EVENT[20:].encode())
        + GOODBYE,
    ),
    Conversation('a binary event', 'joined', spoken(BINARY_EVENT) + GOODBYE),
    Conversation(
        'msgpack',
        'opened',
        frame(BINARY, packed(type=0, nsp='/'))
        + frame(BINARY, packed(type=2, nsp='/', id=1, data=['echo', MARK, {'a': 1.5}]))
        + GOODBYE,
    ),
    Conversation('compressed', 'compressed', text(deflated(EVENT.encode())) + GOODBYE),
    Conversation('a poll that opens', 'connected', request('GET', POLLING, 'A: S3CRET')),
    Conversation('a poll', 'polling joined', request('GET', POLL)),
    Conversation('a post', 'polling joined', post(POSTED)),
    Conversation(
        'a post in chunks',
        'polling joined',
        chunked(b'5\r\n420["\r\n6\r\necho"]\r\n0\r\n\r\n') + request('GET', POLL),
    ),
    Conversation(
        'an upgrade',
        'polling beside',
        handshake(f'{WEBSOCKET}&sid={SID.decode()}') + spoken(['2probe', '5', EVENT]) + GOODBYE,
    ),
    Conversation('an upgrade that has begun', 'probed', spoken(['5', EVENT]) + GOODBYE),
]
