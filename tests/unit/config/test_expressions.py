"""What values with `${…}` give, and what they refuse."""

import subprocess
import sys
import time
from types import SimpleNamespace

import pytest

from gateway.config import cel
from gateway.config.expressions import Compiler, Environment
from gateway.config.mistakes import Mistakes
from gateway.errors import ActionError

ENV = {'NAME': 'prod', 'NUMBER': '8', 'TRICK': '${data.room}', 'EMPTY': ''}
DATA = {
    'room': 'a',
    'n': 5,
    'f': 1.5,
    'ok': True,
    'none': None,
    'list': [1, 2, 'x'],
    'map': {'x': {'y': 1}, 'user-id': 7},
    'big': 2**70,
    'in': 'keyword',
}


MEMBERS = [{'sid': 'S1', 'user': 'ann'}, {'sid': 'S2', 'user': None}]


def in_room(name):
    if not isinstance(name, str):
        raise TypeError
    return name in {'chat:a', 'lobby'}


def members(name):
    if not isinstance(name, str):
        raise TypeError
    return MEMBERS * {'chat:a': 1, 'crowd': 1_000}.get(name, 0)


def scope(*args, **more):
    fields = {
        'args': args or (DATA,),
        'sid': 'S1',
        'nsp': '/chat',
        'event': 'say',
        'rooms': ['chat:a', 'lobby'],
        'session': {'user': 'ann'},
        'auth': {},
        'query': {'v': '1'},
        'headers': {'user-agent': 'x'},
        'ip': '127.0.0.1',
        'time': 1.25,
        'id': 3,
        'reason': 'bye',
        'error': {'code': 'c', 'message': 'm'},
        'claims': {'sub': 'ann'},
        'in_room': in_room,
        'members': members,
        'headcount': lambda name: len(members(name)),
    }
    return SimpleNamespace(**{**fields, **more})


def compiled(raw, kind='event'):
    return Compiler(Environment(ENV), kind, claims=True).value(raw)


def evaluate(raw, *args):
    return compiled(raw).get(scope(*args))


