"""Strict YAML 1.2 (core schema), every value with its line and column.

- Plain scalars: true/false, null/~, integers and floats; on, off, yes and no are text.
- `<<` merges mappings. One document, no tags.
- A key is the text that is written, whatever it would be as a value (404, 1e3, true, 012), and
  occurs once.
- Bounded: text of 1 MB, 64 levels, 100,000 values after the aliases are expanded.
"""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import yaml
from yaml.events import (
    AliasEvent,
    CollectionStartEvent,
    DocumentEndEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
    SequenceEndEvent,
    StreamEndEvent,
)

from gateway.config.hints import hint
from gateway.config.mistakes import kind, spell_key
from gateway.config.scalars import paired, scalar
from gateway.errors import ConfigError, Problem

MAX_TEXT = 1_000_000
MAX_DEPTH = 64
MAX_VALUES = 100_000

Path: TypeAlias = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Node:
    """A value where it was written. Lines and columns count from 1."""

    value: Any  # a scalar, list[Node] or dict[str, Node]
    line: int
    column: int
    end: int = 0  # index behind the last character, for hints
    keys: dict[str, 'Node'] = field(default_factory=dict)  # of a mapping: where each key stands
    size: int = 1  # values in it, aliases expanded
    height: int = 1  # levels in it, aliases expanded
    name: str | None = None  # of a scalar: what it is as a key, which is how it is written

    def plain(self) -> Any:
        """The value without places."""
        if isinstance(self.value, dict):
            return {key: node.plain() for key, node in self.value.items()}
        if isinstance(self.value, list):
            return [node.plain() for node in self.value]
        return self.value


@dataclass(slots=True)
class Document:
    """One YAML text as a tree of nodes; it turns paths into places."""

    file: str
    text: str
    root: Node = field(init=False)
    problems: list[Problem] = field(init=False)  # those that a reader can go on after

    def __post_init__(self) -> None:
        reader = Reader(self.file, self.text)
        self.root = reader.read()
        self.problems = reader.problems

    def walk(self, path: Path) -> tuple[Node, Node | None, Path]:
        """The deepest node on `path`, its key's node, and how much of the path that is."""
        node, key, found = self.root, None, []
        for step in path:
            if isinstance(node.value, dict) and step in node.value:
                key, node = node.keys[str(step)], node.value[step]
            elif isinstance(node.value, list) and isinstance(step, int) and step < len(node.value):
                key, node = None, node.value[step]
            else:
                break
            found.append(step)
        return node, key, tuple(found)

    def problem(self, path: Path, what: str, mend: str = '', *, key: bool = False) -> Problem:
        """A problem at `path`, or at the last part of it that was written."""
        node, key_node, found = self.walk(path)
        at = key_node if key and key_node is not None else node
        where = path if key else found
        return Problem(self.file, at.line, at.column, spell(where), what, mend)

    def place(self, path: Path) -> str:
        """`file:line:column` of a value."""
        node, _, _ = self.walk(path)
        return f'{self.file}:{node.line}:{node.column}'


def spell(path: Path) -> str:
    """A path as people write it: `namespaces."/".events.chat[1].emit.to`."""
    text = ''
    for step in path:
        if isinstance(step, int):
            text += f'[{step}]'
        else:
            name = spell_key(step)
            text += f'.{name}' if text else name
    return text


