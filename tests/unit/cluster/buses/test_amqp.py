"""What a broker of AMQP says, byte by byte, and which URLs are understood."""

import asyncio
import socket
import time
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pamqp import commands as amqp
from pamqp.header import ContentHeader

from gateway.cluster.buses import amqp as amqp_bus
from gateway.cluster.buses import amqp_link, losses
from gateway.cluster.buses import bus as buses
from gateway.cluster.buses.amqp_frames import contents, marshal
from gateway.cluster.buses.amqp_link import FRAME, Link
from gateway.cluster.buses.bus import TURN, Lost, Oversized, Refused
from tests.support.hub import run


@pytest.fixture(scope='module', autouse=True)
def no_turns():
    """A machine that is busy elsewhere ends no turn in these tests, but for the one about turns."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(amqp_link, 'TURN', 60)
        yield


class Sent:
    """A transport that keeps what is written."""

    def __init__(self):
        self.data = b''
        self.aborted = False
        self.reading = True

    def get_extra_info(self, _):
        return self

    def setsockopt(self, *_):
        pass

    def write(self, data):
        self.data += data

    def is_closing(self):
        return self.aborted

    def abort(self):
        self.aborted = True

    def pause_reading(self):
        self.reading = False

    def resume_reading(self):
        self.reading = True


def link(heard=None):
    made = Link(Oversized())
    made.connection_made(Sent())
    made._heard = heard
    return made


def delivered(body, frame=FRAME):
    """What a broker sends for a message."""
    head = marshal(amqp.Basic.Deliver('me', 1, False, 'socketio', ''), 1)
    return b''.join(contents(head, [body], frame - 8))


def test_a_message_is_published_in_these_bytes():
    publish = marshal(amqp.Basic.Publish(exchange='ab'), 1)
    assert b''.join(contents(publish, [b'xyz', b''], 2)) == (
        b'\x01\x00\x01\x00\x00\x00\x0b\x00\x3c\x00\x28\x00\x00\x02ab\x00\x00\xce'
        b'\x02\x00\x01\x00\x00\x00\x20\x00\x3c\x00\x00\x00\x00\x00\x00\x00\x00\x00\x03'
        b'\xd0\x00\x0atext/plain\x05utf-8\x01\xce'
        b'\x03\x00\x01\x00\x00\x00\x02xy\xce\x03\x00\x01\x00\x00\x00\x01z\xce'
        b'\x01\x00\x01\x00\x00\x00\x0b\x00\x3c\x00\x28\x00\x00\x02ab\x00\x00\xce'
        b'\x02\x00\x01\x00\x00\x00\x20\x00\x3c\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00'
        b'\xd0\x00\x0atext/plain\x05utf-8\x01\xce'
    )


@settings(deadline=None)
@given(
    bodies=st.lists(st.binary(max_size=40), max_size=5),
    frame=st.integers(9, 60),
    chunk=st.integers(1, 200),
)
def test_messages_are_whole_however_they_are_cut(bodies, frame, chunk):
    heard = []
    broker = link(heard.append)
    data = b''.join(delivered(body, frame) for body in bodies)
    for start in range(0, len(data), chunk):
        broker.data_received(data[start : start + chunk])
    assert broker.error is None
    assert heard == bodies


def test_properties_of_other_programs_are_passed_over():
    heard = []
    broker = link(heard.append)
    properties = amqp.Basic.Properties(headers={'a': [1, {'b': 'c'}]}, message_id='m', priority=0)
    broker.data_received(
        marshal(amqp.Basic.Deliver('me', 1, False, 'socketio', '*'), 1)
        + marshal(ContentHeader(body_size=1, properties=properties), 1)
        + b'\x03\x00\x01\x00\x00\x00\x01x\xce'
    )
    assert heard == [b'x']


@pytest.mark.parametrize(
    'said',
    [
        b'HTTP/1.1 400 Bad Request\r\n\r\n',
        b'AMQP\x00\x00\x09\x01',
        b'-ERR unknown command\r\n',
        b'\x01\x00\x00\x00\x00\x00\x04\x00\x0a\x00\x0a\x00',  # a frame with another end
        b'\x01\x00\x00\x00\x00\x00\x04\x00\x0a\x00\x0a\xce',  # a method without its arguments
        b'\x01\x00\x00\x00\x00\x00\x04\x00\x63\x00\x63\xce',  # a method that does not exist
        b'\x01\x00\x00\x00\x00\x00\x01\x00\xce',
        b'\x02\x00\x01\x00\x00\x00\x02\x00\x3c\xce',
        b'\x07\x00\x01\x00\x00\x00\x00\xce',
        b'\x03\x00\x01\x7f\xff\xff\xff',  # a frame of two gigabytes
    ],
)
def test_what_is_not_understood_ends_the_connection(said):
    broker = link()
    broker.data_received(said)
    broker.data_received(b'\x00' * 8)
    assert isinstance(broker.error, Lost)
    assert str(broker.error) == 'says what is not understood'
    assert broker._transport.aborted


@settings(deadline=None)
@given(st.lists(st.binary(max_size=100)))
def test_noise_raises_nothing_but_lost(chunks):
    broker = link(lambda body: None)
    for chunk in chunks:
        broker.data_received(chunk)
    assert broker.error is None or isinstance(broker.error, Lost)


@pytest.mark.parametrize(
    ('said', 'kind', 'text'),
    [
        (amqp.Basic.Nack(1), Lost, 'has not taken a message'),
        (amqp.Basic.Cancel('me'), Lost, 'has deleted our queue'),
        (amqp.Connection.Close(320, 'CONNECTION_FORCED', 0, 0), Lost, 'answers: CONNECTION_FORCED'),
        (amqp.Channel.Close(403, 'ACCESS_REFUSED', 0, 0), Refused, 'answers: ACCESS_REFUSED'),
    ],
)
def test_why_a_broker_ends_it_is_said(said, kind, text):
    broker = link()
    broker.data_received(marshal(said, 0))
    assert (type(broker.error), str(broker.error)) == (kind, text)


def ack(tag, multiple=False):
    return marshal(amqp.Basic.Ack(tag, multiple), 1)


@pytest.mark.parametrize(
    'acks',
    [
        [ack(1), ack(2), ack(3)],
        [ack(3), ack(1), ack(2)],
        [ack(2), ack(3, multiple=True)],
        [ack(3), ack(2, multiple=True)],
    ],
)
def test_a_publish_ends_with_the_last_confirmation_whatever_their_order(acks):
    async def scenario():
        broker = link()
        broker._declared.add('socketio')
        publishing = asyncio.create_task(broker.publish('socketio', [b'x'] * 3))
        for one in acks:
            await asyncio.sleep(0)
            assert not publishing.done()
            broker.data_received(one)
        async with asyncio.timeout(1):
            await publishing

    run(scenario())


def test_confirmations_from_before_an_alarm_are_not_those_of_now():
    async def scenario():
        broker = link()
        broker._declared.add('socketio')
        blocked = asyncio.create_task(broker.publish('socketio', [b'x'] * 2))
        await asyncio.sleep(0)
        broker.data_received(marshal(amqp.Connection.Blocked('low on memory'), 0))
        with pytest.raises(Lost, match='the broker is blocked: low on memory'):
            await blocked
        broker.data_received(marshal(amqp.Connection.Unblocked(), 0))
        publishing = asyncio.create_task(broker.publish('other', [b'y'] * 2))
        await asyncio.sleep(0)
        broker.data_received(ack(1) + ack(2, multiple=True))
        await asyncio.sleep(0)
        broker.data_received(marshal(amqp.Exchange.DeclareOk(), 1))
        await asyncio.sleep(0)
        broker.data_received(ack(3))
        await asyncio.sleep(0)
        assert not publishing.done()
        broker.data_received(ack(4))
        async with asyncio.timeout(1):
            await publishing

    run(scenario())


def test_nothing_is_read_while_messages_wait_for_the_next_turn(monkeypatch):
    monkeypatch.setattr(amqp_link, 'TURN', TURN)
    heard = []

    def slowly(body):
        heard.append(body)
        time.sleep(0.001)

    async def scenario():
        broker = link(slowly)
        broker.data_received(delivered(b'x') * 20)
        assert not broker._transport.reading
        assert 0 < (count := len(heard)) < 20
        broker.data_received(delivered(b'y'))  # TLS had it already
        assert len(heard) == count
        async with asyncio.timeout(5):
            while not broker._transport.reading:  # noqa: ASYNC110 - turns of the loop are meant
                await asyncio.sleep(0)
        assert heard == [b'x'] * 20 + [b'y']

    run(scenario())


def test_a_channel_that_has_no_name_for_an_exchange_is_refused():
    async def scenario():
        with pytest.raises(Refused, match="such a name: 'a&b'"):
            await link().publish('a&b', [b'x'])

    run(scenario())


def drained(listener):
    """Read what a peer sends, to its end."""
    peer, _ = listener.accept()
    with peer, suppress(ConnectionResetError):
        peer.settimeout(5)
        while peer.recv(65_536):
            pass
    return True


@pytest.mark.parametrize('scheme', ['amqp', 'amqps'])
def test_a_peer_that_says_nothing_is_left_in_time(loop, monkeypatch, scheme):
    for module in (amqp_bus, losses):
        monkeypatch.setattr(module, 'TIMEOUT', 0.2)

    async def scenario(listener):
        bus = buses.open(f'{scheme}://127.0.0.1:{listener.getsockname()[1]}')
        with pytest.raises(Lost, match=r'has not answered within 0\.2 s'):
            await bus.publish('socketio', [b'x'])
        assert await asyncio.to_thread(drained, listener)
        with pytest.raises(Lost, match=r'has not answered within 0\.2 s'):
            await bus.listen(['socketio'], print, print)
        assert await asyncio.to_thread(drained, listener)

    with socket.create_server(('127.0.0.1', 0)) as listener:
        listener.settimeout(5)
        run(scenario(listener))


@pytest.mark.parametrize(
    ('url', 'host', 'port', 'user', 'password', 'place'),
    [
        ('amqp://', 'localhost', 5672, 'guest', 'guest', '/'),
        ('amqp://h', 'h', 5672, 'guest', 'guest', '/'),
        ('amqp://h/', 'h', 5672, 'guest', 'guest', '/'),
        ('amqp://guest:guest@h:5673//', 'h', 5673, 'guest', 'guest', '/'),
        ('amqp://a%40b:c%2Fd@h/%2f', 'h', 5672, 'a@b', 'c/d', '/'),
        ('amqps://a:b@h/c', 'h', 5671, 'a', 'b', 'c'),
        ('amqp://[::1]', '::1', 5672, 'guest', 'guest', '/'),
    ],
)
def test_a_url_says_where_and_who(url, host, port, user, password, place):
    found_host, found_port, tls, login = amqp_bus.understood(url)
    assert (found_host, found_port, *login[:2]) == (host, port, user, password)
    assert login[2].virtual_host == place
    assert (tls is not None) == url.startswith('amqps')


@pytest.mark.parametrize(
    ('url', 'text'),
    [
        ('amqp://user:se/cret@h', 'is not understood'),
        ('amqp://user:secret@h:70000', 'is not understood'),
        ('amqp://user:secret@a..b', 'is not understood'),
        (f'amqp://user:secret@h/{"x" * 128}', 'is not understood'),
        ('amqp://user:secret@h?cafile', 'is not understood'),
        ('amqp://user:secret@h?heartbeat=5', 'not known: heartbeat'),
        ('amqp://user:secret@h?cafile=/etc/ca.pem', 'not known: cafile'),
        ('amqps://user:secret@h?cafile=/none.pem', 'cannot be read: No such file'),
    ],
)
def test_a_url_that_is_not_understood_is_refused_without_its_password(url, text):
    with pytest.raises(ValueError, match=text) as caught:
        buses.open(url)
    assert 'cret' not in str(caught.value)
