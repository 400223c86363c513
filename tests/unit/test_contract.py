"""Every private name of other packages that the gateway touches or overrides.

An upgrade that moves one of them fails here, and says which. Signatures are compared in full: an
override that is called with other arguments than it expects is worse than one that is not called.
"""

import ast
import asyncio
import importlib
import inspect
import socket
from importlib.metadata import version
from pathlib import Path
from unittest.mock import Mock

import engineio
import pytest
import socketio
from redis.asyncio.connection import Connection
from socketio.async_pubsub_manager import AsyncPubSubManager
from tornado import http1connection, util
from tornado.httputil import HTTPHeaders, HTTPServerRequest, RequestStartLine
from tornado.iostream import IOStream
from tornado.web import Application, RequestHandler

from gateway.cluster.manager import ClusterManager
from gateway.engine.server import EngineServer
from gateway.engine.stream import TORNADOS
from gateway.hub.fanout import FanoutManager
from gateway.hub.server import SocketServer

ROOT = Path(__file__).parents[2]

# Methods that are overridden: whose, which, and how the library declares them.
OVERRIDDEN = {
    (socketio.AsyncServer, '_engineio_server_class'): '(self)',
    (socketio.AsyncServer, '_handle_eio_connect'): '(self, eio_sid, environ)',
    (socketio.AsyncServer, '_handle_eio_message'): '(self, eio_sid, data)',
    (socketio.AsyncServer, '_handle_eio_disconnect'): '(self, eio_sid, reason)',
    (socketio.AsyncServer, '_handle_connect'): '(self, eio_sid, namespace, data)',
    (socketio.AsyncServer, '_handle_disconnect'): '(self, eio_sid, namespace, reason=None)',
    (socketio.AsyncServer, '_handle_event'): '(self, eio_sid, namespace, id, data)',
    (socketio.AsyncServer, '_handle_ack'): '(self, eio_sid, namespace, id, data)',
    (socketio.AsyncManager, '_generate_ack_id'): '(self, sid, callback)',
    (engineio.AsyncServer, '_get_socket'): '(self, sid)',
    (AsyncPubSubManager, '_publish'): '(self, data)',
    (AsyncPubSubManager, '_generate_ack_id'): '(self, sid, callback)',
}

# Methods and functions that are called.
CALLED = {
    (socketio.AsyncServer, '_get_event_handler'): '(self, event, namespace, args)',
    (socketio.AsyncServer, '_get_namespace_handler'): '(self, namespace, args)',
    # Documented for those who extend asyncio ("Extending", section "Task lifetime support").
    (asyncio.tasks, '_enter_task'): '(loop, task)',
    (asyncio.tasks, '_leave_task'): '(loop, task)',
}

# Attributes of instances that are read or replaced.
ATTRIBUTES = {
    '_state': 'tornado.iostream.IOStream',
    '_closed': 'tornado.iostream.IOStream',
    '_read_buffer': 'tornado.iostream.IOStream',
    '_read_regex': 'tornado.iostream.IOStream',
    '_finished': 'tornado.web.RequestHandler',
    '_reason': 'tornado.web.RequestHandler',
    '_retry_connection': 'aiohttp.ClientSession',
    '_reader': 'redis.asyncio.connection.Connection',
    '_writer': 'redis.asyncio.connection.Connection',
}

GATEWAYS = (SocketServer, FanoutManager, EngineServer, ClusterManager)


@pytest.mark.parametrize(
    'name', [*OVERRIDDEN, *CALLED], ids=lambda name: f'{name[0].__name__}.{name[1]}'
)
def test_the_method_is_where_it_was(name):
    owner, method = name
    found = getattr(owner, method, None)
    assert found is not None, f'{owner.__name__}.{method} has gone'
    expected = {**OVERRIDDEN, **CALLED}[name]
    assert str(inspect.signature(found)) == expected, f'{owner.__name__}.{method} has changed'


def test_the_stream_is_made_as_it_was():
    async def scenario():
        ours, theirs = socket.socketpair()
        stream = IOStream(ours)
        assert stream._state is None, 'a new stream waits for nothing'
        assert stream._closed is False
        assert stream._read_regex is None, 'nor looks for the end of a head'
        theirs.sendall(b'early')
        assert await stream.read_bytes(1) == b'e'
        assert isinstance(stream._read_buffer, bytearray)
        assert bytes(stream._read_buffer) == b'arly', 'what was read ahead is here'
        assert stream.socket is ours
        assert callable(stream.io_loop.remove_handler)
        stream.close()
        theirs.close()

    asyncio.run(scenario())