class Reader:
    """Events of PyYAML's parser to nodes; raises ConfigError at the first break of the syntax."""

    def __init__(self, file: str, text: str) -> None:
        self.file = file
        self.text = text
        self.anchors: dict[str, Node] = {}
        self.problems: list[Problem] = []

    def read(self) -> Node:
        if len(self.text) > MAX_TEXT:
            raise ConfigError([Problem(self.file, 1, 1, '', 'the file is larger than 1 MB')])
        loader: Any = None
        try:
            loader = yaml.SafeLoader(self.text)
            return self.document(iter(loader.get_event, None))
        except yaml.YAMLError as error:
            raise ConfigError([*self.problems, hint(self.file, self.text, error)]) from None
        except (OverflowError, ValueError):  # PyYAML gives "\UFFFFFFFF" to chr()
            at = (loader.line + 1, loader.column + 1)
            problem = Problem(self.file, *at, '', 'an escape that is no character', 'mend it')
            raise ConfigError([*self.problems, problem]) from None

    def document(self, events: Iterator[Event]) -> Node:
        root = None
        for event in events:
            if isinstance(event, (StreamEndEvent, DocumentEndEvent)):
                continue
            if isinstance(event, DocumentStartEvent):
                if root is not None:
                    raise self.stop(event, 'a second document begins', 'keep one document a file')
                root = self.node(next(events), events, 1)
        if root is None or root.value is None:
            raise ConfigError([Problem(self.file, 1, 1, '', 'the file is empty')])
        return root

    def node(self, event: Event, events: Iterator[Event], depth: int) -> Node:
        if depth > MAX_DEPTH:
            raise self.stop(event, f'nested deeper than {MAX_DEPTH} levels')
        if isinstance(event, AliasEvent):
            if event.anchor not in self.anchors:
                raise self.stop(
                    event,
                    f'unknown alias *{event.anchor}',
                    'set it with & before it is used, or put the * in quotes if it is text',
                )
            node = self.anchors[event.anchor]
            if depth + node.height - 1 > MAX_DEPTH:
                raise self.stop(event, f'nested deeper than {MAX_DEPTH} levels')
            return node
        assert isinstance(event, NodeEvent)
        if isinstance(event, (ScalarEvent, CollectionStartEvent)) and event.tag is not None:
            self.report(event, f'the tag {event.tag} means nothing here', 'remove it')
        if isinstance(event, ScalarEvent):
            node = self.scalar(event)
        elif isinstance(event, MappingStartEvent):
            node = self.mapping(event, events, depth)
        else:
            node = self.sequence(event, events, depth)
        if node.size > MAX_VALUES:
            raise self.stop(
                event, f'holds more than {MAX_VALUES:,} values', 'use fewer aliases (*name)'
            )
        if event.anchor:
            self.anchors[event.anchor] = node
        return node

    def scalar(self, event: ScalarEvent) -> Node:
        value: Any = event.value
        if event.style is None:
            value = scalar(event.value)
            if isinstance(value, float) and not math.isfinite(value):
                self.report(event, 'not a finite number', 'JSON has no such number')
        elif (value := paired(event.value)) is None:
            self.report(event, 'half a character (a lone surrogate)', 'remove it')
        end = event.end_mark.index if event.end_mark else 0
        return self.at(event, value, end, name=event.value)

    def sequence(self, event: Event, events: Iterator[Event], depth: int) -> Node:
        items: list[Node] = []
        size = 1
        for item in events:
            if isinstance(item, SequenceEndEvent):
                break
            items.append(self.node(item, events, depth + 1))
            size += items[-1].size
            if size > MAX_VALUES:
                break
        return self.at(event, items, size=size, height=height(items))

    def mapping(self, event: Event, events: Iterator[Event], depth: int) -> Node:
        own: dict[str, Node] = {}
        keys: dict[str, Node] = {}
        merged: list[Node] = []
        size = 1
        for item in events:
            if isinstance(item, MappingEndEvent):
                break
            key = self.node(item, events, depth + 1)
            value = self.node(next(events), events, depth + 1)
            size += value.size + 1
            if size > MAX_VALUES:
                break
            plain = isinstance(item, ScalarEvent) and item.style is None
            name = key.name
            if plain and name == '<<':
                merged += self.merge(item, value)
            elif plain and name == '':
                self.report(item, 'an empty key', 'write its name')
            elif name is None:
                self.report(item, f'{kind(key.value)}, where a key is needed', 'write text')
            elif name in own:
                what, line = f'duplicate key {spell((name,))}', keys[name].line
                self.report(item, what, f'keep one of them; the first is in line {line}')
            else:
                own[name], keys[name] = value, key
        for node in merged:
            for name, value in node.value.items():
                if name not in own:
                    own[name], keys[name] = value, node.keys[name]
        return self.at(event, own, keys=keys, size=size, height=height(own.values()))

    def merge(self, event: Event, value: Node) -> list[Node]:
        sources = value.value if isinstance(value.value, list) else [value]
        if all(isinstance(source.value, dict) for source in sources):
            return list(sources)
        what = '<< takes a mapping or a list of mappings'
        self.report(event, what, 'give it an alias: <<: *name')
        return []

    def at(self, event: Event, value: Any, end: int = 0, **more: Any) -> Node:
        line, column = position(event)
        return Node(value, line, column, end, **more)

    def report(self, event: Event, what: str, mend: str = '') -> None:
        self.problems.append(Problem(self.file, *position(event), '', what, mend))

    def stop(self, event: Event, what: str, mend: str = '') -> ConfigError:
        self.report(event, what, mend)
        return ConfigError(self.problems)


def height(children: Iterable[Node]) -> int:
    return 1 + max((child.height for child in children), default=0)


def position(event: Event) -> tuple[int, int]:
    mark = event.start_mark
    assert mark is not None
    return mark.line + 1, mark.column + 1
