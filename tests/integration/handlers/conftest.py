"""A gateway in this process, on each of the loops, with handlers that a test writes."""

import asyncio
import json
import sys
from importlib import import_module
from itertools import count
from textwrap import dedent

import pytest

from gateway.testing import TestGateway

IMPORTS = """
import asyncio, sys, threading
import socketio as upstream
from gateway import *
from gateway import socketio
"""
numbers = count()


@pytest.fixture
def serve(tmp_path, loop):
    """Start a gateway: `serve(SOURCE, ..., namespaces={...}, socketio={...})`; any number of them.

    Gives it and its module, which routes call `here:NAME`. `serve.stop` stops one at once.
    """
    path, loaded = sys.path[:], set(sys.modules)
    before = asyncio.get_event_loop_policy()
    is_uvloop = loop == 'uvloop'
    policy = (
        import_module('uvloop').EventLoopPolicy if is_uvloop else asyncio.DefaultEventLoopPolicy
    )
    asyncio.set_event_loop_policy(policy())
    running = []

    def start(*sources, namespaces=None, **sections):
        name = f'handlers_of_test_{next(numbers)}'
        (tmp_path / f'{name}.py').write_text(IMPORTS + ''.join(map(dedent, sources)))
        config = {'handlers': [f'./{name}.py'], 'namespaces': namespaces or {'/': {}}}
        text = json.dumps({**config, **sections}).replace('here:', f'{name}:')
        file = tmp_path / f'{name}.yaml'
        file.write_text(text)
        running.append(TestGateway(file, timeout=30).__enter__())
        return running[-1], sys.modules[name]

    def stop(gateway):
        running.remove(gateway)
        gateway.__exit__()

    start.stop = stop
    yield start
    for gateway in running:
        gateway.__exit__()
    asyncio.set_event_loop_policy(before)
    sys.path[:] = path
    for name in set(sys.modules) - loaded:
        if name.startswith('handlers_of_test_'):
            del sys.modules[name]


@pytest.fixture
def peer():
    """A connection that is read on while its handlers wait: what comes is in `messages`."""

    def connect(gateway):
        messages = []
        head = b'127.0.0.1 http GET /\nhost:localhost'
        link = gateway.act(lambda: gateway.link(head, messages.append, int))

        def put(*sent):
            """On the loop; nothing is waited for but that they were taken."""
            gateway.act(lambda: [link.put(message) for message in sent], False)
            gateway.act(int, False)

        link.messages, link.say = messages, put
        return link

    return connect
