"""docs/recipes.md: dashboard, progress."""

import json


def test_dashboard(cook, backend):
    trial = cook('Dashboard', backend(lambda path, event: (200, json.loads(snapshot))))
    snapshot = trial.recipe.one('json')
    watcher = trial.client()
    assert [watcher.logged(), watcher.logged()] == ['orders: 41', 'visitors: 230']
    assert trial.curl() == {'done': 1}
    assert watcher.logged() == 'orders: 42'
    trial.curl()
    trial.curl(0, ('"version": 8', '"version": 9'), ('"value": 42', '"value": 43'))
    assert watcher.logged() == 'orders: 43', 'what is old is not shown'


def test_a_dashboard_misses_nothing_that_changes_while_it_is_read(cook, backend):
    def reply(path, event):
        assert event['rooms'] == ['dashboard']
        assert trial.curl() == {'done': 1}  # after what is replied was read
        return 200, json.loads(trial.recipe.one('json'))

    trial = cook('Dashboard', backend(reply))
    watcher = trial.client()
    assert [watcher.logged(), watcher.logged()] == ['orders: 42', 'visitors: 230']


def test_a_dashboard_is_read_again_after_a_failure_and_a_lost_connection(cook, backend):
    statuses = iter((500, 200, 200))
    trial = cook('Dashboard', backend(lambda path, event: (next(statuses), json.loads(snapshot))))
    snapshot = trial.recipe.one('json')
    watcher = trial.client(('1_000', '10'))
    assert [watcher.logged(), watcher.logged()] == ['orders: 41', 'visitors: 230']
    watcher.run('figures.clear()')
    watcher.run('socket.io.engine.close()')
    assert [watcher.logged(), watcher.logged()] == ['orders: 41', 'visitors: 230']


def test_progress(cook, backend):
    worker = backend(lambda path, event: (200, json.loads(reply)))
    trial = cook('Progress', worker)
    reply = trial.recipe.one('json')
    client, other = trial.client(), trial.client()
    client.run('build(12)')
    assert client.logged() == '7f3a started'
    path, _, body = worker.next()
    assert (path, json.loads(body)['args']) == ('/build', [{'pages': 12}])
    assert trial.curl() == {'done': 1}
    assert client.logged() == '7f3a: 40 %'
    other.run('build(1)')
    assert other.logged() == '7f3a started', 'it has not heard of the job of somebody else'


def test_progress_may_do_no_more_than_join(cook, backend):
    greedy = {'do': {'emit': {'event': 'progress', 'to': 'all', 'data': {}}}, 'ack': '7f3a'}
    client = cook('Progress', backend(lambda path, event: (200, greedy))).client()
    client.run('build(12)')
    assert client.logged() == 'bad_reply'
