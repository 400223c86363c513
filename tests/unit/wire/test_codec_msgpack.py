"""Socket.IO packets (protocol 5) in msgpack, in literal bytes."""

import math
import time
from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import PeerError
from gateway.wire import frames, msgpack_codec
from gateway.wire.codec import ACK, CONNECT, CONNECT_ERROR, DISCONNECT, EVENT
from gateway.wire.extension import FIXED, Extension

ROOT = b'\xa3nsp\xa1/'
UNDEFINED = Extension(0, b'\0', fixed=True)
DATE = Extension(0, (1_000).to_bytes(8, 'big'), fixed=True)


def event(*args, head=b''):
    """An event of '/' with arguments in msgpack."""
    items = b''.join((b'\xa1a', *args))
    return b'\x83\xa4type\x02%b\xa4data%c%b' % (ROOT, 0x91 + len(args), items)


@pytest.mark.parametrize(
    ('packet', 'received'),
    [
        (b'\x82\xa4type\x00' + ROOT, (CONNECT, '/', None, {}, 0)),
        (b'\x83\xa4type\x00%b\xa4data\x81\xa1k\x01' % ROOT, (CONNECT, '/', None, {'k': 1}, 0)),
        (b'\x82\xa4type\x00\xa3nsp\xa5/chat', (CONNECT, '/chat', None, {}, 0)),
        (b'\x82\xa4type\x00\xa3nsp\xa9/chat?q=1', (CONNECT, '/chat', None, {}, 0)),
        (b'\x82\xa4type\x01' + ROOT, (DISCONNECT, '/', None, None, 0)),
        (event(), (EVENT, '/', None, ['a'], 0)),
        (event(b'\x01', b'\xc0', b'\xc3'), (EVENT, '/', None, ['a', 1, None, True], 0)),
        (event(b'\xc4\x02\x00\xff'), (EVENT, '/', None, ['a', b'\x00\xff'], 0)),
        (
            b'\x84\xa4type\x02\xa3nsp\xa5/chat\xa2id\x00\xa4data\x91\xa1a',
            (EVENT, '/chat', 0, ['a'], 0),
        ),
        (b'\x83\xa4type\x02%b\xa4data\x91\x07' % ROOT, (EVENT, '/', None, ['7'], 0)),
        (b'\x84\xa4type\x03%b\xa2id\x0c\xa4data\x90' % ROOT, (ACK, '/', 12, [], 0)),
        # What python-socketio sends: nil is absent.
        (b'\x84\xa4type\x00\xa4data\xc0%b\xa2id\xc0' % ROOT, (CONNECT, '/', None, {}, 0)),
        (b'\x84\xa4type\x01\xa4data\xc0%b\xa2id\xc0' % ROOT, (DISCONNECT, '/', None, None, 0)),
        # The JavaScript client sends undefined, and more than the packet.
        (b'\x83\xa4type\x00\xa4data\xd4\x00\x00' + ROOT, (CONNECT, '/', None, {}, 0)),
        (
            b'\x84\xa4type\x02\xa4data\x91\xa1a\xa7options\x81\xa8compress\xc3' + ROOT,
            (EVENT, '/', None, ['a'], 0),
        ),
        (event(b'\xcf' + b'\xff' * 8), (EVENT, '/', None, ['a', 2**64 - 1], 0)),
        (event(b'\xcb\x7f\xf0' + bytes(6)), (EVENT, '/', None, ['a', math.inf], 0)),
        (event(b'\xa3\xed\xa0\x80'), (EVENT, '/', None, ['a', '\ud800'], 0)),
        (event(b'\xd4\x00\x00'), (EVENT, '/', None, ['a', UNDEFINED], 0)),
        (event(b'\xd7\x00' + DATE.data), (EVENT, '/', None, ['a', DATE], 0)),
        (event(b'\xc7\x01\x00\x00'), (EVENT, '/', None, ['a', Extension(0, b'\0')], 0)),
        (event(b'\xc7\x00\x00'), (EVENT, '/', None, ['a', Extension(0, b'')], 0)),
        (event(b'\xc7\x08\x00' + DATE.data), (EVENT, '/', None, ['a', Extension(0, DATE.data)], 0)),
        (
            event(b'\xce\x00\x01\x00\x00', b'\xd4\x00\x00'),
            (EVENT, '/', None, ['a', 65_536, UNDEFINED], 0),
        ),
        (event(b'\xc8\0\1\0\0'), (EVENT, '/', None, ['a', Extension(0, b'\0')], 0)),
        (event(b'\xc9\0\0\0\1\0\0'), (EVENT, '/', None, ['a', Extension(0, b'\0')], 0)),
        (event(b'\xd4\x85x'), (EVENT, '/', None, ['a', Extension(-123, b'x', fixed=True)], 0)),
        (
            event(b'\xd6\xff\x00\x00\x00\x01'),
            (EVENT, '/', None, ['a', msgpack.Timestamp(1)], 0),
        ),
    ],
)  # fmt: skip
def test_decoding(packet, received):
    assert msgpack_codec.decode(packet) == received


