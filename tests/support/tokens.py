"""Keys and tokens for tests, signed by hand: nothing here is of the library that verifies them.

`key(algorithm)` is what a configuration needs to verify what `token(claims, algorithm)` gives.
"""

import base64
import hashlib
import hmac
import json
from functools import cache
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

ALGORITHMS = ('HS256', 'RS256', 'ES256', 'EdDSA')
SECRET = 'of the tests: not less than 32 bytes'
LATER = 4_000_000_000  # in the year 2096


@cache
def private(algorithm: str, which: int = 0) -> Any:
    """A key that signs; `which` tells several of one algorithm apart."""
    match algorithm:
        case 'HS256':
            return (SECRET + str(which or '')).encode()
        case 'RS256':
            return rsa.generate_private_key(65537, 2048)
        case 'ES256':
            return ec.generate_private_key(ec.SECP256R1())
    return ed25519.Ed25519PrivateKey.generate()


def key(algorithm: str, which: int = 0) -> str:
    """A secret, or a public key in PEM."""
    found = private(algorithm, which)
    return found.decode() if algorithm == 'HS256' else pem(found.public_key())


def pem(public: Any) -> str:
    return public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def der(public: Any) -> bytes:
    return public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def private_pem(private: Any, form: PrivateFormat = PrivateFormat.PKCS8) -> str:
    return private.private_bytes(Encoding.PEM, form, NoEncryption()).decode()


def jwk(algorithm: str, which: int = 0, **more: Any) -> dict[str, Any]:
    """The key as a JWK."""
    found = private(algorithm, which)
    if algorithm == 'HS256':
        return {'kty': 'oct', 'k': b64(found), **more}
    public = found.public_key()
    if algorithm == 'RS256':
        numbers = public.public_numbers()
        return {'kty': 'RSA', 'n': integer(numbers.n), 'e': integer(numbers.e), **more}
    if algorithm == 'ES256':
        point = public.public_numbers()
        x, y = (b64(number.to_bytes(32)) for number in (point.x, point.y))
        return {'kty': 'EC', 'crv': 'P-256', 'x': x, 'y': y, **more}
    x = b64(public.public_bytes(Encoding.Raw, PublicFormat.Raw))
    return {'kty': 'OKP', 'crv': 'Ed25519', 'x': x, **more}


def jwks(*keys: dict[str, Any]) -> str:
    return json.dumps({'keys': keys})


def token(
    claims: Any, algorithm: str = 'HS256', which: int = 0, header: Any = None, by: Any = None
) -> str:
    """A token; `claims` and `header` may be bytes, `by` is another key that signs it."""
    head = {'alg': algorithm, 'typ': 'JWT', **header} if isinstance(header, dict) else header
    parts = {'alg': algorithm, 'typ': 'JWT'} if header is None else head, claims
    text = '.'.join(b64(p if isinstance(p, bytes) else json.dumps(p).encode()) for p in parts)
    return f'{text}.{b64(signature(text.encode(), algorithm, by or private(algorithm, which)))}'


def signature(data: bytes, algorithm: str, by: Any) -> bytes:
    match algorithm:
        case 'HS256':
            return hmac.digest(by, data, hashlib.sha256)
        case 'RS256':
            return by.sign(data, padding.PKCS1v15(), hashes.SHA256())
        case 'ES256':
            pair = decode_dss_signature(by.sign(data, ec.ECDSA(hashes.SHA256())))
            return b''.join(number.to_bytes(32) for number in pair)
    return by.sign(data)


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b'=').decode()


def integer(number: int) -> str:
    return b64(number.to_bytes((number.bit_length() + 7) // 8))
