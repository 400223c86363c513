"""The keys that tokens are verified with, and what was signed with them (RFC 7515 to 7518, 8037).

Imported where `auth` is configured, and nowhere else: cryptography takes a while.

Rules of this file:
- What a key is says which algorithm it is for. A token never does: it names an algorithm and a
  `kid`, and both have to fit a key that is here.
- A token brings no key of its own: `jwk`, `jku`, `x5c` and `x5u` in its header mean nothing.
- Only what verifies is taken. Whoever reads a private key here could make tokens.
- `crit` and `b64` are refused: no extension is understood (RFC 7515, section 4.1.11).
- No message holds anything of a key or of a token.
"""

import base64
import binascii
import json
import re
import warnings
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final

from cryptography.x509 import load_der_x509_certificate
from joserfc.jwa import JWSAlgModel
from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey
from joserfc.jws import JWSRegistry, extract_compact, validate_compact

from gateway.config.mistakes import wrong

MIN_SECRET: Final = 32  # bytes, for HS256 (RFC 7518, section 3.2)
RSA_BITS: Final = range(2_048, 8_192 + 1)  # at least 2,048 (section 3.3); more takes too long
MAX_WITHOUT_KID: Final = 8  # all of them are tried on a token
OTHER_NAMES: Final = {'Ed25519': 'EdDSA'}  # RFC 9864 gave the algorithm a second name
PRIVATE: Final = ('d', 'p', 'q')
RULES: Final = ('alg', 'use', 'key_ops', 'kid')
KINDS: Final[dict[str, Any]] = {'oct': OctKey, 'RSA': RSAKey, 'EC': ECKey, 'OKP': OKPKey}
LABEL: Final = re.compile(r'-----(BEGIN|END) ([A-Z0-9 ]+)-----')
SSH: Final = re.compile(r'(?:ssh-|ecdsa-sha2-|sk-)[a-z0-9@.-]+ ')
TAKES: Final = 'HS256 takes a secret, RS256 RSA, ES256 EC on P-256, EdDSA Ed25519'
PUBLIC: Final = 'give the public one: openssl pkey -in FILE -pubout prints it'

Native = OctKey | RSAKey | ECKey | OKPKey


class Unverified(ValueError):
    """Nobody whose key is here has signed this token."""


class Registry(JWSRegistry):
    """The algorithms of the library, without its warnings: which are allowed is settled here.

    What a header holds beside the known names is ignored, as it must be (RFC 7515, section 4).
    """

    max_header_length = 8_192  # some hold certificates; tokens have a bound of their own
    max_signature_length = RSA_BITS[-1] // 6 + 1

    def get_alg(self, name: str) -> JWSAlgModel:
        return self.algorithms[name]


REGISTRY: Final = Registry(strict_check_header=False)


@dataclass(frozen=True, slots=True)
class Key:
    """A key of one algorithm; `kid` is its name, if it has one."""

    algorithm: str
    kid: str | None
    native: Native = field(repr=False)


@dataclass(frozen=True, slots=True)
class Keys:
    """What tokens may be signed with."""

    keys: tuple[Key, ...]

    def payload(self, token: bytes) -> bytes:
        """What was signed; Unverified if it was not, or with no key of these."""
        try:
            signed = extract_compact(token, registry=REGISTRY)
            header = signed.headers()
            if 'crit' in header or 'b64' in header:
                raise Unverified('an extension that is not understood')
            keys = self.named(header['alg'], header.get('kid'))
            for key in keys:
                if validate_compact(signed, key.native, registry=REGISTRY):
                    return signed.payload
        except Unverified:
            raise
        except Exception:  # a stranger's text may make anything of a library
            raise Unverified('no token') from None
        raise Unverified('a wrong signature' if keys else 'an unknown algorithm or kid')

    def named(self, name: Any, kid: Any) -> list[Key]:
        """The keys that a token's header means; a key without kid is meant by all of them."""
        algorithm = OTHER_NAMES.get(name, name)
        fitting = [key for key in self.keys if key.algorithm == algorithm]
        if kid is None and len(fitting) == 1:
            return fitting
        return [key for key in fitting if key.kid is None or key.kid == kid]


