"""Our frames against those of wsproto and of websockets: both read what the other has built, and
refuse the same streams with the same codes.
"""

from itertools import chain

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from websockets.frames import Close
from websockets.protocol import Protocol, Side
from wsproto.frame_protocol import FrameProtocol, ParseFailed

from gateway.errors import PeerError
from gateway.wire import frames
from gateway.wire.frames import BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT, Parser
from tests.support.raw import MASK

LIMIT = 1_000_000
DATA = (TEXT, BINARY)
calm = settings(deadline=None)  # a busy machine is no defect


# Readers: whole messages and control frames up to a violation, and its close code.


def ours(data, limit=LIMIT, steps=()):
    found, parser, at, ends = [], Parser(limit), 0, [*steps, len(data)]
    try:
        for end in ends:
            for opcode, payload in parser.feed(data[at:end]):
                found.append((opcode, frames.parse_close(payload) if opcode == CLOSE else payload))
                if opcode == CLOSE:
                    return found, None, ''
            at = end
    except PeerError as error:
        return found, error.close_code, str(error)
    return found, None, ''


def wsprotos(data, client=False):
    protocol, found, parts = FrameProtocol(client, []), [], []
    protocol.receive_bytes(data)
    try:
        for frame in protocol.received_frames():
            if frame.opcode == CLOSE:
                return [*found, (CLOSE, int(frame.payload[0]))], None
            if frame.opcode in (PING, PONG):
                found.append((int(frame.opcode), bytes(frame.payload)))
                continue
            text = frame.payload.encode() if isinstance(frame.payload, str) else frame.payload
            parts.append(bytes(text))
            if frame.message_finished:
                found.append((int(frame.opcode), b''.join(parts)))
                parts = []
    except ParseFailed as error:
        return found, int(error.code)
    return found, None


def websocketss(data, protocol):
    """Text is not checked at this level of it."""
    protocol.receive_data(data)
    found, opcode, parts = [], 0, []
    for frame in protocol.events_received():
        if frame.opcode == CLOSE:
            return [*found, (CLOSE, Close.parse(frame.data).code)], None
        if frame.opcode in (PING, PONG):
            found.append((int(frame.opcode), bytes(frame.data)))
            continue
        opcode = int(frame.opcode) or opcode
        parts.append(bytes(frame.data))
        if frame.fin:
            found.append((opcode, b''.join(parts)))
            parts = []
    return found, protocol.close_sent.code if protocol.parser_exc else None


def client():
    return Protocol(Side.CLIENT, max_size=None)


def server(limit=None):
    return Protocol(Side.SERVER, max_size=limit)


# Builders: each takes steps, (opcode, payload, fin), and gives bytes.


def built_by_wsproto(steps):
    protocol, data, reading_text = FrameProtocol(True, []), b'', False
    for opcode, payload, fin in steps:
        if opcode == PING:
            data += protocol.ping(payload)
        elif opcode == PONG:
            data += protocol.pong(payload)
        elif opcode == CLOSE:
            data += protocol.close(*payload)
        else:
            reading_text = opcode == TEXT or (opcode == CONTINUATION and reading_text)
            data += protocol.send_data(payload.decode() if reading_text else payload, fin)
    return data


def built_by_websockets(steps):
    protocol = client()
    for opcode, payload, fin in steps:
        match opcode:
            case frames.PING:
                protocol.send_ping(payload)
            case frames.PONG:
                protocol.send_pong(payload)
            case frames.CLOSE:
                protocol.send_close(*payload)
            case frames.TEXT:
                protocol.send_text(payload, fin)
            case frames.BINARY:
                protocol.send_binary(payload, fin)
            case frames.CONTINUATION:
                protocol.send_continuation(payload, fin)
    return b''.join(protocol.data_to_send())


