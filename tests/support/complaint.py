"""What `python -m bench` says of wrong input."""

from bench import cli


def complaint(capsys, *words: str) -> str:
    """The one line that is said of it."""
    assert cli.main(list(words)) == 2
    said = capsys.readouterr()
    assert said.out == ''
    assert said.err.startswith('bench: ')
    assert said.err.count('\n') == 1, said.err
    return said.err.removeprefix('bench: ').rstrip('\n')
