"""Fixtures of the tests of routing."""

import sys

import pytest

from tests.support.modules import Project


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A Project; sys.path and sys.modules are left as they were."""
    path, loaded = sys.path[:], set(sys.modules)
    yield Project(tmp_path, monkeypatch)
    sys.path[:] = path
    for name in set(sys.modules) - loaded:
        module = sys.modules[name]
        # A folder without __init__.py is a module that has no file.
        places = [getattr(module, '__file__', None), *getattr(module, '__path__', ())]
        if any(str(tmp_path) in str(place) for place in places):
            del sys.modules[name]
