"""The order of the manager's classes, and what a message is when it leaves."""

import pytest
from socketio.async_pubsub_manager import AsyncPubSubManager

from gateway.cluster.manager import ClusterManager
from gateway.hub.fanout import FanoutManager
from gateway.hub.membership import Membership

ORDER = ClusterManager.__mro__


def test_the_queue_s_class_stands_before_the_fan_out_s():
    assert ORDER.index(AsyncPubSubManager) < ORDER.index(FanoutManager) < ORDER.index(Membership)


@pytest.mark.parametrize('name', ['can_disconnect', 'disconnect', 'enter_room', 'leave_room'])
def test_what_is_asked_of_the_manager_asks_the_queue_first(name):
    assert getattr(ClusterManager, name) is getattr(AsyncPubSubManager, name)


@pytest.mark.parametrize('name', ['is_connected', 'basic_enter_room', 'basic_leave_room', 'join'])
def test_what_is_done_here_is_the_fan_out_s(name):
    assert getattr(ClusterManager, name) is getattr(FanoutManager, name)
