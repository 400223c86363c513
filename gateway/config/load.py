"""A file and the environment to a `Config`, or to every mistake at once."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from gateway.config.expressions import Compiler, Environment
from gateway.config.mistakes import Mistakes, kind
from gateway.config.model import Config, Server, SocketIO
from gateway.config.report import Report
from gateway.config.routes import read_namespaces
from gateway.config.scalars import scalar
from gateway.config.source import MAX_TEXT, Document
from gateway.config.source import Path as Place
from gateway.config.template import Code, parse
from gateway.errors import ConfigError, Problem

LATER = frozenset({'admin', 'cluster', 'handlers', 'auth'})
SECTIONS = ('server', 'socketio', 'namespaces')

M = TypeVar('M', bound=BaseModel)


def load(path: Path, env: Mapping[str, str] = os.environ) -> Config:
    """The configuration in `path`; raises ConfigError with all of its problems."""
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
    return read(Document(file, text), path, env)


def read(document: Document, path: Path, env: Mapping[str, str]) -> Config:
    """The configuration that a document holds."""
    report = Report(document)
    environment = Environment(env)
    raw = document.root.plain()
    if not isinstance(raw, dict):
        report.add((), f'{kind(raw)}, where sections are needed', f'write {", ".join(SECTIONS)}')
        raise ConfigError(report.problems)
    for key in raw.keys() - set(SECTIONS):
        if key in LATER:
            report.key((key,), 'not available yet')
        elif not key.startswith('x-'):
            report.unknown((key,), SECTIONS)
    base = path.parent.absolute()
    server = section('server', Server, raw, report, environment, base)
    socketio = section('socketio', SocketIO, raw, report, environment, base)
    namespaces = read_namespaces(raw.get('namespaces'), report, environment)
    if server and socketio:
        for prefix in server.pages:
            if f'{prefix}/'.startswith(f'{socketio.path}/'):
                report.key(('server', 'pages', prefix), 'Socket.IO answers here', 'move the page')
    if report.problems or server is None or socketio is None:
        raise ConfigError(report.problems)
    return Config(path=path, server=server, socketio=socketio, namespaces=namespaces)


def section(
    name: str,
    model: type[M],
    raw: dict[str, Any],
    report: Report,
    environment: Environment,
    base: Path,
) -> M | None:
    """One section as its model; None after a mistake."""
    body = raw.get(name)
    if body is None:
        return model()
    if not isinstance(body, dict):
        report.add((name,), f'{kind(body)}, where a mapping is needed', 'write KEY: VALUE below it')
        return None
    compiler = Compiler(environment)
    values = {}
    for key, value in body.items():
        before = len(report.problems)
        values[key] = substitute(value, (name, key), report, compiler)
        if len(report.problems) > before:
            del values[key]
    try:
        return model.model_validate(values, context=base)
    except ValidationError as error:
        report.validation((name,), error, model)
        return None


def substitute(raw: Any, path: Place, report: Report, compiler: Compiler) -> Any:
    """`${…}` outside of routes: the environment and credentials, now."""
    if isinstance(raw, dict):
        return {k: substitute(v, (*path, k), report, compiler) for k, v in raw.items()}
    if isinstance(raw, list):
        return [substitute(v, (*path, i), report, compiler) for i, v in enumerate(raw)]
    if not isinstance(raw, str) or '${' not in raw:
        return raw
    try:
        value = compiler.value(raw).fold()
        parts = parse(raw)
        if isinstance(value, str) and len(parts) == 1 and isinstance(parts[0], Code):
            return scalar(value)
        return value
    except Mistakes as mistakes:
        report.mistakes(path, mistakes)
        return None
