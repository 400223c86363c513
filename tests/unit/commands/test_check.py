"""`check`: the mistakes of the file and of its Python handlers, in one run."""

import pytest

from gateway.commands.check import check
from gateway.errors import ConfigError

MODULE = """
from gateway import socketio
@socketio.event
def hi(): pass
@socketio.on('connect')
def connect(auth): pass
@socketio.on_error()
def failed(error): pass
"""


def problems(path):
    with pytest.raises(ConfigError) as caught:
        check(path)
    return [str(problem) for problem in caught.value.problems]


def test_what_is_counted(checked):
    found = checked(
        'handlers: [./check_a.py]\nnamespaces: {/: {events: {a: {ack: 1}}}, /chat: }',
        check_a=MODULE,
    )
    assert found.size == '2 namespaces, 2 events'


@pytest.mark.parametrize(
    ('urls', 'said'),
    [
        (['http://a/'], '1 backend'),
        (['http://a/x', 'http://a:80/y', 'HTTP://A'], '1 backend'),
        (['http://a/', 'https://a/', 'http://a:81/', 'http://b/'], '4 backends'),
    ],
)
def test_backends_are_counted_by_scheme_host_and_port(checked, urls, said):
    events = ', '.join(f'e{number}: {{http: "{url}"}}' for number, url in enumerate(urls))
    assert checked(f'namespaces: {{/: {{events: {{{events}}}}}}}').size.endswith(f', {said}')


def test_the_events_of_a_class_are_counted(checked):
    module = (
        'import socketio\n'
        'class Chat(socketio.AsyncNamespace):\n'
        '    async def on_connect(self, sid, environ): pass\n'
        '    async def on_hi(self, sid): pass'
    )
    found = checked('namespaces: {/: {class: "check_e:Chat"}}', check_e=module)
    assert found.size == '1 namespace, 1 event'


def test_python_alone_is_a_configuration(checked):
    assert checked('handlers: [./check_b.py]', check_b=MODULE).size == '1 namespace, 1 event'


def test_mistakes_of_both_stand_in_the_order_of_the_file(files):
    path = files(
        'server: {listen: 1}\n'
        'handlers: [./check_c.py]\n'
        'namespaces:\n'
        '  /:\n'
        '    connect: {call: "check_c:nope"}\n'
        '    events: {a: {ack: "${dta}"}, b: {call: "nowhere_at_all:f"}}\n',
        check_c='def noop(): pass\nraise ValueError("broken")',
    )
    found = problems(path)
    assert [line.split(':')[1:3] for line in found] == [
        ['1', '18'],
        ['2', '12'],
        ['6', '23'],
        ['6', '44'],
    ]
    assert found[1] == (
        'g.yaml:2:12: handlers[0]: importing check_c raises ValueError at check_c.py:2: broken'
    )
    unknown = 'unknown name dta: did you mean data?'
    assert found[2] == f'g.yaml:6:23: namespaces."/".events.a.ack: {unknown}'
    assert 'nowhere_at_all' in found[3]
    assert found[3].startswith('g.yaml:6:44: namespaces."/".events.b.call: ')


def test_mistakes_of_python_alone(files):
    with pytest.raises(ConfigError) as caught:
        check(files('handlers: [./check_d.py]', check_d='import nothing_like_it'))
    [problem] = caught.value.problems
    assert str(problem).startswith('g.yaml:1:12: handlers[0]: ')
    assert caught.value.text == 'handlers: [./check_d.py]'


@pytest.mark.parametrize('text', ['[', '[]', '', '"\x00'])
def test_a_file_that_is_no_configuration_is_told_once(files, text):
    assert len(problems(files(text))) == 1


def test_a_file_that_is_not_there(folder):
    assert problems(folder / 'g.yaml') == [
        f'{folder}/g.yaml:1:1: cannot be read: No such file or directory'
    ]


@pytest.mark.parametrize('form', ['"URL"', '{url: "URL"}'])
@pytest.mark.parametrize(
    ('url', 'what'),
    [
        ('redis://me:s3cret@h?db=x', 'the URL of the queue is not understood'),
        ('amqp://h?heartbeat=5', 'the URL of the queue has an option that is not known: heartbeat'),
    ],
)
def test_the_url_of_a_queue_is_tried_before_the_start(tmp_path, form, url, what):
    path = tmp_path / 'gateway.yaml'
    path.write_text(f'cluster: {form.replace("URL", url)}\nnamespaces: {{/: }}')
    [problem] = problems(path)
    assert problem.endswith(f': {what}')
    assert ':1:' in problem


def test_a_queue_that_is_right_is_no_problem(checked):
    assert checked('cluster: redis://h\nnamespaces: {/: }').size == '1 namespace, 0 events'
