"""These tests change the system that they run on: only where that is a throw-away."""

import os

collect_ignore_glob = [] if 'THROW_AWAY' in os.environ else ['*/test_*.py']
