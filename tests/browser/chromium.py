"""A headless Chromium, driven over its DevTools protocol.

One browser per `Chromium()`, closed with it and with its profile; one WebSocket per window. What a
window complains of (exceptions, console errors, what the content security policy refused) is kept
in `complaints`, so that a test can say that there was none.
"""

import base64
import contextlib
import itertools
import json
import shutil
import subprocess
import tempfile
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import websocket

FLAGS = (
    '--headless',
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--disable-sync',
    '--disable-dev-shm-usage',
    '--disable-component-update',
    '--disable-background-networking',
    '--disable-background-timer-throttling',
    '--disable-renderer-backgrounding',
    '--no-first-run',
    '--hide-scrollbars',
    '--remote-debugging-port=0',
)
TIMEOUT = 20  # seconds, of one command and of one `until`


class Window:
    """One page of the browser."""

    def __init__(self, address: str) -> None:
        self._socket = websocket.create_connection(
            address, timeout=TIMEOUT, suppress_origin=True, enable_multithread=False
        )
        self._ids = itertools.count(1)
        self._events: list[dict[str, Any]] = []
        self.complaints: list[str] = []
        for domain in ('Page', 'Runtime', 'Log'):
            self.send(f'{domain}.enable')
        self.send('Emulation.setFocusEmulationEnabled', enabled=True)

    def close(self) -> None:
        """Closes the window, as a person does."""
        self.send('Page.close')
        self._socket.close()

    def send(self, method: str, **params: Any) -> dict[str, Any]:
        """One DevTools command and its result."""
        number = next(self._ids)
        self._socket.send(json.dumps({'id': number, 'method': method, 'params': params}))
        while True:
            message = self._receive()
            if message.get('id') == number:
                if 'error' in message:
                    raise RuntimeError(f'{method}: {message["error"]["message"]}')
                return message['result']

    def _receive(self) -> dict[str, Any]:
        message: dict[str, Any] = json.loads(self._socket.recv())
        params = message.get('params', {})
        match message.get('method'):
            case None:
                return message
            case 'Runtime.exceptionThrown':
                self.complaints.append(params['exceptionDetails']['exception']['description'])
            case 'Log.entryAdded' if params['entry']['level'] == 'error':
                self.complaints.append(f'{params["entry"]["text"]} {params["entry"].get("url")}')
        self._events.append(message)
        return message

    def open(self, url: str) -> None:
        """Loads a page, up to its load event."""
        self._events.clear()
        self.send('Page.navigate', url=url)
        while not any(event['method'] == 'Page.loadEventFired' for event in self._events):
            self._receive()

    def run(self, script: str) -> Any:
        """The value of a JavaScript expression; a promise is awaited."""
        answer = self.send(
            'Runtime.evaluate', expression=script, awaitPromise=True, returnByValue=True
        )
        if 'exceptionDetails' in answer:
            raise RuntimeError(answer['exceptionDetails']['exception']['description'])
        return answer['result'].get('value')

    def until(self, script: str) -> None:
        """Returns when the expression is true; raises when it never is."""
        asked = f"""new Promise((done) => {{
            const end = performance.now() + {TIMEOUT - 5} * 1000
            const look = () => ({script}) ? done(true)
                : performance.now() > end ? done(false) : setTimeout(look, 10)
            look()
        }})"""
        if not self.run(asked):
            raise TimeoutError(f'never true: {script}\n{self.run("document.body.innerText")}')

    def type(self, selector: str, text: str) -> None:
        """Types into a field as a keyboard does, in place of what it held."""
        self.run(f'document.querySelector({json.dumps(selector)}).select()')
        self.send('Input.insertText', text=text)

    def click(self, selector: str) -> None:
        """Clicks on the middle of an element with the mouse."""
        x, y = self.run(f"""(() => {{
            const element = document.querySelector({json.dumps(selector)})
            element.scrollIntoView({{block: 'nearest'}})
            const box = element.getBoundingClientRect()
            return [box.x + box.width / 2, box.y + box.height / 2]
        }})()""")
        for kind in ('mousePressed', 'mouseReleased'):
            self.send('Input.dispatchMouseEvent', type=kind, x=x, y=y, button='left', clickCount=1)

    def look(self, width: int, height: int, scheme: str) -> None:
        """Gives the window a size in CSS pixels and a colour scheme ('light' or 'dark')."""
        self.send(
            'Emulation.setDeviceMetricsOverride',
            width=width, height=height, deviceScaleFactor=2, mobile=width < 600,
        )  # fmt: skip
        self.send(
            'Emulation.setEmulatedMedia',
            features=[{'name': 'prefers-color-scheme', 'value': scheme}],
        )

    def screenshot(self, file: Path, *, whole: bool = False) -> None:
        """Writes what the window shows, or the whole page, as PNG."""
        picture = self.send('Page.captureScreenshot', captureBeyondViewport=whole)
        file.write_bytes(base64.b64decode(picture['data']))


class Chromium:
    """A running browser: a context manager, and a maker of windows; `flags` are more of its own."""

    def __init__(self, *flags: str) -> None:
        self._flags = (*FLAGS, *flags)

    def __enter__(self) -> 'Chromium':
        with contextlib.ExitStack() as stack:
            profile = Path(tempfile.mkdtemp(prefix='chromium-'))
            stack.callback(shutil.rmtree, profile, ignore_errors=True)
            self._process = subprocess.Popen(
                ['chromium', *self._flags, f'--user-data-dir={profile}', 'about:blank'],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                text=True,
            )
            stack.callback(self._end)
            self._address = self._listening()
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def _listening(self) -> str:
        assert self._process.stderr
        lines = []
        for line in self._process.stderr:
            lines.append(line)
            if 'DevTools listening on ws://' in line:
                return line.split('ws://')[1].split('/')[0]
        raise RuntimeError(f'Chromium did not start:\n{"".join(lines)}')

    def _end(self) -> None:
        self._process.terminate()
        self._process.communicate(timeout=TIMEOUT)

    @contextlib.contextmanager
    def window(self) -> Iterator[Window]:
        """A new window, as apart from the others as two windows of one person."""
        request = urllib.request.Request(
            f'http://{self._address}/json/new?about:blank', method='PUT'
        )
        with urllib.request.urlopen(request, timeout=TIMEOUT) as answer:
            address = json.load(answer)['webSocketDebuggerUrl']
        with contextlib.closing(Window(address)) as window:
            yield window
