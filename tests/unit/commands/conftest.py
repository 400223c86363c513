"""A configuration with Python beside it, as a command finds it."""

import sys

import pytest

from gateway.commands.check import check, warnings
from gateway.commands.explain import explain
from gateway.commands.recorder import Visitor
from gateway.routing.facade import socketio


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """An empty folder; what is imported from it is forgotten at the end."""
    monkeypatch.chdir(tmp_path)
    path, modules = list(sys.path), set(sys.modules)
    kept = socketio.registrations[:], socketio.classes[:], socketio.tasks[:]
    yield tmp_path
    sys.path[:] = path
    for name in sys.modules.keys() - modules:
        if str(getattr(sys.modules[name], '__file__', '')).startswith(str(tmp_path)):
            del sys.modules[name]
    socketio.registrations[:], socketio.classes[:], socketio.tasks[:] = kept


@pytest.fixture
def files(folder):
    """Write `g.yaml` and modules beside it: `files('namespaces: …', chat='…')`; gives its path."""

    def write(text, **modules):
        for name, source in modules.items():
            folder.joinpath(f'{name}.py').write_text(source)
        folder.joinpath('g.yaml').write_text(text)
        return folder.joinpath('g.yaml').relative_to(folder)

    return write


@pytest.fixture
def checked(files):
    """The same, checked."""
    return lambda text, **modules: check(files(text, **modules))


@pytest.fixture
def told(checked):
    """The lines for one event, without the file's name."""

    def tell(text, namespace, event, args=(), **visitor):
        modules = visitor.pop('modules', {})
        known = {'session': {}, 'claims': {}, 'auth': {}, 'rooms': (), **visitor}
        client = Visitor(
            known['session'], known['claims'], known['auth'], set(known['rooms']), namespace
        )
        args = list(args) if isinstance(args, tuple) else args
        return [
            line.replace('g.yaml:', '')
            for line in explain(checked(text, **modules), event, args, client)
        ]

    return tell


@pytest.fixture
def odd(checked):
    """The warnings of a configuration, without the name of the file."""

    def find(text, **modules):
        return [str(found).removeprefix('g.yaml:') for found in warnings(checked(text, **modules))]

    return find


@pytest.fixture
def odd_route(odd):
    """The warnings of the event `e`, without their common place."""

    def find(route):
        found = odd(f'namespaces:\n  /:\n    events: {{e: {route}}}')
        return [line.partition('namespaces."/".events.e')[2] for line in found]

    return find
