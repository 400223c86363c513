"""Messages of the queue: what ours are, byte for byte, and what becomes of others'."""

import json

import pytest
from socketio.packet import Packet

from gateway.cluster import wire
from gateway.cluster.wire import Emission, Malformed, Writer
from gateway.hub.target import EVERYONE, Target

WRITER = Writer('me')


def written(found, number=7, **more):
    return wire.numbered(WRITER.emission(found, **more), number)


def emission(**fields):
    return Emission(**{'namespace': '/', 'event': 'note', 'args': [1], 'to': EVERYONE, **fields})


def understood(message):
    """What a node understands of an event."""
    body, (event, *args) = wire.ours(message), wire.event(message)
    namespace, callback = wire.text(message, 'namespace', '/'), wire.callback(message)
    to, skip = wire.whom(message, body)
    return Emission(namespace, event, args, to, skip, body.get('volatile') is True, callback)


def test_an_event_byte_for_byte():
    assert written(emission()) == (
        b'{"host_id":"me","method":"emit","event":"note","namespace":"/","binary":false,'
        b'"room":null,"skip_sid":null,"callback":null,"data":[1],"gateway":{"seq":7}}'
    )


@pytest.mark.parametrize(
    'found',
    [
        emission(),
        emission(namespace='/chat', args=[]),
        emission(args=[None]),
        emission(args=[None, {'a': [1.5, 'é']}]),
        emission(args=[b'\x00\xff', {'b': [b'', 'x']}]),
        emission(to=Target(rooms=('a', 'b'), sids=('s',))),
        emission(to=Target(rooms=('a',)), skip=Target(sids=('s', 't'))),
        emission(skip=Target(rooms=('a',)), volatile=True),
        emission(callback=('room', '/', 7)),
    ],
)
def test_what_is_written_is_read(found):
    message = wire.read(written(found))
    read = understood(message)
    assert read.args == list(found.args)
    expected = found.to if not found.to.everyone else None
    assert (read.to, read.skip, read.volatile) == (expected, found.skip, found.volatile)
    assert (read.namespace, read.event, read.callback) == (
        found.namespace,
        found.event,
        found.callback,
    )
    assert wire.number(wire.ours(message), 'seq') == 7


@pytest.mark.parametrize(
    ('to', 'room'),
    [
        (EVERYONE, None),
        (Target(rooms=('a',)), 'a'),
        (Target(sids=('s',)), 's'),
        (Target(rooms=('a', 'b'), sids=('s',)), ['s', 'a', 'b']),
    ],
)
def test_python_socketio_finds_the_room_where_it_looks(to, room):
    assert wire.read(written(emission(to=to)))['room'] == room


def test_what_was_named_loosely_is_named_loosely_elsewhere():
    message = wire.read(written(emission(to=Target(rooms=('either',), loose=True))))
    assert understood(message).to == 'either'


def test_rooms_left_out_are_beyond_python_socketio_and_so_is_the_message():
    message = wire.read(written(emission(skip=Target(rooms=('a',)))))
    assert message['method'] == wire.EMIT
    message = wire.read(written(emission(skip=Target(sids=('s',)))))
    assert (message['method'], message['skip_sid']) == ('emit', ['s'])


def test_bytes_are_as_python_socketio_puts_them_together():
    message = json.loads(written(emission(args=[{'a': b'one'}, b'two'])))
    data, *attachments = message['data']
    assert attachments == ['b25l', 'dHdv']
    assert Packet.reconstruct_binary(data, [b'one', b'two']) == [{'a': b'one'}, b'two']


def theirs(**fields):
    """As python-socketio's managers write it."""
    return {'method': 'emit', 'event': 'note', 'data': [1], 'binary': False, **fields}


@pytest.mark.parametrize(
    ('data', 'args'),
    [
        ([1], [1]),
        ([1, 2], [1, 2]),
        ([], []),
        ([None], []),
        ({'a': 1}, [{'a': 1}]),
        ('text', ['text']),
        (None, []),
    ],
)
def test_data_of_other_programs_is_taken_as_python_socketio_takes_it(data, args):
    assert understood(theirs(data=data)).args == args


