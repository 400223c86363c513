"""The words of the command line; the flags of a scenario are made from its model.

Rules of this file:
- A scenario's field is a flag: its name, type, default and description are the model's.
- What can't be used is `Wrong`: one line that names the flag, and how to mend it.
- What may be secret (`--auth`, headers, bodies, queries) is left out of the command that a result
  keeps.
"""

from __future__ import annotations

import argparse
import os
import re
import shlex
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn, get_args

from pydantic import PlainValidator, ValidationError
from pydantic.fields import FieldInfo

from bench import usage
from bench.loading import mistakes, schema
from bench.scenario import Group, Scenario
from bench.values import core, core_list, program, spare_cores, value
from gateway.config.mistakes import nearest
from gateway.config.units import BYTES, SECONDS, duration, size

PROGRAM = 'python -m bench'
NO_FLAGS = {'kind', 'targets'}  # the command, and --target
SECRET = {'--auth', '--header', '--trigger-header', '--trigger-body', '--query'}
# Of this machine or this terminal, no part of what repeats a run; whether a value follows.
HERE = {'--out': True, '--python': True, '--plain': False, '--quiet': False}
QUICK: dict[str, Any] = {'rounds': 2, 'duration': 0.3, 'warmup': 0.1, 'drain': 5.0, 'clients': 100}
UNITS: Mapping[Any, Mapping[str, float]] = {duration: SECONDS, size: BYTES}
Options = argparse.Namespace


class Wrong(ValueError):
    """The command can't be carried out as it was written."""


class Parser(argparse.ArgumentParser):
    """Its help begins with examples; its errors are one line."""

    def __init__(self, command: str) -> None:
        super().__init__(
            prog=f'{PROGRAM} {command}'.rstrip(),
            usage=argparse.SUPPRESS,
            description=usage.command(command),
            formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,
            add_help=False,
        )
        self.add_argument('-h', '--help', action='help', help=argparse.SUPPRESS)

    def error(self, message: str) -> NoReturn:
        raise Wrong(message.removeprefix('argument '))

    def finished(self, argv: Sequence[str]) -> Options:
        """Wrong where a word is left that nobody knows."""
        options, rest = self.parse_known_args(argv)
        for word in rest:
            if word.startswith('-'):
                name = word.partition('=')[0]
                known = [flag for flag in self._option_string_actions if flag.startswith('--')]
                raise Wrong(f'unknown flag {name}: {nearest(name, known)}')
            raise Wrong(f'{word}: nothing can stand here')
        return options


def flag(name: str) -> str:
    return f'--{name.replace("_", "-")}'


def fields(model: type[Scenario]) -> dict[str, FieldInfo]:
    """Those that flags can hold."""
    return {
        name: info
        for name, info in model.model_fields.items()
        if name not in NO_FLAGS and schema(model, (name,)).get('type') != 'object'
    }


def add_fields(parser: Parser, base: Scenario) -> None:
    model = type(base)
    group = parser.add_argument_group('what is measured')
    for name, info in fields(model).items():
        about = (info.description or '').replace('%', '%%')
        default = written(getattr(base, name), info)
        about += f' (default: {default})' if default else ''
        shape = schema(model, (name,))
        if shape.get('type') == 'boolean':
            group.add_argument(flag(name), action=argparse.BooleanOptionalAction, help=about)
        else:
            group.add_argument(flag(name), metavar=metavar(info, shape), help=about)


def units(info: FieldInfo) -> Mapping[str, float]:
    """Those that a duration or a size is written with; none for other values."""
    parts: list[Any] = [*info.metadata, info.annotation]
    while parts:
        part = parts.pop(0)
        if isinstance(part, PlainValidator):
            return UNITS.get(part.func, {})
        parts += [*get_args(part), *getattr(part, '__metadata__', ())]
    return {}


def metavar(info: FieldInfo, shape: Mapping[str, Any]) -> str:
    if found := units(info):
        return 'TIME' if found is SECONDS else 'SIZE'
    shapes = shape.get('anyOf', [shape])
    names = [name for part in shapes for name in part.get('enum', (part.get('const'),)) if name]
    kinds = {part.get('type') for part in shapes}
    if 'array' in kinds:
        return 'NAME,…'
    return '|'.join(['N'] * bool(kinds & {'integer', 'number'}) + names) or 'TEXT'


def written(value: Any, info: FieldInfo) -> str:
    """A default as it would be typed."""
    if value is None or value == '' or value is False:
        return ''
    if isinstance(value, tuple):
        return ','.join(map(str, value))
    if not isinstance(value, int | float):
        return str(value)
    known = units(info)
    fitting = [unit for unit, worth in known.items() if value >= worth] or [*known][:1] or ['']
    return f'{value / known.get(fitting[-1], 1):g}{fitting[-1]}'


def given(options: Options, model: type[Scenario]) -> dict[str, Any]:
    """What flags say of a scenario's fields, validated."""
    raw: dict[str, Any] = {}
    for name in fields(model):
        value = getattr(options, name, None)
        if value is not None:
            listed = schema(model, (name,)).get('type') == 'array'
            raw[name] = [part.strip() for part in value.split(',')] if listed else value
    try:
        found = model.model_validate(raw)
    except ValidationError as error:
        raise Wrong(complaint(error, model, raw, options)) from None
    return {name: getattr(found, name) for name in raw}


