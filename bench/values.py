"""What the values of flags are read as, where no model of a scenario says it.

Rules of this file:
- What is no such value is an ArgumentTypeError: how to write it.
"""

from __future__ import annotations

import json
import os
import shutil
from argparse import ArgumentTypeError
from typing import Any

from bench.loading import one_of

MOST_LOAD_CORES = 4


def spare_cores() -> list[int]:
    """Those that are left when the server has one."""
    cores = sorted(os.sched_getaffinity(0))
    return cores[1:][-MOST_LOAD_CORES:] or cores


def program(text: str) -> str:
    if not shutil.which(text):
        raise ArgumentTypeError(f'{text} is no program that can be started')
    return text


def core(text: str) -> int:
    cores = sorted(os.sched_getaffinity(0))
    if not text.strip().isdecimal() or int(text) not in cores:
        words = one_of(cores)
        raise ArgumentTypeError(f'{text} is no core of this machine: write {words}')
    return int(text)


def core_list(text: str) -> tuple[int, ...]:
    return tuple(dict.fromkeys(map(core, text.split(','))))


def share(text: str) -> float:
    """`5%` as 0.05."""
    try:
        number = float(text.removesuffix('%'))
    except ValueError:
        number = -1
    if not 0 <= number <= 1000:
        raise ArgumentTypeError(f'{text} is no percentage: write it like 5%')
    return number / 100


def value(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise ArgumentTypeError(f'not JSON: {error}') from None
