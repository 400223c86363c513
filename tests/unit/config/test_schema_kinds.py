"""Each kind of value: whatever text the reading accepts, its pattern accepts."""

import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gateway.config import fields, handlers, listen, model, origins, units
from gateway.config.mistakes import Mistakes
from gateway.config.shapes import DEFINITIONS, TYPES

PATHS = TYPES[model.UrlPath]['pattern']
URL = st.text('/abZ09.-_~!$&\'()*+,;=:@"<>[]^`{|}?#% \\\té', max_size=12).map('/{}'.format)
HEXADECIMAL = st.text('0123456789abcdefABCDEF.:/%', max_size=18)
NAMES = st.text('ab_.:/0é-', max_size=10)
AMOUNTS = st.from_regex(r'[0-9]{1,3}(\.[0-9]{1,2})? ?(ms|[smhB]|[KMG]B|sec)', fullmatch=True)
KINDS = {
    'duration': (units.duration, AMOUNTS),
    'size': (units.size, AMOUNTS),
    'address': (listen.listen, st.from_regex(listen.TCP) | URL.map('unix:{}'.format)),
    'network': (model.network, HEXADECIMAL | st.ip_addresses().map(str)),
    'origin': (origins.origin, st.from_regex(origins.ORIGIN) | URL.map('https:/{}'.format)),
    'module': (handlers.handler, NAMES | NAMES.map('./{}.py'.format)),
    'function': (
        fields.function,
        NAMES | st.from_regex(r'[abé_.]{1,3}:[ab_.]{1,3}', fullmatch=True),
    ),
}


def accepts(read, text: str) -> bool:
    try:
        read(text)
    except Mistakes:
        return False
    return True


@pytest.mark.parametrize('kind', KINDS)
def test_what_is_read_fits_the_pattern(kind):
    read, texts = KINDS[kind]
    pattern = re.compile(DEFINITIONS[kind]['pattern'])
    accepted = []

    @settings(max_examples=100, deadline=None)
    @given(texts)
    def check(text):
        if accepts(read, text):
            accepted.append(text)
            assert pattern.search(text), text

    check()
    assert accepted


@settings(max_examples=100, deadline=None)
@given(URL)
@example('/socket.io/')
def test_a_path_that_is_read_fits_the_pattern(text):
    if accepts(model.path, text):
        assert re.search(PATHS, text), text


@pytest.mark.parametrize('kind', KINDS)
def test_a_pattern_is_one_that_editors_can_read(kind):
    """JavaScript knows no named groups of Python's, no \\Z, and takes \\w as ASCII."""
    assert not re.search(r'\(\?[^:]|\\[AZ]|\\w(?!\+\))', DEFINITIONS[kind]['pattern'])
