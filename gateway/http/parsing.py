"""From bytes to requests (RFC 9112): llhttp, and what it leaves to us. Knows no connection.

Rules of this file:
- What two programs could read in two ways is refused, and nothing that follows it is read.
- A request is judged when its head is there: of one that is refused, no body is kept.
- MAX_HEAD bytes of head, `max_body` of body, and MAX_HEAD of anything else in a row (extensions of
  chunks, trailers): that much is kept of a request, and what came with it in one read.
- Another protocol that a client offers to change to is declined: the request is what counts.
"""

from collections import deque
from functools import lru_cache
from typing import Final

import httptools

from gateway.http.message import Admit, Request, Response, refusal

MAX_HEAD: Final = 16_384  # bytes, as in Node

BAD: Final = refusal(400, 'bad_request', 'this is not HTTP as it should be')
BAD_VERSION: Final = refusal(505, 'version', 'HTTP/1.1 and HTTP/1.0 are spoken')
BAD_CODING: Final = refusal(501, 'transfer_encoding', 'chunked is the only transfer coding')
BAD_EXPECT: Final = refusal(417, 'expect', '100-continue is the only expectation')
HEAD_TOO_BIG: Final = refusal(431, 'head_too_big', f'the head is limited to {MAX_HEAD} bytes')
BODY_TOO_BIG: Final = refusal(413, 'body_too_big', 'the body is too big')

# What must not be said twice: programs differ in which of them they believe.
ONCE: Final = frozenset({'host', 'content-type', 'authorization', 'origin'})
ABSOLUTE: Final = ('http://', 'https://')


class Refused(Exception):
    """Raised through llhttp, which stops there."""


