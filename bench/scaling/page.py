"""docs/scaling.md: prose from template.md, figures from results of growth.py and queue.py.

Rules of this file:
- `{{ name }}` in the template stands for a figure or a table. One that nothing fills, and one that
  nothing asks for, are errors.
- What is extrapolated has two figures, for it has no more.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from bench.result import Result
from bench.scaling.costs import FORM, FORMS, KNOWN, UNKNOWN, Costs
from bench.scaling.joined import Queue, joints
from bench.scaling.needs import BUSY, SIZES, WORKLOADS, Model, Workload, frame, wire, wire_back

TEMPLATE = Path(__file__).parent / 'template.md'
PLACE = re.compile(r'\{\{ *([a-z ]+?) *\}\}')


def page(
    result: Result, joined: Result, target: str = 'gateway', template: str | None = None
) -> str:
    """The whole page, of one process and of several; ValueError where the template and the figures
    don't fit."""
    figures = filling(result, target) | between(joined, Model(Costs.of(result, target)))
    text = TEMPLATE.read_text() if template is None else template
    asked = set(PLACE.findall(text))
    if wrong := asked ^ set(figures):
        raise ValueError(f'the template asks for {sorted(asked)}: wrong are {sorted(wrong)}')
    return PLACE.sub(lambda found: figures[found[1]], text)


def filling(result: Result, target: str) -> dict[str, str]:
    costs = Costs.of(result, target)
    model, machine = Model(costs), result.environment
    memory = model.memory
    kernel = '.'.join(machine.kernel.split('.')[:2])
    return {
        'margin': f'{(model.margin - 1) * 100:.0f} %',
        'date': f'{machine.date:%Y-%m-%d}',
        'machine': f'{machine.cpu}, {machine.cores} cores, Linux {kernel}',
        'rounds': str(1 + max(run.round for run in result.runs)),
        'command': result.command,
        'measured': table(
            ('clients on one process', 'CPU per delivery, µs', 'CPU per connection, µs', 'RSS, MB'),
            (
                (
                    f'{clients:,}',
                    f'{costs.delivery[clients]:.1f}',
                    f'{costs.connection[clients]:.0f}' if clients in costs.connection else '–',
                    f'{costs.memory[clients] / 1000:.0f}',
                )
                for clients in costs.delivery
            ),
        ),
        'constants': table(
            ('cost', 'measured'),
            (
                ('each further byte of a delivery', f'{costs.byte * 1000:.2f} ns of CPU'),
                ('acknowledged event', f'{costs.event:.1f} µs of CPU'),
                ('connection at rest', f'{costs.idle:.2f} µs of CPU a second'),
                ('connection at rest, in the process', f'{memory.slope:.1f} KB'),
                ('connection at rest, in the kernel', f'{costs.kernel:.1f} KB'),
                ('process without connections', f'{memory.level / 1000:.0f} MB'),
            ),
        ),
        'form': FORM,
        'guesses': guesses(costs),
        'warm': f'{model.delivery.level + model.delivery.slope:.1f}',
        'cold': f'{model.delivery.level:.1f}',
        'cache': f'{costs.cache / 1024 * 1000 / 1024:.0f}',
        'fit': short(model.delivery.fit),
        'needs': needs(model),
        'busy': f'{BUSY:.0%}'.replace('%', ' %'),
        'most': f'{costs.most:,}',
        'slowest': f'{short(SIZES[-1] * model.cost(SIZES[-1], 64) / 1e6)} s',
        'wire': table(
            ('payload', 'WebSocket frame', 'on Ethernet', 'acknowledgement, at most'),
            (
                tuple(f'{n:,} B' for n in (size, frame(size), wire(size), wire_back(size)))
                for size in (64, 200, 1024, 16_384)
            ),
        ),
        'sockets': short(SIZES[-1] * costs.kernel / 1e6),
    }


