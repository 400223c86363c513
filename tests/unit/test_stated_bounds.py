"""docs/: the bounds that it states are those of the code."""

import re
from math import inf

from gateway.config.cel import BOUNDS, COLLECTING
from gateway.engine.session import MAX_HELD
from gateway.hub.events import MAX_EVENTS
from gateway.routing.scope import MAX_MEMBERS
from tests.support.pages import ROOT

CONFIGURATION = (ROOT / 'docs' / 'configuration.md').read_text()
HANDLERS = (ROOT / 'docs' / 'handlers.md').read_text()


def cell(bound):
    values = f'{bound.values:,} values'
    return values if bound.text == inf else f'{values}, {bound.text:,} characters'


def test_the_bounds_of_loops_are_stated():
    table = CONFIGURATION.partition('<!-- bounds -->')[2].partition('\n\n```')[0]
    rows = re.findall(r'^\| (?:none|one|two|three) \| (.*?) \| ?(.*?) ?\|$', table, re.MULTILINE)
    assert BOUNDS[0] == COLLECTING[0]
    assert rows == [
        (cell(alone), cell(copying) if copying is not COLLECTING[0] else '')
        for alone, copying in zip(BOUNDS, COLLECTING, strict=True)
    ]


def test_how_many_members_are_listed_is_stated():
    assert f'At most {MAX_MEMBERS:,} are listed' in CONFIGURATION


def test_the_bounds_of_one_clients_events_are_stated():
    held = f"| bytes of one client's messages in their handlers | {MAX_HELD} times `max_payload` |"
    assert held in HANDLERS
    asked = 'events of one client while `call` waits for its answer'
    assert f'| {asked} | {MAX_EVENTS:,}, and those bytes | `busy` |' in HANDLERS
