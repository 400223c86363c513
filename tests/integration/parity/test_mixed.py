"""Row 23: clients with socket.io-msgpack-parser and clients without it meet in one room."""

import itertools

import pytest

SERVED = 'mixed.yaml'
KINDS = [
    {'transport': transport, 'parser': parser}
    for transport in ('websocket', 'polling')
    for parser in (None, 'msgpack')
]
VALUES = [
    ['text', '', '日本 ☃ 👋 " \\'],
    [0, -1, 1.5, 2**53 - 1],
    [True, False, None],
    [[], {'a': {'b': [None, {'c': 'd'}]}}],
    [b'', b'\x00\xff', {'parts': [b'one', {'tail': b'x' * 5000}]}],
    [],
]


@pytest.fixture
def everyone(clients):
    return [clients.open(**kind) for kind in KINDS]


@pytest.mark.parametrize('values', VALUES, ids=range(len(VALUES)))
def test_23_what_one_says_all_of_them_hear(everyone, values):
    for speaker in everyone:
        speaker.emit('say', *values)
        assert [client.hear() for client in everyone] == [['said', *values]] * len(KINDS)


def test_23_each_is_answered_in_its_own_words(everyone):
    for client in everyone:
        assert client.ask('echo', 1, b'\x00', {'a': [b'\xff']}) == [1, b'\x00', {'a': [b'\xff']}]
        assert client.heard() == []


def test_23_all_hear_the_same_order_whoever_speaks(everyone):
    turns = list(itertools.islice(itertools.cycle(enumerate(everyone)), 40))
    for number, (speaker, client) in enumerate(turns):
        client.emit('say', speaker, number, bytes([number]))
    orders = [[client.hear() for _ in turns] for client in everyone]
    assert orders == [orders[0]] * len(KINDS)
    said = sorted(number for _, _, number, _ in orders[0])
    assert said == list(range(40))
