"""Engine.IO sessions on Tornado: handshake, transports, heartbeats, outboxes.

python-engineio imports the HTTP libraries of its own clients wherever they are installed. A server
needs neither to start, so here they are imported at their first use: half a second less.
"""

import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec, PathFinder
from importlib.util import LazyLoader
from types import ModuleType


class _Deferred:
    """A finder whose modules load when something of them is used."""

    @staticmethod
    def find_spec(
        name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        spec = PathFinder.find_spec(name) if name in ('aiohttp', 'requests') else None
        if spec is not None and spec.loader is not None:
            spec.loader = LazyLoader(spec.loader)
        return spec


sys.meta_path.insert(0, _Deferred)
import engineio  # noqa: E402, F401  # imported for the first time, with the finder in place

sys.meta_path.remove(_Deferred)