@pytest.mark.parametrize(
    ('raw', 'value'),
    [
        # plain paths keep their type
        ('${args}', (DATA,)),
        ('${data.room}', 'a'),
        ('${data.n}', 5),
        ('${data.none}', None),
        ('${data.map}', DATA['map']),
        ('${data.big}', 2**70),
        ('${args[0].list[2]}', 'x'),
        ('${data.map["user-id"]}', 7),
        ('${data.in}', 'keyword'),
        ('${sid}', 'S1'),
        ('${nsp}', '/chat'),
        ('${event}', 'say'),
        ('${rooms}', ['chat:a', 'lobby']),
        ('${session.user}', 'ann'),
        ('${auth}', {}),
        ('${query.v}', '1'),
        ("${headers['user-agent']}", 'x'),
        ('${ip}', '127.0.0.1'),
        ('${time}', 1.25),
        ('${id}', 3),
        # text
        ('chat:${data.room}', 'chat:a'),
        ('chat:${data.n}', 'chat:5'),
        ('${data.n}/${data.f}/${data.ok}', '5/1.5/true'),
        ('${data.big}!', f'{2**70}!'),
        ('$${data.room}', '${data.room}'),
        # every depth, not in keys
        ({'a': [{'b': '${data.n}'}, 1]}, {'a': [{'b': 5}, 1]}),
        ([], []),
        (None, None),
        # the environment is a constant, and never code
        ('${env.NAME}', 'prod'),
        ('${env.NUMBER}', '8'),
        ('${env.TRICK}', '${data.room}'),
        ('x:${env.TRICK}', 'x:${data.room}'),
        ('${env.EMPTY}', ''),
        ("${env.NAME == 'prod'}", True),
        ('${data.room == env.NAME}', False),
        ("${has(env.NOPE) ? env.NOPE : 'fallback'}", 'fallback'),
        # CEL
        ('${data.n + 1}', 6),
        ('${data.n * data.n > 20 && data.ok}', True),
        ("${data.n > 3 ? 'big' : 'small'}", 'big'),
        ("${'a' + data.room}", 'aa'),
        ('${data.list.exists(x, x == 2)}', True),
        ('${data.list.filter(x, x != 2)}', [1, 'x']),
        ('${data.list[data.n - 4]}', 2),
        ("${data.room.startsWith('a')}", True),
        ("${data.room.matches('^[a-z]$')}", True),
        (r"${data.room.matches(r'^\d$') || data.room.matches('''a''')}", True),
        ("${['b', data.room].exists(r, r.matches('^a'))}", True),
        ("${'a-b'.matches('-')}", True),
        (r"${(data.room + '.').matches('^.\\.$')}", True),
        ('${size(data.room) + data.room.size()}', 2),
        ('${size(data.list)}', 3),
        ('${size(rooms) > 0}', True),
        ("${string(data.n) + '!'}", '5!'),
        ("${{'a': data.n}.a}", 5),
        ('${[data.n, 1]}', [5, 1]),
        ('${true}', True),
        ('${null}', None),
        # has
        ('${has(data.room)}', True),
        ('${has(data.nope)}', False),
        ('${!has(data.nope)}', True),
        ('${has(data)}', True),
        ('${has(args[1])}', False),
        ('${has(data.list[2])}', True),
        ("${has(data.nope) && data.nope == 'x'}", False),
        ("${has(data.nope) ? data.nope : 'none'}", 'none'),
        ('${data.list.all(x, has(data.room))}', True),
        ("${[{'k': 1}].exists(x, has(x.k))}", True),
        # in, ==, in_room
        ("${'lobby' in rooms}", True),
        ('${!(data.room in rooms)}', True),
        ('${data.n in data.list}', False),
        ('${data.ok in data.list}', False),
        ("${'x' in data.map}", True),
        ("${data.room == 'a' && data.room != 'b'}", True),
        ("${data.n == 'a'}", False),
        ("${data.room + 'x' == 'ax'}", True),
        ("${in_room('chat:' + data.room)}", True),
        ("${!in_room('chat:' + data.room)}", False),
        ("${!(in_room('lobby'))}", False),
        ("${in_room(data.n > 3 ? 'lobby' : 'x')}", True),
        ("${in_room(data.n > 3 ? 'lobby' : 'x') && data.ok}", True),
        # members
        ("${members('chat:' + data.room)}", MEMBERS),
        ("${size(members('chat:' + data.room))}", 2),
        ("${members('chat:a').size() < 3}", True),
        ("${size(members('crowd'))}", 2_000),
        ("${members('nobody')}", []),
        ("${members('chat:a')[1].sid}", 'S2'),
        ("${members('chat:a').exists(m, m.user == session.user)}", True),
        ("${members('chat:a').map(m, m.sid)}", ['S1', 'S2']),
        ("${size(members(data.n > 3 ? 'chat:a' : 'x'))}", 2),
        ("${'ann' in members('chat:a')}", False),
        ('${claims.sub}', 'ann'),
        # what is missing doesn't matter where CEL doesn't ask
        ("${data.ok || data.nope == 'x'}", True),
    ],
)
def test_values(raw, value):
    found = evaluate(raw)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ('raw', 'message'),
    [
        ('${data.nope}', 'data.nope is missing'),
        ('${data.map.x.z}', 'data.map.x.z is missing'),
        ('${data.room.x}', 'data.room.x is missing'),
        ('${data.room[0]}', 'data.room[0] is missing'),
        ('${args[1]}', 'args[1] is missing'),
        ('${data.map["no-id"]}', 'data.map["no-id"] is missing'),
        ('x${data.none}', 'only text, numbers and booleans can stand inside text'),
        ('x${data.list}', 'only text, numbers and booleans can stand inside text'),
        ('x${data.map}', 'only text, numbers and booleans can stand inside text'),
        ('${data.nope + 1}', 'data.nope is missing'),
        ('${has(data.nope.x)}', 'data.nope is missing'),
        ('${has(data.room.x)}', 'values of the wrong type in an expression'),
        ('${!(data.nope in rooms)}', 'data.nope is missing'),
        ('${data.room in data.room}', 'values of the wrong type in an expression'),
        ('${in_room(data.n)}', 'values of the wrong type in an expression'),
        (
            '${in_room(data.n > 3 ? data.n : 1) != true}',
            'values of the wrong type in an expression',
        ),
        ("${data.n.matches('a')}", 'values of the wrong type in an expression'),
        ("${[data.n].all(x, x.matches('a'))}", 'values of the wrong type in an expression'),
        ("${in_room('a', 'b')}", 'values of the wrong type in an expression'),
        ('${members(data.n)}', 'values of the wrong type in an expression'),
        ('${size(members(data.n + 1)) == 0}', 'values of the wrong type in an expression'),
        ("${members('crowd').exists(m, true)}", 'a value in an expression is too large'),
        (
            "${size(members(data.n > 3 ? 'crowd' : 'x')) > 1}",
            'a value in an expression is too large',
        ),
        ("${'a' + data.n}", 'values of the wrong type in an expression'),
        ('${data.n && true}', 'values of the wrong type in an expression'),
        ('${size(data.n)}', 'values of the wrong type in an expression'),
        ('${data.n / 0}', 'an expression has no result'),
        ('${data.list[data.n]}', 'an expression has no result'),
        ('${data.big > 1}', 'an integer beyond 64 bits in an expression'),
        (
            "${timestamp('2026-01-01T00:00:00Z') > timestamp(data.room)}",
            'an expression has no result',
        ),
        (
            "${data.ok ? duration('1h') : duration('2h')}",
            'the result of an expression is not a JSON value',
        ),
    ],
)
def test_failures_are_bad_values_without_the_value(raw, message):
    with pytest.raises(ActionError) as caught:
        evaluate(raw)
    assert (caught.value.code, caught.value.message) == ('bad_value', message)


