"""Reloads that find what they cannot use, or whose asker has left."""

import asyncio
import contextlib
import os
import sys

import pytest
import yaml

from gateway.app import Gateway


@pytest.fixture
def file(tmp_path):
    file = tmp_path / 'gateway.yaml'
    file.write_text('namespaces: {/: }')
    return file


def test_what_has_begun_is_ended_where_who_asked_has_left(file, monkeypatch):
    async def scenario():
        gateway = Gateway(file)
        begun, go_on = asyncio.Event(), asyncio.Event()

        async def vacate(classes):
            begun.set()
            await go_on.wait()
            return 0

        monkeypatch.setattr(gateway.hub, 'vacate', vacate)
        asking = asyncio.create_task(gateway.reload())
        await begun.wait()
        asking.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await asking
        go_on.set()
        assert (await gateway.reload()).done
        assert (gateway.reload.done, gateway.reload.refused) == (2, 0)

    asyncio.run(scenario())


CLASSES = """
from gateway import Namespace

class Room(Namespace):
    made = 0

    def __init__(self, name):
        super().__init__(name)
        if name == '/exits':
            raise SystemExit(3)
        type(self).made += 1

    def __len__(self):
        return 0
"""


@pytest.fixture
def classes(file, monkeypatch):
    """`classes('/a', '/b')`: what the file says, of a module that is this test's own."""
    (file.parent / 'rooms_of_reload.py').write_text(CLASSES)
    monkeypatch.setattr(sys, 'path', [*sys.path])
    monkeypatch.delitem(sys.modules, 'rooms_of_reload', raising=False)

    def write(*names):
        spaces = {name: {'class': 'rooms_of_reload:Room'} for name in names}
        file.write_text(yaml.safe_dump({'namespaces': spaces}))
        return file

    yield write
    sys.modules.pop('rooms_of_reload', None)


def test_a_class_that_exits_is_a_mistake_and_ends_nothing(classes):
    async def scenario():
        gateway = Gateway(classes('/a'))
        classes('/a', '/exits')
        [problem] = (await gateway.reload()).problems
        assert "making rooms_of_reload:Room('/exits') raises SystemExit" in problem.what

    asyncio.run(scenario())


def test_an_instance_that_is_false_lives_on(classes):
    async def scenario():
        gateway = Gateway(classes('/a'))
        classes('/a', '/b')
        assert (await gateway.reload()).done
        assert sys.modules['rooms_of_reload'].Room.made == 2

    asyncio.run(scenario())


def test_a_pipe_in_place_of_a_file_keeps_no_reload_waiting(file):
    async def scenario():
        gateway = Gateway(file)
        pipe = file.parent / 'pipe'
        os.mkfifo(pipe)
        file.write_text(
            yaml.safe_dump(
                {
                    'server': {'tls': {'certificate': './pipe', 'key': './pipe'}},
                    'namespaces': {'/': None},
                }
            )
        )
        async with asyncio.timeout(10):
            problems = (await gateway.reload()).problems
            assert [problem.where for problem in problems] == [
                'server.tls.certificate',
                'server.tls.key',
            ]
            pipe.replace(file)
            problems = (await gateway.reload()).problems
        assert [problem.mend for problem in problems] == ['it is a pipe']

    asyncio.run(scenario())


def test_who_leaves_before_its_turn_has_asked_for_nothing(file, monkeypatch):
    async def scenario():
        gateway = Gateway(file)
        begun, go_on = asyncio.Event(), asyncio.Event()

        async def vacate(classes):
            begun.set()
            await go_on.wait()
            return 0

        monkeypatch.setattr(gateway.hub, 'vacate', vacate)
        first = asyncio.create_task(gateway.reload())
        await begun.wait()
        second = asyncio.create_task(gateway.reload())
        await asyncio.sleep(0)
        second.cancel()
        go_on.set()
        assert (await first).done
        with contextlib.suppress(asyncio.CancelledError):
            await second
        assert gateway.reload.done == 1

    asyncio.run(scenario())
