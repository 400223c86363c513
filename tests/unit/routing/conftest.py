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
        if str(tmp_path) in str(getattr(sys.modules[name], '__file__', None)):
            del sys.modules[name]
