"""A word more where nothing has come."""

import pytest

from bench.load.hints import of_broadcasts, of_echoes
from bench.load.measured import Measured
from bench.load.wire import Dialect, Trigger

SAID = Dialect(publish='say', receive='said', echo='ping')


@pytest.mark.parametrize(
    ('dialect', 'faults', 'hint'),
    [
        (SAID, ('9 lost', '9 garbled'), 'if the payload lies within what comes, add --search'),
        (
            SAID,
            ('9 lost',),
            'nothing has come: are these the events (--publish say, --receive said)?',
        ),
        (
            Dialect(search=True),
            ('9 garbled',),
            'nothing has come: are these the events (--publish pub, --receive msg)?',
        ),
        (
            Dialect(trigger=Trigger('http://127.0.0.1:1/')),
            ('9 lost',),
            'nothing has come: are these the events (--receive msg)?',
        ),
    ],
)
def test_broadcasts_of_which_none_has_come_have_a_hint(dialect, faults, hint):
    assert of_broadcasts(Measured(1, faults=faults), dialect).faults == (*faults, hint)


def test_events_that_nobody_acknowledges_have_one_too():
    hint = 'nobody acknowledges: is this the event (--echo-event ping)?'
    found = of_echoes(Measured(1, events=9, faults=('9 unacknowledged',)), SAID)
    assert found.faults == ('9 unacknowledged', hint)


@pytest.mark.parametrize(
    'measured',
    [
        Measured(1, received=1, faults=('8 lost',)),
        Measured(1, acknowledged=1, faults=('8 unacknowledged',)),
        Measured(1, faults=('1 closed',), stopped=True),
        Measured(1),
    ],
)
def test_what_has_come_in_part_was_stopped_or_is_sound_has_none(measured):
    assert of_broadcasts(measured, SAID) == of_echoes(measured, SAID) == measured
