"""The process that fuzzes one target: `python -m tests.fuzz.child TARGET FLAG... CORPUS`

It is libFuzzer's: it ends when that ends. Imports are instrumented, so nothing of the gateway may
have been imported before.
"""

import importlib
import sys

import atheris

if __name__ == '__main__':
    with atheris.instrument_imports(include=['gateway']):
        target = importlib.import_module(f'tests.fuzz.{sys.argv.pop(1)}')
    atheris.Setup(sys.argv, target.check)
    atheris.Fuzz()
