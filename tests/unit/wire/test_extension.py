"""What JSON is given for the values that only msgpack has."""

from datetime import UTC, datetime, timedelta

import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.wire import json_codec
from gateway.wire.codec import EVENT
from gateway.wire.extension import Extension, iso


def date(milliseconds):
    return Extension(0, milliseconds.to_bytes(8, 'big', signed=True), fixed=True)


@pytest.mark.parametrize(
    ('value', 'payload'),
    [
        (Extension(0, b'\0', fixed=True), b'42["a",null]'),
        (date(0), b'42["a","1970-01-01T00:00:00.000Z"]'),
        (date(1_700_000_000_123), b'42["a","2023-11-14T22:13:20.123Z"]'),
        (date(8_640_000_000_000_001), b'42["a",null]'),  # no Date
        (msgpack.Timestamp(1, 999_999_999), b'42["a","1970-01-01T00:00:01.999Z"]'),
        (msgpack.Timestamp(2**62), b'42["a",null]'),
        (Extension(0, bytes(8)), b'451-["a",{"_placeholder":true,"num":0}]\x1ebAAAAAAAAAAA='),
        (Extension(5, b'x', fixed=True), b'451-["a",{"_placeholder":true,"num":0}]\x1ebeA=='),
    ],
)
def test_extensions_in_json(value, payload):
    assert json_codec.encode(EVENT, '/', ['a', value]).payload == payload


def test_extensions_in_json_beside_what_only_the_standard_library_writes():
    data = ['a', date(0), '\ud800', Extension(5, b'x'), datetime.fromtimestamp(0, UTC)]
    assert json_codec.encode(EVENT, '/', data).payload == (
        b'451-["a","1970-01-01T00:00:00.000Z","\\ud800",{"_placeholder":true,"num":0},'
        b'"1970-01-01T00:00:00+00:00"]\x1ebeA=='
    )


@pytest.mark.parametrize(
    ('milliseconds', 'text'),
    [
        (-1, '1969-12-31T23:59:59.999Z'),
        (951_782_400_000, '2000-02-29T00:00:00.000Z'),
        (-62_167_219_200_000, '0000-01-01T00:00:00.000Z'),
        (-62_167_219_200_001, '-000001-12-31T23:59:59.999Z'),
        (253_402_300_800_000, '+010000-01-01T00:00:00.000Z'),
        (8_640_000_000_000_000, '+275760-09-13T00:00:00.000Z'),
        (-8_640_000_000_000_000, '-271821-04-20T00:00:00.000Z'),
    ],
)
def test_dates_of_any_year(milliseconds, text):
    assert iso(milliseconds) == text


@given(st.datetimes(timezones=st.just(UTC)))
def test_dates_are_those_of_the_standard_library(moment):
    since = moment - datetime(1970, 1, 1, tzinfo=UTC)
    text = iso(since // timedelta(milliseconds=1))
    whole = moment.replace(microsecond=moment.microsecond // 1000 * 1000)
    assert text == whole.isoformat(timespec='milliseconds').replace('+00:00', 'Z')
