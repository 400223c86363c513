"""permessage-deflate: what is inflated is bounded, what is deflated comes back, offers never fail.

The first byte says which.
"""

import zlib

from gateway.errors import PeerError
from gateway.wire import deflate, frames

LIMIT = 1_000


def _last_block(text):
    compressor = zlib.compressobj(wbits=-15)
    return compressor.compress(text) + compressor.flush()


SEEDS = [
    b'\0' + deflate.deflate(b'42["news"]'),
    b'\0' + deflate.deflate(bytes(LIMIT)),
    b'\0' + deflate.deflate(bytes(LIMIT + 1)),
    b'\0' + _last_block(b'42["news"]') + b'\0',
    b'\0\0',
    b'\1' + b'42["news",1]' * 9,
    b'\2permessage-deflate; client_max_window_bits',
    b'\2permessage-deflate; server_max_window_bits=10, permessage-deflate',
    b'\2permessage-deflate; server_no_context_takeover; client_max_window_bits="15"',
]


def check(data: bytes) -> None:
    choice, rest = data[:1], data[1:]
    if choice == b'\0':
        try:
            payload = deflate.inflate(rest, LIMIT)
        except PeerError as error:
            if error.close_code not in (frames.INVALID_DATA, frames.TOO_BIG):
                raise
        else:
            assert len(payload) <= LIMIT
            assert deflate.inflate(deflate.deflate(payload), LIMIT) == payload
    elif choice == b'\1':
        built = frames.build(frames.TEXT, rest[:9]) + frames.build(frames.BINARY, rest)
        sent = deflate.compress(built, 10)
        assert len(sent) <= len(built)
        for plain, small in zip(frames.split(built), frames.split(sent), strict=True):
            opcode, payload = small
            assert opcode == plain[0]
            assert plain[1] in (payload, _inflated(payload))
    else:
        answer = deflate.negotiate(rest.decode('latin-1'))
        assert answer is None or answer.startswith(deflate.NAME), answer


def _inflated(payload):
    try:
        return deflate.inflate(payload, 100_000)
    except PeerError:
        return None
