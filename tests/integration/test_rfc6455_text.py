"""RFC 6455, section 8.1: text is UTF-8. Group 6 of Autobahn's test suite, by its case names.

Every sequence is sent as one frame and with one byte a frame; what is no text ends the connection
with 1007, as soon as a frame has said it.
"""

import pytest

from gateway.engine import websocket
from tests.support.hub import run
from tests.support.raw import BINARY, CLOSE, PING, PONG, TEXT, frame
from tests.support.ws_echo import echoing, exchange, upgraded

CONTINUATION = 0x0
REFUSED = (CLOSE, b'\x03\xeftext is not UTF-8')
GREEK = 'κ\u1f79σμε'.encode()  # the accent needs three bytes
MIXED = 'Hello-µ@ßöäüàá-UTF-8!!'.encode()
CUT = 'c0 e080 f08080 f8808080 fc80808080 df efbf f7bfbf fbbfbfbf fdbfbfbfbf'

TEXTS = {
    5: [f'hello{char}world'.encode() for char in '$¢€\U00024b62'] + [GREEK],
    7: '00 c280 e0a080 f0908080',  # the first of each length
    9: '7f dfbf efbfbf f48fbfbf',  # the last of each length
    11: 'ed9fbf ee8080 efbfbd f48fbfbf',  # the edges of what is a code point
    22: [chr(plane << 16 | low).encode() for plane in range(17) for low in (0xFFFE, 0xFFFF)],
    23: 'efbfb9 efbfba efbfbb efbfbc efbfbd efbfbe efbfbf',  # specials
}
NO_TEXTS = {
    8: 'f888808080 fc8480808080',  # the first of 5 and of 6 bytes
    10: 'f7bfbfbf fbbfbfbfbf fdbfbfbfbfbf',  # the last of 4, of 5 and of 6 bytes
    12: '80 bf 80bf 80bf80 80bf80bf 80bf80bf80 80bf80bf80bf '  # continuations of nothing
    + bytes(range(0x80, 0xC0)).hex(),
    13: [  # beginnings of nothing
        b''.join(b'%c ' % byte for byte in range(first, last))
        for first, last in ((0xC0, 0xE0), (0xE0, 0xF0), (0xF0, 0xF8), (0xF8, 0xFC), (0xFC, 0xFE))
    ],
    14: CUT,  # the last byte is missing
    15: CUT.replace(' ', ''),
    16: 'fe ff fefeffff',
    17: 'c0af e080af f08080af f8808080af fc80808080af',  # a slash, too long
    18: 'c1bf e09fbf f08fbfbf f887bfbfbf fc83bfbfbfbf',  # the last that is too long
    19: 'c080 e08080 f0808080 f880808080 fc8080808080',  # NUL, too long
    20: 'eda080 edadbf edae80 edafbf edb080 edbe80 edbfbf',  # half a UTF-16 pair
    21: 'eda080edb080 eda080edbfbf edadbfedb080 edadbfedbfbf '  # a UTF-16 pair
    'edae80edb080 edae80edbfbf edafbfedb080 edafbfedbfbf',
}


def named(groups):
    return {
        f'6.{group}.{number}': sequence if isinstance(sequence, bytes) else bytes.fromhex(sequence)
        for group, table in groups.items()
        for number, sequence in enumerate(table.split() if isinstance(table, str) else table, 1)
    }


PREFIXES = {f'6.6.{size}': GREEK[:size] for size in range(1, len(GREEK) + 1)}
WHOLE = {f'6.6.{size}' for size in (2, 5, 7, 9, 11)}
VALID = named(TEXTS) | {
    '6.1.1': b'',
    '6.2.1': MIXED,
    '6.2.4': GREEK,
    **{name: text for name, text in PREFIXES.items() if name in WHOLE},
}
INVALID = named(NO_TEXTS) | {
    '6.3.1': GREEK + b'\xed\xa0\x80edited',
    '6.11.5': b'\xf4\x90\x80\x80',
    **{name: text for name, text in PREFIXES.items() if name not in WHOLE},
}


@pytest.fixture(autouse=True)
def patience(loop, monkeypatch):
    monkeypatch.setattr(websocket, 'CLOSE_TIMEOUT', 60)  # nothing here may wait for it


def fragments(*parts):
    """One text message of two frames or more."""
    first, *others, last = parts
    return (
        frame(TEXT, first, fin=False)
        + b''.join(frame(CONTINUATION, part, fin=False) for part in others)
        + frame(CONTINUATION, last)
    )


def by_byte(text):
    """As 6.2.3 and 6.3.2 have it: one byte a frame, and an empty one at each end."""
    return fragments(b'', *(bytes((byte,)) for byte in text), b'')


@pytest.mark.parametrize('name', VALID)
def test_text_comes_back(name):
    text = VALID[name]
    sent = frame(TEXT, text) + by_byte(text)
    assert exchange(sent, leave=2) == [(TEXT, text), (TEXT, text), (CLOSE, b'\x03\xe8')]


@pytest.mark.parametrize('form', [lambda text: frame(TEXT, text), by_byte], ids=['whole', 'bytes'])
@pytest.mark.parametrize('name', INVALID)
def test_what_is_no_text_ends_with_1007(name, form):
    assert exchange(frame(TEXT, b'good') + form(INVALID[name])) == [(TEXT, b'good'), REFUSED]


@pytest.mark.parametrize(
    ('name', 'parts', 'text'),
    [
        ('6.1.2', [b'', b'', b''], b''),
        ('6.1.3', [b'', b'middle', b''], b'middle'),
        ('6.2.2', [MIXED[:14], MIXED[14:]], MIXED),
    ],
)
def test_text_in_fragments_comes_back(name, parts, text):
    assert exchange(fragments(*parts), leave=1)[0] == (TEXT, text)


@pytest.mark.parametrize(
    ('name', 'second'), [('6.4.1', b'\xf4\x90\x80\x80'), ('6.4.2', b'\x90')], ids=['6.4.1', '6.4.2']
)
def test_a_text_is_refused_at_the_fragment_that_spoils_it(name, second):
    """Nobody waits for the rest. (6.4.3 and 6.4.4, inside one frame, may wait for its end.)"""
    first = GREEK + b'\xf4'[: len(second) == 1]

    async def scenario():
        async with echoing() as engine, upgraded(engine) as peer:
            peer.write(frame(TEXT, first, fin=False) + frame(PING, b'still fine?'))
            assert await peer.receive() == (PONG, b'still fine?')
            peer.write(frame(CONTINUATION, second, fin=False))
            assert await peer.receive() == REFUSED
            assert await peer.rest() == b''

    run(scenario())


@pytest.mark.parametrize('name', ['6.4.3', '6.4.4'])
def test_a_text_that_is_spoiled_inside_a_frame_is_refused_with_its_last_byte(name):
    spoiled = frame(TEXT, GREEK + b'\xf4\x90\x80\x80edited')
    assert exchange(spoiled, step=1) == [REFUSED]


def test_binary_may_hold_anything():
    sent = b''.join(frame(BINARY, data) for data in INVALID.values())
    found = exchange(sent, leave=len(INVALID))
    assert found[:-1] == [(BINARY, data) for data in INVALID.values()]
