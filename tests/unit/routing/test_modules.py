"""Where modules lie, also those that are strange."""

import json
from types import ModuleType

import cryptography.hazmat.bindings._rust  # noqa: F401 - puts such a library in sys.modules

from gateway.routing.modules import path_of
from gateway.routing.sources import Sources


class Pretender:
    """As a library of cffi."""

    __slots__ = ()
    __class__ = ModuleType


def test_a_module_has_its_file():
    assert path_of(json) == json.__file__


def test_what_only_says_that_it_is_a_module_has_none():
    assert isinstance(Pretender(), ModuleType)
    assert path_of(Pretender()) is None
    assert path_of(None) is None


def test_the_sources_of_a_program_that_verifies_tokens(tmp_path):
    assert Sources({}, tmp_path).changed() == []
