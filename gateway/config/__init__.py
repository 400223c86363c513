"""YAML text to a frozen `Config`: pure, no sockets, no loop. `load.load` is the way in."""

import os

# pydantic looks through every installed package for plugins; this schema wants none.
os.environ.setdefault('PYDANTIC_DISABLE_PLUGINS', '__all__')
