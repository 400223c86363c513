"""Targets that every run of the tests starts: the gateway, Node, python-socketio, the C loops."""

import asyncio
import os
import re
import subprocess
import sys
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from bench import build
from bench.targets import TargetError, target
from tests.support.four_events import assert_serves
from tests.support.raw import BINARY, TEXT, frame, websocket

VERSIONS = {
    'gateway': {'gateway', 'python', 'tornado', 'python-socketio', 'python-engineio', 'orjson'},
    'gateway-handlers': {'gateway', 'python', 'tornado', 'python-socketio', 'python-engineio'},
    'node': {'node', 'socket.io', 'engine.io', 'ws', 'bufferutil'},
    'node-defaults': {'node', 'socket.io', 'engine.io', 'ws'},
    'python-socketio': {'python', 'python-socketio', 'python-engineio', 'tornado', 'uvloop'},
    'python-socketio-defaults': {'python', 'python-socketio', 'python-engineio', 'tornado'},
    'send-loop': {'cc'},
    'send-loop-coalescing': {'cc'},
}


@pytest.mark.timeout(180)  # the first time, what a peer needs is installed
@pytest.mark.parametrize('name', VERSIONS)
def test_it_speaks_the_four_events_and_tells_its_versions(name: str):
    chosen = target(name)
    assert_serves(chosen)
    versions = chosen.versions()
    assert versions.keys() >= VERSIONS[name]
    assert all(re.match(r'\d+\.\d', version) for version in versions.values()), versions


def test_it_runs_on_the_core_it_is_given_with_all_descriptors():
    core = max(os.sched_getaffinity(0))
    with target('send-loop').serving(core) as served:
        assert served.process
        pid = served.process.pid
        assert os.sched_getaffinity(pid) == {core}
        limits = Path(f'/proc/{pid}/limits').read_text()
    found = re.search(r'Max open files +(\d+) +(\d+)', limits)
    assert found
    assert found[1] == found[2]


def test_one_that_ends_at_once_is_told_with_its_last_words():
    broken = replace(target('gateway'), config='server: {listen: 127.0.0.1:PORT, what: 1}')
    with pytest.raises(TargetError) as failure, broken.serving(None):
        pass
    assert re.fullmatch(r'gateway: it ended with \d: \S*config.yaml:1:.*what.*', str(failure.value))


def test_one_that_ends_while_it_is_measured_is_told_too():
    with ExitStack() as stack:
        served = stack.enter_context(target('gateway').serving(None))
        assert served.process
        served.process.child.kill()
        served.process.child.wait(20)
        with pytest.raises(TargetError, match=r'^gateway: it ended with -9: '):
            stack.close()


def test_without_a_compiler_the_c_loop_is_told_to_be_missing(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv('CC', 'no-such-compiler')
    with pytest.raises(TargetError, match=r'^send-loop: CC names no-such-compiler'):
        target('send-loop').versions()


def test_a_trial_of_ones_own_is_given_the_port(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    program = tmp_path / 'trial.py'
    program.write_text(
        'import http.server, sys\n'
        "http.server.HTTPServer(('127.0.0.1', int(sys.argv[1])), None).serve_forever()\n"
    )
    with pytest.raises(TargetError, match=r'^trial: BENCH_TRIAL names no file'):
        target('trial')
    monkeypatch.setenv('BENCH_TRIAL', str(program))
    with target('trial', sys.executable).serving(None) as served:
        assert served.address.port > 0


@pytest.mark.parametrize('name', ['send-loop', 'send-loop-coalescing', 'node', 'gateway'])
def test_nothing_comes_between_an_event_and_its_attachment(name: str):
    head = '451-["pub",{"_placeholder":true,"num":0}]'

    async def scenario(port: int) -> None:
        async with websocket(port) as one, websocket(port) as two:
            one.write(frame(TEXT, b'427["echo",1]') + frame(TEXT, head.encode()))
            assert await one.text() == '437[1]'  # so the head was read with it
            two.send('42["pub","another"]')
            assert [await peer.text() for peer in (one, two)] == ['42["msg","another"]'] * 2
            one.send(b'\x00\xff')
            for peer in (one, two):
                assert await peer.text() == head.replace('pub', 'msg')
                assert await peer.receive() == (BINARY, b'\x00\xff')

    with target(name).serving(None) as served:
        asyncio.run(scenario(served.address.port))


def test_the_c_loop_is_sound(tmp_path: Path):
    """The same under the compiler's sanitizers, which end it at the first mistake."""
    program = tmp_path / 'send_loop'
    source = build.HERE / 'peers' / 'send_loop.c'
    flags = ['-g', '-fsanitize=address,undefined', '-fno-sanitize-recover=all']
    subprocess.run([*build.compiler(), *flags, '-o', str(program), str(source)], check=True)
    for last in ('', 'coalesce'):
        argv = (str(program), '{port}', last)
        assert_serves(replace(target('send-loop'), command=partial(tuple, argv)))
