"""When every thread is taken and the queue is full."""

import time

SERVED = 'crowded.yaml'
BUSY = {'error': {'code': 'busy', 'message': 'too many handlers are running'}}


def test_who_comes_is_refused_as_busy(clients):
    client = clients.open()
    asked = [client.start('sleep', 0.5) for _ in range(5)]
    assert clients.refused('/') == ('busy', None)
    assert [one.result(20) for one in asked] == [[]] * 5
    assert clients.open().sid


def test_who_goes_is_never_forgotten(clients):
    stays, leaving = clients.open(), [clients.open() for _ in range(30)]
    [before] = stays.ask('how many have gone')
    asked = [stays.start('sleep', 0.5) for _ in range(8)]
    assert [one.result(20) for one in asked[5:]] == [[BUSY]] * 3  # now the pool is full
    for client in leaving:
        client.leave()
    assert [one.result(20) for one in asked[:5]] == [[]] * 5
    until = time.monotonic() + 10
    while (now := stays.ask('how many have gone')[0] - before) < 30 and time.monotonic() < until:
        pass
    assert now == 30