def test_a_message_of_another_program_names_rooms_or_sids():
    found = understood(theirs(room='x', skip_sid=['s']))
    assert (found.to, found.skip, found.namespace) == ('x', ['s'], '/')


@pytest.mark.parametrize(
    ('body', 'kind'),
    [
        (b'\x80\x04\x95', 'pickle'),
        (b"(dp0\nS'method'\n", 'pickle'),
        (b'', 'json'),
        (b'{', 'json'),
        (b'\xff', 'json'),
        (b'[' * 100_000, 'json'),
        (b'[]', 'form'),
        (b'{}', 'form'),
        (b'{"method":7}', 'form'),
        (b'{"method":"emit","host_id":7}', 'form'),
        (b'{"method":"emit","host_id":""}', 'form'),
    ],
)
def test_what_is_no_message_is_malformed(body, kind):
    with pytest.raises(Malformed) as malformed:
        wire.read(body)
    assert malformed.value.kind == kind


@pytest.mark.parametrize(
    'fields',
    [
        {'event': None},
        {'event': 7},
        {'namespace': 7},
        {'room': 1.5},
        {'room': [['a']]},
        {'room': {'a': 1}},
        {'skip_sid': {'a': 1}},
        {'callback': 'x'},
        {'callback': ['a']},
        {'binary': True, 'data': 7},
        {'binary': True, 'data': []},
        {'binary': True, 'data': [{'_placeholder': True, 'num': 0}]},
        {'binary': True, 'data': [{'_placeholder': True, 'num': 0}, 'no base64']},
        {'gateway': []},
        {'gateway': {'to': 'x'}},
        {'gateway': {'to': [['a'], [7]]}},
        {'gateway': {'except': None}},
    ],
)
def test_an_event_of_another_form_is_malformed(fields):
    with pytest.raises(Malformed):
        understood(theirs(**fields))


@pytest.mark.parametrize('seq', [None, -1, 1.5, '1', True, 2**63])
def test_a_number_is_a_number(seq):
    with pytest.raises(Malformed):
        wire.number({'seq': seq}, 'seq')


def test_ours_are_known_by_how_they_begin():
    for body in (
        written(emission()),
        WRITER.said(wire.BEAT, last=3),
        wire.numbered(WRITER.asked('close_room', room='a'), 1),
    ):
        assert body.startswith(WRITER.mark)
        assert json.loads(body)['host_id'] == 'me'
    assert wire.is_beat(WRITER.said(wire.BEAT, last=3))
    assert not wire.is_beat(written(emission(event='"method":"gateway.beat"')))


def test_an_answer_for_somebody_else_is_not_taken_for_one_of_theirs():
    body = wire.numbered(WRITER.callback('other', False, {'sid': 'r', 'id': 1, 'args': [2]}), 3)
    assert not body.startswith(Writer('other').mark)
    message = wire.read(body)
    assert (message['host_id'], wire.ours(message)) == ('other', {'from': 'me', 'seq': 3})


def test_bytes_of_an_answer_are_for_gateways():
    fields = {'sid': 'r', 'id': 1, 'args': [b'\x00', {'a': b''}]}
    message = wire.read(wire.numbered(WRITER.callback('other', True, fields), 3))
    assert wire.acknowledged(message) == [b'\x00', {'a': b''}]
    with pytest.raises(ValueError, match='bytes where there are none'):
        WRITER.callback('other', False, fields)


def test_half_of_a_surrogate_pair_goes_through():
    message = wire.read(written(emission(event='\ud800', to=Target(sids=('\udfff',)))))
    assert wire.event(message) == ['\ud800', 1]
    assert wire.whom(message, wire.ours(message))[0].sids == ('\udfff',)


@pytest.mark.parametrize('skip', [5, [5], {}, [None]])
def test_who_is_left_out_is_named_by_text(skip):
    with pytest.raises(Malformed):
        wire.whom(theirs(skip_sid=skip), {})
