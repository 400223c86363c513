"""YAML text to a frozen `Config`: pure, no sockets, no loop. `load.load` is the way in."""
