"""Fixtures of all tests: a gateway in a process of its own, Node, a hub in a process of its own."""

import contextlib
import resource

import pytest

from tests.support import certificates
from tests.support import gateway as gateways
from tests.support import node as nodes
from tests.support import program as programs
from tests.support.rabbitmq import rabbitmq_server
from tests.support.routes import ROUTES

# Programs that hold thousands of connections inherit this.
_, most = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


@pytest.fixture(params=['uvloop', 'asyncio'])
def loop(request, monkeypatch):
    """The name of the loop that `run` takes; tests that depend on the loop run on both."""
    monkeypatch.setenv('TEST_LOOP', request.param)
    return request.param


@pytest.fixture(scope='session')
def rabbit(tmp_path_factory):
    """RabbitMQ with TLS, one for all: it takes ten seconds to start. Leave it as it was."""
    folder = tmp_path_factory.mktemp('rabbitmq')
    with rabbitmq_server(folder, tls=certificates.with_chain(folder)) as server:
        yield server


@pytest.fixture
def gateway(tmp_path):
    """Start a gateway: `gateway(namespaces, socketio={...}, server={...})`; any number of them."""
    with contextlib.ExitStack() as stack:

        def start(namespaces, **sections):
            config = gateways.write(tmp_path / 'gateway.yaml', namespaces, **sections)
            return stack.enter_context(gateways.running(config))

        yield start


@pytest.fixture
def node():
    """Start a script of tests/js: `node('values.js', argument, ...)`."""
    with contextlib.ExitStack() as stack:
        yield lambda script, *args: stack.enter_context(nodes.running(script, *args))


@pytest.fixture
def program():
    """Start a module as a process that answers commands: `program('tests.support.hub')`."""
    with contextlib.ExitStack() as stack:
        yield lambda module, **options: stack.enter_context(programs.running(module, **options))


@pytest.fixture(scope='module')
def url(tmp_path_factory):
    """The address of one gateway, for the tests of a module that leave it as it was."""
    # The Python client, told to disconnect while it polls, sometimes waits for the next heartbeat.
    heartbeat = {'ping_interval': '1s'}
    path = tmp_path_factory.mktemp('gateway') / 'gateway.yaml'
    config = gateways.write(path, ROUTES, socketio=heartbeat)
    with gateways.running(config) as gateway:
        yield gateway.url