@pytest.mark.parametrize(
    ('packet', 'message', 'close_code'),
    [
        (b'', 'message is not msgpack', 1002),
        (b'\xc1', 'message is not msgpack', 1002),
        (b'\x81\xa4type', 'message is not msgpack', 1002),
        (event() + b'\xc0', 'message is not msgpack', 1002),
        (event(b'\x81\x01\x02'), 'message is not msgpack', 1002),  # a key that is a number
        (event(b'\x81\x90\x02'), 'message is not msgpack', 1002),
        (event(b'\xc7\x05\xff\x00\x00\x00\x00\x00'), 'message is not msgpack', 1002),
        (event(b'\xd7\xff' + b'\xff' * 8), 'message is not msgpack', 1002),
        (b'\x91' * 100_000 + b'\x90', 'message is not msgpack', 1002),
        (event(b'\x91' * 2_000 + b'\x90'), 'message is not msgpack', 1002),
        (event(b'\xa1\xff'), 'text is not UTF-8', 1007),
        (event(b'\xa2\xed\xa0'), 'text is not UTF-8', 1007),
        (b'\x90', 'packet is not a map', 1002),
        (b'\xc0', 'packet is not a map', 1002),
        (b'\x81' + ROOT, 'unknown packet type', 1002),
        (b'\x82\xa4type\x05' + ROOT, 'unknown packet type', 1002),
        (b'\x82\xa4type\xff' + ROOT, 'unknown packet type', 1002),
        (b'\x82\xa4type\xc2' + ROOT, 'unknown packet type', 1002),
        (b'\x82\xa4type\xa10' + ROOT, 'unknown packet type', 1002),
        (b'\x81\xa4type\x00', 'namespace is too long, or none', 1002),
        (b'\x82\xa4type\x00\xa3nsp\x07', 'namespace is too long, or none', 1002),
        (b'\x82\xa4type\x00\xa3nsp\xa4chat', 'namespace is too long, or none', 1002),
        (b'\x82\xa4type\x00\xa3nsp\xda\x01\x01/' + b'x' * 256, 'namespace is too long', 1002),
        (b'\x82\xa4type\x00\xa3nsp\xda\x01\x03/' + 129 * b'\xc3\xbf', 'is too long', 1002),
        (b'\x82\xa4type\x00\xa3nsp\xa4/\xed\xa0\x80', 'namespace is not UTF-8', 1007),
        (b'\x83\xa4type\x02%b\xa2id\xff' % ROOT, 'id is not a number', 1002),
        (b'\x83\xa4type\x02%b\xa2id\xc3' % ROOT, 'id is not a number', 1002),
        (b'\x83\xa4type\x02%b\xa2id\xa11' % ROOT, 'id is not a number', 1002),
        (b'\x83\xa4type\x02%b\xa2id\xcf%b' % (ROOT, b'\xff' * 8), 'id is not a number', 1002),
        (b'\x83\xa4type\x00%b\xa4data\x90' % ROOT, 'auth is not an object', 1002),
        (b'\x83\xa4type\x01%b\xa4data\x80' % ROOT, 'DISCONNECT has data', 1002),
        (b'\x82\xa4type\x02' + ROOT, 'event is not a list with a name', 1002),
        (b'\x83\xa4type\x02%b\xa4data\x90' % ROOT, 'event is not a list with a name', 1002),
        (b'\x83\xa4type\x02%b\xa4data\x91\xc0' % ROOT, 'event name is reserved or not', 1002),
        (b'\x83\xa4type\x02%b\xa4data\x91\xaadisconnect' % ROOT, 'event name is reserved', 1002),
        (b'\x83\xa4type\x03%b\xa4data\x80' % ROOT, 'acknowledgement is not a list', 1002),
        (b'\x83\xa4type\x04%b\xa4data\x80' % ROOT, 'CONNECT_ERROR from a client', 1002),
        (event(b'\xdc\x27\x11' + b'\xd4\0\0' * 10_001), 'too many extensions', 1002),
    ],
)  # fmt: skip
def test_what_breaks_the_protocol(packet, message, close_code):
    with pytest.raises(PeerError, match=message) as error:
        msgpack_codec.decode(packet)
    assert error.value.close_code == close_code
    assert len(str(error.value).encode()) <= 123, 'it goes into a close frame'


