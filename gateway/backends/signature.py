"""Who sent it: the signature of Standard Webhooks 1.0 ("Signature scheme"), HMAC-SHA256.

What is signed is `ID.TIMESTAMP.BODY`: none of them can be changed, and an old one is seen as old.
"""

import base64
import hmac
from collections.abc import Iterator, Sequence

VERSION = 'v1'


def headers(
    id: str, now: float, body: bytes, secrets: Sequence[bytes]
) -> Iterator[tuple[str, str]]:
    """The headers of a request that is sent at `now`, in seconds since 1970."""
    timestamp = str(int(now))
    yield 'webhook-id', id
    yield 'webhook-timestamp', timestamp
    if secrets:
        signed = b'%b.%b.%b' % (id.encode(), timestamp.encode(), body)
        yield 'webhook-signature', ' '.join(sign(secret, signed) for secret in secrets)


def sign(secret: bytes, signed: bytes) -> str:
    digest = hmac.digest(secret, signed, 'sha256')
    return f'{VERSION},{base64.b64encode(digest).decode()}'