control = st.tuples(st.sampled_from([PING, PONG]), st.binary(max_size=125), st.just(True))
texts = st.text(max_size=40).map(str.encode) | st.integers(40, 25_000).map(
    lambda n: b'\xc3\xa9' * n
)
binaries = st.binary(max_size=140) | st.integers(65_530, 65_540).map(bytes)
goodbye = st.tuples(
    st.sampled_from([1000, 1001, 1011, 3000, 4999]), st.text(max_size=41).filter(str.isascii)
)


@st.composite
def conversations(draw):
    """Messages, whole and in fragments, with control frames anywhere; a close frame, or none."""
    steps = []
    for _ in range(draw(st.integers(0, 4))):
        opcode = draw(st.sampled_from(DATA))
        parts = draw(st.lists(texts if opcode == TEXT else binaries, min_size=1, max_size=4))
        for number, part in enumerate(parts):
            steps += draw(st.lists(control, max_size=2))
            last = number == len(parts) - 1
            steps.append((CONTINUATION if number else opcode, part, last))
    if draw(st.booleans()):
        steps.append((CLOSE, draw(goodbye), True))
    return steps


def meant(steps):
    """What a reader must make of them."""
    found, opcode, parts = [], 0, b''
    for kind, payload, fin in steps:
        if kind == CLOSE:
            found.append((CLOSE, payload[0]))
        elif kind in (PING, PONG):
            found.append((kind, payload))
        else:
            opcode, parts = (kind or opcode), parts + payload if kind == CONTINUATION else payload
            if fin:
                found.append((opcode, parts))
    return found


cuts = st.lists(st.floats(0, 1), max_size=12).map(sorted)


@pytest.mark.parametrize('build', [built_by_wsproto, built_by_websockets])
@calm
@given(conversations(), cuts)
def test_what_they_build_is_read_the_same_in_any_split(build, steps, where):
    data = build(steps)
    assert ours(data, steps=[int(cut * len(data)) for cut in where]) == (meant(steps), None, '')


@calm
@given(conversations())
def test_what_we_build_they_read(steps):
    messages = [
        (opcode, frames.build_close(*payload) if opcode == CLOSE else frames.build(opcode, payload))
        for opcode, payload, _ in steps
        if opcode != CONTINUATION
    ]
    sent = [(opcode, payload, True) for opcode, payload, _ in steps if opcode != CONTINUATION]
    data = b''.join(built for _, built in messages)
    assert wsprotos(data, client=True) == (meant(sent), None)
    assert websocketss(data, client()) == (meant(sent), None)


@calm
@given(conversations())
def test_a_frame_that_was_built_splits_back(steps):
    sent = [(opcode, data) for opcode, data, _ in steps if opcode in (TEXT, BINARY, PING, PONG)]
    assert list(frames.split(b''.join(frames.build(*message) for message in sent))) == sent


# Streams that break rules, any of them, in any order.


@st.composite
def raw_frames(draw):
    """A frame that is complete, and right or wrong in every other respect."""
    opcode = draw(
        st.sampled_from([TEXT] * 4 + [BINARY] * 4 + [0] * 4 + [8, 9, 10] * 2 + [3, 11, 15])
    )
    fin = draw(st.sampled_from([0x80, 0x80, 0]))
    reserved = draw(st.sampled_from([0] * 12 + [0x10, 0x20, 0x40, 0x70]))
    masked = draw(st.sampled_from([0x80] * 15 + [0]))
    if opcode == CLOSE:
        reason = draw(st.sampled_from([b'', b'bye', b'\xff', b'\xc3']))
        codes = st.integers(990, 1020) | st.integers(0, 65_535)
        code = draw(codes) if reason.isascii() else 1000  # one fault a payload
        payload = code.to_bytes(2, 'big') + reason
        payload = payload[: draw(st.integers(0, 6))]
    else:
        piece = st.sampled_from([b'', b'a', 'é€\U0001f600'.encode(), b'\xc3', b'\xa9', b'\xed\xa0'])
        payload = b''.join(draw(st.lists(piece, max_size=3))) * draw(st.sampled_from([1, 1, 1, 60]))
    size = len(payload)
    width = draw(st.sampled_from([0] * 12 + [2, 8]))
    width = max(width, 0 if size < 126 else 2)
    length = {0: bytes((masked | size,)) if size < 126 else b'', 2: bytes((masked | 126,))}.get(
        width, bytes((masked | 127,))
    ) + (size.to_bytes(width, 'big') if width else b'')
    body = frames.unmask(MASK, payload) if masked else payload
    return bytes((fin | reserved | opcode,)) + length + (MASK if masked else b'') + body


