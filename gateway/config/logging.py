"""The section `log`: how much is said, and in what form."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, Final, Literal, TypeAlias, get_args

from pydantic import Field, PlainValidator

from gateway.config.mistakes import Mistake, Mistakes, kind, nearest, wrong
from gateway.config.section import Section

PACKAGE: Final = Path(__file__).parents[1]

Level: TypeAlias = Literal['debug', 'info', 'warning', 'error']
LEVELS: Final[tuple[str, ...]] = get_args(Level)
Form: TypeAlias = Literal['auto', 'text', 'logfmt', 'json']


def levels(raw: Any) -> Mapping[str, str]:
    """Levels of modules, and of what is below them."""
    if not isinstance(raw, dict):
        raise wrong(f'{kind(raw)}, where a mapping is needed', 'write {gateway.routing: debug}')
    found = []
    for name, level in raw.items():
        if name.partition('.')[0] == 'gateway' and name not in modules():
            found.append(Mistake('no such module', nearest(name, modules()), (name,), key=True))
        if level not in LEVELS:
            found.append(Mistake('no level', f'write {", ".join(LEVELS)}', (name,)))
    if found:
        raise Mistakes(*found)
    return MappingProxyType(dict(raw))


@cache
def modules() -> frozenset[str]:
    """Of the gateway: those that have a log of their own, and the packages around them."""
    files = [file.relative_to(PACKAGE.parent).with_suffix('') for file in PACKAGE.rglob('*.py')]
    names = frozenset('.'.join(file.parts).removesuffix('.__init__') for file in files)
    return names | {'gateway.access', 'gateway.upstream'}


Levels = Annotated[Mapping[str, str], PlainValidator(levels)]


class Log(Section):
    """What goes to standard error."""

    level: Level = 'info'
    format: Form = 'auto'
    levels: Levels = Field(default_factory=lambda: MappingProxyType({}))
    access: bool = False
