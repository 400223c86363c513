"""Two gateways with one name: said once a minute."""

import pytest

from gateway.cluster import namesake as module
from gateway.cluster.namesake import AGAIN, Namesake


@pytest.mark.parametrize(
    ('own', 'others'), [('', ['', 'one', None]), ('one', ['two', '', None, 1, ['one']])]
)
def test_other_names_are_no_mistake(caplog, own, others):
    ours = Namesake(own)
    for name in others:
        ours.heard(name)
    assert not caplog.records


def test_one_s_own_name_is_said_once_a_minute(caplog, monkeypatch):
    now = 1.0
    monkeypatch.setattr(module, 'monotonic', lambda: now)
    ours = Namesake('one')
    ours.heard('one')
    ours.heard('one')
    assert [record.getMessage() for record in caplog.records] == [
        (
            'cluster: another gateway has the node one, too: give each its own, '
            'or load balancers send requests to the wrong one'
        )
    ]
    now += AGAIN
    ours.heard('one')
    assert len(caplog.records) == 2
