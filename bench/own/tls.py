"""TLS beside plain TCP: CPU per connection (TLS and WebSocket handshakes and CONNECT), resident
memory per connection, CPU per delivery of 64 bytes."""

from __future__ import annotations

import ssl
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.own import drained
from bench.own.drain import text
from bench.result import Run
from bench.rig import Site
from bench.scenario import Tls
from bench.targets import Local

EVENTS = [f'42["pub","{text(64, number)}"]'.encode() for number in range(50)]
KEPT = ('cpu_per_connection', 'memory_per_connection', 'cpu_per_delivery')


def runs(scenario: Tls, site: Site) -> Iterator[Run]:
    plain = drained.local(site.target)
    with TemporaryDirectory(prefix='bench-') as folder:
        both = {'plain': plain, 'tls': secured(plain, *certificate(Path(folder)))}
        for name, target in both.items() if site.round % 2 == 0 else reversed(both.items()):
            trust = trusting() if name == 'tls' else None
            yield drained.run(scenario, site, target, name, EVENTS, KEPT, trust)


def certificate(folder: Path) -> tuple[Path, Path]:
    """One for this run, and its key."""
    made, key = folder / 'cert.pem', folder / 'key.pem'
    command = 'openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2'
    files = ['-subj', '/CN=localhost', '-out', str(made), '-keyout', str(key)]
    subprocess.run([*command.split(), *files], check=True, capture_output=True)
    return made, key


def trusting() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE  # it is our own, on the loopback
    return context


def secured(target: Local, cert: Path, key: Path) -> Local:
    tls = f'server:\n  tls: {{certificate: {cert}, key: {key}}}\n'
    env = {**target.env, 'TLS_CERTIFICATE': str(cert), 'TLS_KEY': str(key)}
    return replace(target, config=target.config.replace('server:\n', tls), env=env)
