"""Two gateways whose RabbitMQ dies, freezes, falls silent or runs out of memory."""

import pytest

from tests.support import cluster_faults as faults

pytestmark = [
    pytest.mark.usefixtures('loop'),
    pytest.mark.parametrize('loop', ['uvloop'], indirect=True),  # each start takes ten seconds
]


def test_rabbitmq_is_killed_and_comes_back(tmp_path, rabbit):
    faults.fails(tmp_path, rabbit.url, rabbit.kill, rabbit.start)


def test_rabbitmq_is_frozen_and_thawed(tmp_path, rabbit):
    faults.fails(tmp_path, rabbit.url, rabbit.freeze, rabbit.thaw)


def test_its_memory_alarm_makes_messages_wait(tmp_path, rabbit):
    def limit(memory):
        rabbit.control('set_vm_memory_high_watermark', 'absolute', memory)

    faults.fails(tmp_path, rabbit.url, lambda: limit('1MB'), lambda: limit('4GB'))


@pytest.mark.parametrize('whose', [0, 1])
def test_a_connection_falls_silent(tmp_path, rabbit, whose):
    faults.falls_silent(tmp_path, rabbit.url, rabbit.port, whose)


def test_who_is_deaf_knows_within_five_seconds_and_says_so(tmp_path, rabbit):
    faults.goes_deaf(tmp_path, rabbit.url, rabbit.port)


def test_what_is_beyond_the_bound_is_counted_exactly(tmp_path, rabbit):
    faults.overflows(tmp_path, rabbit.url, rabbit.freeze, rabbit.thaw)
