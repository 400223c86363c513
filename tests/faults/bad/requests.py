"""HTTP and the handshake of WebSocket: every rule broken once (RFC 9112; RFC 6455, section 4)."""

from collections.abc import Iterator

from tests.faults.bad.row import (
    BAD_REQUEST,
    MARK,
    POLL,
    PROTOCOL_ERROR,
    TRANSPORT_CLOSE,
    Row,
    chunked,
    post,
    refuses,
    request,
)
from tests.support.raw import HANDSHAKE, POLLING, WEBSOCKET

KEY = 'dGhlIHNhbXBsZSBub25jZQ=='
UPGRADE = HANDSHAKE.format(query=WEBSOCKET, port=80, headers='').encode()
LINE = f'GET /socket.io/?{POLLING} HTTP/1.1\r\n'.encode()
HELLO = bytes.fromhex('16030100c8010000c40303') + bytes(189)  # of TLS

MALFORMED = refuses(400)
TOO_LONG = refuses(431, 'Request header fields too large')
UNKNOWN = refuses(400, 'Transport unknown', 0)
BAD_METHOD = refuses(400, 'Bad handshake method', 2)
NOT_ALLOWED = refuses(405, 'Method not allowed')
UNKNOWN_SID = refuses(400, 'Session ID unknown', 1)
FORBIDDEN = refuses(403, 'Forbidden', 4)
TOO_BIG = refuses(413, 'Payload too large')
VERSION = refuses(
    400,
    'Unsupported protocol version',
    5,
    'Engine.IO protocol 4 (EIO=4), which Socket.IO clients speak since version 3',
)
NO_JSONP = refuses(400, 'JSONP is not supported', 3, 'polling without the parameter j')


def upgrade(old: str, new: str) -> bytes:
    """The handshake, something of it replaced."""
    changed = UPGRADE.replace(old.encode('latin-1'), new.encode('latin-1'))
    assert changed != UPGRADE, old
    return changed


def with_header(line: str) -> bytes:
    return LINE + b'Host: x\r\n' + line.encode('latin-1') + b'\r\n\r\n'


def with_target(target: str) -> bytes:
    return f'GET {target} HTTP/1.1\r\nHost: x\r\n\r\n'.encode('latin-1')


# What is no HTTP: refused before anybody asks what is wanted.
NO_HTTP = {
    'HTTP/0.9': b'GET /socket.io/?S3CRET\r\n\r\n',
    'HTTP/1.1 without a target': b'GET HTTP/1.1\r\nHost: x\r\n\r\n',
    'the preface of HTTP/2': b'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
    'HTTP/2.0': LINE.replace(b'1.1', b'2.0') + b'Host: x\r\n\r\n',
    'HTTP/3.7': LINE.replace(b'1.1', b'3.7') + b'Host: x\r\n\r\n',
    'HTTP/1.10': LINE.replace(b'1.1', b'1.10') + b'Host: x\r\n\r\n',
    'http/1.1': LINE.replace(b'HTTP', b'http') + b'Host: x\r\n\r\n',
    'a TLS hello': HELLO,
    'a TLS hello with an empty line': HELLO + b'\r\n\r\n',
    'SSH': b'SSH-2.0-S3CRET\r\n\r\n',
    'NUL': b'\0' * 20 + b'\r\n\r\n',
    'a frame of WebSocket': bytes.fromhex('818512345678') + MARK + b'\r\n\r\n',
    'two spaces': LINE.replace(b' ', b'  ') + b'Host: x\r\n\r\n',
    'tabs for spaces': LINE.replace(b' ', b'\t') + b'Host: x\r\n\r\n',
    'a space within the target': with_target('/socket.io/?S3 CRET'),
    'a NUL within the target': with_target('/socket.io/?S3CRET\0'),
    'a DEL within the target': with_target('/socket.io/?S3CRET\x7f'),
    'a bare CR within the target': with_target('/socket.io/?S3CRET\rx'),
    'a method of brackets': b'G[E]T / HTTP/1.1\r\nHost: x\r\n\r\n',
    'no Host': LINE + b'\r\n',
    'two Hosts': LINE + b'Host: x\r\nHost: S3CRET\r\n\r\n',
    'Host with a path': LINE + b'Host: x/S3CRET\r\n\r\n',
    'Host with a space': LINE + b'Host: x S3CRET\r\n\r\n',
    'Host with a name before it': LINE + b'Host: a@S3CRET\r\n\r\n',
    '6,000 parameters': request('GET', 'a=S3CRET&' * 6_000),
    'a folded header': with_header('A: S3CRET\r\n folded'),
    'a header folded by a tab': with_header('A: S3CRET\r\n\tfolded'),
    'a first header that is folded': LINE + b' Host: x\r\n\r\n',
    'a header without a colon': with_header('S3CRET'),
    'a header without a name': with_header(': S3CRET'),
    'a space before the colon': with_header('Content-Length : 5'),
    'a space within a name': with_header('S3 CRET: 1'),
    'a name that is no ASCII': with_header('S3CRÉT: 1'),
    'a NUL within a value': with_header('A: S3CRET\0'),
    'a bare CR within a value': with_header('A: S3CRET\rB: 1'),
    'a control byte within a value': with_header('A: \x1bS3CRET'),
    'a DEL within a value': with_header('A: S3CRET\x7f'),
}

