"""The access log: who came and went, a line for each. Off, until `log.access` switches it on."""

import logging

access = logging.getLogger('gateway.access')
access.setLevel(logging.WARNING)
