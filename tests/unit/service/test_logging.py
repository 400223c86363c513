"""One event is one line, whatever stands in it."""

import json
import logging
import os
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.service import limiter
from gateway.service.limiter import Limiter
from gateway.service.logging import Formatter, Handler, Json, Logfmt, unwritten
from gateway.service.outlet import Outlet


def formatted(message, *args, error=None):
    record = logging.LogRecord('gateway.x', logging.ERROR, 'x.py', 1, message, args, error)
    return Formatter().format(record)


@pytest.mark.parametrize(
    ('text', 'line'),
    [
        ('quiet', 'ERROR gateway.x: said quiet'),
        ('a\nERROR gateway: forged', 'ERROR gateway.x: said a\n    ERROR gateway: forged'),
        ('a\r\x1b[31m\x00', 'ERROR gateway.x: said a\\r\\x1b[31m\\x00'),
        ('a\u2028b\x85', 'ERROR gateway.x: said a\\u2028b\\x85'),
        ('a\u202eb\u2066c', 'ERROR gateway.x: said a\\u202eb\\u2066c'),
        ('tab\tée', 'ERROR gateway.x: said tab\tée'),
    ],
)
def test_a_text_forges_no_line(text, line):
    assert formatted('said %s', text) == line


def test_neither_does_an_exception():
    try:
        raise ValueError('bad\nERROR gateway: forged\x1b[2J')
    except ValueError:
        lines = formatted('failed', error=sys.exc_info()).splitlines()
    assert lines[0] == 'ERROR gateway.x: failed'
    assert all(line.startswith('    ') for line in lines[1:])
    assert lines[-2:] == ['    ValueError: bad', '    ERROR gateway: forged\\x1b[2J']


def record(message, *args, error=None, **fields):
    found = logging.LogRecord('gateway.x', logging.WARNING, 'x.py', 1, message, args, error)
    found.created = 1_700_000_000.123
    vars(found).update(fields)
    return found


def test_json_is_one_object_with_the_fields_that_are_known():
    line = Json().format(
        record('said %s', 'a\nb', sid='s1', namespace='/', event='x\u2028', ms=1.5)
    )
    assert '\n' not in line
    assert line.isascii()
    assert json.loads(line) == {
        'time': '2023-11-14T22:13:20.123Z',
        'level': 'warning',
        'logger': 'gateway.x',
        'message': 'said a\nb',
        'sid': 's1',
        'namespace': '/',
        'event': 'x\u2028',
        'ms': 1.5,
    }


def test_logfmt_quotes_what_would_be_taken_for_more():
    line = Logfmt().format(record('said %s', 'a="b" c=d', sid='s1', reason='ping timeout'))
    assert line == (
        'time=2023-11-14T22:13:20.123Z level=warning logger=gateway.x '
        r'message="said a=\"b\" c=d" sid=s1 reason="ping timeout"'
    )


def test_the_journal_gets_a_priority_and_no_time():
    line = Logfmt(journal=True).format(record('quiet'))
    assert line == '<4>level=warning logger=gateway.x message=quiet'


@given(st.text(), st.text(), st.text())
def test_whatever_a_client_sends_stays_in_its_line(message, sid, event):
    try:
        raise ValueError(event)
    except ValueError:
        found = record('%s', message, error=sys.exc_info(), sid=sid, event=event)
    for line in (Json().format(found), Logfmt().format(found)):
        assert len(line.splitlines()) == 1
        assert line.isascii() or line.isprintable()
    read = json.loads(Json().format(found))
    assert (read['message'], read['sid'], read['event']) == (message, sid[:1000], event[:1000])


@pytest.mark.parametrize(
    ('value', 'told'),
    [
        (Path('/a b'), '/a b'),
        (b'\n', "b'\\n'"),
        (float('nan'), 'nan'),
        ({'a': float('inf')}, "{'a': inf}"),
        (True, True),
        (0.5, 0.5),
    ],
)
def test_a_field_of_a_handler_may_be_anything(value, told):
    assert strictly(Json().format(record('x', path=value)))['path'] == told
    assert Logfmt().format(record('x', path=value)).count('path=') == 1


def strictly(line):
    def fail(constant):
        raise ValueError(constant)

    return json.loads(line, parse_constant=fail)


@pytest.mark.parametrize('form', [Formatter, Logfmt, Json])
def test_a_line_that_cannot_be_made_is_told(form):
    reader, writer = os.pipe()
    try:
        handler = Handler(writer)
        handler.setFormatter(form())
        handler.handle(record('%d were\nlost', 'x'))
        [line] = read_some(reader).decode().splitlines()
    finally:
        os.close(reader)
        os.close(writer)
    assert 'a line that cannot be made (TypeError at x.py:1)' in line
    assert 'gateway.x' in line
    assert 'were' in line