def test_a_connection_of_redis_has_its_streams_where_it_had_them():
    connection = Connection()
    assert connection._reader is connection._writer is None
    source = inspect.getsource(Connection._connect)
    assert 'self._reader = reader\n' in source
    assert 'self._writer = writer\n' in source


def test_a_request_handler_keeps_what_it_kept():
    request = HTTPServerRequest(
        start_line=RequestStartLine('GET', '/', 'HTTP/1.1'),
        headers=HTTPHeaders({'Host': 'gateway.example'}),
        connection=Mock(),
    )
    handler = RequestHandler(Application(), request)
    assert (handler._finished, handler._reason) == (False, 'OK')
    handler.set_status(400)
    assert handler._reason == 'Bad Request'


def test_tornado_unmasks_as_it_did():
    assert util._websocket_mask(b'\1\2\3\4', b'Hello') == bytes.fromhex('49676f686e')


def test_what_python_socketio_asks_of_its_engine():
    """It gives the engine its options, and registers three functions."""
    server = socketio.AsyncServer(async_mode='tornado')
    assert set(server.eio.handlers) == {'connect', 'message', 'disconnect'}
    assert engineio.AsyncServer.event_names == ['connect', 'disconnect', 'message']
    assert server.handlers == server.namespace_handlers == {}
    assert server.manager_initialized is False
    assert server.namespaces == ['/']
    assert isinstance(server.manager, socketio.AsyncManager)
    assert (server.eio.sockets, server.eio.ping_interval) == ({}, 25)


def overridden_privates():
    """What a class of ours redefines of a private name that a library has defined."""
    for gateway in GATEWAYS:
        mine = [entry for entry in gateway.__mro__ if entry.__module__.startswith('gateway.')]
        theirs = [entry for entry in gateway.__mro__ if entry not in mine and entry is not object]
        for name in {name for entry in mine for name in vars(entry)}:
            if name.startswith('_') and not name.startswith('__'):
                for entry in theirs:
                    if name in vars(entry):
                        yield theirs[0], name
                        break


def test_no_override_is_missing_from_the_list():
    assert set(overridden_privates()) == set(OVERRIDDEN)


def test_no_touch_is_missing_from_the_list():
    """Private attributes in gateway/ that nothing of gateway/ defines."""
    trees = [ast.parse(path.read_text()) for path in (ROOT / 'gateway').rglob('*.py')]
    defined, used = set(), set()
    for tree in trees:
        for node in ast.walk(tree):
            match node:
                case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                    defined.add(name)
                case ast.Attribute(attr=name, value=ast.Name(id='self'), ctx=ast.Store()):
                    defined.add(name)
                case ast.Constant(value=str(name)):
                    defined.add(name)
                case ast.Attribute(attr=name) if name.startswith('_') and not name.endswith('_'):
                    used.add(name)
                case ast.ImportFrom(module=module, names=names) if not module.startswith('gateway'):
                    used |= {alias.name for alias in names if alias.name.startswith('_')}
    documented = {'_exit'}  # os._exit
    known = (
        set(ATTRIBUTES)
        | {'_websocket_mask'}
        | documented
        | {name for _, name in [*OVERRIDDEN, *CALLED]}
    )
    assert used - defined <= known, 'list it in this test'
    assert set(ATTRIBUTES) <= used, 'no longer touched: take it off the list'


@pytest.mark.parametrize(
    ('distribution', 'series'),
    [('python-socketio', '5.18.'), ('python-engineio', '4.15.'), ('tornado', '6.6.')],
)
def test_the_series_is_the_one_that_was_read(distribution, series):
    assert version(distribution).startswith(series)


@pytest.mark.parametrize('module', ['gateway.hub.server', 'gateway.engine.server'])
def test_no_library_logs_by_itself(module):
    """Both add handlers of their own to the root of their loggers, unless they are given one."""
    importlib.import_module(module)
    from gateway.config.model import SocketIO

    hub = SocketServer(SocketIO())
    assert hub.logger.name == hub.eio.logger.name == 'gateway.upstream'
    assert hub.logger.handlers == []


def test_tornado_refuses_what_is_no_http_in_the_same_words():
    source = inspect.getsource(http1connection.HTTP1ServerConnection)
    source += inspect.getsource(http1connection.HTTP1Connection)
    assert f'b"{TORNADOS.decode()}"'.encode('unicode_escape').decode() in source
