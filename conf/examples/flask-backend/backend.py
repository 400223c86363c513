"""A backend: events come in as signed POSTs, and go out through the gateway's publish API.

gateway.yaml says how both are started. `curl http://127.0.0.1:5000` shows what this one knows.
"""

import base64
import hmac
import json
import os
import threading
import time
from collections import deque
from math import isqrt
from urllib.request import Request, urlopen

from flask import Flask, abort, request

SECRET = os.environ['BACKEND_SECRET'].encode()
KEY = os.environ['GATEWAY_API_KEY']
API = os.environ.get('GATEWAY_API', 'http://127.0.0.1:8001/api/v1')

MOST = 20  # jobs that are kept, and that run at the same time at most
PIECES = 20  # of each job

app = Flask(__name__)
jobs = {}  # by id: {'id', 'user', 'below', 'percent', 'result'}
people = {}  # by sid: a name, and since when
left = deque(maxlen=10_000)  # sids of those who went last: they never come back
last = {}  # the number of the latest hook, by the run of the gateway that sent it


def signed(headers, body):
    """Whether the gateway has sent this, within five minutes (Standard Webhooks)."""
    id, sent = headers.get('webhook-id', ''), headers.get('webhook-timestamp', '')
    if not sent.isdecimal() or abs(time.time() - int(sent)) > 300:
        return False
    digest = hmac.digest(SECRET, f'{id}.{sent}.'.encode() + body, 'sha256')
    right = b'v1,' + base64.b64encode(digest)
    found = headers.get('webhook-signature', '').encode().split(b' ')
    return any(hmac.compare_digest(right, one) for one in found)


@app.before_request
def only_signed():
    if request.method == 'POST' and not signed(request.headers, request.get_data()):
        abort(401)


# --- who is here ----------------------------------------------------------------------------------


@app.post('/connect')
def connect():
    """A real one looks at a token or a cookie; this one believes any short name."""
    event = request.get_json()
    name = event['auth'].get('name')
    if not isinstance(name, str) or not 1 <= len(name) <= 24:
        return {'reject': 'bad_name'}
    people[event['sid']] = name, time.monotonic()
    if event['gateway'] not in last:  # a new run of it, or of this program
        last[event['gateway']] = 0
        look()
    return {'claims': {'sub': name}}


@app.post('/disconnect')
def disconnect():
    """Comes at least once. A number that does not follow the last: others may not have come."""
    event = request.get_json()
    left.append(event['sid'])
    people.pop(event['sid'], None)
    gateway, number = event['gateway'], event['sequence']
    if last.get(gateway) != number - 1:
        look()
    last[gateway] = max(number, last.get(gateway, 0))
    return '', 204


def look():
    """Ask the gateway who is here; forget all others, but for newcomers on their way in."""
    here, after, now = {}, '', time.monotonic()
    try:
        while after is not None:
            page = api(f'clients?details=true&limit=1000&after={after}')
            here |= {client['sid']: client['claims']['sub'] for client in page['clients']}
            after = page['next']
    except OSError as error:
        app.logger.warning('who is here is not known: %s', error)
        return
    for sid, (_, since) in list(people.items()):
        if sid not in here and since < now - 10:
            people.pop(sid, None)
    for sid in here.keys() - set(left):
        people.setdefault(sid, (here[sid], now))


# --- jobs -----------------------------------------------------------------------------------------


@app.post('/start')
def start():
    event = request.get_json()
    below = event['args'][0] if event['args'] else None
    if type(below) is not int or not 2 <= below <= 500_000:
        return {'reject': 'bad_number'}
    # The same request may come twice, with the same id: then it is the same job.
    if event['id'] not in jobs:
        if sum(job['result'] is None for job in list(jobs.values())) >= MOST:
            return {'reject': 'busy'}
        user = event['claims']['sub']
        job = {'id': event['id'], 'user': user, 'below': below, 'percent': 0, 'result': None}
        keep(job)
        threading.Thread(target=work, args=(job,), daemon=True).start()
    return {'ack': [event['id']], 'do': {'join': f'job:{event["id"]}'}}


@app.post('/follow')
def follow():
    """A client that has connected again, or has heard nothing for a while."""
    event = request.get_json()
    id = event['args'][0] if event['args'] else None
    job = jobs.get(id) if isinstance(id, str) else None
    if job is None or job['user'] != event['claims']['sub']:
        return {'reject': 'no_such_job'}
    return {'ack': [job], 'do': {'join': f'job:{id}'}}


def keep(job):
    """With the new one, of those that have ended only the latest are kept."""
    ended = [id for id, one in list(jobs.items()) if one['result'] is not None]
    for id in ended[: max(0, len(jobs) + 1 - MOST)]:
        jobs.pop(id, None)
    jobs[job['id']] = job


def work(job):
    """Count primes, piece by piece, and tell the whole state: what is lost is told again."""
    found, step = 0, -(-job['below'] // PIECES)
    for piece in range(PIECES):
        numbers = range(max(2, piece * step), min((piece + 1) * step, job['below']))
        found += sum(all(n % d for d in range(2, isqrt(n) + 1)) for n in numbers)
        time.sleep(0.15)
        job['percent'] = 100 * (piece + 1) // PIECES
        if piece == PIECES - 1:
            job['result'] = found
        try:
            api('emit', {'event': 'progress', 'to': f'room:job:{job["id"]}', 'data': job})
        except OSError as error:  # the gateway is away; the page asks when it is back
            app.logger.warning('not told: %s', error)


# --- the gateway's publish API --------------------------------------------------------------------


def api(path, body=None):
    """POST where there is a body, else GET."""
    headers = {'Authorization': f'Bearer {KEY}', 'Content-Type': 'application/json'}
    data = None if body is None else json.dumps(body).encode()
    with urlopen(Request(f'{API}/{path}', data, headers), timeout=5) as answer:  # noqa: S310
        return json.load(answer)


@app.get('/')
def status():
    """For you. A backend that strangers can reach would not tell."""
    return {
        'people': sorted(name for name, _ in list(people.values())),
        'jobs': list(jobs.values()),
    }


if __name__ == '__main__':
    look()
    app.run(port=int(os.environ.get('PORT', '5000')), threaded=True)
