"""What `from gateway import …` offers has types: strict mypy, on what authors of handlers write."""

import re
import subprocess
import sys

from tests.support.pages import ROOT

SETTINGS = """
[mypy]
strict = true
mypy_path = {root}
follow_imports = silent
[mypy-socketio.*,engineio.*]
follow_untyped_imports = true
"""
RIGHT = """
import asyncio
from typing import Any

from gateway import (
    ConnectionRefusedError,
    Namespace,
    call,
    close_room,
    disconnect,
    emit,
    join_room,
    leave_room,
    request,
    rooms,
    send,
    session,
    socketio,
)
from gateway.app import Gateway
from gateway.testing import TestGateway


@socketio.on('connect')
def connect(auth: dict[str, Any] | None) -> None:
    if not auth:
        raise ConnectionRefusedError('no name', {'try': 'again'})
    session['name'] = auth['name']


@socketio.on('say', namespace='/chat', sequential=True)
def say(text: str) -> tuple[str, int]:
    join_room('red')
    emit('said', text, 1, to=['red', 'blue'], include_self=False, skip_sid=request.sid)
    emit('sure?', callback=print)
    send(text, broadcast=True)
    leave_room('red', sid=request.sid)
    close_room('red', namespace='/chat')
    socketio.sleep(1)
    return rooms()[0], len(text)


@socketio.event
async def report(data: object) -> Any:
    await emit('begun', volatile=True)
    socketio.start_background_task(say, 'later')
    await socketio.sleep(1)
    return await call('sure?', data, timeout=5)


@socketio.on_error('/chat')
def failed(error: Exception) -> str:
    return 'sorry'


@socketio.on_error_default
def default(error: Exception) -> None:
    disconnect()


class Chat(Namespace):
    def on_say(self, text: str) -> None:
        self.emit('said', text, broadcast=True)


socketio.on_namespace(Chat('/chat'))
socketio.on_event('again', say, namespace='/other')


def test_say() -> None:
    with TestGateway({'namespaces': {'/': {}}}) as gateway:
        assert gateway.client('/chat').emit('say', 'hi', callback=True) == ['red', 2]


async def main() -> None:
    gateway = Gateway('gateway.yaml')
    gateway.begin()
    await gateway.stop()


reveal_type(say)
reveal_type(report)
reveal_type(request.sid)
reveal_type(rooms())
"""
WRONG = {
    'from gateway import nothing': 'attr-defined',
    'emit()': 'call-arg',
    "emit('x', to_all=True)": 'call-arg',
    "emit('x', include_self='no')": 'arg-type',
    "call('x', timeout='5s')": 'arg-type',
    'number: int = request.sid': 'assignment',
    'rooms().sid': 'attr-defined',
    "socketio.on('x', sequential='yes')": 'arg-type',
}
HERE = len(RIGHT.splitlines())


def test_what_is_right_has_types_and_what_is_wrong_is_found(tmp_path):
    assert (ROOT / 'gateway' / 'py.typed').is_file()
    (tmp_path / 'mypy.ini').write_text(SETTINGS.format(root=ROOT))
    (tmp_path / 'author.py').write_text('\n'.join([RIGHT.rstrip('\n'), *WRONG]))
    done = subprocess.run(
        [sys.executable, '-m', 'mypy', '--no-error-summary', 'author.py'],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=50,
    )
    assert done.stderr == ''
    assert re.findall(r'Revealed type is "(.*)"', done.stdout) == [
        'def (text: str) -> tuple[str, int]',
        'def (data: object) -> typing.Coroutine[Any, Any, Any]',
        'str',
        'list[str]',
    ]
    found = re.findall(r'^author\.py:(\d+): error: .*\[(.+)\]$', done.stdout, re.MULTILINE)
    expected = [(str(HERE + at), code) for at, code in enumerate(WRONG.values(), 1)]
    assert found == expected, done.stdout