class Parser:
    """Of what a client at `ip` sends; `is_owner`: see Request. A `refusal` ends it.

    `requests` are whole, in their order; `refusal` answers what came behind them. `expects`: the
    client waits to hear that it may send its body.
    """

    def __init__(
        self, max_body: int, admit: Admit | None, ip: str, *, is_owner: bool = False
    ) -> None:
        self.requests: deque[Request] = deque()
        self.refusal: Response | None = None
        self.expects = False
        self._max_body = max_body
        self._admit = admit
        self._ip = ip
        self._is_owner = is_owner
        self._llhttp: httptools.HttpRequestParser | None = httptools.HttpRequestParser(self)
        self._in_head = False
        self._request: Request | None = None  # whose body is coming
        self._url = b''
        self._headers: dict[str, str] = {}
        self._parts: list[bytes] = []
        self._told = 0  # bytes of the head, or of trailers, that llhttp has told
        self._body = 0
        self._rest = 0  # bytes in a row that were no body and may be kept by llhttp
        self._progress = False
        self._begun = False  # a request, in this piece

    @property
    def halfway(self) -> bool:
        """Whether a request has begun that is not whole."""
        return self._in_head or self._request is not None

    def close(self) -> None:
        """Nothing more comes."""
        self._llhttp = None  # it holds our methods
        self.requests.clear()

    def feed(self, data: bytes) -> bool:
        """Whether a request has begun in `data`, or several."""
        self._progress = self._begun = False
        try:
            self._parse(data)
        except httptools.HttpParserError:  # a Refused is one by then
            if self.refusal is None:
                self.refusal = BAD
            return True
        except Refused:
            return True
        if self._progress:
            self._rest = 0
        elif self.halfway:
            self._rest += len(data)
            if self._rest > MAX_HEAD:
                self.refusal = HEAD_TOO_BIG if self._in_head else BAD
        return self._begun

    def _parse(self, data: bytes) -> None:
        while True:
            llhttp = self._llhttp
            assert llhttp is not None
            try:
                llhttp.feed_data(data)
                return
            except httptools.HttpParserUpgrade as offer:
                # llhttp would take the body for the other protocol. It is asked again, without it.
                del self._headers['upgrade']
                lines = [f'{name}: {value}\r\n' for name, value in self._headers.items()]
                start = f' HTTP/{llhttp.get_http_version()}\r\n{"".join(lines)}\r\n'
                head = llhttp.get_method() + b' ' + self._url + start.encode('latin-1')
                self._llhttp = httptools.HttpRequestParser(self)
                data = head + data[offer.args[0] :]

    def _refuse(self, answer: Response) -> None:
        self.refusal = answer
        raise Refused

    # What llhttp says.

    def on_message_begin(self) -> None:
        self._url = b''
        self._headers = {}
        self._told = self._body = 0
        self._in_head = self._begun = True

    def on_url(self, part: bytes) -> None:
        self._url += part
        self._told += len(part)
        if self._told > MAX_HEAD:
            self._refuse(HEAD_TOO_BIG)

    def on_header(self, raw: bytes, content: bytes) -> None:
        self._told += len(raw) + len(content) + 4
        if self._told > MAX_HEAD:
            self._refuse(HEAD_TOO_BIG if self._in_head else BAD)
        if not self._in_head:  # a trailer says nothing to us
            return
        name = lower(raw)
        value = content.decode('latin-1').strip(' \t')
        headers = self._headers
        if name in headers:
            if name in ONCE:
                self._refuse(BAD)
            value = f'{headers[name]}, {value}'
        headers[name] = value

    def on_headers_complete(self) -> None:
        llhttp = self._llhttp
        assert llhttp is not None
        method = llhttp.get_method()
        if method == b'CONNECT':
            self._refuse(BAD)
        if llhttp.should_upgrade():
            return
        request = self._head(method.decode(), llhttp)
        self._in_head = False
        self._told = 0
        self._request = request
        headers = request.headers
        chunked = 'transfer-encoding' in headers
        length = int(headers.get('content-length', 0))
        if length > self._max_body:
            self._refuse(BODY_TOO_BIG)
        waits = False
        if 'expect' in headers and request.is_1_1:  # RFC 9110, section 10.1.1
            if headers['expect'].lower() != '100-continue':
                self._refuse(BAD_EXPECT)
            waits = chunked or length > 0
        if self._admit is not None:
            request.refusal = self._admit(request)
            if request.refusal is not None and (chunked or waits or length > MAX_HEAD):
                self._refuse(request.refusal)
        self.expects = waits

    def on_body(self, part: bytes) -> None:
        request = self._request
        assert request is not None
        self._progress = True
        self.expects = False
        self._told = 0
        self._body += len(part)
        if self._body > self._max_body:
            self._refuse(BODY_TOO_BIG)
        if request.refusal is None:
            self._parts.append(part)

    def on_message_complete(self) -> None:
        request = self._request
        if request is None:
            return  # an offer to change the protocol: not whole yet
        self._progress = True
        self._request = None
        if self._parts:
            request.body = b''.join(self._parts)
            self._parts = []
        self.requests.append(request)

    def _head(self, method: str, llhttp: httptools.HttpRequestParser) -> Request:
        headers = self._headers
        version = llhttp.get_http_version()
        if version not in {'1.1', '1.0'}:
            self._refuse(BAD_VERSION)
        is_1_1 = version == '1.1'
        if is_1_1 and 'host' not in headers:
            self._refuse(BAD)
        if 'transfer-encoding' in headers:
            if not is_1_1 or 'content-length' in headers:
                self._refuse(BAD)
            if headers['transfer-encoding'].lower() != 'chunked':
                self._refuse(BAD_CODING)
        url = self._url.decode('latin-1')
        if url[:8].lower().startswith(ABSOLUTE):  # RFC 9112, section 3.2.2
            authority, slash, rest = url.partition('//')[2].partition('/')
            headers['host'], url = authority, slash + rest
        path, _, query = url.partition('?')
        request = Request(method, path, query, headers, b'', self._ip)
        request.is_owner = self._is_owner
        request.is_1_1 = is_1_1
        request.keep_alive = llhttp.should_keep_alive()
        return request


@lru_cache(256)
def lower(name: bytes) -> str:
    return name.decode('latin-1').lower()
