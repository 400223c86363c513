"""The log: one event a line, in a form for people or for programs.

Rules of this file:
- Whatever a text holds, it stays in its line: text indents what follows a line break and escapes
  other control characters; logfmt and JSON escape all of them.
- It has an end: of a long message or traceback the first and the last part are written.
- Fields stand beside the message where they are known: sid, namespace, event, reason and others.
- For the journal (sd-daemon(3)) lines begin with their priority, and have no time: it has its own.
"""

import json
import logging
import os
import re
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from math import isfinite
from typing import Any, Final

from gateway.config.logging import Log
from gateway.service.limiter import Limiter
from gateway.service.outlet import Outlet

CONTROL: Final = re.compile(  # and what turns the direction of writing around
    r'[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]'
)
PLAIN: Final = re.compile(r'[^\s"=]+\Z')
INDENT: Final = '\n    '
FIELDS: Final = (
    'sid', 'namespace', 'session', 'event', 'reason', 'handler', 'backend', 'ip',
    'method', 'path', 'status', 'ms',
)  # fmt: skip
LONGEST: Final = 1_000  # characters of a field
LONGEST_TEXT: Final = 10_000  # characters of a message, and of a traceback
PRIORITIES: Final = {'DEBUG': 7, 'INFO': 6, 'WARNING': 4, 'ERROR': 3, 'CRITICAL': 2}
COLOURS: Final = {'WARNING': '\x1b[33m', 'ERROR': '\x1b[31m', 'CRITICAL': '\x1b[31m'}


class Bounded(logging.Formatter):
    """Whose messages and tracebacks have an end."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802
        record.message = bounded(record.message)
        return super().formatMessage(record)

    def formatException(self, ei: Any) -> str:  # noqa: N802
        return bounded(super().formatException(ei))


class Formatter(Bounded):
    """For people: `time LEVEL logger: message`, then what belongs to it, indented."""

    def __init__(self, *, timed: bool = False, colour: bool = False) -> None:
        super().__init__('%(levelname)s %(name)s: %(message)s')
        self._timed = timed
        self._colour = colour

    def format(self, record: logging.LogRecord) -> str:
        text = super().format(record) + left_out(record)
        text = CONTROL.sub(lambda sign: ascii(sign[0])[1:-1], text).replace('\n', INDENT)
        if self._colour and (colour := COLOURS.get(record.levelname)):
            text = f'{colour}{record.levelname}\x1b[0m{text.removeprefix(record.levelname)}'
        return f'{time(record)} {text}' if self._timed else text


class Logfmt(Bounded):
    """For programs and people: `level=info logger=gateway.x message="…" sid=…`."""

    def __init__(self, *, journal: bool = False) -> None:
        super().__init__()
        self._journal = journal

    def format(self, record: logging.LogRecord) -> str:
        found = fields(record, self.formatException)
        priority = ''
        if self._journal:
            del found['time']
            priority = f'<{PRIORITIES.get(record.levelname, 6)}>'
        return priority + ' '.join(f'{name}={quoted(value)}' for name, value in found.items())


class Json(Bounded):
    """For programs: one object a line."""

    def format(self, record: logging.LogRecord) -> str:
        return json.dumps(fields(record, self.formatException))


def fields(record: logging.LogRecord, traceback: Callable[[Any], str]) -> dict[str, Any]:
    """All that is known of an event, in order."""
    found: dict[str, Any] = {
        'time': time(record),
        'level': record.levelname.lower(),
        'logger': record.name,
        'message': bounded(record.getMessage()) + left_out(record),
    }
    for name in FIELDS:
        value = getattr(record, name, None)
        if value is not None:
            found[name] = plain(value)
    if record.exc_info:
        found['exception'] = traceback(record.exc_info)
    return found


def bounded(text: str) -> str:
    """What is too long without its middle."""
    over, half = len(text) - LONGEST_TEXT, LONGEST_TEXT // 2
    if over <= 0:
        return text
    return f'{text[:half]} ... {over:,} characters left out ... {text[-half:]}'


def plain(value: Any) -> str | float:
    """A field as JSON can hold it: handlers and libraries use the same names for what they like."""
    if isinstance(value, int) or (isinstance(value, float) and isfinite(value)):
        return value
    return str(value)[:LONGEST]


def quoted(value: Any) -> str:
    """A value of logfmt: as it is, or as JSON text where it would be taken for several."""
    text = value if isinstance(value, str) else str(value)
    return text if text.isprintable() and PLAIN.match(text) else json.dumps(text)


def left_out(record: logging.LogRecord) -> str:
    count = getattr(record, 'left_out', 0)
    return f' ({count:,} more like this were not written)' if count else ''


def time(record: logging.LogRecord) -> str:
    """RFC 3339, in UTC, with milliseconds."""
    at = datetime.fromtimestamp(record.created, UTC)
    return f'{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03}Z'


def is_journal(fileno: int, environment: Mapping[str, str]) -> bool:
    """Whether systemd's journal reads it: systemd.exec(5), $JOURNAL_STREAM."""
    try:
        found = os.fstat(fileno)
    except OSError:
        return False
    return environment.get('JOURNAL_STREAM') == f'{found.st_dev}:{found.st_ino}'


