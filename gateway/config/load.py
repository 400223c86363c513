"""A file and the environment to a `Config`, or to every mistake at once."""

import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from gateway.config.cluster import Cluster, url
from gateway.config.constants import substitute
from gateway.config.expressions import Compiler, Environment
from gateway.config.handlers import handlers
from gateway.config.logging import Log
from gateway.config.mistakes import kind
from gateway.config.model import Admin, Backends, Config, Server, SocketIO
from gateway.config.namespaces import Context, read_auth, read_namespaces
from gateway.config.report import Report
from gateway.config.routes import NamespaceRoutes
from gateway.config.source import MAX_TEXT, Document
from gateway.config.source import Path as Place
from gateway.config.validation import keys
from gateway.errors import ConfigError, Problem

SECTIONS = tuple('server socketio admin log handlers auth backends cluster namespaces'.split())
SECRETS = frozenset(
    {'api_keys', 'url'}
)  # what a variable holds is text there, whatever it looks like

M = TypeVar('M', bound=BaseModel)


def load(path: Path, env: Mapping[str, str] = os.environ) -> Config:
    """The configuration in `path`; raises ConfigError with all of its problems."""
    found = document(path)
    try:
        return read(found, path, env)
    except ConfigError as error:
        error.text = found.text
        raise


def document(path: Path) -> Document:
    """What stands in a file. ConfigError where that is no YAML."""
    file = str(path)
    try:
        with path.open('rb') as stream:
            data = stream.read(MAX_TEXT * 4 + 1)
        text = data.decode('utf-8-sig')
    except OSError as error:
        reason = error.strerror or 'unknown reason'
        raise ConfigError([Problem(file, 1, 1, '', 'cannot be read', reason)]) from None
    except UnicodeDecodeError as error:
        line = data.count(b'\n', 0, error.start) + 1
        column = error.start - data.rfind(b'\n', 0, error.start)
        what = 'not UTF-8'
        raise ConfigError([Problem(file, line, column, '', what, 'save it as UTF-8')]) from None
    try:
        return Document(file, text)
    except ConfigError as error:
        error.text = text
        raise


def read(document: Document, path: Path, env: Mapping[str, str]) -> Config:
    """The configuration that a document holds."""
    report = Report(document)
    raw = document.root.plain()
    if not isinstance(raw, dict):
        report.add((), f'{kind(raw)}, where sections are needed', f'write {", ".join(SECTIONS)}')
        raise ConfigError(report.problems)
    raw = {key: value for key, value in raw.items() if not key.startswith('x-')}
    names = report.names((), raw, SECTIONS)
    for key in names.keys() - set(SECTIONS):
        report.unknown((key,), SECTIONS)
    parts: dict[str, tuple[Place, Any]] = {n: ((key,), raw[key]) for n, key in names.items()}
    context = Context(report, Environment(env), path.parent.absolute())
    server = section(Server, *parts.get('server', ((), None)), context)
    socketio = section(SocketIO, *parts.get('socketio', ((), None)), context)
    backends = section(Backends, *parts.get('backends', ((), None)), context)
    log = section(Log, *parts.get('log', ((), None)), context)
    admin = commanding(parts, context)
    cluster = clustering(parts, context)
    context = replace(context, alone='cluster' not in parts)
    modules: tuple[str, ...] = ()
    if 'handlers' in parts:
        modules = context.constant(handlers, *parts['handlers'], typed=False) or ()
    if 'auth' in parts:
        context = replace(context, auth=read_auth(*parts['auth'], context), claims=True)
    namespaces: Mapping[str, NamespaceRoutes] = MappingProxyType({})
    if 'namespaces' in parts or not parts.get('handlers', ((), None))[1]:
        at, body = parts.get('namespaces', (('namespaces',), None))
        namespaces = read_namespaces(body, at, context)
    if server and socketio:
        clashes(report, parts, server, socketio, admin)
    if report.problems or not (server and socketio and backends and log):
        raise ConfigError(report.problems)
    return Config(
        path,
        document,
        server,
        socketio,
        namespaces,
        modules,
        context.auth,
        admin,
        backends,
        cluster,
        log,
    )


def clustering(parts: Mapping[str, tuple[Place, Any]], context: Context) -> Cluster | None:
    """The section `cluster`, or None; a URL alone is its short form."""
    if 'cluster' not in parts:
        return None
    path, body = parts['cluster']
    if not isinstance(body, str):
        if body is None:
            context.report.add(path, 'empty', 'remove it, or write redis://HOST:6379/0')
            return None
        return section(Cluster, path, body, context)
    found = context.constant(url, path, body, typed=False)
    return Cluster(url=found) if found is not None else None


def commanding(parts: Mapping[str, tuple[Place, Any]], context: Context) -> Admin | None:
    """The section `admin`, or None. An empty one was hardly meant: it opens a listener."""
    if 'admin' not in parts:
        return None
    path, body = parts['admin']
    if body is None:
        mend = 'remove it, or write {api_keys: ["${env.GATEWAY_API_KEY}"]}'
        context.report.add(path, 'empty, which would be a listener without keys', mend)
        return None
    return section(Admin, path, body, context)


def clashes(
    report: Report,
    parts: Mapping[str, tuple[Place, Any]],
    server: Server,
    socketio: SocketIO,
    admin: Admin | None,
) -> None:
    """What sections have that only one can have."""
    for prefix in server.pages:
        if f'{prefix}/'.startswith(f'{socketio.path}/'):
            at = (*parts['server'][0], 'pages', prefix)
            report.key(at, 'Socket.IO answers here', 'move the page')
    both = {*server.listen} & {*admin.listen} if admin else set()
    if any(one.kind != 'tcp' or one.port for one in both):
        at = (*parts['admin'][0], 'listen')
        report.add(at, 'server listens there', 'choose another address')


def section(model: type[M], path: Place, body: Any, context: Context) -> M | None:
    """One section as its model; None after a mistake."""
    report, compiler = context.report, Compiler(context.environment)
    if body is None:
        return model()
    if not isinstance(body, dict):
        report.add(path, f'{kind(body)}, where a mapping is needed', 'write KEY: VALUE below it')
        return None
    names = report.names(path, body, keys(model))
    values = {}
    for name, key in names.items():
        before = len(report.problems)
        typed = name not in SECRETS
        value = substitute(body[key], (*path, key), report, compiler, typed=typed)
        if len(report.problems) == before:
            values[name] = value
    try:
        return model.model_validate(values, context=context.base)
    except ValidationError as error:
        if len(values) == len(names) or error.errors()[0]['loc']:  # else a key is only missed
            report.validation(path, error, model, names)
        return None
