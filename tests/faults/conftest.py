"""Every fault on both loops: they differ in what they do with a connection that is cut."""

import pytest


@pytest.fixture(autouse=True, params=['uvloop', 'asyncio'])
def loop(request, monkeypatch):
    """The name of the loop that `run` takes."""
    monkeypatch.setenv('TEST_LOOP', request.param)
    return request.param
