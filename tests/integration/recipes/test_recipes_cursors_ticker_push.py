"""docs/recipes.md: cursors, ticker, push."""

WINDOW = {'innerWidth': 1000, 'innerHeight': 500}


def moves(client, x, y):
    event = f'Object.assign(new Event("pointermove"), {{clientX: {x}, clientY: {y}}})'
    client.run(f'document.dispatchEvent({event})')


def pointers(client):
    return client.ask('[...pointers.values()].map(({user, x, y}) => [user, x, y])')


def test_cursors(cook):
    trial = cook('Cursors')
    ann, ben = trial.client(**WINDOW), trial.client(("'Ann'", "'Ben'"), **WINDOW)
    other = trial.client(("doc: 'plan'", "doc: 'draft'"), **WINDOW)
    moves(ann, 250, 250)
    ben.until('pointers.size === 1')
    moves(ben, 1000, 0)
    ann.until('pointers.size === 1')
    assert (pointers(ben), pointers(ann)) == ([['Ann', 0.25, 0.5]], [['Ben', 1, 0]])
    outside = ann.ask('socket.emitWithAck("move", {x: 2, y: 0})')
    assert outside['error']['code'] == 'outside'
    ann.run('socket.disconnect()')
    ben.until('pointers.size === 0')
    assert pointers(other) == []


def test_cursors_are_sent_25_times_a_second_at_most(cook):
    ann = cook('Cursors').client(**WINDOW)
    ann.run('globalThis.sent = 0')
    ann.run('socket.onAnyOutgoing(() => { sent += 1 })')
    ann.run('last = Date.now() + 1_000')
    moves(ann, 1, 1)
    assert ann.ask('sent') == 0
    ann.run('last = 0')
    moves(ann, 1, 1)
    assert ann.ask('sent') == 1


def test_cursors_end_who_sends_more_than_a_position_and_who_comes_back_begins_anew(cook):
    trial = cook('Cursors')
    ann, ben = trial.client(**WINDOW), trial.client(("'Ann'", "'Ben'"), **WINDOW)
    moves(ben, 1000, 0)
    ann.until('pointers.size === 1')
    ann.run('socket.on("disconnect", () => console.log("ended"))')
    ann.run('socket.emit("move", "x".repeat(2_000))')
    assert ann.logged() == 'ended'
    ann.connected()
    assert pointers(ann) == []


def test_ticker(cook):
    trial = cook('Ticker')
    acme, hooli = trial.client(), trial.client(("'ACME'", "'HOOLI'"))
    assert (acme.logged(), hooli.logged()) == ('following', 'following')
    assert trial.curl() == {'done': 2}
    assert (acme.logged(), hooli.logged()) == ('ACME 17.25', 'HOOLI 4.5')
    acme.ask('socket.emitWithAck("unfollow", "ACME").then(() => null)')
    acme.ask('socket.emitWithAck("follow", "HOOLI").then(() => null)')
    assert trial.curl() == {'done': 2}
    assert (acme.logged(), hooli.logged()) == ('HOOLI 4.5', 'HOOLI 4.5')


def test_ticker_has_bounds(cook):
    client = cook('Ticker').client()
    codes = client.ask(
        """Promise.all([...Array(25).keys()].map(async (number) => {
            const symbol = 'A' + String.fromCharCode(65 + number)
            return (await socket.emitWithAck('follow', symbol))?.error.code ?? 'followed'
        }))"""
    )
    assert codes == ['followed'] * 19 + ['too_many'] * 6, 'it follows ACME too'
    assert client.ask('socket.emitWithAck("follow", "a b")')['error']['code'] == 'bad_symbol'


def test_push(cook):
    trial = cook('Push')
    reader, other = trial.client(), trial.client(("'news'", "'sports'"))
    assert (reader.logged(), other.logged()) == ('subscribed', 'subscribed')
    assert [trial.curl(1), trial.curl(0)] == [{'done': 1}, {'done': 1}]
    assert [reader.logged(), reader.logged()] == ['It rains', 'Welcome']
    assert other.logged() == 'Welcome'


def test_push_is_refused_without_the_key(cook):
    trial = cook('Push')
    refused = trial.curl(0, ('$GATEWAY_API_KEY', 'of somebody else'))
    assert refused['error']['code'] == 'key_wrong'