# Requests that a proxy and a server might cut in different places (RFC 9112, section 6.3).
SMUGGLED = {
    'two lengths': post(b'3', 'Content-Length: 2'),
    'two lengths in one': request('POST', POLL, 'Content-Length: 1, 2') + b'3',
    'a length and chunks': post(b'1\r\n3\r\n0\r\n\r\n', 'Transfer-Encoding: chunked'),
    'chunks and a length': request('POST', POLL, 'Transfer-Encoding: chunked', body=b'3'),
    'a signed length': request('POST', POLL, 'Content-Length: +1') + b'3',
    'a negative length': request('POST', POLL, 'Content-Length: -1') + b'3',
    'a hexadecimal length': request('POST', POLL, 'Content-Length: 0x1') + b'3',
    'a length of words': request('POST', POLL, 'Content-Length: S3CRET') + b'3',
    'a fractional length': request('POST', POLL, 'Content-Length: 1.0') + b'3',
    'an empty length': request('POST', POLL, 'Content-Length:') + b'3',
    'a length with an underscore': request('POST', POLL, 'Content-Length: 1_0') + b'3',
    'a superscript length': request('POST', POLL, 'Content-Length: ²') + b'3',
    'gzip': request('POST', POLL, 'Transfer-Encoding: gzip') + b'3',
    'gzip and chunks': request('POST', POLL, 'Transfer-Encoding: gzip, chunked'),
    'chunks twice': request('POST', POLL, 'Transfer-Encoding: chunked, chunked'),
    'chunks on two lines': request('POST', POLL, *['Transfer-Encoding: chunked'] * 2),
    'chunks in quotes': request('POST', POLL, 'Transfer-Encoding: "chunked"'),
    'xchunked': request('POST', POLL, 'Transfer-Encoding: xchunked'),
    'identity': request('POST', POLL, 'Transfer-Encoding: identity'),
    'a chunk size of words': chunked(b'S3CRET\r\n3\r\n0\r\n\r\n'),
    'a negative chunk size': chunked(b'-1\r\n3\r\n0\r\n\r\n'),
    'a signed chunk size': chunked(b'+1\r\n3\r\n0\r\n\r\n'),
    'a chunk size with 0x': chunked(b'0x1\r\n3\r\n0\r\n\r\n'),
    'a chunk size with a space': chunked(b' 1\r\n3\r\n0\r\n\r\n'),
    'a chunk size with an underscore': chunked(b'1_0\r\n3\r\n0\r\n\r\n'),
    'an empty chunk size': chunked(b'\r\n3\r\n0\r\n\r\n'),
    'a chunk size without its end': chunked(b'1' * 100),
    'a chunk size beyond 64 bits': chunked(b'F' * 17 + b'\r\n3'),
    'a chunk that is too long': chunked(b'1\r\n3S3CRET\r\n0\r\n\r\n'),
    'a chunk that ends with LF': chunked(b'1\r\n3\n0\r\n\r\n'),
    'chunks with a trailer': chunked(b'1\r\n3\r\n0\r\nS3CRET: 1\r\n\r\n'),
}

