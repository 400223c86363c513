"""GET /metrics: what is counted, as Prometheus reads it.

Rules of this file:
- Nothing is counted here. Plain integers are read where they stand, all in one pass of the loop.
- Writing them down takes longer, and is done in slices.
- prometheus_client writes; its own registry, its threads and its server are not used.
"""

from collections.abc import Iterable, Iterator
from functools import partial

from prometheus_client import Metric
from prometheus_client.exposition import choose_encoder
from prometheus_client.platform_collector import PlatformCollector
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector

from gateway.http.counters import Counters
from gateway.http.figures import figures
from gateway.http.message import Request, Response
from gateway.http.subject import Subject
from gateway.service.slices import Slices


class Snapshot(Collector):
    """Figures of one moment."""

    def __init__(self, found: Iterable[Metric]) -> None:
        self._found = list(found)

    def collect(self) -> Iterator[Metric]:
        yield from self._found


class Metrics:
    """The endpoint."""

    def __init__(self, subject: Subject, counters: Counters) -> None:
        self._subject = subject
        self._counters = counters
        self._others = (ProcessCollector(registry=None), PlatformCollector(registry=None))

    async def read(self, request: Request) -> Response:
        """In the form that the scraper accepts."""
        encode, content_type = choose_encoder(request.headers.get('accept', ''))
        found = list(figures(self._subject, self._counters))
        found += [metric for collector in self._others for metric in collector.collect()]
        text = await Slices(partial(encode, Snapshot(found))).run()
        return Response(200, text, content_type)
