"""`handlers`: the Python modules whose registrations count.

A module is written as a file below the folder of the configuration (`./chat.py`, which is imported
as `chat`) or by its name (`package.module`). Whether it exists is seen when it is imported.
"""

from pathlib import PurePosixPath
from typing import Any

from gateway.config.fields import dotted, each
from gateway.config.mistakes import kind, wrong

MEND = 'write ./FILE.py or a module such as package.module'


def handlers(raw: Any) -> tuple[str, ...]:
    if not isinstance(raw, list):
        return (handler(raw),)
    found = tuple(each(raw, handler))
    modules = [module(one) for one in found]
    for index, name in enumerate(modules):
        if name in modules[:index]:
            raise wrong('the same module twice', 'remove one', index)
    return found


def handler(raw: Any) -> str:
    if not isinstance(raw, str):
        raise wrong(f'{kind(raw)}, where a module is needed', MEND)
    if raw.startswith(('/', '../', '~')):
        raise wrong('a file outside the folder of this file', 'move it below, or name its module')
    if raw.endswith('.py') and not raw.startswith('./'):
        raise wrong('neither a file nor a module', 'write ./ before a file')
    if raw.startswith('./') and not raw.endswith('.py'):
        raise wrong('not a Python file', 'write ./FILE.py, or the name of the module')
    if not dotted(module(raw)):
        mend = 'letters, digits and _ make a name that can be imported' if '/' in raw else MEND
        raise wrong('not the name of a module', mend)
    return raw


def module(entry: str) -> str:
    """The name under which an entry is imported."""
    if entry.startswith('./'):
        return '.'.join(PurePosixPath(entry).with_suffix('').parts)
    return entry