def read(raw: str | dict[str, Any], algorithms: Iterable[str]) -> list[Key]:
    """The keys in a text (PEM, JWK, JWK set, secret), or in a JWK that is a mapping already."""
    with warnings.catch_warnings(action='ignore'):  # what the library warns of is refused below
        if isinstance(raw, dict):
            return from_jwk(raw, algorithms)
        if not raw.strip():
            raise wrong('an empty key', 'without a key nobody can be trusted')
        if raw.lstrip().startswith('{'):
            return from_json(raw, algorithms)
        if '-----' in raw:
            return [from_pem(raw.replace('\\n', '\n'), algorithms)]
        return [from_text(raw, algorithms)]


def from_json(text: str, algorithms: Iterable[str]) -> list[Key]:
    try:
        jwk = json.loads(text)
    except (ValueError, RecursionError):
        raise wrong('no JWK: the JSON is broken', 'copy it again') from None
    return from_jwk(jwk, algorithms)


def from_jwk(jwk: dict[str, Any], algorithms: Iterable[str]) -> list[Key]:
    """A JWK, or those of a set that are for these algorithms: others are none of ours."""
    jwks = jwk.get('keys', [jwk])
    if not isinstance(jwks, list) or not all(isinstance(item, dict) for item in jwks):
        raise wrong('no JWK set: its keys are no list of objects', 'copy it again')
    found = [key for item in jwks if (key := from_one_jwk(item)) and key.algorithm in algorithms]
    if not found:
        raise wrong(f'no key for {" or ".join(algorithms)} in it', TAKES)
    for key in found:
        check(key.native)
    return found


def from_one_jwk(jwk: dict[str, Any]) -> Key | None:
    """A public key or a secret; None if it is not for signatures, or of an unknown kind.

    RFC 7517, sections 4.1 to 4.5 and 5.
    """
    kind, kid = jwk.get('kty'), jwk.get('kid')
    if not isinstance(kind, str) or not isinstance(kid, str | None):
        raise wrong('no JWK: its kty and kid are no text', 'copy it again')
    if kind != 'oct' and any(name in jwk for name in PRIVATE):
        raise wrong('a private key, where the public one verifies', 'remove d, p, q, dp, dq and qi')
    if kind not in KINDS or jwk.get('use', 'sig') != 'sig':
        return None
    try:
        if 'verify' not in jwk.get('key_ops', ['verify']):
            return None
        native = KINDS[kind].import_key({k: v for k, v in jwk.items() if k not in RULES})
        algorithm = algorithm_of(native)
        meant = jwk.get('alg', algorithm)
        fits = OTHER_NAMES.get(meant, meant) == algorithm
    except Exception:  # the library's own errors are of many kinds
        raise wrong('the JWK is damaged', 'copy it again') from None
    return Key(algorithm, kid, native) if fits else None


def from_pem(text: str, algorithms: Iterable[str]) -> Key:
    marks = LABEL.findall(text)
    labels = [label for mark, label in marks if mark == 'BEGIN']
    if any('PRIVATE KEY' in label for label in labels):
        raise wrong('a private key, where the public one verifies', PUBLIC)
    if 'CERTIFICATE' in labels:
        raise wrong('a certificate', 'openssl x509 -in FILE -noout -pubkey prints its key')
    if len(marks) != 2 * len(labels):
        raise wrong('the key is cut off', 'copy it again')
    if len(labels) > 1:
        raise wrong('several keys in one text', 'make it a list')
    native = asymmetric(text.encode())
    if native is None:
        raise wrong('the key is damaged', 'copy it again')
    return for_these(native, algorithms)


