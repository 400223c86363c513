"""Programs compiled on demand, and what is said where they can't be."""

import os
from pathlib import Path

import pytest

from bench import build
from bench.build import BuildError, compiled


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv('XDG_CACHE_HOME', str(tmp_path / 'cache'))
    monkeypatch.delenv('CC', raising=False)
    return tmp_path / 'cache' / 'socketio-gateway-bench'


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / 'it.c'
    path.write_text('int main(void) { return 3; }\n')
    return path


def test_a_program_is_compiled_once_and_again_when_its_source_changes(source: Path, cache: Path):
    first = compiled('it', [source])
    made = first.stat().st_mtime_ns
    assert os.spawnv(os.P_WAIT, first, ['it']) == 3
    assert compiled('it', [source]).stat().st_mtime_ns == made
    source.write_text('int main(void) { return 4; }\n')
    assert compiled('it', [source]) != first
    assert len(list(cache.iterdir())) == 2


def test_a_header_is_part_of_what_it_was_made_from(source: Path, tmp_path: Path):
    header = tmp_path / 'it.h'
    header.write_text('')
    before = compiled('it', [source], [header])
    header.write_text('#define A 1\n')
    assert compiled('it', [source], [header]) != before


def test_no_compiler_is_said(source: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv('PATH', '/nowhere')
    with pytest.raises(BuildError, match=r'no C compiler .*install one or set CC'):
        compiled('it', [source])


def test_a_compiler_that_is_not_there_is_said(source: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv('CC', 'no-such-cc -m64')
    with pytest.raises(BuildError, match='CC names no-such-cc, which is not there'):
        compiled('it', [source])


def test_an_error_of_the_compiler_is_one_line(source: Path, cache: Path):
    source.write_text('int main(void) { return nothing; }\n')
    with pytest.raises(BuildError, match=r'^\w+ failed: .*error.*nothing.*$'):
        compiled('it', [source])
    assert list(cache.iterdir()) == []


def test_a_cache_that_can_not_be_written_is_said(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    (tmp_path / 'file').touch()
    monkeypatch.setenv('XDG_CACHE_HOME', str(tmp_path / 'file'))
    with pytest.raises(BuildError, match='Not a directory'):
        compiled('it', [source])


def test_compilers_are_given_arguments(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv('CC', 'cc -g')
    assert build.compiler() == ['cc', '-g']
