"""docs/protocols.md says what the code does: every refusal, every bound."""

from pathlib import Path

import pytest

from gateway.engine import handshake, session
from gateway.hub import assembly, callbacks, membership, server, space
from gateway.wire import codec, json_codec, msgpack_codec

PAGE = (Path(__file__).parents[2] / 'docs' / 'protocols.md').read_text()
REFUSALS = [value for value in vars(handshake).values() if isinstance(value, handshake.Refusal)]


@pytest.mark.parametrize(
    'refusal', REFUSALS, ids=lambda refusal: f'{refusal.status} {refusal.message}'
)
def test_every_refusal_stands_in_the_table(refusal):
    start = f'| {refusal.status} | `{{"code":{refusal.code},"message":"{refusal.message}"'
    [line] = [line for line in PAGE.splitlines() if line.startswith(start)]
    assert ('"supported"' in line or '…' in line) == bool(refusal.supported)


@pytest.mark.parametrize(
    ('what', 'bound'),
    [
        ('events of one client whose handlers run', session.MAX_IN_FLIGHT),
        ('namespaces of one connection', server.MAX_NAMESPACES),
        ("length of a namespace's name", codec.MAX_NAMESPACE),
        ('rooms of one client', membership.MAX_ROOMS),
        ("length of a room's name", space.MAX_ROOM_NAME),
        ('callbacks of one client that wait', callbacks.MAX_CALLBACKS),
        ('attachments of one event', json_codec.MAX_ATTACHMENTS),
        ('attachments of one event', assembly.MAX_PAYLOADS),
        ("digits of an acknowledgement's id", codec.MAX_ID_DIGITS),
        ('lists and maps in each other', codec.MAX_DEPTH),
        ('extensions in one msgpack message', msgpack_codec.MAX_EXTENSIONS),
    ],
)
def test_every_bound_is_the_codes(what, bound):
    [line] = [line for line in PAGE.splitlines() if line.startswith('| ') and what in line]
    assert f'{bound:,}' in line.split('|')[2]
