"""What becomes of a token that a client brings, without the client."""

from types import SimpleNamespace
from typing import Any

import pytest

from gateway.config import auth
from gateway.errors import Refused
from gateway.routing.authentication import authenticate
from tests.support.tokens import key


def jwt(algorithm: str = 'HS256', **more: Any) -> auth.Jwt:
    raw = {'key': key(algorithm), 'algorithms': [algorithm], **more}
    return auth.read({'jwt': raw}, None).jwt


HS256 = jwt()


def client(auth: Any = None, **headers: str) -> Any:
    return SimpleNamespace(sid='its sid', auth=auth, request=SimpleNamespace(headers=headers))


def claims(text: Any, jwt: auth.Jwt = HS256) -> dict[str, Any]:
    return authenticate(jwt, client({'token': text})).claims


def refusal(text: Any, jwt: auth.Jwt = HS256) -> str:
    with pytest.raises(Refused) as caught:
        claims(text, jwt)
    [(name, code)] = caught.value.data.items()
    assert name == 'message'
    return code
