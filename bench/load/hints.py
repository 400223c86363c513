"""What may be wrong where nothing at all has come as it should: a word more beside the faults."""

from __future__ import annotations

from dataclasses import replace

from bench.load.measured import Measured
from bench.load.wire import Dialect


def of_broadcasts(measured: Measured, dialect: Dialect) -> Measured:
    if not dialect.search and any(fault.endswith(' garbled') for fault in measured.faults):
        return hinted(measured, 'if the payload lies within what comes, add --search')
    publish = '' if dialect.trigger else f'--publish {dialect.publish}, '
    events = f'{publish}--receive {dialect.receive}'
    return hinted(measured, f'nothing has come: are these the events ({events})?')


def of_echoes(measured: Measured, dialect: Dialect) -> Measured:
    return hinted(
        measured, f'nobody acknowledges: is this the event (--echo-event {dialect.echo})?'
    )


def hinted(measured: Measured, hint: str) -> Measured:
    came = measured.received or measured.acknowledged
    if came or measured.stopped or not measured.faults:
        return measured
    return replace(measured, faults=(*measured.faults, hint))