def body(packet):
    """The one binary message that a packet is."""
    [(opcode, message)] = frames.split(packet.frame)
    assert opcode == frames.BINARY
    return message


@pytest.mark.parametrize(
    ('arguments', 'message'),
    [
        ((CONNECT, '/', {'sid': 'x'}), b'\x83\xa4type\x00%b\xa4data\x81\xa3sid\xa1x' % ROOT),
        ((CONNECT_ERROR, '/', {'message': 'no'}), b'\x83\xa4type\x04%b\xa4data\x81\xa7message\xa2no'
         % ROOT),
        ((DISCONNECT, '/'), b'\x82\xa4type\x01' + ROOT),
        ((DISCONNECT, '/chat'), b'\x82\xa4type\x01\xa3nsp\xa5/chat'),
        ((EVENT, '/', ['a', 1, None]), event(b'\x01', b'\xc0')),
        ((EVENT, '/', ['a'], 0), b'\x84\xa4type\x02%b\xa4data\x91\xa1a\xa2id\x00' % ROOT),
        ((ACK, '/', (), 5), b'\x84\xa4type\x03%b\xa4data\x90\xa2id\x05' % ROOT),
        ((EVENT, '/', ['a', b'\x01', bytearray(b'\x02')]), event(b'\xc4\x01\x01', b'\xc4\x01\x02')),
        ((EVENT, '/', ['a', math.inf]), event(b'\xcb\x7f\xf0' + bytes(6))),
        ((EVENT, '/', ['a', 2**64 - 1]), event(b'\xcf' + b'\xff' * 8)),
        ((EVENT, '/', ['a', 2**64]), event(b'\xcb\x43\xf0' + bytes(6))),
        ((EVENT, '/', ['a', -(2**64)]), event(b'\xcb\xc3\xf0' + bytes(6))),
        ((EVENT, '/', ['a', -(10**400)]), event(b'\xcb\xff\xf0' + bytes(6))),
        ((EVENT, '/', ['a', 'x\ud800\udfff']), event(b'\xa7x' + 2 * '\ufffd'.encode())),
        ((EVENT, '/', ['a', UNDEFINED]), event(b'\xd4\x00\x00')),
        ((EVENT, '/', ['a', Extension(0, b'\0')]), event(b'\xc7\x01\x00\x00')),
        ((EVENT, '/', ['a', Extension(0, bytes(300))]), event(b'\xc8\x01\x2c\x00' + bytes(300))),
        ((EVENT, '/', ['a', Extension(-1, bytes(65_536))]), event(b'\xc9\x00\x01\x00\x00\xff'
         + bytes(65_536))),
        ((EVENT, '/', ['a', datetime.fromtimestamp(1, UTC)]), event(b'\xd7\x00' + DATE.data)),
        ((EVENT, '/', ['a', datetime(1970, 1, 1, 0, 0, 1)]), event(b'\xd7\x00' + DATE.data)),  # noqa: DTZ001
        (
            (EVENT, '/', ['a', datetime(1970, 1, 1, 2, 0, 1, tzinfo=timezone(timedelta(hours=2)))]),
            event(b'\xd7\x00' + DATE.data),
        ),
        ((EVENT, '/', ['a', datetime.fromtimestamp(-1, UTC)]), event(b'\xd7\x00' + b'\xff' * 6
         + b'\xfc\x18')),
        ((EVENT, '/', ['a', msgpack.Timestamp(1)]), event(b'\xd6\xff\x00\x00\x00\x01')),
        ((EVENT, '/', ['a', UUID(int=1)]), event(b'\xd9\x2400000000-0000-0000-0000-000000000001')),
    ],
)  # fmt: skip
def test_encoding(arguments, message):
    packet = msgpack_codec.encode(*arguments)
    assert body(packet) == message


def test_over_polling_it_is_base64():
    assert msgpack_codec.encode(DISCONNECT, '/').payload == b'bgqR0eXBlAaNuc3ChLw=='


def nested(depth):
    value = []
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize('value', [{1, 2}, object(), nested(100_000), 1j])
def test_what_msgpack_cannot_hold(value):
    with pytest.raises(ValueError, match='not encodable'):
        msgpack_codec.encode(EVENT, '/', ['a', value])


