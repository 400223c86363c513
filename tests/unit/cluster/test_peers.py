"""Numbers of other gateways: order, duplicates, gaps, and what is given up."""

import pytest

from gateway.cluster import peers as module
from gateway.cluster.counters import Counters
from gateway.cluster.peers import ALIVE, ASKED, FORGOTTEN, HELD, PATIENCE, Peers


class World:
    """Peers, with a clock of its own; `given` are numbers, `asked` what was asked for again."""

    def __init__(self, monkeypatch):
        self.now = 1_000.0
        self.given = []
        self.asked = []
        self.counts = Counters()
        self.peers = Peers(
            lambda message: self.given.append(message['n']),
            lambda *question: self.asked.append(question),
            self.counts,
        )
        monkeypatch.setattr(module, 'monotonic', lambda: self.now)

    def hear(self, *numbers, host='a'):
        for number in numbers:
            self.peers.message(host, number, {'n': number})


@pytest.fixture
def world(monkeypatch):
    return World(monkeypatch)


def test_the_first_that_is_heard_is_the_beginning(world):
    world.hear(7, 8, 9)
    assert world.given == [7, 8, 9]
    world.hear(6)
    assert world.given == [7, 8, 9]


def test_a_heartbeat_tells_where_the_beginning_is(world):
    world.peers.beat('a', 3)
    world.hear(4)
    assert (world.given, world.asked) == ([4], [])


def test_a_leap_costs_nothing_however_far_it_is(world):
    world.hear(1, 2**62)
    world.now += PATIENCE + 1
    world.peers.tick()
    assert world.given == [1, 2**62]
    assert world.counts.lost == {'gap': 2**62 - 2}


def test_duplicates_are_dropped_and_counted(world):
    world.hear(1, 2, 2, 1, 3)
    assert world.given == [1, 2, 3]
    assert world.counts.duplicates == 2


def test_what_comes_behind_a_gap_waits_for_what_is_missing(world):
    world.hear(1, 4, 3)
    assert (world.given, world.asked) == ([1], [('a', 2, 3)])
    world.hear(2)
    assert world.given == [1, 2, 3, 4]
    world.now += 10 * PATIENCE
    world.peers.tick()
    assert world.counts.lost == {}


def test_a_heartbeat_tells_that_the_last_is_missing(world):
    world.hear(1)
    world.peers.beat('a', 3)
    assert world.asked == [('a', 2, 3)]
    world.hear(2, 3)
    assert world.given == [1, 2, 3]


def test_what_is_missing_is_asked_for_again_and_then_lost(world):
    world.hear(1, 4, 6)
    for _ in range(3):
        world.now += ASKED + 0.01
        world.peers.tick()
    assert world.asked == [('a', 2, 3)] * 4
    world.now += PATIENCE
    world.peers.tick()
    assert world.given == [1, 4]
    assert world.counts.lost == {'gap': 2}
    world.now += PATIENCE + 1
    world.peers.tick()
    world.now += PATIENCE + 1
    world.peers.tick()
    assert world.given == [1, 4, 6]
    assert world.counts.lost == {'gap': 3}
    world.hear(7)
    assert world.given[-1] == 7


def test_what_a_node_says_is_gone_is_not_waited_for(world):
    world.hear(1, 5)
    world.peers.gone('a', 3)
    assert world.given == [1]
    assert world.counts.lost == {'gap': 2}
    world.hear(4)
    assert world.given == [1, 4, 5]


def test_no_more_is_held_back_than_may_be(world):
    world.hear(1)
    world.hear(*range(3, HELD + 5))
    assert len(world.given) == HELD + 3
    assert world.counts.lost == {'gap': 1}


def test_peers_are_strangers_to_each_other(world):
    world.hear(1, 3)
    world.hear(10, 11, host='b')
    assert world.given == [1, 10, 11]
    assert world.asked == [('a', 2, 2)]


def test_who_is_silent_is_not_alive_and_not_forgotten_for_that(world):
    """While the queue is away everybody is silent; what waited comes when it is back."""
    world.peers.beat('a', 0)
    assert world.peers.alive() == {'a'}
    world.now += ALIVE + 1
    assert world.peers.alive() == set()
    world.now += 10 * FORGOTTEN
    world.peers.tick()
    world.peers.beat('a', 3)
    assert world.asked == [('a', 1, 3)]
    world.hear(1, 2, 3)
    assert world.given == [1, 2, 3]


def test_who_is_silent_gives_up_its_place_where_all_are_taken(world, monkeypatch):
    monkeypatch.setattr(module, 'MAX_PEERS', 2)
    world.peers.beat('a', 0)
    world.now += FORGOTTEN
    world.peers.beat('b', 0)
    world.peers.beat('c', 0)
    assert world.peers.alive() == {'b', 'c'}
    world.peers.beat('d', 0)
    assert world.peers.alive() == {'b', 'c'}


def test_what_comes_again_renews_the_patience(world):
    world.hear(1)
    world.peers.beat('a', 101)
    for number in range(2, 102):
        world.now += 0.1
        world.hear(number)
        world.peers.tick()
    assert world.given == list(range(1, 102))
    assert (world.counts.lost, world.asked) == ({}, [('a', 2, 101)])


def test_a_leap_beyond_any_queue_is_a_new_beginning(world):
    """Whoever imitates a gateway makes nobody deaf to it."""
    world.hear(1)
    world.peers.beat('a', 2**62)
    world.peers.beat('a', 1)
    world.hear(2, 3)
    assert world.given == [1, 2, 3]
    assert world.counts.lost == {}


def test_a_stranger_too_many_is_heard_without_being_counted(world, monkeypatch):
    monkeypatch.setattr(module, 'MAX_PEERS', 1)
    world.hear(1)
    world.hear(5, 7, host='b')
    assert world.given == [1, 5, 7]
    assert world.asked == []


def test_what_a_node_said_while_one_was_deaf_is_counted(world):
    """It began after us, so all that it has ever said was for us, too."""
    world.peers.begin()
    world.now += 10
    world.hear(5)
    world.peers.beat('a', 5, age=3.0)
    world.peers.beat('a', 5, age=4.0)
    world.peers.beat('b', 7, age=3.0)
    assert world.counts.lost == {'gap': 4 + 7}
    world.hear(6)
    world.hear(8, host='b')
    assert world.given == [5, 6, 8]


def test_what_a_node_said_before_one_began_is_not_missed(world):
    world.peers.begin()
    world.now += 10
    world.hear(5)
    world.peers.beat('a', 5, age=60.0)
    world.peers.beat('b', 7, age=9.5)
    world.peers.beat('c', 7)
    assert world.counts.lost == {}


def test_a_node_that_is_heard_from_its_first_word_on_has_lost_nothing(world):
    world.peers.begin()
    world.now += 10
    world.hear(1, 2)
    world.peers.beat('a', 2, age=3.0)
    world.peers.beat('b', 0, age=3.0)
    assert world.counts.lost == {}
