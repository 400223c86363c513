"""A scenario file to a `Scenario`, or to every mistake in it at once.

Rules of this file:
- The YAML is the gateway's own (strict, every value with its place), and so are the mistakes.
- What is wrong with a value is said in the words of its schema, for files and for flags alike.
- Keys that begin with `x-` hold what several groups share (`<<: *name`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from bench.scenario import KINDS, Scenario
from gateway.config.mistakes import Mistake, Mistakes, kind, nearest
from gateway.config.report import Report
from gateway.config.source import Document
from gateway.config.validation import keys, within
from gateway.errors import ConfigError, Problem

FOLDER = Path(__file__).parent / 'scenarios'
Schema = Mapping[str, Any]
Place = tuple[str | int, ...]


class UnknownScenario(ValueError):
    """Neither a file nor a name."""


def scenarios() -> dict[str, Path]:
    """Those that come with the harness, by name."""
    return {path.stem: path for path in sorted(FOLDER.glob('*.yaml'))}


def about(path: Path) -> str:
    """The first comment of a scenario file, as one line."""
    lines = []
    for line in path.read_text(encoding='utf-8').splitlines():
        if not line.startswith('#') or not line.strip('# '):
            break
        lines.append(line.strip('# '))
    return ' '.join(lines)


def find(name: str) -> Path:
    """The file that is meant by a path, or by the name of one of ours."""
    known = scenarios()
    if name in known:
        return known[name]
    path = Path(name)
    if path.exists() or path.suffix or len(path.parts) > 1:
        return path
    raise UnknownScenario(f'unknown scenario {name}: {nearest(name, known)}')


def load(path: Path, targets: Collection[str] = ()) -> Scenario:
    """The scenario in a file, which may name `targets`; ConfigError with all of its problems."""
    file = str(path)
    try:
        text = path.read_text(encoding='utf-8-sig')
    except OSError as error:
        reason = error.strerror or 'unknown reason'
        raise ConfigError([Problem(file, 1, 1, '', 'cannot be read', reason)]) from None
    except UnicodeDecodeError:
        raise ConfigError([Problem(file, 1, 1, '', 'not UTF-8', 'save it as UTF-8')]) from None
    try:
        return read(Document(file, text), path.stem, targets)
    except ConfigError as error:
        error.text = text
        raise


def read(document: Document, name: str, targets: Collection[str]) -> Scenario:
    report = Report(document)
    raw = document.root.plain()
    if not isinstance(raw, dict):
        report.add((), f'{kind(raw)}, where a mapping is needed', 'write KEY: VALUE')
        raise ConfigError(report.problems)
    raw = {key: value for key, value in raw.items() if not key.startswith('x-')}
    if 'kind' not in raw:
        report.add((), 'kind is missing', f'write kind: {one_of(KINDS)}')
        raise ConfigError(report.problems)
    model = KINDS.get(raw['kind']) if isinstance(raw['kind'], str) else None
    if model is None:
        report.add(('kind',), 'unknown kind', nearest(str(raw['kind']), KINDS))
        raise ConfigError(report.problems)
    found = None
    try:
        found = model.model_validate({'name': name, **raw})
    except ValidationError as error:
        report.mistakes((), Mistakes(*mistakes(error, model, raw)))
    listed = raw.get('targets')
    for index, target in enumerate(listed if isinstance(listed, list) else ()):
        if targets and isinstance(target, str) and target not in targets:
            report.add(('targets', index), f'unknown target {target}', nearest(target, targets))
    if report.problems or found is None:
        raise ConfigError(report.problems)
    return found


def mistakes(error: ValidationError, model: type[BaseModel], raw: Any) -> Iterator[Mistake]:
    """What pydantic found, in plain words; one for each place."""
    seen = set()
    for detail in error.errors(include_url=False):
        at = written(detail['loc'], raw)
        if at in seen:  # the next alternative of a union
            continue
        if detail['type'] == 'extra_forbidden':
            known = keys(within(model, detail['loc']))
            yield Mistake(f'unknown key {at[-1]}', nearest(str(at[-1]), known), at, key=True)
            continue
        seen.add(at)
        cause = detail.get('ctx', {}).get('error')
        if isinstance(cause, Mistakes):
            yield from (mistake.below(*at) for mistake in cause.found)
        elif isinstance(cause, ValueError):
            yield Mistake(str(cause), at=at)
        else:
            yield Mistake(*explained(detail, model, at), at=at)


def written(location: Place, raw: Any) -> Place:
    """As much of a location as has been written: pydantic adds the alternatives of a union."""
    found: list[str | int] = []
    for step in location:
        mapped = isinstance(raw, dict) and step in raw
        listed = isinstance(raw, list) and isinstance(step, int) and step < len(raw)
        if not mapped and not listed:
            break
        raw = raw[step]
        found.append(step)
    return tuple(found)


def explained(detail: ErrorDetails, model: type[BaseModel], at: Place) -> tuple[str, str]:
    if detail['type'] == 'missing':
        return f'{detail["loc"][-1]} is missing', 'add it'
    words = taken(schema(model, at))
    return ('not a usable value', f'write {words}') if words else ('not a usable value', '')


@cache
def whole_schema(model: type[BaseModel]) -> Schema:
    return model.model_json_schema()


def schema(model: type[BaseModel], at: Place) -> Schema:
    """That of one value; empty where a function reads it."""
    whole = whole_schema(model)
    node: Any = whole
    for step in at:
        node = referred(node, whole)
        inner = node.get('properties', {}).get(step)
        if inner is None:
            inner = node.get('items') if isinstance(step, int) else node.get('additionalProperties')
        node = inner or {}
    return dict(referred(node, whole))


def referred(node: Any, whole: Any) -> Any:
    name = node.get('$ref', '').rpartition('/')[2]
    return whole['$defs'][name] if name else node


def taken(node: Schema) -> str:
    """What a value may be: `a whole number from 1 to 60,000`."""
    if alternatives := node.get('anyOf'):
        return ' or '.join(filter(None, map(taken, alternatives)))
    if 'const' in node or 'enum' in node:
        return one_of(node.get('enum') or [node['const']])
    match node.get('type'):
        case 'integer':
            return f'a whole number{bounds(node)}'
        case 'number':
            return f'a number{bounds(node)}'
        case 'array':
            return f'a list of {taken(node.get("items", {}))}'.removesuffix(' of ')
        case name:
            words = {'string': 'text', 'boolean': 'true or false', 'object': 'a mapping'}
            return words.get(str(name), '')


def bounds(node: Schema) -> str:
    low, high = node.get('minimum'), node.get('maximum')
    if low is not None and high is not None:
        return f' from {low:,} to {high:,}'
    words = []
    if 'exclusiveMinimum' in node:
        words.append(f'above {node["exclusiveMinimum"]:,}')
    if low is not None:
        words.append(f'of at least {low:,}')
    if high is not None:
        words.append(f'up to {high:,}')
    return f' {", ".join(words)}' if words else ''


def one_of(names: Collection[Any]) -> str:
    *most, final = map(str, names)
    return f'{", ".join(most)} or {final}' if most else final
