"""The machine that stands beside every figure."""

from __future__ import annotations

import os
import platform
import subprocess
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from bench.build import BuildError
from bench.process import open_files
from bench.result import Environment
from bench.targets import ROOT, TargetError
from bench.targets.versions import of_compiler

# What bounds connections, buffers and the work of one interrupt.
SYSCTLS = """
fs.file-max fs.nr_open net.core.netdev_budget net.core.netdev_budget_usecs
net.core.netdev_max_backlog net.core.rmem_max net.core.somaxconn net.core.wmem_max
net.ipv4.ip_local_port_range net.ipv4.tcp_congestion_control net.ipv4.tcp_max_syn_backlog
net.ipv4.tcp_mem net.ipv4.tcp_rmem net.ipv4.tcp_wmem
""".split()


def environment(
    server_core: int | None = None, load_cores: Sequence[int] = (), load_generator: str = ''
) -> Environment:
    return Environment(
        date=datetime.now(UTC),
        commit=commit(),
        cpu=processor(),
        cores=os.cpu_count() or 1,
        memory=os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES'),
        kernel=platform.release(),
        python=platform.python_version(),
        versions=dict(libraries()),
        sysctls=dict(sysctls()),
        server_core=server_core,
        load_cores=tuple(load_cores),
        load_generator=load_generator,
        open_files=open_files(),
    )


def processor() -> str:
    for line in Path('/proc/cpuinfo').read_text().splitlines():
        if line.startswith('model name'):
            return line.partition(':')[2].strip()
    return platform.machine()


def commit(folder: Path = ROOT) -> str:
    """Of the working tree, and whether something in it but results has changed since."""
    head = output(['git', 'rev-parse', '--short', 'HEAD'], folder)
    changed = output(['git', 'status', '--porcelain', '--', '.', ':!bench/results'], folder)
    return f'{head or "none"}{" with changes" if changed else ""}'


def libraries() -> Iterator[tuple[str, str]]:
    """What the load generator is made with."""
    yield platform.libc_ver()
    try:
        yield from of_compiler().items()
    except (BuildError, TargetError):
        return


def sysctls(folder: Path = Path('/proc/sys')) -> Iterator[tuple[str, str]]:
    for name in SYSCTLS:
        path = folder / name.replace('.', '/')
        if path.is_file():
            yield name, ' '.join(path.read_text().split())


def output(argv: Sequence[str], cwd: Path) -> str:
    try:
        done = subprocess.run(argv, capture_output=True, text=True, check=True, cwd=cwd)
    except (OSError, subprocess.CalledProcessError):
        return ''
    return done.stdout.strip()
