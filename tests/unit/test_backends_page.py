"""docs/backends.md says what the code does."""

import json
import re
from types import SimpleNamespace

import pytest

from gateway.backends.backend import MESSAGES
from gateway.backends.signature import headers
from gateway.commands.recorder import Backends, Visitor
from gateway.config.backends import Http, secret
from gateway.config.fields import Reading
from gateway.config.replies import parts, reply
from gateway.routing.http import Request
from gateway.routing.scope import Scope
from tests.support.pages import ROOT, snippets

PAGE = ROOT / 'docs' / 'backends.md'
TEXT = PAGE.read_text()
BLOCKS = list(snippets(PAGE))
SECRET = b'0123456789abcdef'
PLACE = Reading('event', '/', frozenset({'/'}))


def blocks(language):
    return [block.body for block in BLOCKS if block.language == language]


def rows(heading):
    """The first cells of the rows below a heading."""
    section = TEXT.partition(f'## {heading}')[2].partition('\n## ')[0]
    cells = re.findall(r'^\| (`.+?) \|', section, re.MULTILINE)
    return {name for cell in cells for name in re.findall(r'`(\w+)`', cell)}


@pytest.fixture
def is_genuine():
    module = {}
    [source] = blocks('python')
    exec(source, module)
    return module['is_genuine']


def shown():
    """The headers and the body of the request on the page."""
    [text] = blocks('http')
    head, _, body = text.partition('\n\n')
    fields = dict(line.split(': ', 1) for line in head.splitlines()[1:])
    return fields, body.removesuffix('\n').encode()


def test_the_request_on_the_page_is_genuine(is_genuine):
    fields, body = shown()
    now = int(fields['webhook-timestamp'])
    assert is_genuine(fields, body, SECRET, lambda: now)
    assert secret('whsec_MDEyMzQ1Njc4OWFiY2RlZg==') == SECRET


def test_what_the_gateway_signs_is_genuine_and_nothing_else(is_genuine):
    fields, now = dict(headers('g-1', 1_000, b'{}', [b'old' * 9, SECRET])), lambda: 1_100
    assert is_genuine(fields, b'{}', SECRET, now)
    assert is_genuine(fields, b'{}', b'old' * 9, now)
    assert not is_genuine(fields, b'{ }', SECRET, now)
    assert not is_genuine(fields, b'{}', SECRET + b'!', now)
    assert not is_genuine(fields, b'{}', SECRET, lambda: 1_301)
    assert not is_genuine(fields, b'{}', SECRET, lambda: 699)
    assert not is_genuine({**fields, 'webhook-id': 'g-2'}, b'{}', SECRET, now)
    assert not is_genuine({**fields, 'webhook-timestamp': '1001'}, b'{}', SECRET, now)


def test_the_request_on_the_page_holds_what_is_sent():
    _, body = shown()
    visitor = Visitor({}, {}, {}, set())
    scope = Scope(None, visitor, 'report', [])
    action = Http.model_validate({'url': 'http://127.0.0.1/'}, context=PLACE)
    sent = {
        kind: json.loads(
            Request(action, kind, Backends(SimpleNamespace(note=print))).call(scope).body
        )
        for kind in ('event', 'connect', 'disconnect', 'error')
    }
    assert json.loads(body).keys() == sent['event'].keys()
    assert rows('What is sent') == {key for body in sent.values() for key in body}


def test_the_replies_on_the_page_are_replies():
    for body in blocks('json'):
        assert reply(json.loads(body), PLACE)
    assert rows('What may be replied') == {*parts('event'), *parts('connect')}


def test_every_code_is_told():
    assert rows('When it goes wrong') == MESSAGES.keys()