def complaint(
    error: ValidationError, model: type[Scenario], raw: Mapping[str, Any], options: Options
) -> str:
    first = next(mistakes(error, model, raw))
    words = ': '.join(filter(None, (first.what, first.mend)))
    if not first.at:
        return words
    name = str(first.at[0])
    return f'{flag(name)} {getattr(options, name)}: {words}'


def quickened(scenario: Scenario, kept: Mapping[str, Any]) -> Scenario:
    """A smoke test of the same: few, short and small, but for what flags say."""
    less: dict[str, Any] = {'name': f'{scenario.name}-quick'}
    for name, most in QUICK.items():
        value = getattr(scenario, name, None)
        if isinstance(value, int | float) and name not in kept:
            less[name] = min(value, most)
    clients = kept.get('clients', less.get('clients'))
    if clients and hasattr(scenario, 'counted_from') and 'counted_from' not in kept:
        less['counted_from'] = min(scenario.counted_from, clients // 4)
    if groups := getattr(scenario, 'groups', {}):
        most = max(1, QUICK['clients'] // len(groups))
        less['groups'] = {name: fewer(group, most) for name, group in groups.items()}
    return scenario.model_copy(update=less)


def fewer(group: Group, most: int) -> Group:
    """About so many clients, in rooms as large as before."""
    if group.room_size:
        most = max(group.room_size, most - most % group.room_size)
    return group.model_copy(update={'clients': min(group.clients, most)})


def parse(command: str, base: Scenario, argv: Sequence[str]) -> tuple[Options, Scenario]:
    """A scenario as flags change it, and the other flags."""
    parser = Parser(command)
    add_fields(parser, base)
    for add in (add_targets, add_url, add_machine, add_output):
        add(parser)
    options = parser.finished(argv)
    values = given(options, type(base))
    found = base.model_copy(update=values)
    if names := targets(options):
        found = found.model_copy(update={'targets': names})
    elif options.url:
        found = found.model_copy(update={'targets': ()})
    return options, quickened(found, values) if options.quick else found


def targets(options: Options) -> tuple[str, ...]:
    """The names given with --target, each once, in their order."""
    names = [name.strip() for text in options.target for name in text.split(',')]
    return tuple(dict.fromkeys(filter(None, names)))


def add_targets(parser: Parser) -> None:
    group = parser.add_argument_group('whom')
    group.add_argument(
        '--target',
        action='append',
        default=[],
        metavar='NAME,…',
        help='servers of ours, which take turns; all: every one, slow ones in one round '
        '(default: gateway); '
        f'{PROGRAM} targets lists them',
    )


def add_url(parser: Parser) -> None:
    group = parser.add_argument_group('a server that runs already (any Socket.IO server)')
    for name, meta, about in usage.URL:
        kind: Any = {'N': int, 'JSON': value}.get(meta, str)
        if name in {'header', 'trigger_header'}:
            group.add_argument(flag(name), action='append', metavar=meta, help=about)
        elif meta:
            group.add_argument(flag(name), type=kind, metavar=meta, help=about)
        else:
            group.add_argument(flag(name), action='store_true', default=None, help=about)


def add_machine(parser: Parser) -> None:
    cores, rest = sorted(os.sched_getaffinity(0)), spare_cores()
    group = parser.add_argument_group('on which cores, and how')
    add = group.add_argument
    add('--server-core', type=core, default=cores[0], metavar='N', help='(default: %(default)s)')
    shown = ','.join(map(str, rest))
    about = f'one load process on each (default: {shown})'
    add('--load-cores', type=core_list, default=tuple(rest), metavar='N,…', help=about)
    about = 'the interpreter that runs the gateway (default: this one)'
    add('--python', type=program, default=sys.executable, metavar='FILE', help=about)
    about = 'the C program, or the Python one (default: native, where there is a compiler)'
    add('--generator', choices=('native', 'python'), default='native', help=about)


def add_output(parser: Parser) -> None:
    group = parser.add_argument_group('what is told')
    add = group.add_argument
    about = 'where the result and the report go (default: bench/.results/NAME-TIME)'
    add('--out', type=Path, metavar='FOLDER', help=about)
    add('--plain', action='store_true', help='plain lines where a terminal would show a panel')
    add('--quiet', action='store_true', help='nothing while it runs')
    add('--quick', action='store_true', help='a smoke test of seconds: no figures to quote')


def repeated(argv: Sequence[str]) -> str:
    """The command that repeats a run, without what may be secret and where its output goes."""
    words: list[str] = []
    rest = iter(argv)
    for word in rest:
        name, sign, _ = word.partition('=')
        if name in HERE:
            if HERE[name] and not sign:
                next(rest, None)
        elif name not in SECRET:
            words.append(word)
        elif sign:
            words.append(f'{name}=…')
        else:
            words += [name, '…']
            next(rest, None)
    words = [re.sub(r'(://[^ ]*)\?\S*', r'\1?…', word) for word in words]  # that of a trigger
    return f'{PROGRAM} {shlex.join(words)}'.replace("'…'", '…')
