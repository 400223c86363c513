"""`${…}` outside of routes: the environment and credentials, put in when the file is loaded."""

from collections.abc import Callable
from typing import Any, TypeVar

from gateway.config.expressions import Compiler
from gateway.config.mistakes import Mistakes
from gateway.config.report import Report
from gateway.config.scalars import scalar
from gateway.config.source import Path
from gateway.config.template import Code, parse

T = TypeVar('T')


def constant(
    read: Callable[[Any], T],
    raw: Any,
    path: Path,
    report: Report,
    compiler: Compiler,
    *,
    typed: bool = True,
) -> T | None:
    """What `read` makes of the value without expressions; None after a mistake."""
    before = len(report.problems)
    value = substitute(raw, path, report, compiler, typed=typed)
    if len(report.problems) == before:
        try:
            return read(value)
        except Mistakes as mistakes:
            report.mistakes(path, mistakes)
    return None


def substitute(
    raw: Any, path: Path, report: Report, compiler: Compiler, *, typed: bool = True
) -> Any:
    """The value without expressions; None in place of each that is a mistake.

    `typed`: what a variable holds is read as YAML would (8000 is a number). Not so for secrets.
    """
    if isinstance(raw, dict):
        return {
            key: substitute(value, (*path, key), report, compiler, typed=typed)
            for key, value in raw.items()
        }
    if isinstance(raw, list):
        return [
            substitute(value, (*path, index), report, compiler, typed=typed)
            for index, value in enumerate(raw)
        ]
    if not isinstance(raw, str) or '${' not in raw:
        return raw
    try:
        value = compiler.value(raw).fold()
        parts = parse(raw)
        if typed and isinstance(value, str) and len(parts) == 1 and isinstance(parts[0], Code):
            return scalar(value)
        return value
    except Mistakes as mistakes:
        report.mistakes(path, mistakes)
        return None