def test_data_without_arguments_is_missing():
    with pytest.raises(ActionError, match=r'^data is missing$'):
        compiled('${data}').get(scope(args=()))


def test_every_mistake_of_a_value_has_its_path():
    with pytest.raises(Mistakes) as caught:
        compiled({'a': ['${x}', {'b': '${'}], '${k}': 1})
    assert sorted(mistake.at for mistake in caught.value.found) == [
        ('${k}',),
        ('a', 0),
        ('a', 1, 'b'),
    ]


@pytest.mark.parametrize('depth', [10_000, 100_000])
def test_an_expression_that_would_overflow_a_stack_is_refused(depth):
    with pytest.raises(Mistakes):
        compiled('${' + '(' * depth + '1' + ')' * depth + '}')


@pytest.mark.parametrize('operator', ['+', '-', '&&', '||', '==', '?1:'])
def test_the_longest_expression_of_one_operator_does_not_crash(operator):
    count = (cel_limit() - 1) // (len(operator) + 1)
    source = '1' + f'{operator}1' * count
    code = f"""
from gateway.config.expressions import Compiler, Environment
from gateway.config.mistakes import Mistakes
try:
    Compiler(Environment({{}}), 'event').value('${{{source}}}')
except Mistakes:
    pass
"""
    assert subprocess.run([sys.executable, '-c', code], check=False).returncode == 0


def cel_limit() -> int:
    from gateway.config.template import MAX_EXPRESSION

    return MAX_EXPRESSION


@pytest.mark.parametrize(
    ('value', 'message'),
    [
        ([1] * 1_001, 'a value in an expression is too large'),
        ({'k': [['x'] * 600, ['x'] * 600]}, 'a value in an expression is too large'),
        ([2**63], 'an integer beyond 64 bits in an expression'),
    ],
)
def test_a_value_that_is_used_whole_is_bounded(value, message):
    with pytest.raises(ActionError, match=rf'^{message}$'):
        evaluate('${data.v.exists(x, x == 1)}', {'v': value})


def test_loops_inside_loops_range_over_less():
    raw = '${data.v.exists(x, data.v.exists(y, x + y == 0))}'
    assert evaluate(raw, {'v': [1] * 60}) is False
    with pytest.raises(ActionError, match='a value in an expression is too large'):
        evaluate(raw, {'v': [1] * 70})
    assert evaluate('${data.v.exists(x, x == 2) || data.v.all(x, x == 1)}', {'v': [1] * 900})


def test_a_value_that_is_used_whole_is_bounded_in_depth():
    deep = []
    for _ in range(100):
        deep = [deep]
    with pytest.raises(ActionError, match='nested too deep'):
        evaluate('${data.v == [1]}', {'v': deep})


