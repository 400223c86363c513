"""nginx and HAProxy in front of a gateway, with the snippets of conf/ as they are given to users.

Only addresses, ports and paths are replaced; what isn't found there to replace is an error.
"""

import contextlib
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from tests.support.gateway import ROOT

PATIENCE = 10  # seconds for a start
NGINX = """\
daemon off;
master_process off;
pid {folder}/nginx.pid;
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/snippet.conf;
}}
"""


class Ports(NamedTuple):
    """Where a proxy listens on 127.0.0.1, with TLS and without."""

    https: int
    http: int


def nginx(folder: Path, targets: Sequence[str], ports: Ports) -> list[str | Path]:
    """The command; a target is HOST:PORT or unix:PATH."""
    snippet = _replaced(
        'nginx.conf',
        targets,
        {
            'listen 443 ssl;': f'listen 127.0.0.1:{ports.https} ssl; '
            f'listen 127.0.0.1:{ports.http};',
            '/etc/ssl/chat.example.com/fullchain.pem': f'{folder}/cert.pem',
            '/etc/ssl/chat.example.com/key.pem': f'{folder}/key.pem',
        },
    )
    (folder / 'snippet.conf').write_text(snippet)
    (folder / 'nginx.conf').write_text(NGINX.format(folder=folder))
    program = shutil.which('nginx') or '/usr/sbin/nginx'
    return [program, '-p', folder, '-e', 'stderr', '-c', folder / 'nginx.conf']


def haproxy(folder: Path, targets: Sequence[str], ports: Ports) -> list[str | Path]:
    """The same of HAProxy."""
    (folder / 'both.pem').write_text(
        (folder / 'cert.pem').read_text() + (folder / 'key.pem').read_text()
    )
    bind = '    bind :443 ssl crt /etc/ssl/chat.example.com/both.pem'
    snippet = _replaced(
        'haproxy.cfg',
        [target.replace('unix:', 'unix@') for target in targets],
        {
            bind: f'    bind 127.0.0.1:{ports.http}\n'
            f'    bind 127.0.0.1:{ports.https} ssl crt {folder}/both.pem',
        },
    )
    (folder / 'haproxy.cfg').write_text(snippet)
    program = shutil.which('haproxy') or '/usr/sbin/haproxy'
    return [program, '-db', '-f', folder / 'haproxy.cfg']


NODES = {'one': '127.0.0.1:8000', 'two': '127.0.0.1:8002', 'three': '127.0.0.1:8003'}
KINDS = {'nginx': nginx, 'haproxy': haproxy}


def _replaced(name: str, targets: Sequence[str], changes: dict[str, str]) -> str:
    text = (ROOT / 'conf' / name).read_text()
    for (node, place), target in zip(NODES.items(), targets, strict=False):
        if len(targets) > 1:
            comment = rf'^( *)# (?=(server|use-server|upstream|~).*\b({node}|{place})\b)'
            text = re.sub(comment, r'\1', text, flags=re.MULTILINE)
        assert place in text
        text = text.replace(place, target)
    for old, new in changes.items():
        assert text.count('\n' + old if old.startswith(' ') else old) == 1, (name, old)
        text = text.replace(old, new)
    return text


@contextlib.contextmanager
def running(kind: str, folder: Path, *targets: str) -> Iterator[Ports]:
    """A proxy in a process of its own; `folder` has the files of tests.support.certificates.
    Several targets are gateways with the names of NODES, in their order."""
    ports = Ports(*_free(2))
    process = subprocess.Popen(
        KINDS[kind](folder, targets, ports),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        for port in ports:
            _answers(process, port)
        yield ports
    finally:
        process.terminate()
        try:
            process.communicate(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()


def _free(count: int) -> list[int]:
    """Ports that nobody has just now."""
    with contextlib.ExitStack() as stack:
        sockets = [
            stack.enter_context(socket.create_server(('127.0.0.1', 0))) for _ in range(count)
        ]
        return [sock.getsockname()[1] for sock in sockets]


def _answers(process: subprocess.Popen[str], port: int) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and process.poll() is None:
        with (
            contextlib.suppress(ConnectionRefusedError),
            socket.create_connection(('127.0.0.1', port), 1),
        ):
            return
        time.sleep(0.02)
    process.kill()
    raise AssertionError(process.communicate()[0])
