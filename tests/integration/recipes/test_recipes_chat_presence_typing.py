"""docs/recipes.md: chat rooms, presence, typing."""

ANN, BEN = "'Ann'", "'Ben'"
SOON = ('3_000', '300')  # milliseconds until somebody has stopped


def test_chat_rooms(cook):
    trial = cook('Chat rooms')
    ann = trial.client()
    assert ann.logged() == 'here: Ann'
    ben = trial.client((ANN, BEN))
    assert ben.logged() in {'here: Ann, Ben', 'here: Ben, Ann'}
    ben.run('say("hello")')
    assert (ann.logged(), ben.logged()) == ('garden, Ben: hello',) * 2


def test_chat_rooms_let_nobody_talk_in_from_outside_or_at_length(cook):
    trial = cook('Chat rooms')
    ann, stranger = trial.client(), trial.client(("'enter', 'garden'", "'enter', 'attic'"))
    assert (ann.logged(), stranger.logged()) == ('here: Ann',) * 2
    stranger.run('say("hello")')
    assert stranger.logged() == 'not_a_member'
    ann.run('say("x".repeat(501))')
    assert ann.logged() == 'too_long'
    ann.run('socket.emit("leave", "garden")')
    ann.run('say("hello")')
    assert ann.logged() == 'not_a_member'
    assert ann.ask('socket.emitWithAck("enter", "NO")') == {
        'error': {'code': 'bad_room', 'message': 'bad_room'}
    }


def test_chat_rooms_are_entered_again_after_a_lost_connection(cook):
    ann = cook('Chat rooms').client()
    assert ann.logged() == 'here: Ann'
    ann.run('socket.io.engine.close()')
    assert ann.logged() == 'here: Ann'
    ann.run('say("back")')
    assert ann.logged() == 'garden, Ann: back'


def test_presence(cook):
    trial = cook('Presence')
    ann = trial.client()
    assert ann.logged() == 'here: Ann'
    ben, window = trial.client((ANN, BEN)), trial.client((ANN, BEN))
    assert [ann.logged(), ann.logged()] == ['here: Ann, Ben'] * 2
    assert [ben.logged(), ben.logged(), window.logged()] == ['here: Ann, Ben'] * 3
    ben.run('socket.disconnect()')
    assert ann.logged() == 'here: Ann, Ben', 'his other window is still open'
    window.run('socket.disconnect()')
    assert ann.logged() == 'here: Ann'


def test_presence_is_told_to_programs_too(cook):
    trial = cook('Presence')
    trial.client()
    trial.client((ANN, BEN))
    assert trial.curl() == {'rooms': [{'room': 'present', 'clients': 2}], 'next': None}


def test_typing(cook):
    trial = cook('Typing')
    ann, ben = trial.client(SOON), trial.client((ANN, BEN), SOON)
    ann.run('typed()')
    assert ben.logged() == 'Ann is typing'
    ben.run('typed()')
    assert ann.logged() == 'Ben is typing', 'she has not heard of herself'
    assert ben.logged() == 'Ann has stopped'


def test_typing_is_sent_once_a_second_at_most(cook):
    ann = cook('Typing').client()
    ann.run('globalThis.sent = 0')
    ann.run('socket.onAnyOutgoing(() => { sent += 1 })')
    ann.run('last = Date.now() + 1_000')
    ann.run('typed()')
    assert ann.ask('sent') == 0
    ann.run('last = 0')
    ann.run('typed()')
    ann.run('typed()')
    assert ann.ask('sent') == 1