REFUSED = [
    # Engine.IO's own.
    ('no query', request('GET', ''), UNKNOWN),
    ('no transport', request('GET', 'EIO=4'), UNKNOWN),
    ('an unknown transport', request('GET', 'EIO=4&transport=S3CRET'), UNKNOWN),
    ('an empty transport', request('GET', 'EIO=4&transport='), UNKNOWN),
    ('two transports', request('GET', f'{POLLING}&transport=S3CRET'), UNKNOWN),
    ('a transport with NUL', request('GET', 'EIO=4&transport=polling%00'), UNKNOWN),
    ('a query that is no query', request('GET', '&&=&%zz%&;S3CRET=%ff=&'), UNKNOWN),
    ('a query of 60,000 bytes', request('GET', 'a=' + 'S3CRET' * 10_000), UNKNOWN),
    ('no protocol', request('GET', 'transport=polling'), VERSION),
    *(
        (f'protocol {version!r}', request('GET', f'transport=polling&EIO={version}'), VERSION)
        for version in ('', '3', '5', '04', '4.0', '-4', '4%00', 'S3CRET')
    ),
    ('JSONP', request('GET', f'{POLLING}&j=0'), NO_JSONP),
    *(
        (f'{method} as a handshake', request(method, POLLING, body=b'40'), BAD_METHOD)
        for method in ('POST', 'PUT', 'PATCH', 'DELETE')
    ),
    *(
        (f'the method {method}', request(method, POLLING), NOT_ALLOWED)
        for method in ('TRACE', 'CONNECT', 'PROPFIND', 'S3CRET', 'get')
    ),
    *(
        (f'an unknown session, {method}', request(method, f'{POLLING}&sid=S3CRET'), UNKNOWN_SID)
        for method in ('GET', 'POST', 'PUT', 'DELETE')
    ),
    ('a session id of 50,000 bytes', request('GET', f'{POLLING}&sid={"x" * 50_000}'), UNKNOWN_SID),
    ('a session id of NUL', request('GET', f'{POLLING}&sid=%00'), UNKNOWN_SID),
    ('websocket without an upgrade', request('GET', WEBSOCKET), MALFORMED),
    ('an upgrade of polling', upgrade('transport=websocket', 'transport=polling'), MALFORMED),
    # RFC 6455, section 4.2.1.
    ('an upgrade by POST', upgrade('GET', 'POST'), BAD_METHOD),
    ('an upgrade of HTTP/1.0', upgrade('HTTP/1.1', 'HTTP/1.0'), MALFORMED),
    ('an upgrade to h2c', upgrade('Upgrade: websocket', 'Upgrade: h2c'), MALFORMED),
    ('no Upgrade', upgrade('Upgrade: websocket\r\n', ''), MALFORMED),
    ('no Connection', upgrade('Connection: Upgrade\r\n', ''), MALFORMED),
    ('Connection: close', upgrade('Connection: Upgrade', 'Connection: close'), MALFORMED),
    ('no key', upgrade(f'Sec-WebSocket-Key: {KEY}\r\n', ''), MALFORMED),
    *(
        (f'the key {key}', upgrade(KEY, key), MALFORMED)
        for key in (
            '',
            'S3CRET',
            'AAAAAAAAAAAAAAAAAAAAAA',
            'AAAAAAAAAAAAAAAAAAAA',
            'é' * 24,
            'AAAAAAAAAAAAAAAAAAAAAAAA',
            f'{KEY}, {KEY}',
            KEY[:-1] + '!',
        )
    ),
    (
        'two keys',
        upgrade('Sec-WebSocket-Key', f'Sec-WebSocket-Key: {KEY}\r\nSec-WebSocket-Key'),
        MALFORMED,
    ),
    *(
        (f'version {version!r}', upgrade('Version: 13', f'Version: {version}'), refuses(426))
        for version in ('', '8', '12', '14', '013', '13, 13', 'S3CRET')
    ),
    ('no version', upgrade('Sec-WebSocket-Version: 13\r\n', ''), refuses(426)),
    ('an unknown session, WebSocket', upgrade(WEBSOCKET, f'{WEBSOCKET}&sid=S3CRET'), UNKNOWN_SID),
    ('WebSocket and protocol 3', upgrade('EIO=4', 'EIO=3'), VERSION),
    # Origins.
    *(
        (f'origin {origin!r}', upgrade('\r\n\r\n', f'\r\nOrigin: {origin}\r\n\r\n'), FORBIDDEN)
        for origin in (
            '',
            'null',
            'http://evil.example',
            'http://127.0.0.1:81',
            '127.0.0.1:80',
            'https://127.0.0.1:80',
            'http://127.0.0.1:80/',
            'http://127.0.0.1:80, x',
            'http://127.0.0.1:80@evil.example',
            'http://évil.example',
            '\x80' * 500,
        )
    ),
    (
        'two origins',
        upgrade('\r\n\r\n', '\r\n' + 'Origin: http://127.0.0.1:80\r\n' * 2 + '\r\n'),
        FORBIDDEN,
    ),
    (
        'an origin of a POST',
        request('POST', POLLING, 'Origin: http://evil.example', body=b'3'),
        FORBIDDEN,
    ),
    # Limits.
    ('a header of 70,000 bytes', with_header('A: ' + 'S3CRET' * 12_000), TOO_LONG),
    ('a name of 70,000 bytes', with_header('S3CRET' * 12_000 + ': a'), TOO_LONG),
    ('a target of 70,000 bytes', request('GET', 'S3CRET' * 12_000), TOO_LONG),
    ('12,000 headers', with_header('\r\n'.join(['a: b'] * 12_000)), TOO_LONG),
    ('a header block that never ends', LINE + b'S3CRET: 1\r\n' * 8_000, TOO_LONG),
]


