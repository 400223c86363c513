"""Runs the gateway from a checkout: `.venv/bin/python run_gateway.py --config FILE`."""

import signal
import sys

if __name__ == '__main__':
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl-C during the imports: no traceback
    from gateway.cli import main

    sys.exit(main())
