"""The HTTP client, aiohttp's: its pool of connections, bounded and without anything we don't want.

Imported where a configuration has a backend and nowhere else: aiohttp takes a while.

Rules of this file:
- No redirects, no cookies, no proxies of the environment, no decompression: a reply is its bytes.
- A connection that was kept, and that is closed before the head of a reply, was closed by a server
  that no longer wanted it: the request goes out once more, over a new one, with the same id.
- No more of a reply is read than may be; its connection is closed then.
"""

import os
import time
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Final

from aiohttp import (
    ClientConnectorCertificateError,
    ClientConnectorDNSError,
    ClientConnectorSSLError,
    ClientError,
    ClientOSError,
    ClientPayloadError,
    ClientResponse,
    ClientResponseError,
    ClientSession,
    ClientTimeout,
    DummyCookieJar,
    ServerDisconnectedError,
    TCPConnector,
    TraceConfig,
)
from yarl import URL

from gateway.backends.call import Answer, Broken, Call, TooBig, Unsendable
from gateway.backends.signature import headers

KEEP_ALIVE: Final = 4.0  # seconds; servers close at 5 s, many of them
RESOLVED: Final = 10  # seconds that an address of a name is kept
MAX_LINE: Final = 8_190  # bytes of the status line and of each header
MAX_HEADERS: Final = 128


WORDS: Final = (
    (ClientConnectorDNSError, 'its name has no address'),
    (ClientConnectorCertificateError, 'its certificate is not valid'),
    (ClientConnectorSSLError, 'it does not speak TLS as it should'),
    (ServerDisconnectedError, 'it closed the connection without a reply'),
    (ClientPayloadError, 'it closed the connection in the middle of its reply'),
    (ClientResponseError, 'its reply is not HTTP'),
)


class Kept:
    """Whether a request went over a connection that was kept."""

    reused = False


def reuse() -> TraceConfig:
    """Tells each request's `Kept`."""

    async def on_reuse(_: object, context: SimpleNamespace, __: object) -> None:
        context.trace_request_ctx.reused = True

    config = TraceConfig()
    config.on_connection_reuseconn.append(on_reuse)
    return config


class Client:
    """The connections to all backends; how many at a time is their callers' business."""

    def __init__(self, max_reply: int, agent: str) -> None:
        self._agent = agent
        self._max_reply = max_reply
        kept = TCPConnector(limit=0, keepalive_timeout=KEEP_ALIVE, ttl_dns_cache=RESOLVED)
        self._session = self._over(kept)
        fresh = TCPConnector(limit=0, force_close=True, ttl_dns_cache=RESOLVED)
        self._second = self._over(fresh)

    def _over(self, connector: TCPConnector) -> ClientSession:
        session = ClientSession(
            connector=connector,
            cookie_jar=DummyCookieJar(),
            timeout=ClientTimeout(total=None),
            auto_decompress=False,
            trust_env=False,
            skip_auto_headers=('Content-Type', 'Accept'),
            max_line_size=MAX_LINE,
            max_field_size=MAX_LINE,
            max_headers=MAX_HEADERS,
            trace_configs=[reuse()],
        )
        session._retry_connection = False  # aiohttp's own, of GET, PUT and DELETE
        return session

    async def send(self, call: Call) -> Answer:
        """One try. TooBig, Broken, Unsendable; a cancellation closes its connection."""
        kept = Kept()
        try:
            try:
                return await self._send(self._session, call, kept)
            except (ServerDisconnectedError, ClientOSError, ConnectionResetError):
                if not kept.reused:
                    raise
                return await self._send(self._second, call, kept)
        except (ClientError, OSError) as error:
            raise Broken(why(error)) from None
        except ValueError:
            raise Unsendable from None

    async def _send(self, session: ClientSession, call: Call, kept: Kept) -> Answer:
        if session.closed:
            raise Broken('the gateway stops')
        async with session.request(
            call.method,
            URL(call.url, encoded=True),
            data=call.body or None,
            headers=list(self._headers(call)),
            allow_redirects=False,
            trace_request_ctx=kept,
        ) as response:
            length = response.content_length
            if length is not None and length > self._max_reply:
                return too_big(response)
            body = bytearray()
            while chunk := await response.content.readany():
                body += chunk
                if len(body) > self._max_reply:
                    return too_big(response)
            return Answer(response.status, bytes(body))

    async def close(self) -> None:
        await self._session.close()
        await self._second.close()

    def _headers(self, call: Call) -> Iterator[tuple[str, str]]:
        names = {name.lower() for name, _ in call.headers}
        yield from call.headers
        if 'user-agent' not in names:
            yield 'User-Agent', self._agent
        if 'accept' not in names:
            yield 'Accept', 'application/json'
        if call.body and 'content-type' not in names:
            yield 'Content-Type', 'application/json'
        yield 'Accept-Encoding', 'identity'
        yield from headers(call.id, time.time(), call.body, call.secrets)


def too_big(response: ClientResponse) -> Answer:
    """What is no 2xx says so by its status alone."""
    response.close()
    if 200 <= response.status < 300:
        raise TooBig
    return Answer(response.status, b'')


def why(error: Exception) -> str:
    """What an operator can make something of, in words of ours: nothing of a reply."""
    for kind, words in WORDS:
        if isinstance(error, kind):
            return words
    if isinstance(error, OSError) and error.errno:
        return os.strerror(error.errno).lower()
    return 'the connection broke'
