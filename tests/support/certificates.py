"""Certificates for tests, made when they are needed; no key is ever kept.

`with_chain(folder)` writes `cert.pem` (a server's certificate and its intermediate), `key.pem` and
`ca.pem` (whom clients have to trust) for 127.0.0.1, ::1 and localhost.
"""

import ssl
from functools import cache
from pathlib import Path

import trustme

NAMES = ('127.0.0.1', '::1', 'localhost')
FILES = {'certificate': 'cert.pem', 'key': 'key.pem'}  # what server.tls says of such a folder


@cache
def authority() -> trustme.CA:
    """Making a key takes a while: one root for all tests of a process."""
    return trustme.CA()


def with_chain(folder: Path) -> Path:
    issued = authority().create_child_ca().issue_cert(*NAMES)
    issued.private_key_pem.write_to_path(folder / 'key.pem')
    (folder / 'cert.pem').write_bytes(b''.join(blob.bytes() for blob in issued.cert_chain_pems))
    authority().cert_pem.write_to_path(folder / 'ca.pem')
    return folder


def section(folder: Path) -> dict[str, str]:
    """`server.tls` with absolute paths."""
    return {name: str(folder / file) for name, file in FILES.items()}


def trusting(folder: Path) -> ssl.SSLContext:
    """A client's context that trusts the authority of `folder` alone."""
    return ssl.create_default_context(cafile=str(folder / 'ca.pem'))
