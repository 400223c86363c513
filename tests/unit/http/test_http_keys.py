"""API keys: who is right, and how fast one may guess."""

import itertools
import logging

import pytest

from gateway.http import keys as module
from gateway.http.keys import BURST, Keys, Verdict, network

RIGHT, MISSING, WRONG, LIMITED = Verdict.RIGHT, Verdict.MISSING, Verdict.WRONG, Verdict.LIMITED
HOME, OTHER = '192.0.2.1', '192.0.2.2'


@pytest.fixture
def keys():
    return Keys(['first-key', 'second-key'])


GUESSES = itertools.count()


def guess():
    """Another one each time."""
    return f'Bearer guess {next(GUESSES)}'


def exhaust(keys, ip, now=0.0):
    for _ in range(BURST):
        assert keys.check(guess(), ip, now) is WRONG


@pytest.mark.parametrize(
    ('authorization', 'verdict'),
    [
        ('Bearer first-key', RIGHT),
        ('bearer second-key', RIGHT),
        ('BEARER  first-key ', RIGHT),
        ('', MISSING),
        ('Basic first-key', MISSING),
        ('first-key', MISSING),
        ('Bearer', WRONG),
        ('Bearer first-ke', WRONG),
        ('Bearer first-key2', WRONG),
        ('Bearer first-key, second-key', WRONG),
        ('Bearer \xe9', WRONG),
    ],
)
def test_each_key_is_right_and_nothing_else(keys, authorization, verdict):
    assert keys.check(authorization, HOME, 0) is verdict


def test_without_keys_everybody_is_right():
    assert Keys([]).check('', HOME, 0) is RIGHT
    assert not Keys([])


def test_every_key_is_compared_whichever_is_right(keys, monkeypatch):
    compared = []
    real = module.hmac.compare_digest
    monkeypatch.setattr(
        module.hmac, 'compare_digest', lambda a, b: compared.append(len(a)) or real(a, b)
    )
    for key in ('first-key', 'second-key', 'x'):
        keys.check(f'Bearer {key}', HOME, 0)
    assert compared == [32] * 6


def test_after_a_burst_of_guesses_even_a_right_one_is_refused(keys):
    exhaust(keys, HOME)
    assert keys.check('Bearer first-key', HOME, 0.9) is LIMITED
    assert keys.check('', HOME, 0.9) is LIMITED
    assert keys.check('Bearer first-key', OTHER, 0.9) is RIGHT


def test_one_guess_a_second_is_left(keys):
    exhaust(keys, HOME)
    assert keys.check(guess(), HOME, 1.0) is WRONG
    assert keys.check(guess(), HOME, 1.5) is LIMITED
    assert keys.check('Bearer first-key', HOME, 2.0) is RIGHT


def test_a_rest_brings_the_burst_back_and_no_more(keys):
    exhaust(keys, HOME)
    exhaust(keys, HOME, 1_000)
    assert keys.check(guess(), HOME, 1_000) is LIMITED


def test_the_same_wrong_key_again_is_no_new_guess(keys):
    for _ in range(100):
        assert keys.check('Bearer an old key', HOME, 0) is WRONG
    assert keys.check('Bearer first-key', HOME, 0) is RIGHT
    for _ in range(BURST - 1):
        assert keys.check(guess(), HOME, 0) is WRONG
    assert keys.check('Bearer an old key', HOME, 0) is LIMITED


def test_missing_keys_are_no_guesses(keys):
    for _ in range(100):
        assert keys.check('', HOME, 0) is MISSING
    assert keys.check('Bearer first-key', HOME, 0) is RIGHT


def test_a_key_that_was_right_stays_right_beside_a_wrong_neighbour(keys):
    assert keys.check('Bearer first-key', HOME, 0) is RIGHT
    exhaust(keys, HOME)
    assert keys.check('Bearer first-key', HOME, 0) is RIGHT
    assert keys.check('Bearer second-key', HOME, 0) is LIMITED


def test_an_ipv6_network_is_one_guesser(keys):
    for host in range(BURST):
        assert keys.check(guess(), f'2001:db8::{host:x}', 0) is WRONG
    assert keys.check(guess(), '2001:db8::ffff:1', 0) is LIMITED
    assert keys.check(guess(), '2001:db8:0:1::1', 0) is WRONG


@pytest.mark.parametrize(
    ('ip', 'expected'),
    [
        ('192.0.2.1', '192.0.2.1'),
        ('::ffff:192.0.2.1', '192.0.2.1'),
        ('2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'),
        ('fe80::1%eth0', 'fe80::/64'),
        ('', ''),
    ],
)
def test_the_network_of_an_address(ip, expected):
    assert network(ip) == expected


def test_the_addresses_that_are_remembered_are_bounded_and_guessers_push_out_no_backend(
    keys, monkeypatch
):
    monkeypatch.setattr(module, 'MAX_ADDRESSES', 3)
    assert keys.check('Bearer first-key', HOME, 0) is RIGHT
    exhaust(keys, HOME)
    for number in range(10):
        keys.check('Bearer guess', f'198.51.100.{number}', 0)
    assert len(keys._failing) == 3
    exhaust(keys, HOME)
    assert keys.check('Bearer first-key', HOME, 0) is RIGHT
    for number in range(10):
        assert keys.check('Bearer first-key', f'203.0.113.{number}', 0) is RIGHT
    assert len(keys._known) == 3


def test_a_line_a_second_tells_of_wrong_keys_and_shows_none(keys, caplog):
    caplog.set_level(logging.WARNING)
    for now in (0, 0.1, 0.2, 1.5):
        keys.check('Bearer sesame', HOME, now)
    assert caplog.messages == [
        'a wrong API key from 192.0.2.1',
        'a wrong API key from 192.0.2.1 (2 more since the last line)',
    ]
