"""Threads of handlers: whom an emit means, and in which order it comes."""

import pytest

TOO_LONG = 'a room name is text of 1 to 256 characters'


def test_the_recipients_are_those_when_emit_was_called(serve):
    source = """
        @socketio.on('connect')
        async def connect(auth):
            global loop
            loop = asyncio.get_running_loop()
            join_room(auth['room'])
        @socketio.on('tell')
        def tell():
            rooms, skipped, go = ['mine'], [], threading.Event()
            loop.call_soon_threadsafe(go.wait)  # nothing is sent meanwhile
            emit('secret', to=rooms, skip_sid=skipped)
            rooms[:] = ['other']
            skipped.append(request.sid)
            go.set()
    """
    gateway, _ = serve(source)
    mine, other = (gateway.client(auth={'room': room}) for room in ('mine', 'other'))
    mine.emit('tell')
    assert [len(client.get_received()) for client in (mine, other)] == [1, 0]


@pytest.mark.parametrize('kind', ['in a thread', 'on the loop'])
@pytest.mark.parametrize('name', ['emit', 'socketio.emit', 'join_room', 'leave_room', 'close_room'])
def test_a_room_name_that_is_too_long_raises_in_the_handler(serve, kind, name):
    source = """
        def use(name):
            function = {
                'emit': lambda room: emit('x', to=[room]),
                'socketio.emit': lambda room: socketio.emit('x', to=room),
                'join_room': join_room,
                'leave_room': leave_room,
                'close_room': close_room,
            }[name]
            function('x' * 256)
            try:
                function('x' * 257)
            except ValueError as error:
                return str(error)
        socketio.on('in a thread')(use)
        @socketio.on('on the loop')
        async def use_now(name): return use(name)
    """
    gateway, _ = serve(source)
    assert gateway.client().emit(kind, name, callback=True) == TOO_LONG


def test_a_reply_to_a_client_that_has_left_reaches_no_room_of_that_name(serve, peer):
    source = """
        begun, gate, sids = threading.Event(), threading.Event(), []
        @socketio.on('slow')
        def slow():
            sids.append(request.sid)
            begun.set()
            gate.wait(30)
            emit('private')
            send('private')
            emit('private', callback=print)
        @socketio.on('enter')
        async def enter(room): join_room(room)
    """
    gateway, module = serve(source)
    victim, attacker = peer(gateway), gateway.client()
    victim.say('0', '2["slow"]')
    assert module.begun.wait(30)
    gateway.act(victim.leave, False)
    attacker.emit('enter', module.sids[0], wait=False)
    assert gateway.act(lambda: gateway.rooms(attacker.sid, '/'), False) == module.sids
    module.gate.set()
    gateway.act(int)
    assert attacker.get_received() == []


def test_what_to_thread_emits_comes_before_later_emits_and_the_answer(serve, peer):
    source = """
        @socketio.on('work')
        async def work():
            def job():
                for count in range(900):
                    emit('n', count, 'x' * 500)
            await asyncio.to_thread(job)
            emit('after')
            return 'done'
        @socketio.on('answer')
        async def answer():
            def job():
                for count in range(900):
                    emit('n', count, 'x' * 500)
            await asyncio.to_thread(job)
            return 'done'
    """
    gateway, _ = serve(source)
    link = peer(gateway)
    for event, last in (('work', ['2["after"]', '31["done"]']), ('answer', ['31["done"]'])):
        link.messages.clear()
        link.say('0')
        gateway.act(lambda event=event, link=link: link.put(f'21["{event}"]'))
        numbers = [int(text.split(',')[1]) for text in link.messages if text.startswith('2["n"')]
        assert numbers == list(range(900))
        assert link.messages[-len(last) :] == last
        link = peer(gateway)