@pytest.mark.parametrize('form', [Formatter, Logfmt, Json])
def test_what_a_client_sent_makes_no_long_line(form):
    try:
        raise ValueError('x' * 1_000_000 + ' the end')
    except ValueError:
        line = form().format(record('begin %s', 'y' * 1_000_000, error=sys.exc_info()))
    assert len(line) < 25_000
    assert 'begin y' in line
    assert 'characters left out ... ' in line
    assert 'x the end' in line


def test_a_field_is_cut():
    assert len(json.loads(Json().format(record('x', event='e' * 5000)))['event']) == 1000


def test_text_has_a_time_where_it_is_asked_for():
    assert Formatter(timed=True).format(record('x')) == (
        '2023-11-14T22:13:20.123Z WARNING gateway.x: x'
    )


def test_colours_are_around_the_level_only():
    assert Formatter(colour=True).format(record('x')) == '\x1b[33mWARNING\x1b[0m gateway.x: x'


def test_what_is_said_again_and_again_is_counted(monkeypatch):
    now = 100.0
    monkeypatch.setattr(limiter, 'monotonic', lambda: now)
    found = Limiter()
    said = [found.filter(record('%s came', number)) for number in range(35)]
    assert said == [True] * limiter.BURST + [False] * (35 - limiter.BURST)
    assert found.filter(record('other'))
    now += limiter.WINDOW
    last = record('%s came', 26)
    assert found.filter(last)
    assert Logfmt().format(last).endswith('message="26 came (15 more like this were not written)"')
    assert found.left_out == 15


@pytest.mark.parametrize(
    ('name', 'level'),
    [
        ('gateway.access', logging.INFO),
        ('gateway.x', logging.DEBUG),
        ('chat', logging.ERROR),
        ('gateway_chat', logging.ERROR),
    ],
)
def test_what_was_asked_for_is_not_limited(name, level):
    found = Limiter()
    line = logging.LogRecord(name, level, 'x.py', 1, 'x', (), None)
    assert all(found.filter(line) for _ in range(100))


def missing(count):
    return f'{count} lines of the log were not taken\n'


def test_what_was_not_taken_is_told_in_the_form_of_the_log_and_counted():
    reader, writer = os.pipe()
    handler = Handler(writer)
    handler.setFormatter(Json())
    record = logging.LogRecord('a', logging.ERROR, 'x.py', 1, 'x' * 4000, (), None)
    logging.getLogger().addHandler(handler)
    try:
        for _ in range(30):
            handler.handle(record)
        os.set_blocking(reader, False)
        while read_some(reader):
            pass
        handler.handle(record)
        lost, end = map(json.loads, read_some(reader).splitlines())
        dropped = unwritten()['not_read']
        assert dropped > 10
        assert lost['message'] == f'{dropped} lines of the log were not taken'
        assert end['logger'] == 'a'
    finally:
        logging.getLogger().removeHandler(handler)
        os.close(reader)
        os.close(writer)


def test_a_pipe_that_nobody_reads_holds_up_nobody_and_loses_nothing_unsaid():
    reader, writer = os.pipe()
    try:
        outlet = Outlet(writer, missing)
        begun = time.monotonic()
        for number in range(2_000):
            outlet.write(f'{number} {"x" * 90}\n')
        assert time.monotonic() - begun < 2_000 * 0.01
        assert outlet.dropped > 500
        os.set_blocking(reader, False)
        read = b''
        while len(part := read_some(reader)):
            read += part
        outlet.write('the end\n')
        read += read_some(reader)
        *_, lost, end = read.decode().splitlines()
        assert (lost, end) == (f'{outlet.dropped} lines of the log were not taken', 'the end')
    finally:
        os.close(reader)
        os.close(writer)


@pytest.mark.parametrize('size', [5_000, 9_500, 300_000])
def test_a_line_that_was_begun_is_ended_before_another(size):
    """Longer than a pipe takes at once: it is not cut, and no other stands in it."""
    reader, writer = os.pipe()
    try:
        outlet = Outlet(writer, missing)
        outlet.write('before\n')
        for _ in range(30):
            outlet.write(f'{"x" * size}\n')
        os.set_blocking(reader, False)
        read, idle = b'', 0
        while idle < 3:
            outlet.flush()
            part = read_some(reader)
            read, idle = read + part, 0 if part else idle + 1
        outlet.write('the end\n')
        read += read_some(reader)
        first, *lines, lost, end = read.decode().splitlines()
        assert (first, end) == ('before', 'the end')
        assert set(lines) == {'x' * size}
        assert lost == f'{outlet.dropped} lines of the log were not taken'
        assert len(lines) + outlet.dropped == 30
    finally:
        os.close(reader)
        os.close(writer)


def read_some(fileno):
    try:
        return os.read(fileno, 65_536)
    except BlockingIOError:
        return b''


def test_a_file_that_is_closed_raises_nothing():
    reader, writer = os.pipe()
    os.close(reader)
    outlet = Outlet(writer, missing)
    outlet.write('x\n')
    os.close(writer)
    outlet.write('x\n')
    assert outlet.dropped == 2
