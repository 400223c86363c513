"""Result files: what is read, and what is said of those that can't be."""

import gzip
import json

import pytest

from bench import cli, docs
from bench.result import Result
from tests.support import results


@pytest.fixture(scope='module')
def plain() -> str:
    return results.fanout({'gateway': 1.0}, 1).model_dump_json()


def test_what_is_saved_is_read_again(tmp_path):
    found = results.mixed({'gateway': 1.0}, 1)
    for name in ('a.json', 'a.json.gz'):
        found.save(tmp_path / name)
        assert Result.load(tmp_path / name) == found


def grouped(raw):
    raw['scenario']['groups'] = [1]


def group(raw):
    raw['scenario']['groups'] = {'a': 3}


def huge(raw):
    raw['runs'][0]['seconds'] = 1e308


def hugest(raw):
    raw['runs'][0]['received'] = 10**400


def endless(raw):
    raw['runs'][0]['server']['cpu'] = float('-inf')


def nothing(raw):
    raw['runs'][0]['values'] = {'peak': float('nan')}


def worded(raw):
    raw['scenario']['clients'] = '12'


def climbing(raw):
    raw['runs'][0]['notes'] = {'ladder': [{'rate': 3}]}


def flat(raw):
    raw['runs'][0]['histograms']['delivery'] = [1, 2]


def newer(raw):
    raw['version'] = 2
    raw['something'] = 'else'


def ill(raw):
    raw['runs'] = 3


NONE = 'not a result of this harness'
NUMBERS = 'damaged: it has numbers that nobody measured'
NEWER = 'written by a newer version of the harness (2; this one reads 1)'
DAMAGED = [
    (grouped, NONE),
    (group, NONE),
    (huge, NUMBERS),
    (hugest, NUMBERS),
    (endless, NUMBERS),
    (nothing, NUMBERS),
    (worded, NONE),
    (climbing, NONE),
    (flat, NONE),
    (newer, NEWER),
    (ill, NONE),
]


@pytest.fixture(params=DAMAGED, ids=lambda found: found[0].__name__)
def damaged(request, plain, tmp_path):
    """A file, and what is said of it."""
    damage, said = request.param
    raw = json.loads(plain)
    damage(raw)
    path = tmp_path / 'result.json'
    path.write_text(json.dumps(raw))
    return path, said


def test_a_damaged_result_is_one_line(damaged, capsys):
    path, said = damaged
    for command in ('report', 'compare'):
        assert cli.main([command, str(path)]) == 2
        assert capsys.readouterr().err == f'bench: {path}: {said}\n'


@pytest.mark.parametrize('data', [b'', b'\xff', b'[' * 100_000, b'"' + b'x' * 9, b'{}', b'[]'])
@pytest.mark.parametrize('name', ['a.json', 'a.json.gz'])
def test_what_is_no_result_is_one_line(data, name, tmp_path, capsys):
    path = tmp_path / name
    path.write_bytes(gzip.compress(data) if name.endswith('.gz') else data)
    assert cli.main(['report', str(path)]) == 2
    assert capsys.readouterr().err == f'bench: {path}: {NONE}\n'


def test_the_docs_are_not_written_from_a_damaged_result(damaged, monkeypatch, tmp_path, capsys):
    path, said = damaged
    monkeypatch.setattr(docs, 'PAGE', tmp_path / 'page.md')
    monkeypatch.setattr(docs, 'RESULTS', tmp_path)
    assert docs.main() == 2
    assert capsys.readouterr().err == f'bench: {path}: {said}\n'
    assert not docs.PAGE.exists()


def test_reports_of_several_results_have_folders_of_their_own(tmp_path, capsys):
    for name, target in (('a.json.gz', 'node'), ('b.json.gz', 'gateway')):
        results.fanout({target: 1.0}, 1).save(tmp_path / name)
    words = ['report', str(tmp_path / 'a.json.gz'), str(tmp_path / 'b.json.gz')]
    assert cli.main(words) == 0
    assert 'gateway' not in (tmp_path / 'a' / 'report.html').read_text()
    assert 'gateway' in (tmp_path / 'b' / 'report.html').read_text()
    capsys.readouterr()
    results.fanout({'node': 1.0}, 1).save(tmp_path / 'a.json')
    assert cli.main([*words, str(tmp_path / 'a.json')]) == 2
    assert capsys.readouterr().err.endswith('their reports have the same name\n')


def test_a_report_where_a_file_is_is_one_line(tmp_path, capsys):
    path, taken = tmp_path / 'result.json', tmp_path / 'taken'
    results.fanout({'gateway': 1.0}, 1).save(path)
    taken.touch()
    assert cli.main(['report', str(path), '--out', str(taken)]) == 2
    assert capsys.readouterr().err == f'bench: --out {taken}: File exists\n'
