"""Calling python-socketio's handlers: exact ones and those of namespace classes."""

import asyncio
import inspect
import logging
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Final

import socketio
from socketio.exceptions import ConnectionRefusedError as HandlerRefused

from gateway.engine.session import Session
from gateway.errors import ActionError, Refused
from gateway.hub.api import Api
from gateway.hub.client import Client
from gateway.wire import codec, engineio

log = logging.getLogger(__name__)

UNKNOWN_EVENT: Final = ActionError('unknown_event', 'no route for this event')
INVALID_NAMESPACE: Final = {'message': 'Invalid namespace'}
HANDLER_FAILED: Final = ActionError('handler_failed', 'the handler failed')


def find(server: Api, namespace: str, event: str) -> Callable[..., Any] | None:
    """The handler that goes before the router: an exact one, or the namespace's class."""
    if not server.handlers and not server.namespace_handlers:
        return None
    exact: Callable[..., Any] | None = server.handlers.get(namespace, {}).get(event)
    if exact is not None:
        return exact
    instance = server.namespace_handlers.get(namespace)
    if instance is not None and _handles(instance, event):
        return partial(_triggered, instance, event)
    if event in server.reserved_events and not server.router.knows(namespace):
        return _for_all_namespaces(server, namespace, event)
    return None


def _handles(instance: socketio.AsyncNamespace, event: str) -> bool:
    own_dispatch = type(instance).trigger_event is not socketio.AsyncNamespace.trigger_event
    return own_dispatch or hasattr(instance, f'on_{event}')


def _triggered(instance: socketio.AsyncNamespace, event: str, *args: Any) -> Any:
    """`trigger_event` without python-socketio's own: that one takes a CancelledError for None, and
    so for a connection that is accepted."""
    if type(instance).trigger_event is not socketio.AsyncNamespace.trigger_event:
        return instance.trigger_event(event, *args)
    handler = getattr(instance, f'on_{event}', None)
    return handler(*args) if handler is not None else instance.trigger_event(event, *args)


def _for_all_namespaces(server: Api, namespace: str, event: str) -> Callable[..., Any] | None:
    """The connect or disconnect handler of namespace `'*'`, which is given the namespace first."""
    handler = server.handlers.get('*', {}).get(event)
    if handler is not None:
        return partial(handler, namespace)
    instance = server.namespace_handlers.get('*')
    if instance is not None and _handles(instance, event):
        return partial(_triggered, instance, event, namespace)
    return None


def catch_all(
    server: Api, namespace: str, args: tuple[Any, ...], event: str
) -> tuple[Callable[..., Any] | None, tuple[Any, ...]]:
    """The handler that goes after the router, with what it is given: python-socketio's `'*'`."""
    handler, with_event = server._get_event_handler(event, namespace, args)
    if handler is not None:
        return handler, with_event
    instance, with_namespace = server._get_namespace_handler(namespace, args)
    if instance is not None:
        return partial(_triggered, instance, event), with_namespace
    return None, args


def has(server: Api, namespace: str) -> bool:
    """Whether a handler makes the namespace exist."""
    tables = (server.handlers, server.namespace_handlers)
    return any(name in table for table in tables for name in (namespace, '*'))


def call_connect(handler: Callable[..., Any], client: Client) -> Any:
    """`handler(sid, environ, auth)`, or without `auth` where it takes two."""
    args = (client.sid, client.request.environ(), client.auth or None)
    return handler(*args if _takes(handler, 3) else args[:2])


def call_disconnect(handler: Callable[..., Any], client: Client, reason: str) -> Any:
    """`handler(sid, reason)`, or without `reason` where it takes one."""
    return handler(*(client.sid, str(reason)) if _takes(handler, 2) else (client.sid,))


def _takes(handler: Callable[..., Any], count: int) -> bool:
    function, bound = handler, ()
    if isinstance(handler, partial) and handler.func is _triggered:
        instance, event, *rest = handler.args  # ask the method behind `trigger_event`
        function, bound = getattr(instance, f'on_{event}', handler), tuple(rest)
    try:
        inspect.signature(function).bind(*bound, *range(count))
    except TypeError:
        return False
    return True


def returned(result: Any) -> Sequence[Any]:
    """The arguments of an acknowledgement: a tuple is several, None is none, else it is one."""
    return result if isinstance(result, tuple) else [] if result is None else [result]


def unknown_namespace(session: Session, namespace: str) -> engineio.Packet:
    """The CONNECT_ERROR for a namespace that nobody serves."""
    packet: engineio.Packet = session.codec.encode(
        codec.CONNECT_ERROR, namespace, INVALID_NAMESPACE
    )
    return packet


def refusal(client: Client, error: BaseException) -> engineio.Packet:
    """The CONNECT_ERROR for it; what is no refusal but a failure is logged, without internals."""
    try:
        return client.encode(codec.CONNECT_ERROR, _reason(error))
    except (Exception, SystemExit, asyncio.CancelledError):
        log.error(
            '%s: its connect handler failed',
            client.sid,
            exc_info=error,
            extra=client.told('connect'),
        )
        return client.encode(codec.CONNECT_ERROR, {'message': 'Internal error'})


def why(error: BaseException) -> str:
    """The message of its CONNECT_ERROR, for the log."""
    try:
        shown = _reason(error)
    except (Exception, SystemExit, asyncio.CancelledError):
        return 'Internal error'
    return str(shown.get('message', '') if isinstance(shown, dict) else shown)


def _reason(error: BaseException) -> Any:
    """What the client's `connect_error` shows; raises what is no refusal."""
    if isinstance(error, Refused):
        return error.data
    if isinstance(error, ActionError):
        return {'message': error.code}
    if isinstance(error, HandlerRefused):
        return error.error_args
    if isinstance(error, ConnectionRefusedError):
        return {'message': 'Connection refused by server'}
    raise error
