"""Runs the gateway from a checkout: `python run_gateway.py --config FILE`."""

import sys

from gateway.cli import main

if __name__ == '__main__':
    sys.exit(main())
