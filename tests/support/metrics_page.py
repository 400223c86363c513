"""The table of metrics in docs/operations.md, from the metrics themselves.

python -m tests.support.metrics_page        writes it again
"""

import asyncio
import tempfile
from pathlib import Path

from gateway.app import Gateway
from gateway.engine.drain import Drain
from gateway.http.counters import Counters
from gateway.http.figures import figures
from tests.support import certificates
from tests.support.gateway import ROOT

PAGE = ROOT / 'docs' / 'operations.md'
BEGIN, END = '<!-- metrics -->\n', '<!-- end -->'
# Whatever adds metrics.
CONFIG = """\
server: {tls: {certificate: ./cert.pem, key: ./key.pem}}
cluster: redis://127.0.0.1:1/0
namespaces: {/: {events: {a: {http: {url: "http://127.0.0.1:1/"}}}}}
"""


def table() -> str:
    with tempfile.TemporaryDirectory() as folder:
        certificates.with_chain(Path(folder))
        file = Path(folder, 'gateway.yaml')
        file.write_text(CONFIG)
        gateway = Gateway(file)
    lines = asyncio.run(told(gateway))
    return '\n'.join(['| metric | type | what it tells |', '|---|---|---|', *lines])


async def told(gateway: Gateway) -> list[str]:
    gateway.backends.start()
    gateway.backends.sequence('http://127.0.0.1:1/')  # it is known from now on
    found = [line(metric) for metric in figures(gateway, Counters())]
    await gateway.backends.stop(Drain(0))
    return found


def line(metric) -> str:
    suffix = {'counter': '_total', 'info': '_info'}.get(metric.type, '')
    counted = [name for sample in metric.samples for name in sample.labels if name != 'le']
    labels = dict.fromkeys(
        [*getattr(metric, '_labelnames', ()), *counted]
    )  # some count nothing yet
    named = f'`{metric.name}{suffix}`' + ''.join(f' `{label}`' for label in labels)
    return f'| {named} | {metric.type} | {metric.documentation} |'


def written(text: str) -> str:
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f'{before}{BEGIN}\n{table()}\n\n{END}{after}'


if __name__ == '__main__':
    PAGE.write_text(written(PAGE.read_text()))