# What we refuse and they let pass: the RFC says MUST of each. websockets checks text above its
# protocol; wsproto takes codes from 5000 on.
STRICTER = {
    'wsproto': {'invalid close code'},
    'websockets': {'text is not UTF-8', 'length is not in its shortest form'},
}
READERS = {'wsproto': wsprotos, 'websockets': lambda data: websocketss(data, server())}


@pytest.mark.parametrize('peer', READERS)
@calm
@given(st.lists(raw_frames(), min_size=1, max_size=6))
def test_what_they_refuse_we_refuse_with_the_same_code(peer, stream):
    data = b''.join(stream)
    found, code, why = ours(data)
    theirs, their_code = READERS[peer](data)
    if why in STRICTER[peer]:
        assert theirs[: len(found)] == found
    elif peer == 'websockets' and found and found[-1][0] == CLOSE and code is None and their_code:
        # A close frame between fragments: section 5.4 lets control frames stand there.
        assert (theirs, their_code) == (found[:-1], 1002)
    else:
        assert (found, code) == (theirs, their_code)


@calm
@given(st.lists(raw_frames(), min_size=1, max_size=6), cuts)
def test_any_split_gives_the_same_messages_and_the_same_error(stream, where):
    data = b''.join(stream)
    assert ours(data, steps=[int(cut * len(data)) for cut in where])[:2] == ours(data)[:2]


@calm
@given(st.lists(st.integers(0, 12), min_size=1, max_size=8), st.integers(5, 30))
def test_the_limit_is_the_same_for_messages_and_their_fragments(sizes, limit):
    """websockets refuses at the same frame, with the same code."""
    last = len(sizes) - 1
    steps = [
        (CONTINUATION if number else BINARY, bytes(size), number == last)
        for number, size in enumerate(sizes)
    ]
    data = built_by_websockets(steps)
    assert ours(data, limit)[:2] == websocketss(data, server(limit))
    assert ours(data, limit)[1] == (1009 if sum(sizes) > limit else None)


@pytest.mark.parametrize('more', [-1, 0, 1])
@pytest.mark.parametrize('limit', [125, 126, 1_000, 65_535, 65_536, 100_000])
def test_the_limit_to_the_byte(limit, more):
    data = built_by_websockets([(BINARY, bytes(limit + more), True)])
    by_byte = chain.from_iterable(Parser(limit).feed(data[at : at + 1]) for at in range(14))
    if more < 1:
        assert ours(data, limit) == ([(BINARY, bytes(limit + more))], None, '')
        assert list(by_byte) == []
    else:
        assert ours(data, limit) == ([], 1009, 'message is too big')


@pytest.mark.parametrize('size', [101, 126, 65_536, 2**32, 2**63 - 1])
@pytest.mark.parametrize('before', [0, 60, 100])
def test_a_header_that_announces_too_much_is_refused_without_its_payload(size, before):
    """With what fragments have brought before it; a control frame in between changes nothing."""
    size = max(1, size - before) if size == 101 else size
    form = 0 if size < 126 else 2 if size < 65_536 else 8
    second = size if not form else 126 if form == 2 else 127
    header = bytes((0x82 if not before else 0x80, 0x80 | second))
    header += (size.to_bytes(form, 'big') if form else b'') + MASK
    steps = [(BINARY, bytes(before), False), (PING, b'', True)] if before else []
    data = built_by_websockets(steps) + header
    assert ours(data, 100) == ([(PING, b'')] * bool(before), 1009, 'message is too big')
