"""Begins tasks, and says how far they are. The rest is told by the task itself."""

import uuid

from tasks import count

from gateway import join_room, leave_room, socketio


@socketio.event
def start(below):
    if type(below) is not int or not 2 <= below <= 500_000:
        return refused('bad_value')
    job = uuid.uuid4().hex
    join_room(f'job:{job}')  # before it begins: nothing of it is missed
    waiting = {'id': job, 'below': below, 'percent': 0, 'result': None}
    count.update_state(job, 'WAITING', waiting)
    count.apply_async([below], task_id=job)
    return job


@socketio.event
def follow(job):
    """For a page that was loaded again, or away for a while."""
    if not isinstance(job, str) or len(job) != 32:
        return refused('no_such_job')
    join_room(f'job:{job}')
    found = count.AsyncResult(job).info
    if isinstance(found, dict):
        return found
    leave_room(f'job:{job}')
    return refused('no_such_job')


def refused(code):
    return {'error': {'code': code, 'message': code}}
