"""TLS beside plain TCP, 1,000 recipients, here and in Node: CPU per connection (TLS and WebSocket
handshakes and CONNECT), resident memory per connection, CPU per delivery of 64 bytes."""

from __future__ import annotations

import asyncio
import ssl
import subprocess
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.drain import measure, text
from bench.process import pinned
from bench.rig import Settings
from bench.scenarios.figures import Figures
from bench.stats import Figure
from bench.targets import Target

KINDS = {'connect': 'µs', 'memory': 'KB', 'cpu': 'µs'}


def run(settings: Settings) -> list[Figure]:
    with pinned(settings.load_core):  # the recipients are in this process
        return measured(settings)


def measured(settings: Settings) -> list[Figure]:
    figures = Figures(settings, **{f'tls-{what}': unit for what, unit in KINDS.items()})
    events = [f'42["pub","{text(64, number)}"]'.encode() for number in range(50)]
    recipients = 200 if settings.quick else 1000
    with TemporaryDirectory(prefix='bench-') as folder:
        targets = variants(settings, *certificate(Path(folder)))
        for turn, target in settings.turns(targets):
            with target.serving(settings.server_core) as (server, port):
                costs, void = None, ''
                trust = trusting() if target.name.endswith('-tls') else None
                try:
                    costs = asyncio.run(
                        measure(server, port, recipients, events, settings.ms / 1000, trust)
                    )
                except (OSError, TimeoutError) as error:
                    void = str(error) or type(error).__name__
                for what in KINDS:
                    value = getattr(costs, what, 0.0)
                    figures.add(f'tls-{what}', target, turn, value, void)
    return figures.list()


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


def variants(settings: Settings, cert: Path, key: Path) -> list[Target]:
    """Each plain and with TLS."""
    tls = f'server:\n  tls: {{certificate: {cert}, key: {key}}}\n'
    made = []
    for target in settings.named('gateway', 'node'):
        secure = replace(
            target,
            name=f'{target.name}-tls',
            config=target.config.replace('server:\n', tls),
            env={**target.env, 'TLS_CERTIFICATE': str(cert), 'TLS_KEY': str(key)},
        )
        made += [target, secure]
    return made
