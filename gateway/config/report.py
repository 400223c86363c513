"""Collects the problems of every stage, so that one run shows all of them."""

import re
from collections.abc import Collection, Container, Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from pydantic import BaseModel, ValidationError

from gateway.config import validation
from gateway.config.mistakes import Mistakes, closest, nearest, spell_key
from gateway.config.source import Document, Path
from gateway.errors import Problem

COMMENT = re.compile(r'[ \t]+#')


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
        self.key(path, f'unknown {noun} {spell_key(str(path[-1]))}', nearest(str(path[-1]), known))

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
        hidden: Container[str] = (),
    ) -> None:
        """What pydantic found in a model, in plain words.

        `names` are its keys as they are written, `skip` leaves out its own key; keys that are
        `hidden` have no meaning there.
        """
        found = validation.mistakes(error, model, names, skip=skip, hidden=hidden)
        self.mistakes(path, found)
