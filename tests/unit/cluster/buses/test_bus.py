"""Which bus a URL means, and what is imported for it."""

import subprocess
import sys

import pytest

from gateway.cluster.buses import bus as buses
from gateway.cluster.buses.bus import Lost, Refused
from gateway.cluster.buses.redis import RedisBus
from gateway.errors import GatewayError
from tests.support.gateway import ROOT


@pytest.mark.parametrize(
    'url',
    [
        'redis://',
        'redis://valkey:6379/0',
        'rediss://user:p%2Fw@host:6380/1?ssl_check_hostname=no',
        'valkey://host',
        'valkeys://host',
        'unix:///run/redis.sock?db=2',
        'redis://[::1]:6379',
    ],
)
def test_redis_and_valkey_are_one_bus(url):
    assert isinstance(buses.open(url), RedisBus)


@pytest.mark.parametrize(
    ('url', 'text'),
    [
        ('http://user:secret@host', 'unknown scheme'),
        ('secret', 'unknown scheme'),
        ('', 'unknown scheme'),
        ('redis://user:sec#ret@host', 'not understood'),
        ('redis://user:secret@a..b', 'not understood'),
        ('redis://:secret@host:port', 'not understood'),
        ('redis://:secret@host?db=x', 'not understood'),
        ('redis://:secret@host?socket_timeout=60', 'socket_timeout'),
        ('redis://:secret@host?ssl_cert_reqs=none', 'ssl_cert_reqs'),
        ('redis://:secret@host?path=/x', 'path'),
        ('rediss://:secret@host?ssl_secrets=1', 'cannot be used: .*ssl_secrets'),
        ('rediss://:secret@host?ssl_cert_reqs=some', 'cannot be used: .*some'),
        ('rediss://:secret@host?ssl_ca_certs=/none/ca.pem', 'cannot be used: No such file'),
        ('unix://?password=secret', 'names no socket'),
    ],
)
def test_a_url_that_is_none_of_ours_is_refused_without_its_password(url, text):
    with pytest.raises(ValueError, match=text) as caught:
        buses.open(url)
    assert 'secret' not in str(caught.value).replace('ssl_secrets', '')
    assert caught.value.__cause__ is None
    assert '://' not in str(caught.value).replace('s://', '').replace('://,', '')


@pytest.mark.parametrize('library', ['redis', 'aio_pika', 'kombu'])
def test_no_library_is_imported_before_a_url_asks_for_it(library):
    program = f'import sys, gateway.cluster.buses.bus; sys.exit({library!r} in sys.modules)'
    subprocess.run([sys.executable, '-c', program], cwd=ROOT, check=True)


def test_refused_is_lost_for_good():
    assert issubclass(Refused, Lost)
    assert issubclass(Lost, GatewayError)
