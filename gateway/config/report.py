"""Collects the problems of every stage, so that one run shows all of them."""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from gateway.config.mistakes import Mistakes, closest, nearest
from gateway.config.source import Document, Path, spell
from gateway.errors import Problem

COMMENT = re.compile(r'[ \t]+#')
NEEDED = {
    'string_type': 'text',
    'bool_type': 'true or false',
    'int_type': 'a whole number',
    'model_type': 'a mapping',
    'dict_type': 'a mapping',
    'list_type': 'a list',
    'tuple_type': 'a list',
}


@dataclass(frozen=True, slots=True)
class Report:
    """The problems of one document."""

    document: Document
    problems: list[Problem] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.problems.extend(self.document.problems)

    def add(self, path: Path, what: str, mend: str = '') -> None:
        self.problems.append(self.document.problem(path, what, mend))

    def key(self, path: Path, what: str, mend: str = '') -> None:
        """A problem with a key, not with its value."""
        self.problems.append(self.document.problem(path, what, mend, key=True))

    def unknown(self, path: Path, known: Iterable[str], noun: str = 'key') -> None:
        """A key that nobody knows."""
        self.key(path, f'unknown {noun} {spell(path[-1:])}', nearest(str(path[-1]), known))

    def untagged(self, path: Path) -> None:
        """Forget what was said of a tag where the value is wrong because of it."""
        node, _, _ = self.document.walk(path)
        at = (node.line, node.column)
        self.problems[:] = [
            found
            for found in self.problems
            if (found.line, found.column) != at or not found.what.startswith('the tag ')
        ]

    def names(
        self, path: Path, raw: Mapping[str, Any], known: Collection[str], noun: str = 'key'
    ) -> dict[str, str]:
        """What each key means, and how it is written.

        A misspelt one is reported and read as what was meant: mistakes below it show too.
        """
        names = {key: key for key in raw if key in known}
        for key in [key for key in raw if key not in known]:
            meant = closest(key, known)
            if meant is not None and meant not in names:
                self.unknown((*path, key), known, noun)
                names[meant] = key
            else:
                names[key] = key
        return names

    def mistakes(self, path: Path, mistakes: Mistakes) -> None:
        for mistake in mistakes.found:
            at = (*path, *mistake.at)
            mend = self.cut(at) or mistake.mend
            self.problems.append(self.document.problem(at, mistake.what, mend, key=mistake.key))

    def cut(self, path: Path) -> str:
        """The hint for an unquoted expression that a # has cut."""
        node, _, _ = self.document.walk(path)
        text = node.value if isinstance(node.value, str) else ''
        if text.rfind('${') > text.rfind('}') and COMMENT.match(self.document.text, node.end):
            return 'the # begins a comment here: put the value in quotes'
        return ''

    def validation(
        self,
        path: Path,
        error: ValidationError,
        model: type[BaseModel],
        names: Mapping[str, str] = MappingProxyType({}),
        *,
        skip: bool = False,
    ) -> None:
        """What pydantic found in a model, in plain words.

        `names` are its keys as they are written, `skip` leaves out its own key.
        """
        for detail in error.errors(include_url=False, include_input=False):
            at = detail['loc'][skip:]
            if at:
                at = (names.get(str(at[0]), at[0]), *at[1:])
            at = (*path, *at)
            cause = detail.get('ctx', {}).get('error')
            if isinstance(cause, Mistakes):
                self.mistakes(at, cause)
            elif detail['type'] == 'extra_forbidden':
                self.unknown(at, keys(within(model, detail['loc'])))
            else:
                self.add(at, *plain(detail))


def keys(model: type[BaseModel]) -> list[str]:
    """What a model's keys are called in the file."""
    return [field.alias or name for name, field in model.model_fields.items()]


def within(model: type[BaseModel], location: tuple[int | str, ...]) -> type[BaseModel]:
    """The model that the last key of `location` belongs to."""
    for name in location[:-1]:
        field = model.model_fields.get(str(name))
        for kind in get_args(field.annotation) if field else ():
            if isinstance(kind, type) and issubclass(kind, BaseModel):
                model = kind
    return model


def plain(detail: ErrorDetails) -> tuple[str, str]:
    """What is wrong and how to mend it, by pydantic's type of the error."""
    if detail['type'] == 'literal_error':
        return 'not one of the known values', f'write {detail["ctx"]["expected"]}'.replace("'", '')
    if detail['type'] == 'missing':
        return f'{detail["loc"][-1]} is missing', 'add it'
    needed = NEEDED.get(detail['type'])
    return (f'{needed} is needed', '') if needed else ('not a usable value', '')
