"""Calling Python functions: coroutines on the loop, plain ones in threads, each with its Context.

Rules of this file:
- An exception goes to the namespace's error handler, then to the default one, and once to the log.
  What an error handler returns is the answer to the event; else that is `handler_failed`.
- A refusal of a connection, or an error of ours, is no failure: it goes on to the caller. So does
  a cancellation that is ours; `sys.exit()` ends the handler only.
- A client that sends too many or too few arguments gets `bad_value`, and no traceback is written.
"""

import asyncio
import inspect
import logging
from collections.abc import Callable, Sequence
from contextvars import copy_context
from functools import partial
from time import monotonic
from typing import Any, NoReturn

from socketio.exceptions import ConnectionRefusedError as ClientRefused
from socketio.exceptions import TimeoutError as NoAnswer

from gateway.errors import ActionError, GatewayError
from gateway.hub.client import Client, State
from gateway.hub.tasks import is_cancelled
from gateway.routing import context
from gateway.routing.context import Context
from gateway.routing.loading import Handlers
from gateway.routing.pool import Busy
from gateway.routing.registry import ERROR
from gateway.routing.runtime import Runtime
from gateway.routing.signatures import Function

log = logging.getLogger(__name__)


class Apology(ActionError):
    """A handler has failed, and an error handler has said what to answer."""

    def __init__(self, result: Any) -> None:
        super().__init__('handler_failed', 'the handler failed')
        self.result = result


class Caller:
    """Calls the functions of one configuration."""

    def __init__(self, runtime: Runtime, handlers: Handlers) -> None:
        self.runtime = runtime
        self.handlers = handlers

    async def call(
        self, function: Function, client: Client, event: str, args: Sequence[Any]
    ) -> Any:
        """Its result. ActionError `handler_failed`, `busy` or `bad_value`, or what refuses.

        For a job of its own (`hub.run`), since it leaves its Context in the context variable.
        """
        if not fits(function, args):
            raise ActionError('bad_value', 'the wrong number of arguments')
        here = Context(self, client, event, args)
        context.enter(here)
        begun: float | None = monotonic()  # None: it has not
        try:
            if function.is_async:
                try:
                    return await function.function(*args)
                finally:
                    here.channel.catch_up()
            return await self._in_thread(here, function, args)
        except Busy:
            begun = None
            raise
        except GatewayError:
            raise
        except (Exception, SystemExit, asyncio.CancelledError) as error:
            if self._is_meant(error, event):
                raise
            if isinstance(error, NoAnswer) and client.state is not State.MEMBER:
                raise ActionError('handler_failed', 'its client has left') from None
            await self._failed(here, function, error)
        finally:
            if begun is not None:
                self.runtime.counters.took(function.name, monotonic() - begun)

    def _is_meant(self, error: BaseException, event: str) -> bool:
        """Whether it is no failure: a connection refused, a route's time up, the gateway's end.

        A handler that has awaited what somebody else cancelled has failed.
        """
        if not isinstance(error, asyncio.CancelledError):
            return isinstance(error, ClientRefused) and event == 'connect'
        return self.runtime.pool.closed or is_cancelled()

    async def _in_thread(self, here: Context, function: Function, args: Sequence[Any]) -> Any:
        always = here.event == 'disconnect'  # as many as clients, and nobody would ask again
        work = partial(function.function, *args)
        result = await self.runtime.pool.run(work, here.client.session, always=always)
        return await result if inspect.isawaitable(result) else result

    async def _failed(self, here: Context, function: Function, error: BaseException) -> NoReturn:
        client = here.client
        self.runtime.counters.handlers_failed += 1
        log.error(
            '%s: namespace %.100r, event %.100r: %s failed',
            client.sid,
            client.namespace,
            here.event,
            function.name,
            exc_info=error,
            extra={**client.told(here.event), 'handler': function.name},
        )
        handler = self._error_handler(client.namespace)
        if handler is not None:
            try:
                if handler.is_async:
                    result = await handler.function(error)
                else:
                    result = await self._in_thread(here, handler, (error,))
            except Exception:
                told = {**client.told(here.event), 'handler': handler.name}
                log.exception(
                    '%s: the error handler %s failed', client.sid, handler.name, extra=told
                )
            else:
                if result is not None:
                    raise Apology(result)
        raise ActionError('handler_failed', 'the handler failed') from None

    def unsendable(self, client: Client, event: str, name: str) -> None:
        """A function has returned what no packet can hold."""
        self.runtime.counters.handlers_failed += 1
        what = '%s: namespace %.100r, event %.100r: %s returned what cannot be encoded'
        told = {**client.told(event), 'handler': name}
        log.error(what, client.sid, client.namespace, event, name, extra=told)

    def timed_out(self) -> None:
        """A route has taken longer than it may; a thread of its can only be left to itself."""
        self.runtime.counters.handlers_timed_out += 1

    def token_refused(self, code: str) -> None:
        """Somebody may not come in."""
        self.runtime.counters.tokens_refused[code] += 1

    def _error_handler(self, namespace: str) -> Function | None:
        spaces = self.handlers.spaces
        for name in (namespace, '*'):
            found = spaces.get(name, {}).get(ERROR)
            if found is not None:
                return found
        return self.handlers.default_error

    def background(self, function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Run it beside the handlers; `socketio` is this gateway's there, also later."""
        alone = copy_context()
        alone.run(context.stay, self)
        return self.runtime.background(alone, partial(function, *args, **kwargs))

    def callback(
        self, client: Client, callback: Callable[..., Any], whose: Client
    ) -> Callable[..., None]:
        """What the hub calls with the answer of `client`: it starts `callback` as a handler.

        Its client is `whose` handler has asked, as in Flask-SocketIO.
        """
        function = Function.of(callback)

        def answered(*args: Any) -> None:
            self.runtime.hub.run(client, self._called_back(whose, function, args), function.name)

        return answered

    async def _called_back(self, client: Client, function: Function, args: Sequence[Any]) -> None:
        try:
            await self.call(function, client, 'callback', args)
        except ActionError as error:  # nobody waits for an answer to an answer
            if error.code != 'handler_failed':
                self.runtime.counters.callbacks_refused += 1
                log.debug('%s: the callback %s: %s', client.sid, function.name, error.message)


def fits(function: Function, args: Sequence[Any]) -> bool:
    return len(args) >= function.minimum and (
        function.maximum is None or len(args) <= function.maximum
    )
