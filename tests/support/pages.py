"""The snippets of README and docs/, and what they need around them to be loaded.

A block of YAML is a whole file, or a part of one, told by its keys: namespaces (`/chat:`), what
stands in one (`events:`), a route (verbs, `do`), or routes by event. Files, variables and
credentials that it names are made for it.

A module of Python that imports from `gateway` is a module of handlers.

A comment before a block, which nobody sees, keeps it from being loaded: `<!-- not run: REASON -->`.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gateway.config.actions import VERBS
from gateway.config.load import SECTIONS
from gateway.config.namespaces import PARTS
from gateway.config.source import Document
from tests.support import certificates, tokens

ROOT = Path(__file__).parents[2]
PAGES = [
    ROOT / 'README.md',
    *sorted((ROOT / 'docs').rglob('*.md')),
    *sorted((ROOT / 'conf').rglob('*.md')),
]
BLOCK = re.compile(
    r'(?:^<!-- not run: (?P<why>[^\n]+) -->\n\s*)?'
    r'^(?P<indent> *)```(?P<language>\w+)\n(?P<body>.*?)^ *```',
    re.DOTALL | re.MULTILINE,
)
ROUTE = {'if', 'do', 'sequential', 'timeout', *VERBS}
ANY_KEY = tokens.jwks(*[tokens.jwk(algorithm) for algorithm in tokens.ALGORITHMS])
JWT = {'jwt': {'key': '${env.KEY}', 'algorithms': ['HS256']}}


@dataclass(frozen=True)
class Snippet:
    """One block; `why` is the reason that it is not run, if it isn't."""

    page: Path
    line: int
    language: str
    body: str
    why: str = ''

    def __str__(self) -> str:
        return f'{self.page.relative_to(ROOT)}:{self.line}'


def snippets(page: Path) -> Iterator[Snippet]:
    text = page.read_text()
    for found in BLOCK.finditer(text):
        body = re.sub(f'^{found["indent"]}', '', found['body'], flags=re.MULTILINE)
        line = text.count('\n', 0, found.start('body')) + 1
        yield Snippet(page, line, found['language'], body, found['why'] or '')


def in_language(language: str) -> list[Snippet]:
    return [snippet for page in PAGES for snippet in snippets(page) if snippet.language == language]


class Variables(dict[str, str]):
    """An environment in which everything is set."""

    def get(self, name: str, default: Any = None) -> Any:
        known = '8000' if name.endswith('PORT') else ANY_KEY
        short = name.endswith(('API_KEY', 'PASSWORD'))
        return super().get(name) or (f'any-{name}' if short else known)


def surroundings(text: str, folder: Path) -> Variables:
    """The files that a configuration names, and the environment."""
    certificates.with_chain(folder)
    for found in re.finditer(r'\bkey_file"?: *["\[]*([\w./-]+)', text):
        (folder / found[1]).write_text(ANY_KEY)
    for found in re.finditer(r'\bcredential\.(\w+)', text):
        short = found[1].endswith('api_key')
        (folder / found[1]).write_text(f'any-{found[1]}' if short else ANY_KEY)
    for found in re.finditer(r'/[\w/]*"?: *"?(\./\w+)', text):
        (folder / found[1]).mkdir(exist_ok=True)
    return Variables(CREDENTIALS_DIRECTORY=str(folder))


def whole(text: str) -> str:
    """A file with what a snippet holds."""
    raw = Document('snippet', text).root.plain()
    keys = set(raw) if isinstance(raw, dict) else ROUTE
    if all(key in SECTIONS or key.startswith('x-') for key in keys):
        return text if keys & {'namespaces', 'handlers'} else f'{text}\nnamespaces: {{/: }}\n'
    if not all(key.startswith('/') for key in keys):
        if not keys <= PARTS:
            raw = {'events': {'x': raw} if keys <= ROUTE else raw}
        raw = {'/': raw}
    auth = {'auth': JWT} if 'claims' in text else {}
    return json.dumps({'namespaces': raw, **auth})
