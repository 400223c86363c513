"""What goes wrong with a target."""


class TargetError(RuntimeError):
    """One line: what, and how to mend it."""
