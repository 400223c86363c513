"""A task that tells everyone in its room how far it is. It knows no gateway: Redis is enough."""

import math

import celery
import socketio

REDIS = 'redis://127.0.0.1:6379/0'  # the same as in gateway.yaml

app = celery.Celery('tasks', broker=REDIS, backend=REDIS)
clients = socketio.RedisManager(REDIS, write_only=True)


@app.task(bind=True)
def count(self, below):
    """Count the primes below a number."""
    job = {'id': self.request.id, 'below': below, 'percent': 0, 'result': None}
    found = 0
    for number in range(2, below):
        found += all(number % divisor for divisor in range(2, math.isqrt(number) + 1))
        percent = 100 * number // below
        if percent > job['percent']:
            job['percent'] = percent
            self.update_state(state='PROGRESS', meta=job)  # for who asks
            clients.emit('progress', job, room=f'job:{job["id"]}')  # for who listens
    job |= {'percent': 100, 'result': found}
    clients.emit('progress', job, room=f'job:{job["id"]}')
    return job
