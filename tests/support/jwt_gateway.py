"""A gateway with `auth`: each algorithm in a namespace of its own, its key in a place of its own.

`/` and what says nothing else take HS256; `/open` takes anybody.
"""

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from gateway.app import Gateway
from tests.support import gateway as gateways
from tests.support.tokens import ALGORITHMS, jwk, jwks, key

WHO = {'events': {'who': {'ack': '${claims.sub}'}}}


def write(folder: Path, monkeypatch: pytest.MonkeyPatch, **auth: object) -> Path:
    """The configuration; `auth` is more of the section `auth.jwt` for all namespaces."""
    (folder / 'credentials').mkdir()
    (folder / 'credentials' / 'jwt').write_text(key('EdDSA') + '\n')
    (folder / 'keys').mkdir()
    (folder / 'keys' / 'public.pem').write_text(key('RS256'))
    monkeypatch.setenv('JWT_KEY', key('HS256'))
    monkeypatch.setenv('JWT_KEYS', jwks(jwk('ES256', 1, kid='old'), jwk('ES256', kid='new')))
    monkeypatch.setenv('CREDENTIALS_DIRECTORY', str(folder / 'credentials'))
    keys = {
        'HS256': {'key': '${env.JWT_KEY}'},
        'RS256': {'key_file': './keys/public.pem'},
        'ES256': {'key': '${env.JWT_KEYS}'},
        'EdDSA': {'key': '${credential.jwt}'},
    }
    assert tuple(keys) == ALGORITHMS
    namespaces = {
        f'/{name}': {'auth': {'jwt': {**where, 'algorithms': [name]}}, **WHO}
        for name, where in keys.items()
    }
    namespaces |= {'/': WHO, '/open': {'auth': 'none', 'events': {'who': {'ack': 'anybody'}}}}
    jwt = {'key': '${env.JWT_KEY}', 'algorithms': ['HS256'], **auth}
    # see tests/conftest.py
    sections = {'auth': {'jwt': jwt}, 'socketio': {'ping_interval': '1s'}}
    return gateways.write(folder / 'gateway.yaml', namespaces, **sections)


@contextlib.asynccontextmanager
async def serving(folder: Path, namespaces: Any, **sections: Any) -> AsyncIterator[Gateway]:
    """A gateway on the running loop; `port` is an attribute of it."""
    gateway = Gateway(gateways.write(folder / 'gateway.yaml', namespaces, **sections))
    gateway.start()
    gateway.port = int(gateway.addresses[0].rpartition(':')[2])
    try:
        yield gateway
    finally:
        await gateway.stop()
