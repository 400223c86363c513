"""Python modules below a configuration, and what loading makes of them."""

from textwrap import dedent

import pytest
import yaml

import gateway.routing.authors  # noqa: F401 - before it is patched: it keeps what it imports
from gateway.config.load import load
from gateway.errors import ConfigError
from gateway.routing.facade import SocketIO
from gateway.routing.loading import load_handlers


class Project:
    """A folder with a configuration and modules; its modules register with its own `socketio`."""

    def __init__(self, folder, monkeypatch):
        self.folder = folder
        self.registry = SocketIO()
        monkeypatch.setattr('gateway.routing.facade.socketio', self.registry)
        monkeypatch.setattr('gateway.routing.authors.socketio', self.registry)

    def module(self, path, source=''):
        """Write a module; every one begins with the imports that handlers need."""
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f'from gateway.routing.authors import *\n{dedent(source).lstrip()}')

    def load(self, handlers=(), namespaces=None):
        """What the configuration's Python handlers are."""
        config = {'namespaces': namespaces or {'/': {}}}
        if handlers:
            config = {'handlers': list(handlers), **config}
        file = self.folder / 'gateway.yaml'
        file.write_text(yaml.safe_dump(config, sort_keys=False))
        return load_handlers(load(file), self.registry)

    def problems(self, *args, **options):
        """The problems, without the folder."""
        with pytest.raises(ConfigError) as caught:
            self.load(*args, **options)
        return [self.short(problem) for problem in caught.value.problems]

    def warnings(self, *args, **options):
        return [self.short(problem) for problem in self.load(*args, **options).warnings]

    def short(self, problem):
        return str(problem).replace(f'{self.folder}/', '')