def from_text(text: str, algorithms: Iterable[str]) -> Key:
    """A secret, unless it is something that everybody may know."""
    if SSH.match(text) or text.startswith('---- BEGIN'):  # the latter: RFC 4716
        raise wrong('an OpenSSH key', 'ssh-keygen -e -m PKCS8 -f FILE prints it in PEM')
    if '://' in text:
        raise wrong('an address, where a key is needed', 'save what it serves, and name key_file')
    bytes_ = unarmoured(text)
    if text.lstrip().startswith('[') or bytes_.lstrip().startswith((b'{', b'[')):
        raise wrong('JSON that is no JWK and no JWK set', 'write the object with kty, or with keys')
    if is_certificate(bytes_):
        raise wrong('a certificate', 'openssl x509 -in FILE -noout -pubkey prints its key')
    bare = asymmetric(bytes_)
    if bare is not None:
        if bare.is_private:
            raise wrong('a private key, where the public one verifies', PUBLIC)
        for_these(bare, algorithms)
        mend = 'put it between -----BEGIN PUBLIC KEY----- and -----END PUBLIC KEY-----'
        raise wrong('a public key without the lines of PEM', mend)
    if 'HS256' not in algorithms:
        mend = 'PEM begins with -----BEGIN PUBLIC KEY-----, a JWK with {; a secret is for HS256'
        raise wrong('no public key', mend)
    native = OctKey.import_key(text.encode())
    check(native)
    return Key('HS256', None, native)


def unarmoured(text: str) -> bytes:
    """What base64 alone stands for, in either alphabet; nothing if it is none."""
    joined = ''.join(text.split()).rstrip('=').replace('-', '+').replace('_', '/')
    try:
        return base64.b64decode(joined + '=' * (-len(joined) % 4), validate=True)
    except (ValueError, binascii.Error):
        return b''


def is_certificate(data: bytes) -> bool:
    try:
        load_der_x509_certificate(data)
    except ValueError:
        return False
    return True


def asymmetric(data: bytes) -> RSAKey | ECKey | OKPKey | None:
    """The key that PEM or DER holds, if it holds any."""
    for kind in ('RSA', 'EC', 'OKP'):
        try:
            key: RSAKey | ECKey | OKPKey = KINDS[kind].import_key(data)
        except Exception:  # noqa: S112 - another kind, or none; the errors are of many kinds
            continue
        return key
    return None


def for_these(native: Native, algorithms: Iterable[str]) -> Key:
    """A public key for one of the algorithms."""
    algorithm = algorithm_of(native)
    if algorithm in algorithms:
        check(native)
        return Key(algorithm, None, native)
    if 'HS256' in algorithms:
        mend = f'write algorithms: [{algorithm}]' if algorithm else TAKES
        raise wrong('a public key, which everybody may know, where HS256 has its secret', mend)
    if not algorithm:
        raise wrong('a key that none of the algorithms takes', TAKES)
    raise wrong(f'a key for {algorithm}, which algorithms does not name', TAKES)


def algorithm_of(native: Native) -> str:
    """The only algorithm that it is for; empty if there is none."""
    match native:
        case OctKey():
            return 'HS256'
        case RSAKey():
            return 'RS256'
        case ECKey():
            return 'ES256' if native.raw_value.curve.name == 'secp256r1' else ''
    return 'EdDSA' if native.curve_name == 'Ed25519' else ''


def check(native: Native) -> None:
    """Whether it is strong enough."""
    if isinstance(native, OctKey) and len(native.raw_value) < MIN_SECRET:
        mend = 'openssl rand -base64 32 makes a good one'
        raise wrong(f'a secret of less than {MIN_SECRET} bytes', mend)
    if isinstance(native, RSAKey) and native.raw_value.key_size not in RSA_BITS:
        raise wrong('an RSA key that is not of 2048 to 8192 bits', 'make another one')
