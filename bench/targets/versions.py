"""Versions of servers and libraries, asked from the interpreter that runs them."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from pathlib import Path

from bench.build import compiler
from bench.targets.errors import TargetError

PYTHON = """
import json, platform, sys
from importlib.metadata import PackageNotFoundError, version
found = {'python': platform.python_version()}
for name in sys.argv[1:]:
    try:
        found[name] = version(name)
    except PackageNotFoundError:
        pass
print(json.dumps(found))
"""


def of_python(python: str | Path, packages: Sequence[str]) -> dict[str, str]:
    """The interpreter's, and those of the packages that it has."""
    return dict(json.loads(_said([str(python), '-c', PYTHON, *packages])))


def of_node(modules: Path, packages: Sequence[str]) -> dict[str, str]:
    found = {'node': _said(['node', '--version']).lstrip('v')}
    for name in packages:
        found[name] = json.loads((modules / name / 'package.json').read_text())['version']
    return found


def of_compiler() -> dict[str, str]:
    command = compiler()
    return {Path(command[0]).name: _said([*command, '-dumpfullversion', '-dumpversion'])}


def _said(argv: Sequence[str]) -> str:
    try:
        done = subprocess.run(argv, check=True, capture_output=True, text=True)
    except OSError as error:
        raise TargetError(f'{argv[0]}: {error.strerror}') from None
    except subprocess.CalledProcessError as error:
        last = error.stderr.strip().splitlines()[-1:]
        raise TargetError(f'{argv[0]} does not tell its versions: {"".join(last)}') from None
    return done.stdout.strip()
