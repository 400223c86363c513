"""Fixtures of the rows: one gateway for a module's tests, and the clients of a test.

A module says which file of `served` it needs (`SERVED = 'rooms.yaml'`).
"""

import contextlib
import time
from pathlib import Path

import pytest

from tests.integration.parity.clients import PATIENCE, Clients
from tests.support.gateway import running

SERVED = Path(__file__).parent / 'served'

INDENT = '    '  # of what belongs to the line above


@pytest.fixture(scope='module')
def gateway(request):
    with running(SERVED / request.module.SERVED) as running_gateway:
        yield running_gateway


@pytest.fixture
def failures(gateway):
    """What this test has had logged with a traceback, once there are `count` records of that kind.

    Each is one text. They were expected: the gateway's end does not complain of them.
    """
    start = len(gateway.lines)

    def take(count):
        until = time.monotonic() + PATIENCE
        while len(found := failed(gateway.lines[start:])) < count and time.monotonic() < until:
            time.sleep(0.02)
        assert len(found) == count, gateway.output
        for record in found:
            first = gateway.lines.index(record[0], start)
            del gateway.lines[first : first + len(record)]
        return ['\n'.join(line.removeprefix(INDENT) for line in record) for record in found]

    return take


def failed(lines):
    """The records that hold tracebacks; none while the last one is still being read."""
    records = [[]]
    for line in lines:
        if line.startswith(('ERROR ', 'WARNING ')):
            records.append([])
        records[-1].append(line)
    begins = f'{INDENT}Traceback'
    found = [record for record in records if any(line.startswith(begins) for line in record)]
    last = found[-1][-1].removeprefix(INDENT) if found else ''
    complete = last and not last.startswith((' ', 'Traceback', 'The '))
    return found if complete else found[:-1]


@pytest.fixture
def transport():
    """Modules whose rows hold over polling too have one of their own."""
    return 'websocket'


@pytest.fixture(scope='module')
def javascript(gateway):
    with contextlib.closing(Clients(gateway.url)) as found:
        yield found


@pytest.fixture
def clients(javascript, transport):
    javascript.transport = transport
    yield javascript
    javascript.leave()
