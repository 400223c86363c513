"""Targets by name and by URL, and what the machine must allow."""

import json
import re
import resource
from pathlib import Path

import pytest

from bench import deps
from bench.load.wire import Dialect
from bench.targets import NAMES, TargetError, limits, remote, target
from bench.targets.errors import TargetError as Failure

PINNED = sorted(deps.PEERS.glob('requirements-*.txt'))


def test_every_name_makes_its_target_without_installing_anything(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    monkeypatch.setattr(deps, 'DEPS', tmp_path / 'deps')
    for name in NAMES:
        found = target(name)
        assert found.name == name
        assert found.about
        assert (found.settings == 'defaults') == name.endswith('-defaults')
    assert not (tmp_path / 'deps').exists()


def test_every_peer_is_there_at_its_best_and_at_its_defaults():
    peers = {name for name in NAMES if not name.startswith(('gateway', 'send-loop'))}
    assert len(peers) == 14
    assert {
        name for name in peers if name.removesuffix('-defaults') + '-defaults' in peers
    } == peers


@pytest.mark.parametrize(
    ('wrong', 'hint'), [('nod', 'did you mean node?'), ('zzz', f'there are {", ".join(NAMES)}')]
)
def test_an_unknown_name_is_told_with_the_nearest(wrong: str, hint: str):
    with pytest.raises(
        TargetError, match=f'^{re.escape(f"unknown target {chr(34)}{wrong}")}'
    ) as it:
        target(wrong)
    assert str(it.value).endswith(hint)


@pytest.mark.parametrize(
    ('url', 'host', 'port', 'tls', 'path'),
    [
        ('http://127.0.0.1:8000', '127.0.0.1', 8000, False, '/socket.io/'),
        ('https://example.com', 'example.com', 443, True, '/socket.io/'),
        ('ws://[::1]/', '::1', 80, False, '/socket.io/'),
        ('https://example.com:81/live/', 'example.com', 81, True, '/live/'),
    ],
)
def test_a_url_says_where_it_is(url: str, host: str, port: int, tls: bool, path: str):
    found = remote(url, Dialect(receive='news'))
    assert (found.address.host, found.address.port, found.address.tls) == (host, port, tls)
    assert (found.dialect.path, found.dialect.receive) == (path, 'news')


@pytest.mark.parametrize(
    'url', ['', 'example.com', 'ftp://x', 'http://x:99999', 'http://a:b@x', 'http://x/?y=1']
)
def test_what_is_no_url_is_told_in_one_line(url: str):
    with pytest.raises(TargetError) as failure:
        remote(url)
    assert '\n' not in str(failure.value)
    assert 'a:b' not in str(failure.value)


def test_too_few_descriptors_are_told_with_how_to_raise_them():
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    limits.descriptors(most - limits.SPARE)
    with pytest.raises(Failure) as failure:
        limits.descriptors(most - limits.SPARE + 1)
    words = str(failure.value)
    assert words.startswith(f'{most - 99} clients need {most + 1} open files')
    assert f'the limit is {most}' in words
    assert f'ulimit -n {most + 1}' in words
    assert f'LimitNOFILE={most + 1}' in words


def test_too_few_ports_are_told_with_how_many_addresses_they_need(tmp_path: Path):
    ports = tmp_path / 'range'
    ports.write_text('32768\t60999\n')
    limits.ports(28_232, '192.0.2.1', ports)
    limits.ports(60_000, '127.0.0.1', ports)
    limits.ports(60_000, '::1', ports)
    with pytest.raises(Failure, match=r'60000 clients .* 3 source addresses with 28232') as failure:
        limits.ports(60_000, '192.0.2.1', ports)
    assert 'ip_local_port_range="1024 65535"' in str(failure.value)
    with pytest.raises(Failure, match=r'let several hosts share the clients$'):
        limits.ports(70_000, '192.0.2.1', ports)


@pytest.mark.parametrize('lock', PINNED, ids=lambda path: path.stem)
def test_every_python_package_is_pinned_by_hash_and_names_no_host(lock: Path):
    text = lock.read_text()
    blocks = re.split(r'^(?=[a-z])', text, flags=re.MULTILINE)[1:]
    assert all(re.match(r'[a-z0-9.-]+==\S+.* \\\n +--hash=sha256:', block) for block in blocks)
    assert '://' not in text
    wanted = lock.with_suffix('.in').read_text().split()
    assert {block.partition('==')[0] for block in blocks} >= set(wanted)


def test_every_node_package_is_pinned_by_hash_and_names_no_host():
    packages = json.loads((deps.PEERS / 'package-lock.json').read_text())['packages']
    locked = [package for name, package in packages.items() if name]
    assert {'version', 'integrity'} <= set.intersection(*map(set, locked))
    assert not any('resolved' in package for package in locked)
