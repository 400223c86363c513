"""The chat page, served by the real gateway from the configuration of the repository."""

import contextlib
import json
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

from tests.browser.chromium import Window

ROOT = Path(__file__).parents[2]
CONFIG = ROOT / 'conf' / 'gateway.yaml'
LISTEN = 'listen: 127.0.0.1:8000'


def free_port() -> int:
    with socket.create_server(('127.0.0.1', 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


@contextlib.contextmanager
def served(folder: Path, port: int) -> Iterator[str]:
    """The gateway with conf/gateway.yaml on another port; gives the page's address."""
    text = CONFIG.read_text().replace('./page', str(CONFIG.parent / 'page'))
    assert text.count(LISTEN) == 1
    config = folder / 'gateway.yaml'
    config.write_text(text.replace(LISTEN, f'listen: 127.0.0.1:{port}'))
    with subprocess.Popen(
        [sys.executable, ROOT / 'run_gateway.py', '--config', config],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        try:
            started(process, port)
            yield f'http://127.0.0.1:{port}/'
        finally:
            process.terminate()
            process.wait(timeout=20)


def started(process: 'subprocess.Popen[str]', port: int) -> None:
    """Returns when the gateway says that it listens; what it says later is read and dropped."""
    said = []
    for line in process.stdout:
        said.append(line)
        if f':{port}' in line:
            threading.Thread(target=process.stdout.read, daemon=True).start()
            return
    raise RuntimeError(f'the gateway did not start:\n{"".join(said)}')


def shows(window: Window, text: str) -> None:
    """Waits until the log of a window has the text."""
    window.until(f'document.querySelector("#log").innerText.includes({json.dumps(text)})')


def inside(window: Window) -> None:
    """Waits until a window is connected and in its room."""
    window.until(
        'document.querySelector("#state").textContent === "connected"'
        ' && !document.querySelector("#say").disabled'
    )


def enter(window: Window, url: str, name: str) -> None:
    """Opens the page as somebody, who is in the lobby when this returns."""
    script = f'sessionStorage.setItem("name", {json.dumps(name)})'
    window.send('Page.addScriptToEvaluateOnNewDocument', source=script)
    window.open(url)
    inside(window)
    shows(window, f'{name} entered lobby')


def write(window: Window, text: str, button: str) -> None:
    """Types a message and clicks 'say' (to the room) or 'shout' (to all)."""
    window.type('#text', text)
    window.click(f'#{button}')
