"""Feeds arbitrary bytes to what reads strangers' bytes: `python -m tests.fuzz frames --seconds 600`

A target is a module of this folder with `SEEDS`, inputs as real clients send them, and
`check(data)`, which raises where something is wrong. Without a name all targets share the time.

What was learnt stays in the corpus of the target, below `--folder`, and the next run begins with
it. Each run ends with one line for the records. An input that fails is written there too, with its
traceback on stderr, and the exit code is 1; `--input FILE` gives one to the target again.
"""

import argparse
import importlib
import re
import subprocess
import sys
import tempfile
from hashlib import sha1
from pathlib import Path

TARGETS = ('frames', 'deflate', 'payload', 'json_codec', 'msgpack_codec', 'handshake')


def main() -> int:
    parser = argparse.ArgumentParser(prog='python -m tests.fuzz')
    parser.add_argument('targets', nargs='*', metavar='TARGET', help=', '.join(TARGETS))
    parser.add_argument('--seconds', type=int, default=60, help='for all targets together')
    parser.add_argument('--folder', type=Path, default=Path(tempfile.gettempdir(), 'fuzz'))
    parser.add_argument('--input', type=Path, help='check this file and nothing else')
    options = parser.parse_args()
    targets = options.targets or TARGETS
    if options.input:
        for target in targets:
            importlib.import_module(f'tests.fuzz.{target}').check(options.input.read_bytes())
        return 0
    seconds = max(1, options.seconds // len(targets))
    return max(fuzz(target, seconds, options.folder / target) for target in targets)


def fuzz(target: str, seconds: int, folder: Path) -> int:
    """One run in a process of its own; its exit code."""
    corpus = folder / 'corpus'
    corpus.mkdir(parents=True, exist_ok=True)
    for seed in importlib.import_module(f'tests.fuzz.{target}').SEEDS:
        (corpus / sha1(seed).hexdigest()).write_bytes(seed)
    command = [sys.executable, '-m', 'tests.fuzz.child', target]
    flags = [f'-max_total_time={seconds}', f'-artifact_prefix={folder}/', '-timeout=10']
    run = subprocess.run([*command, *flags, corpus], capture_output=True, text=True, check=False)
    told = run.stdout + run.stderr
    print(record(target, seconds, told), flush=True)
    if run.returncode:
        print(complaint(told), file=sys.stderr)
    return bool(run.returncode)


def record(target: str, seconds: int, told: str) -> str:
    """The line for the records."""
    runs = [int(number) for number in re.findall(r'^#(\d+)\t', told, re.MULTILINE)] or [0]
    edges, inputs = (re.findall(r'cov: (\d+) ft: \d+ corp: (\d+)/', told) or [('0', '0')])[-1]
    failures = len(re.findall(r'Test unit written to', told))
    return (
        f'{target}: {seconds} s, {runs[-1]} executions, {runs[-1] // seconds}/s, '
        f'coverage {edges}, corpus {inputs}, crashes {failures}'
    )


def complaint(told: str) -> str:
    """The end of what the fuzzer said, without its progress."""
    lines = [line for line in told.splitlines() if not re.match(r'#\d+\t|INFO:', line)]
    return '\n'.join(lines[-60:])


if __name__ == '__main__':
    sys.exit(main())