def message(back: tuple[tuple[int, bytes], ...]) -> str:
    """What a refusal is counted as."""
    return back[0][1].partition(b'"message":"')[2].partition(b'"')[0].decode()


def rows() -> Iterator[Row]:
    for name, sent in NO_HTTP.items():
        yield Row(name, 'connected', sent, MALFORMED, (BAD_REQUEST,))
    for name, sent, back in REFUSED:
        yield Row(name, 'connected', sent, back, (message(back),))
    for name, sent in SMUGGLED.items():
        state = 'polling joined'
        yield Row(name, state, sent, MALFORMED, (BAD_REQUEST, TRANSPORT_CLOSE))
        yield Row(f'{name}, of nobody', 'connected', sent, MALFORMED, (BAD_REQUEST,))
    get = request('GET', POLL)
    yield Row('a second poll', 'polled', get, MALFORMED, (BAD_REQUEST, PROTOCOL_ERROR))
    for method in ('PUT', 'PATCH', 'DELETE'):
        refused = request(method, POLL)
        yield Row(
            f'{method} of a session',
            'polling joined',
            refused,
            NOT_ALLOWED,
            (message(NOT_ALLOWED),),
        )
    for name, query in {
        'another protocol': POLL.replace('EIO=4', 'EIO=3'),
        'no protocol': POLL.replace('EIO=4&', ''),
        'another transport': POLL.replace('polling', 'websocket'),
    }.items():
        yield Row(name, 'polling joined', request('GET', query), MALFORMED, (BAD_REQUEST,))
        yield Row(
            f'{name}, POST',
            'polling joined',
            request('POST', query, body=b'3'),
            MALFORMED,
            (BAD_REQUEST,),
        )
    yield Row(
        'JSONP', 'polling joined', request('GET', f'{POLL}&j=1'), NO_JSONP, (message(NO_JSONP),)
    )
    yield Row(
        'a transport of no name',
        'polling joined',
        request('GET', POLL.replace('polling', 'S3CRET')),
        UNKNOWN,
        (message(UNKNOWN),),
    )


ROWS: list[Row] = list(rows())
