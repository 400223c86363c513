"""The table of README.md is complete and true."""

import re
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ROWS = {
    int(number): files.split(', ')
    for number, files in re.findall(
        r'^\| (\d+) \|.*\| (.*) \|$', (HERE / 'README.md').read_text(), re.MULTILINE
    )
}
TEST = re.compile(r'^def test_((\d+)_)?\w+\(', re.MULTILINE)


def test_every_row_is_in_the_table():
    assert sorted(ROWS) == [*range(1, 26)]


@pytest.mark.parametrize('row', ROWS)
def test_the_files_of_a_row_hold_tests_of_it(row):
    for name in ROWS[row]:
        tests = list(TEST.finditer((HERE / name).resolve().read_text()))
        own = [test for test in tests if test[2] == str(row)]
        assert own if '/' not in name else tests, name


def test_every_test_here_belongs_to_a_row_of_its_file():
    found = {
        (int(test[2]), path.name)
        for path in HERE.glob('test_*.py')
        for test in TEST.finditer(path.read_text())
        if test[2]
    }
    assert found == {(row, name) for row in ROWS for name in ROWS[row] if '/' not in name}
