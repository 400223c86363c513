"""What an expression may name: the words and functions of CEL that are served, and ours."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from gateway.config.mistakes import closest, nearest, wrong
from gateway.config.paths import Path, Value

WORDS = frozenset({'true', 'false', 'null', 'in'})
MACROS = frozenset({'map', 'filter', 'all', 'exists', 'exists_one'})
FUNCTIONS = MACROS | frozenset(
    'has size contains startsWith endsWith matches string bytes double int uint dyn timestamp '
    'duration getFullYear getMonth getDate getDayOfMonth getDayOfWeek getDayOfYear getHours '
    'getMinutes getSeconds getMilliseconds in_room members'.split()
)
ASKS = frozenset({'in_room', 'members'})  # what a scope answers
MENDS = {
    'namespace': 'use nsp',
    'user': 'use session.user or auth.user',
    'and': 'use &&',
    'or': 'use ||',
    'not': 'use !',
    'True': 'use true',
    'False': 'use false',
    'None': 'use null',
}
FUNCTION_MENDS = {'len': 'use size', 'length': 'use size', 'includes': 'use contains, or X in LIST'}
CLOSE = 0.75  # a function that is missing in CEL has no name like that of another


@dataclass(frozen=True, slots=True)
class Names:
    """What an expression may name: roots, and why others of the language are absent here."""

    roots: Collection[str]
    absent: Mapping[str, str]
    value: Callable[[Path], Value]
    alone: bool = True  # whether all clients are here

    def check(self, name: str) -> None:
        if name in self.roots:
            return
        if name in self.absent:
            raise wrong(f'{name} {self.absent[name]}')
        known = {*self.roots, *FUNCTIONS}
        mend = MENDS.get(name)
        if mend is None and closest(name, known) is None:
            mend = f"known here: {', '.join(sorted(self.roots))}; text is quoted: '{name}'"
        raise wrong(f'unknown name {name}', mend or nearest(name, known))

    def function(self, name: str) -> None:
        if name == 'members' and not self.alone:
            what = "members(…) would know this gateway's clients only: cluster has others"
            raise wrong(what, 'let a backend keep the list')
        if name in FUNCTIONS:
            return
        mend = FUNCTION_MENDS.get(name)
        if mend is None and (meant := closest(name, FUNCTIONS, CLOSE)):
            mend = f'did you mean {meant}?'
        in_routes = 'do it in Python, with call' if 'sid' in self.roots else ''
        raise wrong(f'unknown function {name}', mend or in_routes)
