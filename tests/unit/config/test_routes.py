"""What the section `namespaces` becomes: long routes, `call`, `set`, `class`, `auth`, patterns."""

from pathlib import Path

import pytest

from gateway.config.actions import Ack, Call, Emit, Set
from gateway.config.load import read
from gateway.config.source import Document

SECRET = 'auth: {jwt: {key: 0123456789abcdef0123456789abcdef, algorithms: [HS256]}}\n'
NAMES = ['404', '1e3', 'true', 'null', 'on', '2026-11-22', '012', '~', '0x1F', '*', '.5']


def config(text):
    return read(Document('g.yaml', text), Path('g.yaml'), {'WAIT': '5s', 'ORDER': 'true'})


def namespace(body):
    return config(f'namespaces:\n  /: {body}').namespaces['/']


def route(body):
    return namespace(f'{{events: {{x: {body}}}}}').events['x']


def test_a_route_may_be_an_action_a_list_or_a_mapping():
    for body in ('{ack: 1}', '[{ack: 1}]', '{do: {ack: 1}}', '{do: [{ack: 1}]}'):
        found = route(body)
        assert [type(step.action) for step in found.actions] == [Ack]
        assert (found.sequential, found.timeout) == (False, None)


def test_the_mapping_says_how_the_actions_run():
    found = route('{do: [{call: "a:b"}], sequential: true, timeout: 1.5s}')
    assert (found.sequential, found.timeout) == (True, 1.5)
    found = route('{do: [], sequential: "${env.ORDER}", timeout: "${env.WAIT}"}')
    assert (found.sequential, found.timeout) == (True, 5.0)


def test_connect_disconnect_and_error_may_have_a_timeout():
    body = '{do: [{call: "a:b"}], timeout: 3s}'
    found = namespace(f'{{connect: {body}, disconnect: {body}, error: {body}}}')
    assert [part.timeout for part in (found.connect, found.disconnect, found.error)] == [3.0] * 3


def test_routes_and_steps_know_where_they_stand():
    found = route('{do: [{ack: 1}, {call: "a:b"}]}')
    at = ('namespaces', '/', 'events', 'x')
    assert found.path == at
    assert [step.path for step in found.actions] == [(*at, 'do', 0), (*at, 'do', 1)]
    short = route('{call: "a:b"}')
    assert (short.path, short.actions[0].path) == (at, at)


def test_a_problem_that_is_found_later_has_its_place():
    found = config('handlers: [./chat.py]\nnamespaces: {/: {events: {x: {call: "a:b"}}}}')
    step = found.namespaces['/'].events['x'].actions[0]
    problem = found.problem((*step.path, 'call'), 'no function b', 'did you mean c?')
    assert str(problem) == (
        'g.yaml:2:37: namespaces."/".events.x.call: no function b: did you mean c?'
    )
    assert str(found.problem(('handlers', 0), 'x')) == 'g.yaml:1:12: handlers[0]: x'
    assert found.problem(('namespaces', '/'), 'x', key=True).column == 14


@pytest.mark.parametrize('name', ['reports:build', 'package.module:Class.method', 'a:_b1', 'ä:ö'])
def test_call_names_a_function(name):
    assert route(f'{{call: "{name}"}}').actions[0].action == Call(function=name)


def test_set_is_a_mapping_of_values():
    [step] = route('{set: {user: "${data.u}", n: 012, 404: {on: [1]}}}').actions
    assert isinstance(step.action, Set)
    scope = type('Scope', (), {'args': ({'u': 'ann'},)})
    found = step.action.values.get(scope)
    assert found == {'user': 'ann', 'n': 12, '404': {'on': [1]}}
    assert type(found['n']) is int


@pytest.mark.parametrize('name', NAMES)
def test_an_event_has_the_name_that_is_written(name):
    written = f'"{name}"' if name == '*' else name
    assert list(namespace(f'{{events: {{{written}: []}}}}').events) == [name]


def test_a_whole_number_is_a_name_where_one_is_needed():
    [emit, join] = route('[{emit: {event: 404, to: {room: [5, -1]}}}, {join: 0}]').actions
    assert isinstance(emit.action, Emit)
    assert emit.action.event.fold() == '404'
    assert [room.fold() for room in emit.action.to.rooms] == ['5', '-1']
    assert [room.fold() for room in join.action.room] == ['0']


def test_class_may_stand_alone_or_beside_routes():
    assert namespace('{class: "chat:Chat"}').class_ == 'chat:Chat'
    found = namespace('{class: "chat:Chat", events: {a: []}}')
    assert (found.class_, list(found.events)) == ('chat:Chat', ['a'])


def test_a_namespace_may_be_empty_or_absent_where_handlers_are_listed():
    assert dict(namespace('').events) == {}
    found = config('handlers: ./chat.py')
    assert (found.handlers, dict(found.namespaces)) == (('./chat.py',), {})


def test_a_pattern_is_a_namespace_and_its_names_may_be_emitted_to():
    found = config(
        'namespaces:\n  "/org-*": {events: {a: {ack: "${nsp}"}}}\n  "/*": \n'
        '  /: {events: {b: {emit: {namespace: /org-1, to: all}}}}\n'
    )
    assert list(found.namespaces) == ['/org-*', '/*', '/']
    assert found.namespaces['/'].events['b'].actions[0].action.namespace == '/org-1'


def test_auth_is_that_of_the_namespace_else_the_one_for_all():
    own = '{jwt: {key: fedcba9876543210fedcba9876543210, algorithms: [HS256]}}'
    found = config(f'{SECRET}namespaces: {{/: , /own: {{auth: {own}}}, /open: {{auth: none}}}}')
    spaces = found.namespaces
    assert spaces['/'].auth is found.auth
    assert spaces['/open'].auth is None
    assert spaces['/own'].auth not in (None, found.auth)


@pytest.mark.parametrize('part', ['connect', 'disconnect', 'error', 'events: {x'])
def test_claims_exist_where_there_is_a_token(part):
    action = '{emit: {event: a, to: all, data: "${claims.sub}"}}'
    body = f'{part}: {action}' + '}' * part.count('{')
    assert config(f'{SECRET}namespaces: {{/: {{{body}}}}}')


def test_secrets_stay_the_text_that_they_are():
    key = '0x' + '1' * 62
    text = 'auth: {jwt: {key: "${env.KEY}", algorithms: [HS256]}}\nnamespaces: {/: }'
    for value in (key, '1' * 40, '1e' + '0' * 40):
        found = read(Document('g.yaml', text), Path('g.yaml'), {'KEY': value})
        assert found.auth is not None


def test_anchors_merges_and_aliases_of_routes():
    found = config(
        'x-say: &say {emit: {to: all}}\nx-both: &both {a: *say, b: {ack: 1}}\n'
        'namespaces: {/: {events: {<<: *both, b: *say, c: [*say, {ack: 2}]}}}'
    ).namespaces['/']
    kinds = {name: [type(s.action) for s in made.actions] for name, made in found.events.items()}
    assert kinds == {'a': [Emit], 'b': [Emit], 'c': [Emit, Ack]}
