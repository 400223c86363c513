"""docs/recipes.md: telemetry, webhooks."""

import base64
import hmac
import json
import threading
import time
from types import ModuleType
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from werkzeug.serving import make_server

from tests.support.recipes import API, ENVIRONMENT, replaced
from tests.support.tokens import LATER, token

STAFF = """
const socket = io('http://127.0.0.1:8000/staff', {auth: {token}})
socket.on('connect', () => socket.emit('watch', 't7', () => console.log('watching')))
socket.on('reading', ({device, celsius}) => console.log(`${device}: ${celsius}`))
"""


def signed(key, sub):
    return token({'sub': sub, 'exp': LATER}, by=ENVIRONMENT[key].encode())


def without_sids(answer):
    return {**answer, 'answers': [{**one, 'sid': '…'} for one in answer['answers']]}


@pytest.fixture
def store(backend):
    """Keeps what it has answered with 204; `statuses` come before that."""
    statuses = []
    found = backend(lambda path, event: (statuses.pop(0) if statuses else 204, None))
    found.statuses = statuses
    return found


def stored(store):
    """The id of the next event, and what was measured."""
    event = json.loads(store.next()[2])
    return event['id'], event['args'][0]['celsius']


def test_telemetry(cook, store):
    trial = cook('Telemetry', store)
    device = trial.client(token=signed('DEVICE_KEY', 't7'))
    staff = trial.client(snippet=STAFF, token=signed('STAFF_KEY', 'ann'))
    assert staff.logged() == 'watching'
    device.run('measured(21.5)')
    assert staff.logged() == 't7: 21.5'
    assert stored(store)[1] == 21.5


def test_telemetry_is_sent_until_it_is_stored_or_refused(cook, store):
    store.statuses += [503] * 3  # a try and two retries
    trial = cook('Telemetry', store)
    device = trial.client(('1_000', '10'), token=signed('DEVICE_KEY', 't7'))
    device.run('measured(21.5)')
    ids, measured = zip(*[stored(store) for _ in range(4)], strict=True)
    assert measured == (21.5,) * 4
    assert [ids.index(id) for id in ids] == [0, 0, 0, 3], 'then the device begins anew'
    device.run('globalThis.setTimeout = () => console.log("sent again")')
    device.run('measured(1000)')
    refused = device.ask('socket.emitWithAck("reading", {celsius: 1000})')
    assert refused['error']['code'] == 'out_of_range'
    assert device.silent()
    assert store.asked.empty()


def test_telemetry_devices_answer(cook, store):
    trial = cook('Telemetry', store)
    trial.client(token=signed('DEVICE_KEY', 't7'))
    trial.client(token=signed('DEVICE_KEY', 't8'))
    assert without_sids(trial.curl()) == json.loads(trial.recipe.one('json'))


@pytest.mark.parametrize(
    ('key', 'namespace'), [('DEVICE_KEY', '/staff'), ('STAFF_KEY', '/devices')]
)
def test_telemetry_keeps_devices_and_staff_apart(cook, store, key, namespace):
    trial = cook('Telemetry', store)
    stranger = f"""
    const socket = io('http://127.0.0.1:8000{namespace}', {{auth: {{token}}}})
    socket.on('connect_error', ({{message}}) => console.log(message))
    """
    client = trial.stranger(stranger, token=signed(key, 't7'))
    assert client.logged() == 'token_invalid'


def verified(headers, body):
    """By hand, as standardwebhooks.com says."""
    content = f'{headers["webhook-id"]}.{headers["webhook-timestamp"]}.'.encode() + body
    digest = hmac.digest(ENVIRONMENT['BACKEND_SECRET'].encode(), content, 'sha256')
    assert headers['webhook-signature'] == 'v1,' + base64.b64encode(digest).decode()
    assert abs(time.time() - int(headers['webhook-timestamp'])) < 60
    return headers['webhook-id']


def test_webhooks_go_out_signed(cook, store):
    store.statuses += [503]
    client = cook('Webhooks', store).client()
    client.run('order("hat")')
    assert client.logged() == 'ordered'
    tries = [store.next(), store.next()]
    first, second = [verified(headers, body) for _, headers, body in tries]
    assert first == second
    assert json.loads(tries[1][2])['args'] == [{'item': 'hat'}]
    client.run('socket.disconnect()')
    _, headers, body = store.next()
    assert verified(headers, body) != first
    event = json.loads(body)
    assert (event['event'], event['reason']) == ('disconnect', 'client disconnect')


@pytest.fixture
def github(cook, store):
    """The recipe, and the receiver of the page as a server of its own."""
    trial = cook('Webhooks', store)
    module = ModuleType('receiver_of_the_page')
    exec(replaced(trial.recipe.one('python'), API, trial.api), vars(module))
    server = make_server('127.0.0.1', 0, module.app)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield trial, f'http://127.0.0.1:{server.server_port}/github'
    server.shutdown()
    thread.join()
    server.server_close()


def posted(url, body, signature):
    headers = {'X-Hub-Signature-256': signature, 'Content-Type': 'application/json'}
    with urlopen(Request(url, body, headers), timeout=20) as answer:
        return answer.status


def test_webhooks_come_in(github):
    trial, url = github
    client = trial.client()
    body = json.dumps({'repository': {'name': 'shop'}, 'pusher': {'name': 'ann'}}).encode()
    digest = hmac.digest(ENVIRONMENT['GITHUB_SECRET'].encode(), body, 'sha256').hex()
    assert posted(url, body, f'sha256={digest}') == 204
    assert client.logged() == 'ann pushed to shop'
    with pytest.raises(HTTPError, match='401'):
        posted(url, body + b' ', f'sha256={digest}')
    with pytest.raises(HTTPError, match='401'):
        posted(url, body, 'sha256=\xe9')
