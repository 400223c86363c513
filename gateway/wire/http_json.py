"""JSON as programs speak it over HTTP: bytes are `{"$bytes": "BASE64"}`, both ways.

Rules of this file:
- What JavaScript knows and JSON does not is as in packets (`json_codec.py`): NaN is null. A number
  beyond the range of a double is refused: nobody is sent null in its place.
- An object with that one key, whoever wrote it, is bytes: no client gains by writing it.
"""

import base64
import binascii
import re
from typing import Any, Final

import orjson

from gateway.errors import PeerError
from gateway.wire import json_codec

KEY: Final = '$bytes'
MARK: Final = b'"$bytes"'
ESCAPED: Final = re.compile(rb'\\u00[2-7]')  # what the key may be spelled with


def dumps(data: Any) -> bytes:
    """ValueError where JSON can't hold `data`."""
    try:
        return orjson.dumps(data)
    except TypeError:  # bytes, or something for the standard library
        return json_codec.dumps(data, _wrapped, [])


def loads(text: bytes) -> Any:
    """ValueError where `text` is no JSON, nests too deeply, or holds what is no base64."""
    try:
        data = json_codec.loads(text, huge=False)
    except PeerError as error:
        raise ValueError(str(error)) from None
    return _unwrapped(data) if MARK in text or ESCAPED.search(text) else data


def _wrapped(value: bytes, _: list[bytes]) -> Any:
    return {KEY: base64.b64encode(value).decode()}


def _unwrapped(data: Any) -> Any:
    """No deeper than `loads` allows."""
    if isinstance(data, list):
        return [_unwrapped(item) for item in data]
    if not isinstance(data, dict):
        return data
    if data.keys() == {KEY} and isinstance(text := data[KEY], str):
        try:
            return base64.b64decode(text, validate=True)
        except (binascii.Error, ValueError):
            raise ValueError('$bytes is no base64') from None
    return {key: _unwrapped(value) for key, value in data.items()}
