"""The Python files that a configuration has brought in, and which of them have changed since.

Those of the user: what its handlers' modules are, and what they have imported from below the
configuration's folder. Packages that are installed count where the configuration names them.
"""

import sys
from collections.abc import Iterator, Mapping
from hashlib import sha256
from pathlib import Path
from types import ModuleType

from gateway.routing.modules import GATEWAY, is_below, path_of


class Sources:
    """As they are now; `modules` by name."""

    def __init__(self, modules: Mapping[str, ModuleType | None], folder: Path) -> None:
        named = [module for module in modules.values() if module is not None]
        self._digests = {file: digest(file) for file in {*files(named), *below(folder)}}

    def changed(self) -> list[Path]:
        """Those that hold something else now, or are gone."""
        return sorted(file for file, before in self._digests.items() if digest(file) != before)


def files(modules: list[ModuleType]) -> Iterator[Path]:
    for module in modules:
        name = path_of(module)
        if name is not None:
            yield Path(name)


def below(folder: Path) -> Iterator[Path]:
    """The files of the user's own modules."""
    prefix = str(folder)
    for module in list(sys.modules.values()):
        name = path_of(module) or ''
        if name.startswith(prefix) and not name.startswith((GATEWAY, sys.prefix)):
            file = Path(name)
            if is_below(file, folder):
                yield file


def digest(file: Path) -> bytes:
    """Of what is in the file; b'' where there is none."""
    try:
        return sha256(file.read_bytes()).digest()
    except OSError:
        return b''
