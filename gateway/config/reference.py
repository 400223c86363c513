"""The reference of the configuration, as `python -m gateway.config.reference` writes it.

docs/configuration.md is written by hand but for its tables: each stands between
`<!-- table: NAME -->` and `<!-- end -->`. conf/gateway.schema.json is the schema itself.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from gateway.config import prose, replies
from gateway.config.actions import KINDS, VERBS
from gateway.config.expressions import CLAIMS, LOAD, ROOTS
from gateway.config.scalars import scalar
from gateway.config.schema import schema
from gateway.config.shapes import Schema, ref

ROOT = Path(__file__).parents[2]
PAGE = ROOT / 'docs' / 'configuration.md'
SCHEMA = ROOT / 'conf' / 'gateway.schema.json'

BLOCK = re.compile(r'(<!-- table: ([a-z]+) -->\n).*?(<!-- end -->)', re.DOTALL)
BARE = re.compile(r'[A-Za-z0-9./][A-Za-z0-9./:_-]*(?<!:)\Z')
WHERE = {
    'connect': '`connect`',
    'event': 'events',
    'disconnect': '`disconnect`',
    'error': '`error`',
}
LINKS = {  # where a kind of value is explained
    'duration': 'units',
    'size': 'units',
    'name': 'names',
    'name or a list of them': 'names',
    'event': 'names',
    'expression': 'expressions',
    'any value': 'expressions',
    'recipients': 'recipients',
    'route': 'routes',
    'action': 'routes',
    'routes by event': 'routes',
    'reply': 'replies',
}


def flow(value: Any) -> str:
    """A value as YAML in one line."""
    match value:
        case str():
            bare = BARE.match(value) and scalar(value) == value
            return value if bare else json.dumps(value, ensure_ascii=False)
        case list():
            return f'[{", ".join(map(flow, value))}]'
        case dict():
            return f'{{{", ".join(f"{flow(key)}: {flow(item)}" for key, item in value.items())}}}'
        case bool():
            return str(value).lower()
    return str(value)


def code(value: Any) -> str:
    return f'`{flow(value)}`'.replace('|', r'\|')


def listed(words: Iterable[str], last: str = 'or') -> str:
    *most, final = words
    return f'{", ".join(most)} {last} {final}' if most else final


def where(kinds: Iterable[str]) -> str:
    """Kinds of routes."""
    names = [WHERE[kind] for kind in kinds]
    return 'all routes' if len(names) == len(WHERE) else listed(names, 'and')


def default(key: str, shape: Schema) -> str:
    """What stands for a key that is absent."""
    body = shape['properties'][key]
    if 'default' in body:
        return code(body['default'])
    return 'required' if key in shape.get('required', ()) else ''


def table(head: str, rows: Iterable[Iterable[str]]) -> str:
    columns = head.count('|') - 1
    lines = [head, '|' + '---|' * columns]
    return '\n'.join([*lines, *(f'| {" | ".join(row)} |' for row in rows)])


class Reference:
    """The tables of the page, by name."""

    def __init__(self) -> None:
        self.schema = schema()
        self.definitions: Mapping[str, Schema] = self.schema['$defs']

    def page(self, text: str) -> str:
        """The page with its tables as they are now."""
        return BLOCK.sub(lambda found: f'{found[1]}\n{self.table(found[2])}\n\n{found[3]}', text)

    def table(self, name: str) -> str:
        if name in {'verbs', 'roots', 'sections', 'reply'}:
            made: str = getattr(self, name)()
            return made
        if name in VERBS:
            shape = self.action('event')[name]
        elif name == 'route':
            shape = self.definitions['route_event']
        else:
            shape = self.schema['properties'].get(name) or self.definitions[name]
        return self.keys(shape.get('anyOf', [shape])[-1])  # its long form

    def action(self, kind: str) -> Mapping[str, Schema]:
        """What an action of such a route may hold."""
        properties: Mapping[str, Schema] = self.definitions[f'action_{kind}']['properties']
        return properties

    def sections(self) -> str:
        shapes = self.schema['properties']
        rows = ([f'[`{name}`](#{name})', shapes[name]['description']] for name in shapes)
        return table('| key | what it holds |', rows)

    def keys(self, shape: Schema) -> str:
        shape = self.resolve(shape)
        rows = [
            [
                f'`{key}`',
                self.kind(body),
                default(key, shape),
                body['description'] + self.examples(body),
            ]
            for key, body in shape['properties'].items()
        ]
        if any(row[2] for row in rows):
            return table('| key | value | default | what it does |', rows)
        return table('| key | value | what it does |', ([*row[:2], row[3]] for row in rows))

    def verbs(self) -> str:
        rows = (
            [
                f'`{verb}`',
                self.kind(shape),
                where(kind for kind in KINDS if verb in KINDS[kind]),
                shape['description'] + self.examples(shape),
            ]
            for verb, shape in self.action('event').items()
            if verb in VERBS
        )
        return table('| verb | value | stands in | what it does |', rows)

    def reply(self) -> str:
        """The parts of a reply; some are known in some routes only."""
        kinds = {kind: replies.parts(kind) for kind in KINDS}
        shapes = {part: self.part(part) for part in replies.PARTS}
        rows = (
            [
                f'`{part}`',
                self.kind(shape),
                where(kind for kind in kinds if part in kinds[kind]),
                shape['description'] + self.examples(shape),
            ]
            for part, shape in shapes.items()
        )
        return table('| key | value | stands in | what it does |', rows)

    def part(self, part: str) -> Schema:
        kind = 'connect' if part == 'claims' else 'event'
        shape: Schema = self.definitions[f'reply_{kind}']['properties'][part]
        return shape

    def roots(self) -> str:
        rows = (
            [
                f'`{name}`',
                'the whole file'
                if name in LOAD
                else where(kind for kind in KINDS if name in ROOTS[kind] | CLAIMS),
                text,
            ]
            for name, text in prose.ROOTS.items()
        )
        return table('| name | known in | what it is |', rows)

    def resolve(self, shape: Schema) -> Schema:
        name = shape.get('$ref', '').removeprefix('#/$defs/')
        return {**self.definitions[name], **shape} if name else shape

    def kind(self, shape: Schema) -> str:
        """What a value is, in words."""
        shape = self.resolve(shape)
        if title := shape.get('title'):
            return f'[{title}](#{LINKS[title]})' if title in LINKS else title
        if 'enum' in shape or 'const' in shape:
            return listed(map(code, shape.get('enum') or [shape['const']]))
        if 'anyOf' in shape:
            return listed(self.choices(shape['anyOf']))
        match shape:
            case {'type': 'boolean'}:
                return '`true` or `false`'
            case {'type': 'integer'}:
                return f'{shape["minimum"]:,} to {shape["maximum"]:,}'
            case {'type': 'array', 'items': item}:
                return f'list of {self.kind(item)}'
            case {'properties': properties}:
                return f'`{{{", ".join(properties)}}}`'
        return 'mapping'

    def choices(self, shapes: Iterable[Schema]) -> Iterator[str]:
        seen: list[Schema] = []
        for shape in shapes:
            if 'enum' in shape:
                yield from map(code, shape['enum'])
            elif shape.get('type') == 'array' and (shape['items'] in seen or len(seen) > 1):
                yield 'a list of them'
            elif shape != ref('loaded'):
                yield self.kind(shape)
            seen.append(shape)

    def examples(self, shape: Schema) -> str:
        examples = [code(example) for example in shape.get('examples', ())]
        return f'<br>Such as {listed(examples)}.' if examples else ''


def main() -> None:
    """Write both files anew."""
    SCHEMA.write_text(json.dumps(schema(), indent=2, ensure_ascii=False) + '\n')
    PAGE.write_text(Reference().page(PAGE.read_text()))


if __name__ == '__main__':
    main()
