# ruff: noqa: E501 - the messages stand as they are printed
"""What a broken `cluster` says, and what a right one becomes.

The rules are in `tests/support/problems.py`.
"""

import pytest

from gateway.config.cluster import Cluster
from tests.support.problems import said

MEND = 'write redis://HOST:6379/0 or amqp://USER:PASSWORD@HOST:5672//'
CLUSTER = [
    ('cluster:', ['1:9: cluster: empty: remove it, or write redis://HOST:6379/0']),
    (
        'cluster: 5',
        ['1:10: cluster: a number, where a mapping is needed: write KEY: VALUE below it'],
    ),
    ('cluster: a', [f'1:10: cluster: not a URL of a message queue: {MEND}']),
    ('cluster: {publish: a}', ['1:10: cluster: url is missing: add it']),
    ('cluster: {url: 7}', [f'1:16: cluster.url: a number, where a URL is needed: {MEND}']),
    ('cluster: {url: "redis:"}', [f'1:16: cluster.url: not a URL of a message queue: {MEND}']),
    ('cluster: {url: "redis://"}', [f'1:16: cluster.url: not a URL of a message queue: {MEND}']),
    ('cluster: {url: "unix://"}', [f'1:16: cluster.url: not a URL of a message queue: {MEND}']),
    ('cluster: {url: "redis://h:x"}', [f'1:16: cluster.url: not a URL of a message queue: {MEND}']),
    ('cluster: redi://h', ['1:10: cluster: a queue that is not known: did you mean redis?']),
    (
        'cluster: kafka://h',
        [
            '1:10: cluster: a queue that is not known: known here: amqp, amqps, redis, rediss, unix, valkey, valkeys'
        ],
    ),
    ('cluster: kombu+sqs://', [f'1:10: cluster: Kombu is not available yet: {MEND}']),
    (
        'cluster: {url: redis://h, publish: "a b"}',
        [
            '1:36: cluster.publish: not the name of a channel: write up to 200 characters without spaces'
        ],
    ),
    (
        'cluster: {url: redis://h, listen: []}',
        ['1:35: cluster.listen: an empty list: name at least one'],
    ),
    (
        'cluster: {url: redis://h, listen: [a, a]}',
        ['1:35: cluster.listen: the same channel twice: name each once'],
    ),
    (
        'cluster: {url: redis://h, queue: 0}',
        ['1:34: cluster.queue: out of range: write 1 to 1000000'],
    ),
]


@pytest.mark.parametrize(('text', 'expected'), CLUSTER)
def test_cluster(text, expected):
    assert said(text + '\nnamespaces: {/: }') == expected


def test_it_hears_itself_whatever_it_listens_to():
    assert Cluster(url='redis://h').channels == ('socketio', 'flask-socketio')
    assert Cluster(url='redis://h', publish='chat', listen='a').channels == ('chat', 'a')


def test_a_password_is_not_shown():
    assert 'secret' not in repr(Cluster(url='redis://:secret@h'))
