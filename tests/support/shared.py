"""What handlers and the tests of them share (tests/support/answering.py)."""

import threading
from contextvars import ContextVar

HERE = '/test-client'
MODULE = 'tests.support.answering'

gate = threading.Event()  # slow handlers wait for it
variable: ContextVar[str] = ContextVar('variable', default='unset')
