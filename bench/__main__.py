"""python -m bench: `python -m bench --help` says what it can do."""

import sys

from bench.cli import main

if __name__ == '__main__':
    sys.exit(main())
