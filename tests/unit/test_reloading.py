"""A reload that somebody has asked for, and who asked has left."""

import asyncio
import contextlib

import pytest

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
