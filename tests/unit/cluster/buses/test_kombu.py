"""Which URLs Kombu is given, what it is never let do, and threads that are stuck."""

import logging
import sys

import pytest
from kombu.transport.filesystem import Channel as Files

from gateway.cluster.buses import bus as buses
from gateway.cluster.buses import kombu_url
from gateway.cluster.buses.bus import Lost, Refused
from gateway.cluster.buses.kombu import KombuBus
from gateway.cluster.buses.kombu_url import Address
from tests.support.hub import run


@pytest.mark.parametrize(
    ('url', 'text'),
    [
        ('kombu+kafkaesque://:secret@h', 'Kombu has no such transport'),
        ('kombu+kombu.transport.memory:Transport://', 'Kombu has no such transport'),
        ('kombu+', 'Kombu has no such transport'),
        ('kombu+redis://:secret@h:port', 'not understood'),
        ('kombu+redis://:secret@h?db', 'not understood'),
        ('kombu+redis://:secret@h;redis://:secret@i', 'not several'),
        ('kombu+redis://:secret@h?ssl_ca_certs=ca.pem', 'not known: ssl_ca_certs'),
        ('kombu+rediss://:secret@h?ssl_cert_reqs=none', 'not known: ssl_cert_reqs'),
        ('kombu+mongodb://:secret@h', 'mongodb of Kombu needs pymongo, which is not installed'),
    ],
)
def test_a_url_that_kombu_cannot_use_is_refused_without_its_password(url, text):
    with pytest.raises(ValueError, match=text) as caught:
        buses.open(url)
    assert 'secret' not in str(caught.value)
    assert '://' not in str(caught.value)


def test_who_has_no_kombu_is_told_so(monkeypatch):
    monkeypatch.setitem(sys.modules, 'gateway.cluster.buses.kombu', None)
    with pytest.raises(ValueError, match='Kombu is not installed'):
        buses.open('kombu+memory://')


def test_the_query_holds_transport_options():
    text = 'a=1&b=0.5&c=true&d=false&e=007&f=1e9&g=%2Ftmp%2Fx&h=None&polling_interval=3'
    connection = Address(f'kombu+filesystem://?{text}').connection()
    assert connection.transport_options == {
        'a': 1,
        'b': 0.5,
        'c': True,
        'd': False,
        'e': '007',
        'f': '1e9',
        'g': '/tmp/x',
        'h': 'None',
        'polling_interval': 3,
    }


REDIS = {'socket_timeout': 2, 'socket_connect_timeout': 2, 'socket_keepalive': True}
AMQP = {'read_timeout': 2, 'write_timeout': 2}
LOOKS = {'polling_interval': 0.02}


@pytest.mark.parametrize(
    ('scheme', 'options'),
    [
        *(('redis', REDIS), ('rediss', REDIS), ('amqp', AMQP), ('amqps', AMQP)),
        *(('memory', LOOKS), ('filesystem', LOOKS)),
    ],
)
def test_time_outs_are_ours(scheme, options):
    connection = Address(f'kombu+{scheme}://h').connection()
    assert connection.connect_timeout == 2
    found = connection.transport_options
    assert {key: found[key] for key in found if not isinstance(found[key], dict)} == options


@pytest.mark.parametrize(
    ('url', 'tls'),
    [
        ('redis://h', False),
        ('rediss://h', {'ssl_cert_reqs': 'required'}),
        (
            'rediss://h?ssl_ca_certs=ca.pem',
            {'ssl_cert_reqs': 'required', 'ssl_ca_certs': 'ca.pem'},
        ),
        ('amqps://h', {'server_hostname': None}),
        ('amqps://h?ssl_ca_certs=ca.pem', {'server_hostname': None, 'ca_certs': 'ca.pem'}),
    ],
)
def test_certificates_are_verified(url, tls):
    assert Address(f'kombu+{url}').connection().ssl == tls


@pytest.mark.parametrize(
    ('error', 'text'),
    [
        (ValueError('bad thing'), 'says: bad thing'),
        (ValueError('it was s/cret there'), 'says: ValueError'),
        (ValueError('it was s%2Fcret there'), 'says: ValueError'),
        (ValueError('the key hidden'), 'says: ValueError'),
        (ValueError('at redis://h'), 'says: ValueError'),
        (ValueError('one\ntwo'), 'says: one'),
        (ValueError(''), 'says: ValueError'),
        (ConnectionRefusedError(111, 'Connection refused'), 'says: Connection refused'),
        (FileNotFoundError(2, 'No such file', '/x'), 'says: No such file: /x'),
        (TimeoutError('s/cret'), 'has not answered within 2 s'),
    ],
)
def test_a_failure_is_told_without_secrets(error, text):
    address = Address('kombu+redis://:s%2Fcret@h:1?access_key=hidden')
    assert address.name == 'redis of Kombu at h:1'
    lost = address.lost(error)
    assert (str(lost), type(lost), lost.__cause__) == (text, Lost, None)
    outer = RuntimeError('s/cret')
    outer.__cause__ = error
    assert 's/cret' not in str(address.lost(outer))


def test_what_can_never_be_is_refused():
    address = Address('kombu+memory://')
    assert type(address.lost(PermissionError(13, 'Permission denied'))) is Refused


def test_a_transport_that_cannot_broadcast_is_refused(monkeypatch, tmp_path):
    monkeypatch.setattr(Files, 'supports_fanout', False)
    bus = buses.open('kombu+filesystem://')

    async def scenario():
        with pytest.raises(Refused, match='filesystem of Kombu has no fanout'):
            await bus.publish('socketio', [b'x'])
        with pytest.raises(Refused, match='filesystem of Kombu has no fanout'):
            await bus.listen(['socketio'], print, print)

    run(scenario())


def test_lines_of_kombu_reach_no_log(caplog):
    KombuBus('kombu+memory://')
    for name in ('kombu', 'kombu.transport.redis', 'amqp', 'amqp.connection'):
        logging.getLogger(name).critical('redis://:secret@h')
    assert caplog.records == []


def test_no_number_is_made_of_what_is_none():
    for text in ('', '-', '1.', '.5', '0x1', '١', 'nan', 'True', '1_0'):
        assert kombu_url.plain(text) == text