def between(result: Result, model: Model) -> dict[str, str]:
    """What joins several processes."""
    queue = Queue.of(result)
    one, two = queue.latency['one'], queue.latency['two']
    return {
        'queue command': result.command,
        'queue': table(
            ('for each message', 'CPU, µs'),
            (
                ('the gateway that emits it, beyond what the emit takes', f'{queue.emit:.1f}'),
                ('a gateway that hears it and has no recipient', f'{queue.hear:.1f}'),
                ('the same where messages come one by one', f'{queue.calm:.0f}'),
                ('Redis', f'{queue.redis:.1f}'),
                ('Redis, for each gateway that hears it', f'{queue.each:.2f}'),
            ),
        ),
        'queue latency': table(
            ('50 broadcasts a second to 1,000 clients', 'median', '99th percentile'),
            (
                (name, *(f'{found.percentile(percent):.1f} ms' for percent in (50, 99)))
                for name, found in (('one gateway', one), ('two, half of them each', two))
            ),
        ),
        'queue ratio': f'{queue.ratio:.2f}',
        'heard': short(1e6 / queue.hear),
        'carried': table(
            ('gateways', 'messages a second that keep one Redis busy'),
            ((f'{count}', short(queue.most(count))) for count in (2, 10, 100)),
        ),
        'rooms': table(
            (
                *('clients', 'gateways', 'messages/s', 'cores that hear', 'Redis, cores'),
                *('gateways of a room', 'cores that hear', 'Redis, cores'),
            ),
            (
                (
                    *(f'{joint.clients:,}', f'{joint.gateways:,}', short(joint.messages)),
                    short(joint.hearing(queue, joint.gateways)),
                    short(queue.redis_cores(joint.messages, joint.gateways)),
                    f'{joint.concerned:.1f}',
                    short(joint.hearing(queue, joint.concerned)),
                    short(queue.redis_cores(joint.messages, joint.concerned)),
                )
                for joint in joints(model)
            ),
        ),
    }


def guesses(costs: Costs) -> str:
    """Each form's predictions beside what was measured."""
    rows: dict[tuple[str, str], list[str]] = {}
    for guess in costs.guesses():
        cells = rows.setdefault((guess.what, guess.form), [])
        error = f'{guess.error * 100:+.0f} %'.replace('-', '−')
        pair = (f'{x:.1f}' if x < 100 else f'{x:,.0f}' for x in (guess.predicted, guess.measured))
        cells.append(f'{" / ".join(pair)}: {error}')
    if any(len(cells) < len(UNKNOWN) for cells in rows.values()) or len(rows) <= len(FORMS):
        raise ValueError(f'too few valid rounds with {KNOWN} and {UNKNOWN} clients')
    head = ('cost', 'form', *(f'{clients:,}: predicted / measured' for clients in UNKNOWN))
    return table(head, ((*row, *cells) for row, cells in rows.items()))


def needs(model: Model) -> str:
    head = 'each gets|clients|processes|why not fewer|cores of work|memory|to the clients|packets/s'
    head += '|all back after'
    rows = (row(model, clients, load) for load in WORKLOADS for clients in SIZES)
    return table(head.split('|'), rows)


def row(model: Model, clients: int, load: Workload) -> tuple[str, ...]:
    need = model.need(clients, load)
    return (
        f'{load.name}: {load.about}' if clients == SIZES[0] else '',
        f'{clients:,}',
        f'{need.processes:,}',
        need.limit or '–',
        short(need.cores),
        f'{short(need.memory)} GB',
        f'{short(need.down)} Mbit/s' if need.down < 1000 else f'{short(need.down / 1000)} Gbit/s',
        short(need.packets),
        f'{short(need.back)} s',
    )


def short(value: float) -> str:
    """Two figures."""
    if value < 10:
        return f'{value:.2g}' if value else '0'
    digits = 10 ** (math.floor(math.log10(value)) - 1)
    return f'{round(value / digits) * digits:,}'


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """Of markdown; numbers to the right."""
    names = list(head)
    lines = [names, ['---'] + ['--:'] * (len(names) - 1), *map(list, rows)]
    return '\n'.join(f'| {" | ".join(cells)} |' for cells in lines)


def tables(result: Result, target: str) -> str:
    """What the page shows, without its prose: for a terminal."""
    figures: Mapping[str, str] = filling(result, target)
    parts = ('measured', 'constants', 'guesses', 'needs', 'wire')
    return '\n\n'.join(figures[part] for part in parts)
