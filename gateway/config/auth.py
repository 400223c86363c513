"""`auth`: who may connect. `jwt` says which tokens are good: their keys, algorithms and claims.

- Everything fails closed: what could let a stranger in is a mistake here, not a warning.
- A key is a text (PEM, JWK, JWK set, a secret for HS256) in `key`, usually `"${env.NAME}"` or
  `"${credential.NAME}"`, or in the file that `key_file` names. A list of them is for rotation.
- HS256 stands alone. Beside it a public key, which everybody may know, could be taken for the
  secret.
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gateway.config import tls
from gateway.config.fields import each
from gateway.config.mistakes import Mistake, Mistakes, kind, nearest, wrong
from gateway.config.units import between, duration

if TYPE_CHECKING:
    from gateway.config.keys import Key, Keys

ALGORITHMS = ('HS256', 'RS256', 'ES256', 'EdDSA')
KEYS = ('key', 'key_file', 'algorithms', 'issuer', 'audience', 'leeway')
MEND = 'write {jwt: {key: "${env.NAME}", algorithms: [HS256]}}'
CHOICE = 'write one of [HS256], [RS256], [ES256], [EdDSA]'
LEEWAY = 10.0
MAX_LEEWAY = 300.0


@dataclass(frozen=True, slots=True)
class Jwt:
    """Which tokens are good. Without an `issuer` any may have issued them.

    Without an `audience` a token must not have one: it was made for somebody else.
    """

    keys: 'Keys'
    algorithms: tuple[str, ...]
    issuer: tuple[str, ...] = ()  # any of these
    audience: tuple[str, ...] = ()  # any of these
    leeway: float = LEEWAY  # seconds that clocks may differ


@dataclass(frozen=True, slots=True)
class Auth:
    """How clients of a namespace prove who they are."""

    jwt: Jwt


def read(raw: Any, base: Path) -> Auth:
    """The section; files are relative to `base`. Raises Mistakes."""
    body, found = section(raw, ('jwt',), MEND)
    try:
        if 'jwt' not in body:
            found.append(Mistake('jwt is missing', MEND))
        else:
            verified = jwt(body['jwt'], base)
    except Mistakes as mistakes:
        found += [mistake.below('jwt') for mistake in mistakes.found]
    if found:
        raise Mistakes(*found)
    return Auth(verified)


def section(raw: Any, known: tuple[str, ...], mend: str) -> tuple[dict[str, Any], list[Mistake]]:
    """A mapping, and which of its keys nobody knows."""
    if not isinstance(raw, dict):
        raise wrong(f'{kind(raw)}, where a mapping is needed', mend)
    return raw, [
        Mistake(f'unknown key {name}', nearest(name, known), (name,), key=True)
        for name in raw
        if name not in known
    ]


def jwt(raw: Any, base: Path) -> Jwt:
    body, found = section(raw, KEYS, 'write {key: "${env.NAME}", algorithms: [HS256]}')

    def part(name: str, read: Callable[[Any], Any], default: Any = None) -> Any:
        if name not in body:
            return default
        try:
            return read(body[name])
        except Mistakes as mistakes:
            found.extend(mistake.below(name) for mistake in mistakes.found)
            return default

    names = part('algorithms', algorithms, ())
    if 'algorithms' not in body:
        found.append(Mistake('algorithms is missing', CHOICE))
    keys: list[Key] = part('key', lambda raw: several(raw, names or ALGORITHMS, texts), [])
    keys += part('key_file', lambda raw: several(raw, names or ALGORITHMS, files(base)), [])
    if ('key' in body) is ('key_file' in body):
        what = 'key and key_file' if 'key' in body else 'neither key nor key_file'
        found.append(Mistake(what, 'write one of them; each may be a list'))
    issuer, audience = part('issuer', each_text, ()), part('audience', each_text, ())
    leeway = part('leeway', seconds, LEEWAY)
    if found:
        raise Mistakes(*found)
    for index, name in enumerate(names):
        if all(key.algorithm != name for key in keys):
            raise wrong(f'no key is for {name}', 'remove it, or add its key', 'algorithms', index)
    return Jwt(together(keys), names, issuer, audience, leeway)


def algorithms(raw: Any) -> tuple[str, ...]:
    if not isinstance(raw, list) or not raw:
        raise wrong('no list of algorithms', CHOICE)
    for index, name in enumerate(raw):
        if isinstance(name, str) and name.lower() == 'none':
            raise wrong('a token that nobody has signed proves nothing', CHOICE, index)
        if name not in ALGORITHMS:
            raise wrong('an unknown algorithm', nearest(str(name), ALGORITHMS), index)
        if name in raw[:index]:
            raise wrong('the same algorithm twice', 'remove one', index)
    if 'HS256' in raw and len(raw) > 1:
        what = 'HS256 beside others: a public key could be taken for its secret'
        raise wrong(what, 'write [HS256] alone, or leave it out')
    return tuple(raw)


def several(raw: Any, algorithms: tuple[str, ...], text: Callable[[Any], Any]) -> 'list[Key]':
    """The keys of one text or of a list of them; `text` gives what each holds."""
    from gateway.config import keys  # noqa: PLC0415 - cryptography takes a while to import

    if not isinstance(raw, list):
        return keys.read(text(raw), algorithms)
    if not raw:
        raise wrong('an empty list', 'without a key nobody can be trusted')
    return [*chain(*each(raw, lambda item: keys.read(text(item), algorithms)))]


def texts(raw: Any) -> str | dict[str, Any]:
    """What stands in `key`; a JWK may be a mapping, since YAML reads JSON."""
    if raw is None:
        return ''
    if not isinstance(raw, (str, dict)):
        raise wrong(f'{kind(raw)}, where a key is needed', 'write "${env.NAME}"')
    return raw


def files(base: Path) -> Callable[[Any], str]:
    """What stands in the file that `key_file` names; the newline at its end is none of the key."""

    def text(raw: Any) -> str:
        _, data = tls.read(raw, base)
        try:
            return data.decode('utf-8-sig').removesuffix('\n').removesuffix('\r')
        except UnicodeDecodeError:
            mend = 'openssl pkey -pubin -inform DER -in FILE -out FILE.pem makes PEM of DER'
            raise wrong('no text', mend) from None

    return text


def together(found: 'list[Key]') -> 'Keys':
    from gateway.config.keys import MAX_WITHOUT_KID, Keys  # noqa: PLC0415

    if sum(key.kid is None for key in found) > MAX_WITHOUT_KID:
        what = f'more than {MAX_WITHOUT_KID} keys without kid, all tried on each token'
        raise wrong(what, 'remove old ones, or write JWKs with kid')
    return Keys(tuple(found))


def each_text(raw: Any) -> tuple[str, ...]:
    """A text or a list of them."""
    if isinstance(raw, list) and not raw:
        raise wrong('an empty list', 'name at least one, or remove it')
    return tuple(each(raw, one_text)) if isinstance(raw, list) else (one_text(raw),)


def one_text(raw: Any) -> str:
    if not isinstance(raw, str) or not raw:
        what = kind(raw) if raw else 'empty'
        raise wrong(f'{what}, where text is needed', 'write what the token says')
    return raw


def seconds(raw: Any) -> float:
    return float(between(0, MAX_LEEWAY, 'write 0s to 5m')(duration(raw)))
