"""`routes`: the table that people read, and the JSON that stays as it is."""

import pytest

from gateway.commands.routes import table, tree

TEXT = """
handlers: [./routes_a.py]
namespaces:
  /:
    connect: {call: "routes_a:verify"}
    events:
      say:
        - {if: "${data}", reject: no}
        - send: {to: all}
      report: {do: [{call: "routes_a:build"}], sequential: true, timeout: 1.5s}
    error: {emit: {event: oops}}
    disconnect: {emit: {event: left, to: all}}
  /class: {class: "routes_a:Shipped"}
  /news:
"""
MODULE = """
import socketio as shipped
from gateway import socketio
def verify(auth): pass
def build(): pass
@socketio.on('hi', sequential=True)
def hi(): pass
@socketio.on('*', namespace='*')
def rest(event, *args): pass
@socketio.on_error()
def failed(error): pass
class Shipped(shipped.AsyncNamespace):
    async def on_go(self, sid): pass
"""
QUIET = 'namespaces: {/: {events: {e: {ack: 1}}}}'


@pytest.fixture
def found(checked):
    return checked(TEXT, routes_a=MODULE)


def test_the_table(found):
    assert table(found) == [
        'NAMESPACE  EVENT         DOES                                            WHERE',
        '*          *             call routes_a.rest                              routes_a.py:8',
        '/          (connect)     call routes_a:verify                            g.yaml:5:14',
        '/          hi            call routes_a.hi; sequential                    routes_a.py:6',
        '/          report        call routes_a:build; sequential; at most 1.5 s  g.yaml:10:15',
        '/          say           [reject], send                                  g.yaml:8:9',
        '/          (disconnect)  emit                                            g.yaml:12:17',
        '/          (error)       emit                                            g.yaml:11:12',
        '/          (error)       call routes_a.failed                            routes_a.py:10',
        '/class     go            call routes_a:Shipped.on_go',
        '/news',
    ]


def test_the_tree_of_a_small_configuration(checked):
    assert tree(checked(QUIET)) == {
        'namespaces': [
            {
                'namespace': '/',
                'auth': None,
                'class': None,
                'routes': [
                    {
                        'kind': 'event',
                        'event': 'e',
                        'source': 'yaml',
                        'place': 'g.yaml:1:30',
                        'sequential': False,
                        'timeout': None,
                        'actions': [
                            {
                                'verb': 'ack',
                                'guarded': False,
                                'function': None,
                                'request': None,
                                'place': 'g.yaml:1:30',
                            }
                        ],
                    }
                ],
            }
        ]
    }


def test_the_tree_names_functions_classes_and_options(found):
    spaces = {space['namespace']: space for space in tree(found)['namespaces']}
    assert list(spaces) == ['*', '/', '/class', '/news']
    assert spaces['/class']['class'] == 'routes_a:Shipped'
    assert spaces['/news'] == {'namespace': '/news', 'auth': None, 'class': None, 'routes': []}
    routes = {
        (route['kind'], route['event'], route['source']): route for route in spaces['/']['routes']
    }
    report = routes['event', 'report', 'yaml']
    assert (report['sequential'], report['timeout']) == (True, 1.5)
    assert report['actions'][0]['function'] == 'routes_a:build'
    hi = routes['event', 'hi', 'python']
    assert (hi['sequential'], hi['place']) == (True, 'routes_a.py:6')
    [action] = hi['actions']
    assert (action['verb'], action['function']) == ('call', 'routes_a.hi')
    assert (action['guarded'], action['place']) == (False, 'routes_a.py:6')
    assert [action['guarded'] for action in routes['event', 'say', 'yaml']['actions']] == [
        True,
        False,
    ]
    assert ('error', None, 'python') in routes


def test_a_request_is_shown_as_it_is_written_without_secrets(checked, monkeypatch):
    monkeypatch.setenv('TOKEN', 'a secret of the tests')
    monkeypatch.setenv('WEBHOOK', 'hidden')
    found = checked(
        'namespaces:\n  /:\n    events:\n      a: {http: http://localhost/a}\n'
        '      b: [{if: "${data}", http: {url: "https://b.example/${env.WEBHOOK}", method: PUT, '
        'secret: "${env.TOKEN}", headers: {Authorization: "${env.TOKEN}"}}}, {ack: 1}]'
    )
    lines = table(found)
    assert [' '.join(line.split()[2:-1]) for line in lines[1:]] == [
        'http POST http://localhost/a',
        '[http PUT https://b.example/${env.WEBHOOK}], ack',
    ]
    [space] = tree(found)['namespaces']
    requests = [action['request'] for route in space['routes'] for action in route['actions']]
    assert requests == [
        'POST http://localhost/a',
        'PUT https://b.example/${env.WEBHOOK}',
        None,
    ]
    assert 'hidden' not in str(lines)
    assert 'a secret' not in f'{lines} {tree(found)}'


def test_the_keys_are_those_of_the_help(found):
    from gateway.commands.arguments import ROUTES_EPILOG

    def keys(value):
        if isinstance(value, dict):
            yield from value
            for item in value.values():
                yield from keys(item)
        elif isinstance(value, list):
            for item in value:
                yield from keys(item)

    for key in set(keys(tree(found))):
        assert f'"{key}"' in ROUTES_EPILOG