def test_a_value_that_failed_leaves_nothing_in_the_next_message():
    with pytest.raises(ValueError, match='not encodable'):
        msgpack_codec.encode(EVENT, '/', ['a', 'x' * 1_000, object()])
    assert body(msgpack_codec.encode(EVENT, '/', ['a'])) == event()


def test_what_is_nested_within_the_bound_passes():
    packet = event(b'\x91' * 253 + b'\x90')  # in the list of the event, in the packet's map: 256
    received = msgpack_codec.decode(packet)
    assert body(msgpack_codec.encode(EVENT, '/', received[3])) == packet
    with pytest.raises(PeerError, match='nested too deeply'):
        msgpack_codec.decode(event(b'\x91' * 254 + b'\x90'))


extensions = st.builds(
    lambda code, data, fixed: Extension(code, data, fixed and len(data) in FIXED),
    st.integers(-128, 127).filter(lambda code: code != -1),
    st.sampled_from([0, 1, 2, 3, 4, 8, 16, 17, 255, 256]).flatmap(
        lambda size: st.just(bytes(size)) | st.binary(min_size=size, max_size=size)
    ),
    st.booleans(),
)
# Bytes that look like the extensions beside them.
decoys = extensions.map(Extension.spell) | st.binary(max_size=40).map(lambda data: bytes(len(data)))


def spell(value):
    return value.spell() if isinstance(value, Extension) else msgpack.packb(value)


@given(st.lists(extensions, max_size=14))
def test_extensions_go_back_byte_for_byte(values):
    packet = event(*[value.spell() for value in values])
    received = msgpack_codec.decode(packet)
    assert received[3] == ['a', *values]
    assert body(msgpack_codec.encode(EVENT, '/', received[3])) == packet


@given(st.lists(extensions | decoys, max_size=14))
def test_bytes_that_look_like_an_extension_change_its_form_at_the_most(values):
    packet = event(*[spell(value) for value in values])
    received = msgpack_codec.decode(packet)[3][1:]
    for value, found in zip(values, received, strict=True):
        if isinstance(value, Extension):
            assert (found.code, found.data) == (value.code, value.data)
        else:
            assert found == value


values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False)
    | st.text()  # without lone surrogates: they are sent as U+FFFD
    | st.binary()
    | extensions.filter(lambda one: len(one.data) not in FIXED),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(
    st.lists(values, max_size=4),
    st.none() | st.integers(0, 2**53 - 1),
    st.sampled_from(['/', '/chat']),
)
def test_what_is_encoded_is_decoded(args, id, namespace):
    packet = msgpack_codec.encode(EVENT, namespace, ['event', *args], id)
    assert msgpack_codec.decode(body(packet)) == (EVENT, namespace, id, ['event', *args], 0)


@given(st.binary(max_size=100))
def test_any_bytes_are_a_packet_or_a_violation(data):
    try:
        kind, namespace, _, data, _ = msgpack_codec.decode(data)
    except PeerError:
        return
    assert namespace.startswith('/')
    assert kind != EVENT or isinstance(data[0], str)


def least(measure):
    """The least CPU time of three tries, in seconds."""
    times = []
    for _ in range(3):
        begin = time.thread_time()
        measure()
        times.append(time.thread_time() - begin)
    return min(times)


def test_an_announced_array_costs_nothing_before_it_has_come():
    bomb = (b'\xdd' + (1_000_000).to_bytes(4, 'big')) * 1_000
    bomb += b'\xc0' * (1_000_000 - len(bomb))

    def refused():
        with pytest.raises(PeerError):
            msgpack_codec.decode(bomb)

    whole = event(b'\xdd' + (1_000_000).to_bytes(4, 'big') + b'\xc0' * 1_000_000)
    assert least(refused) < 3 * least(lambda: msgpack_codec.decode(whole))


@pytest.mark.parametrize('filler', [bytes(1_000_000), b'\xd4\x00' * 500_000, b'\x01\x00' * 500_000])
def test_extensions_beside_much_that_looks_like_them_are_found_in_time(filler):
    blob = b'\xc6' + len(filler).to_bytes(4, 'big') + filler
    before = event(blob, *[b'\xd4\x00\x07'] * 10)
    assert least(lambda: msgpack_codec.decode(before)) < 0.1
    after = event(b'\xdc\x03\xe8' + b'\xd4\x00\x07' * 1_000, blob)
    assert least(lambda: msgpack_codec.decode(after)) < 0.1
