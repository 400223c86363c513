"""docs/operations.md tells every metric and every alert that there is."""

import re

import yaml

from tests.support.gateway import ROOT
from tests.support.metrics_page import PAGE, written

TEXT = PAGE.read_text()


def test_the_table_of_metrics_is_fresh():
    assert written(TEXT) == TEXT, 'python -m tests.support.metrics_page'


def test_every_alert_has_its_words():
    rules = yaml.safe_load((ROOT / 'conf' / 'prometheus' / 'alerts.yaml').read_text())
    alerts = [rule['alert'] for group in rules['groups'] for rule in group['rules']]
    assert re.findall(r'^\*\*(\w+)\.\*\* ', TEXT, re.MULTILINE) == alerts


def test_the_metrics_of_the_alerts_exist():
    rules = (ROOT / 'conf' / 'prometheus' / 'alerts.yaml').read_text()
    named = {re.sub('_bucket$', '', name) for name in re.findall(r'gateway_\w+', rules)}
    assert len(named) > 10
    assert named <= set(re.findall(r'`(gateway_\w+)`', TEXT))
