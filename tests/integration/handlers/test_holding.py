"""What the messages of one client may weigh whose handlers go on: 4 `max_payload`."""

SOURCE = """
    gate, taken = asyncio.Event(), []
    @socketio.on('hold')
    async def hold(number, text):
        taken.append(number)
        await gate.wait()
    @socketio.on('ask')
    async def ask(): return await call('sure?')
    @socketio.on('wait', sequential=True)
    async def wait(number, text): await hold(number, text)
"""
BUSY = '[{"error":{"code":"busy","message":"too many events of this client are under way"}}]'


def heavy(gateway, event, numbers):
    """Messages of as many bytes as one may have, with the Engine.IO packet's first."""
    for number in numbers:
        head, tail = f'2{number}["{event}",{number},"', '"]'
        yield f'{head}{"x" * (gateway.engine.settings.max_payload - 1 - len(head + tail))}{tail}'


def test_a_client_is_not_read_while_its_handlers_hold_more_than_four_payloads(serve, peer):
    for event in ('hold', 'wait'):
        gateway, module = serve(SOURCE, socketio={'max_payload': '1KB'})
        link, counters = peer(gateway), gateway.engine.counters
        link.say('0', *heavy(gateway, event, range(4)))
        assert (link.session.paused, counters.reads_paused) == (False, 0)
        link.say(*heavy(gateway, event, range(4, 9)))
        assert (link.session.paused, counters.reads_paused) == (True, 1)
        assert link.session.in_flight == 5
        assert link.session.held == 5 * gateway.engine.settings.max_payload
        gateway.act(module.gate.set)
        assert module.taken == list(range(9))
        assert (link.session.paused, link.session.held) == (False, 0)


def test_a_client_whose_answer_is_awaited_is_read_and_told_that_it_is_too_busy(serve, peer):
    gateway, module = serve(SOURCE, socketio={'max_payload': '1KB'})
    link = peer(gateway)
    link.say('0', '2100["ask"]')
    question = link.messages[-1]
    assert question.endswith('["sure?"]')
    link.say(*heavy(gateway, 'hold', range(7)))
    assert module.taken == [0, 1, 2, 3]
    assert link.messages[-3:] == [f'3{number}{BUSY}' for number in (4, 5, 6)]
    assert gateway.gateway.hub.events_refused == 3
    assert not link.session.paused
    link.say('3' + question.removeprefix('2').replace('"sure?"', 'true'))
    assert link.messages[-1] == '3100[true]'
    gateway.act(module.gate.set)
    assert (link.session.paused, link.session.held) == (False, 0)