def test_values_nested_deep_never_reach_the_binding(monkeypatch):
    given = []
    monkeypatch.setattr(cel.Program, 'run', lambda self, variables: given.append(variables))
    deep = []
    for _ in range(1_000):
        deep = [deep, {'k': 1}]
    for raw in ('${data.v == [1]}', '${[1] == data.v}', '${data.v.exists(x, x == 1)}'):
        value = compiled(raw)
        value.get(scope({'v': deep}))
    assert given == [{}] * 3


def test_a_guard_costs_the_same_whatever_comes_with_its_scalars():
    guard = compiled("${data.n > 3 && data.room.startsWith('a') && size(data.list) > 1}").get
    small = scope()
    large = scope({**DATA, 'text': 'x' * 500_000, 'more': list(range(100_000))})

    def cost(of):
        times = []
        for _ in range(20):
            before = time.perf_counter()
            for _ in range(50):
                assert guard(of) is True
            times.append(time.perf_counter() - before)
        return min(times)

    cost(small)
    assert cost(large) < 3 * cost(small)


def test_what_a_question_refuses_is_not_logged(caplog):
    for raw in ('${in_room(data.n + 1)}', "${in_room('a', 'b')}", '${members(data.n + 1)}'):
        with pytest.raises(ActionError):
            evaluate(raw)
    assert caplog.text == ''


def test_lone_surrogates_have_no_result():
    with pytest.raises(ActionError, match='an expression has no result'):
        evaluate("${data.v + 'x'}", {'v': '\ud800'})


def test_a_panic_in_the_binding_is_a_bad_value(monkeypatch):
    class Panic(BaseException):
        pass

    class Binding:
        @staticmethod
        def compile(source):
            return SimpleNamespace(execute=Binding.execute)

        @staticmethod
        def execute(variables):
            raise Panic

    monkeypatch.setattr(cel, 'binding', lambda: Binding)
    with pytest.raises(ActionError, match='an expression has no result'):
        evaluate('${data.n + 1}')


def test_programs_get_flat_values_only(monkeypatch):
    seen = []
    execute = cel.Program.run
    monkeypatch.setattr(
        cel.Program, 'run', lambda self, given: seen.append(given) or execute(self, given)
    )
    assert evaluate("${data.n > 3 && data.map.x.y < 2 && 'lobby' in rooms}") is True
    assert seen == [{'_0': 5, '_1': 1, '_2': True}]


def test_names_of_variables_never_collide_with_those_of_macros():
    assert evaluate('${data.list.exists(_0, _0 == data.n - 3)}') is True


def test_credentials_are_files_of_systemd(tmp_path):
    (tmp_path / 'KEY').write_text('s3cret\n')
    environment = Environment({'CREDENTIALS_DIRECTORY': str(tmp_path)})
    value = Compiler(environment, 'event').value('${credential.KEY}')
    assert value.fold() == 's3cret'
    with pytest.raises(Mistakes):
        Compiler(environment, 'event').value('${credential["../KEY"]}')


@pytest.mark.parametrize('text', ['${credential.NONE}', '${credential.NONE + "x"}'])
def test_a_credential_that_is_missing_names_the_unit_and_the_shell(text):
    with pytest.raises(Mistakes) as caught:
        Compiler(Environment({}), 'load').value(text)
    [mistake] = caught.value.found
    assert mistake.what == 'credential.NONE is not set'
    assert 'LoadCredential=' in mistake.mend
    assert 'CREDENTIALS_DIRECTORY' in mistake.mend


def test_the_binding_loads_without_its_command_line():
    code = """
import sys
from gateway.config import cel
assert cel.Program('1 + 1').run({}) == 2
assert 'typer' not in sys.modules and 'cel' not in sys.modules
import cel as package
assert package.evaluate('2 + 2') == 4
"""
    subprocess.run([sys.executable, '-c', code], check=True)


def test_look_ups_and_simple_questions_need_no_binding():
    code = """
import sys
from gateway.config.expressions import Compiler, Environment
compiler = Compiler(Environment({}), 'event')
for raw in ('${args}', 'a${data.b}', "${!in_room('chat:' + data.room)}", "${'a' in rooms}"):
    compiler.value(raw)
assert 'cel.cel' not in sys.modules
"""
    subprocess.run([sys.executable, '-c', code], check=True)
