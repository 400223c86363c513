"""Rows 3, 4 and 5: unnamed events, named ones with values of every kind, several arguments."""

import pytest

SERVED = 'values.yaml'

NAMES = [
    'my event',
    'événement ☃ 日本 👋',
    '\'quoted\' "twice" \\ {x}',
    'on',
    '404',
    '1e3',
    ' ',
]
VALUES = [
    ['text', '', '日本 ☃ 👋 " \\ \u2028 \u0000'],
    [0, -1, 1.5, 2**53 - 1, 1e300],
    [True, False, None],
    [[], [1, [2, [3]]], {}, {'a': {'b': [None, {'c': 'd'}]}}],
    [b'', b'\x00\xff', b'x' * 5000],
    [{'file': {'name': 'a', 'parts': [b'one', {'tail': b'two'}]}}, 1, [b'three']],
    [],
    ['x' * 200_000],
]


@pytest.fixture(params=['websocket', 'polling'])
def transport(request):
    return request.param


@pytest.fixture(params=['/yaml', '/python'])
def client(request, clients):
    return clients.open(request.param)


@pytest.fixture
def python(clients):
    return clients.open('/python')


@pytest.mark.parametrize('value', ['text', '', b'bytes', b''], ids=repr)
def test_3_a_message_holds_text_or_bytes(client, value):
    client.emit('message', value)
    assert client.hear() == ['message', value]
    client.emit('say', value)
    assert client.hear() == ['message', value]


@pytest.mark.parametrize('value', [{'a': [{'b': None}]}, [1, 2], 'text', 1.5, None], ids=repr)
def test_3_json_holds_an_object_or_any_other_value(client, value):
    client.emit('json', value)
    assert client.hear() == ['json', value]
    client.emit('say json', value)
    assert client.hear() == ['json', value]


@pytest.mark.parametrize('name', NAMES)
def test_4_an_event_may_have_any_name(client, name):
    client.emit(name, 'a value')
    assert client.hear() == [name, 'a value']


@pytest.mark.parametrize('values', VALUES, ids=range(len(VALUES)))
def test_4_values_of_every_kind_come_back_as_they_were(client, values):
    client.emit('my event', *values)
    assert client.hear() == ['my event', *values]


@pytest.mark.parametrize('values', VALUES, ids=range(len(VALUES)))
def test_5_several_arguments_go_in_and_come_out(client, values):
    assert client.ask('several', *values) == values
    assert client.ask('as one', *values) == [{'list': values}]


def test_5_each_argument_has_its_place(client):
    assert client.ask('some of them', 1, b'two', {'three': 3}) == [{'three': 3}, 1]


def test_5_a_tuple_is_sent_as_several_arguments_and_a_list_as_one(python):
    python.emit('a tuple', 1, b'two')
    assert python.hear() == ['emitted', 1, b'two']
    python.emit('a list', 1, b'two')
    assert python.hear() == ['emitted', [1, b'two']]
    python.emit('both', 1, 2)
    assert [python.hear(), python.hear()] == [['emitted', [1], 2], ['message', 1, 2]]
