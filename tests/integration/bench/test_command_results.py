"""What the command makes of results that are there already."""

import json
import re
from pathlib import Path

from bench import cli
from tests.support import results


def test_results_are_compared_and_a_slower_one_is_an_exit_code(tmp_path, capsys):
    before, after = tmp_path / 'a.json', tmp_path / 'b.json'
    results.fanout({'gateway': 1.0}, 6).save(before)
    results.fanout({'gateway': 1.5}, 6).save(after)
    one = ['compare', str(before), str(after), '--only', 'cpu_per_delivery']
    assert cli.main(one) == 0
    assert re.search(r'B is \d+ % slower', capsys.readouterr().out)
    assert cli.main([*one, '--fail-if-slower', '5%']) == 1
    assert cli.main([*one, '--fail-if-slower', '90%']) == 0
    capsys.readouterr()
    assert cli.main([*one, '--json']) == 0
    [found] = json.loads(capsys.readouterr().out)
    assert 1.3 < found['rows'][0]['ratio'] < 1.7
    both = tmp_path / 'both.json.gz'
    results.fanout({'gateway': 1.0, 'node': 2.0}, 6).save(both)
    assert cli.main(['compare', str(both), '--targets', 'gateway,node']) == 0
    assert 'node is ' in capsys.readouterr().out


def test_a_result_is_reported_again(tmp_path, capsys):
    path = tmp_path / 'result.json'
    results.fanout({'gateway': 1.0, 'node': 2.0}, 2).save(path)
    assert cli.main(['report', str(path), '--out', str(tmp_path / 'page')]) == 0
    assert 'node' in capsys.readouterr().out
    assert Path(tmp_path / 'page' / 'report.html').exists()
    assert cli.main(['report', str(path), '--markdown']) == 0
    assert '|' in capsys.readouterr().out


def test_some_targets_of_a_result_are_reported_alone(tmp_path, capsys):
    path = tmp_path / 'result.json'
    results.fanout({'gateway': 1.0, 'send-loop': 0.5, 'node': 2.0}, 2).save(path)
    words = ['report', str(path), '--markdown', '--target']
    assert cli.main([*words, 'node, gateway']) == 0
    said = capsys.readouterr().out
    assert '|  | node | gateway |' in said
    assert 'send' not in said
    assert cli.main([*words, 'gate']) == 2
    assert capsys.readouterr().err == 'bench: --target gate: did you mean gateway?\n'