def formatter(form: str, fileno: int, environment: Mapping[str, str]) -> logging.Formatter:
    """What `log.format` means on this file."""
    journal, terminal = is_journal(fileno, environment), os.isatty(fileno)
    match form:
        case 'json':
            return Json()
        case 'logfmt':
            return Logfmt(journal=journal)
        case 'auto' if journal:
            return Logfmt(journal=True)
    return Formatter(timed=not journal, colour=terminal and not environment.get('NO_COLOR'))


def configure(settings: Log, level: str | None = None) -> None:
    """Log to standard error from now on; `level` is that of the command line, which counts more."""
    fileno = sys.stderr.fileno()
    form = formatter(settings.format, fileno, os.environ)
    root = logging.getLogger()
    handler = ours()
    if handler is None:
        handler = Handler(fileno)
        root.addHandler(handler)
    handler.setFormatter(form)
    root.setLevel((level or settings.level).upper())
    for name in Handler.named:
        logging.getLogger(name).setLevel(logging.NOTSET)
    levels = {
        'tornado': 'error',  # its lines hold what strangers sent
        'gateway.access': 'info' if settings.access else 'warning',
        **settings.levels,
    }
    for name, chosen in levels.items():
        logging.getLogger(name).setLevel(chosen.upper())
    Handler.named = frozenset(levels)


def ours() -> 'Handler | None':
    """The handler that writes, where `configure` was called."""
    return next((one for one in logging.getLogger().handlers if isinstance(one, Handler)), None)


def unwritten() -> dict[str, int]:
    """Lines that were not written, by the reason."""
    handler = ours()
    if handler is None:
        return {}
    return {'limited': handler.limiter.left_out, 'not_read': handler.stream.dropped}


class Handler(logging.StreamHandler[Outlet]):
    """Ours, among those that a program around may have."""

    named: frozenset[str] = frozenset()  # loggers that have a level of their own

    def __init__(self, fileno: int) -> None:
        super().__init__(Outlet(fileno, self._missing))
        self.limiter = Limiter()
        self.addFilter(self.limiter)

    def _missing(self, count: int) -> str:
        level = logging.WARNING
        what = '%d lines of the log were not taken'
        record = logging.LogRecord(__name__, level, __file__, 0, what, (count,), None)
        return f'{self.format(record)}{self.terminator}'

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802
        """A line that can't be made is no reason to write a traceback where lines are written; that
        there was one is said.
        """
        why = type(sys.exc_info()[1]).__name__
        with suppress(Exception):  # its text may not even be text
            what = 'a line that cannot be made (%s at %s:%d): %.200r'
            args = why, record.pathname, record.lineno, record.msg
            name, level = record.name, record.levelno
            told = logging.LogRecord(name, level, record.pathname, record.lineno, what, args, None)
            self.stream.write(f'{self.format(told)}{self.terminator}')
