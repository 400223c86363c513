"""What the recipes' tests share: the variables that the page names, and one recipe at a time."""

import contextlib

import pytest

from tests.support.recipes import ENVIRONMENT, Backend, cooked


@pytest.fixture
def cook(tmp_path, monkeypatch):
    """Starts the gateway of a recipe."""
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    with contextlib.ExitStack() as stack:

        def start(title, backend=None):
            return stack.enter_context(cooked(title, tmp_path, backend))

        yield start


@pytest.fixture
def backend():
    """Starts a backend that replies by path and body."""
    with contextlib.ExitStack() as stack:

        def start(reply):
            found = Backend(reply)
            stack.callback(found.end)
            return found

        yield start
