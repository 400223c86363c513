"""Handlers that end oddly, and what is left of them when their gateway has stopped."""

from threading import Event, Thread

import pytest

from gateway.routing.threads import Inbox
from gateway.testing import TestGateway

FAILED = {'error': {'code': 'handler_failed', 'message': 'the handler failed'}}
STOPPED = 'the gateway has stopped'
ODD = """
    async def exit_now(): sys.exit(3)
    async def exit_later():
        await asyncio.sleep(0)
        sys.exit(3)
    async def raise_it(): raise asyncio.CancelledError
    async def await_it():
        task = asyncio.ensure_future(asyncio.sleep(60))
        await asyncio.sleep(0)
        task.cancel()
        await task
    def in_a_thread(): sys.exit(3)
    def refuse(): raise ConnectionRefusedError('not you')
    async def refuse_later(): raise ConnectionRefusedError('not you')
    def refuse_as_python(): raise __builtins__['ConnectionRefusedError']('not you')
    ALL = {name: found for name, found in list(globals().items()) if found in (
        exit_now, exit_later, raise_it, await_it, in_a_thread,
        refuse, refuse_later, refuse_as_python)}
"""
ENDINGS = ['exit_now', 'exit_later', 'raise_it', 'await_it']
REFUSALS = ['refuse', 'refuse_later', 'refuse_as_python']


@pytest.mark.parametrize('ending', [*ENDINGS, 'in_a_thread'])
def test_a_handler_that_exits_or_is_cancelled_by_another_has_failed(serve, ending, caplog):
    source = """
        for name, function in ALL.items():
            socketio.on_event(name, function)
            socketio.on_event('connect', function, f'/{name}')
    """
    gateway, _ = serve(ODD, source)
    client = gateway.client()
    assert client.emit(ending, callback=True) == FAILED
    assert client.emit(ending, callback=True) == FAILED
    assert gateway.client(f'/{ending}').refusal() == {'message': 'handler_failed'}
    assert gateway.gateway.runtime.counters.handlers_failed == 3
    caplog.clear()


@pytest.mark.parametrize('ending', ENDINGS)
def test_so_has_one_of_python_socketio_s_own_class(serve, ending, caplog):
    source = """
        class Odd(upstream.AsyncNamespace):
            async def on_odd(self, sid, name): await ALL[name]()
        socketio.on_namespace(Odd('/'))
        class Closed(upstream.AsyncNamespace):
            async def on_connect(self, sid, environ, auth): await ALL[auth['name']]()
        socketio.on_namespace(Closed('/closed'))
    """
    gateway, _ = serve(ODD, source)
    client = gateway.client()
    assert client.emit('odd', ending, callback=True) == FAILED
    stranger = gateway.client('/closed', {'name': ending})
    assert stranger.refusal() == {'message': 'Internal error'}
    assert client.emit('odd', ending, callback=True) == FAILED
    caplog.clear()


@pytest.mark.parametrize('refusal', REFUSALS)
def test_an_event_cannot_be_refused_that_is_a_failure(serve, refusal, caplog):
    source = """
        told = []
        for name, function in ALL.items():
            socketio.on_event(name, function)
            socketio.on_event(name, function, '/apology')
        @socketio.on_error()
        def failed(error): told.append(str(error))
        @socketio.on_error('/apology')
        def sorry(error): return 'sorry'
    """
    gateway, module = serve(ODD, source)
    assert gateway.client().emit(refusal, callback=True) == FAILED
    assert module.told == ['not you']
    assert gateway.client('/apology').emit(refusal, callback=True) == 'sorry'
    caplog.clear()


CALLING = """
    said = []
    @socketio.on('connect')
    async def connect(): pass
    def ask(sid):
        try:
            said.append(socketio.call('sure?', to=sid))
        except Exception as error:
            said.append(str(error))
    @socketio.on('begin')
    async def begin():
        global thread
        thread = socketio.start_background_task(ask, request.sid)
"""


def test_a_thread_that_waits_for_an_answer_ends_with_the_gateway(serve):
    gateway, module = serve(CALLING)
    with TestGateway(gateway.gateway.config, timeout=30) as other:
        client = other.client()
        client.emit('begin')
        assert client.receive()['name'] == 'sure?'
    module.thread.join(30)
    assert (module.thread.is_alive(), len(module.said)) == (False, 1)


@pytest.mark.parametrize('late', [False, True])
def test_so_does_one_whose_question_was_under_way(serve, monkeypatch, late):
    gateway, module = serve(CALLING)
    client, asked = gateway.client(), Event()
    put = Inbox.put

    def told(self, operation):
        put(self, operation)
        asked.set()

    monkeypatch.setattr(Inbox, 'put', told)
    thread = Thread(target=module.ask, args=(client.sid,), daemon=True)

    def stop():
        thread.start()
        asked.wait(30)
        stopped = gateway.gateway.runtime.stop
        gateway._loop.call_soon(stopped) if late else stopped()

    gateway.act(stop, False)
    serve.stop(gateway)
    thread.join(30)
    assert (thread.is_alive(), len(module.said)) == (False, 1)


TICKING = """
    begun, gate, said, threads = threading.Event(), threading.Event(), [], []
    def tick():
        threads.append(threading.current_thread())
        begun.set()
        gate.wait(30)
        try:
            socketio.emit('tick')
        except Exception as error:
            said.append(str(error))
    async def last_words():
        try:
            await asyncio.sleep(60)
        finally:
            socketio.emit('tick')
    @socketio.on('begin')
    async def begin():
        socketio.start_background_task(last_words)
        socketio.start_background_task(tick)
"""


@pytest.mark.parametrize('start', ['with the gateway', 'by a handler'])
def test_what_a_stopped_gateway_has_left_running_emits_into_no_other(serve, start):
    early = 'for task in (tick, last_words): socketio.start_background_task(task)'
    gateway, module = serve(TICKING, early if start == 'with the gateway' else '')
    if start == 'by a handler':
        gateway.client().emit('begin')
    assert module.begun.wait(30)
    following, _ = serve()
    client = following.client()
    serve.stop(gateway)
    module.gate.set()
    for thread in module.threads:
        thread.join(30)
    assert module.said == [STOPPED]
    following.act(int)
    assert client.get_received() == []
