# ruff: noqa: E501 - the messages stand as they are printed
"""What a broken `cluster` says, and what a right one becomes.

The rules are in `tests/support/problems.py`.
"""

import sys

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
            '1:10: cluster: a queue that is not known: known here: amqp, amqps, redis, rediss, unix, valkey, valkeys, and kombu+ before a URL of Kombu'
        ],
    ),
    (
        'cluster: redis+sentinel://h',
        [
            '1:10: cluster: a queue that is not known: known here: amqp, amqps, redis, rediss, unix, valkey, valkeys, and kombu+ before a URL of Kombu'
        ],
    ),
    (
        'cluster: kombu+sqs',
        ['1:10: cluster: not a URL of a message queue: write kombu+TRANSPORT://…'],
    ),
    (
        'cluster: kombu+filesytem://',
        ['1:10: cluster: a transport that Kombu does not know: did you mean filesystem?'],
    ),
    (
        'cluster: {url: "kombu+kombu.transport.memory:Transport://"}',
        [
            '1:16: cluster.url: a transport that Kombu does not know: known here: SLMQ, SQS, amqp, amqps, azureservicebus, azurestoragequeues, confluentkafka, consul, etcd, filesystem, gcpubsub, kafka, librabbitmq, memory, mongodb, pgmq, pyamqp, pyro, qpid, redis, rediss, sentinel, slmq, sqla, sqlalchemy, sqs, zookeeper'
        ],
    ),
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
    *(
        (
            f'cluster: {{url: redis://h, node: {node}}}',
            ['1:33: cluster.node: not the name of a gateway: write up to 32 letters, digits and -'],
        )
        for node in ('a.b', '" "', 'x' * 33, '5.5', 'é')
    ),
    (
        'cluster: {url: redis://h, queue: 0}',
        ['1:34: cluster.queue: out of range: write 1 to 1000000'],
    ),
]


@pytest.mark.parametrize(('text', 'expected'), CLUSTER)
def test_cluster(text, expected):
    assert said(text + '\nnamespaces: {/: }') == expected


MEMBERS = "members(…) would know this gateway's clients only: cluster has others: let a backend keep the list"


@pytest.mark.parametrize(
    'expression',
    [
        "members('x')",
        "members('x:' + data)",
        'members(data.room).exists(m, m.sid == sid)',
        "size(members('x'))",
        "1 + size(members('x:' + data))",
        "size(members('x')) in [1]",
    ],
)
@pytest.mark.parametrize('cluster', ['redis://h', '{url: redis://h}', '{url: 5}'])
def test_members_of_other_gateways_are_not_known(expression, cluster):
    routes = f'namespaces: {{/: {{events: {{a: {{ack: "${{{expression}}}"}}}}}}}}'
    [*_, problem] = said(f'cluster: {cluster}\n{routes}')
    assert problem.endswith(f'.events.a.ack: {MEMBERS}')


def test_a_transport_of_kombu_is_for_kombu_to_understand():
    url = 'kombu+filesystem://?data_folder_in=a&data_folder_out=a'
    assert Cluster(url=url).url == url


def test_who_has_no_kombu_is_told_how_to_install_it(monkeypatch):
    monkeypatch.setitem(sys.modules, 'kombu.transport', None)
    assert said('cluster: kombu+sqs://\nnamespaces: {/: }') == [
        "1:10: cluster: Kombu is not installed: run pip install 'socketio-gateway[kombu]'"
    ]


def test_it_hears_itself_whatever_it_listens_to():
    assert Cluster(url='redis://h').channels == ('socketio', 'flask-socketio')
    assert Cluster(url='redis://h', publish='chat', listen='a').channels == ('chat', 'a')


def test_a_password_is_not_shown():
    assert 'secret' not in repr(Cluster(url='redis://:secret@h'))
