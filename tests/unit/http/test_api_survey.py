"""An emit with `ack`: how it is read, and how the answers are written."""

import asyncio
import json

import pytest

from gateway.config.mistakes import Mistakes
from gateway.errors import ActionError
from gateway.http.survey import run, seconds, written
from gateway.hub.asking import Survey
from gateway.hub.target import EVERYONE

EMISSION = ('/', 'q', [], EVERYONE, None, False)


@pytest.mark.parametrize(
    ('text', 'expected'),
    [
        ('1ms', 0.001),
        ('500ms', 0.5),
        ('60000ms', 60),
        ('0.001s', 0.001),
        ('0.5s', 0.5),
        ('0.25 s', 0.25),
        ('2s', 2),
        ('1.5s', 1.5),
        ('60s', 60),
        ('1m', 60),
    ],
)
def test_a_timeout_is_a_duration(text, expected):
    assert seconds({'timeout': text}) == expected


@pytest.mark.parametrize(
    'raw',
    [
        None, [], '2s', {'timeout': 2}, {'timeout': None}, {'timeout': '0ms'}, {'timeout': '0s'},
        {'timeout': '0.000s'}, {'timeout': '60001ms'}, {'timeout': '60.1s'}, {'timeout': '2m'},
        {'timeout': '2'}, {'timeout': '2s\n'}, {'timeout': '-1s'}, {'timeout': '2s', 'a': 1},
    ],
)  # fmt: skip
def test_what_is_no_timeout_is_refused(raw):
    with pytest.raises(Mistakes):
        seconds(raw)


def test_without_a_timeout_it_is_five_seconds():
    assert seconds({}) == 5


def test_an_answer_that_json_cannot_hold_costs_no_other(monkeypatch):
    monkeypatch.setattr('gateway.engine.turn.SLICE', -1)
    answers = [('a', [1, b'\x00']), ('b', [{b'no': 1}]), ('c', [])]
    body = json.loads(asyncio.run(written(Survey(answers, [('d', 'left')]))))
    assert body == {
        'answers': [{'sid': 'a', 'args': [1, {'$bytes': 'AA=='}]}, {'sid': 'c', 'args': []}],
        'missing': [{'sid': 'd', 'reason': 'left'}, {'sid': 'b', 'reason': 'no_json'}],
    }


class Hub:
    def __init__(self, error):
        self.error = error

    async def survey(self, *asked):
        raise self.error


def test_gateways_that_have_not_told_are_counted():
    body = json.loads(asyncio.run(written(Survey(silent=2))))
    assert body == {'answers': [], 'missing': [], 'silent_gateways': 2}


@pytest.mark.parametrize(
    ('error', 'status', 'code'),
    [(ActionError('busy', 'too many'), 503, 'busy'), (ValueError('no'), 422, 'invalid')],
)
def test_a_survey_that_is_refused_is_told(error, status, code):
    answer = asyncio.run(run(Hub(error), EMISSION, 1.0))
    assert (answer.status, answer.code) == (status, code)
    assert answer.headers == ((('Retry-After', '1'),) if status == 503 else ())
