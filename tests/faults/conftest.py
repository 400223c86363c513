"""Every fault on both loops: they differ in what they do with a connection that is cut."""

import pytest


@pytest.fixture(autouse=True)
def on_both(loop):
    """`loop` for every test of this folder."""
