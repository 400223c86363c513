"""README.md: the commands that it shows answer what it shows, and run in the checkout's Python."""

import re
import shlex

import pytest

from gateway import cli
from gateway.testing import TestGateway
from tests.support.pages import PAGES, ROOT

TEXT = (ROOT / 'README.md').read_text()
SHOWN = [*PAGES, *(ROOT / 'conf').rglob('*.yaml')]


def test_explain_answers_what_is_shown(capsys, monkeypatch):
    monkeypatch.chdir(ROOT)
    block = TEXT.partition('$ .venv/bin/python run_gateway.py explain ')[2].partition('```')[0]
    words, output = re.fullmatch(r"(.*?\}')\n(namespaces.*)", block, re.DOTALL).groups()
    assert cli.main(['explain', *shlex.split(words.replace('\\\n', ' '))]) == 0
    assert capsys.readouterr().out == output


@pytest.mark.parametrize('page', SHOWN, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_command_names_the_python_that_has_the_dependencies(page):
    assert (
        re.findall(r'(?<!\.venv/bin/)\bpython (?:run_gateway\.py|conf/).*', page.read_text()) == []
    )


def test_the_client_that_is_shown_comes_in_and_has_its_answer():
    assert "io('http://127.0.0.1:8000', {auth: {name: 'Ann'}})" in TEXT
    with TestGateway(ROOT / 'conf' / 'gateway.yaml', timeout=30) as gateway:
        ann = gateway.client(auth={'name': 'Ann'})
        assert ann.emit('echo', 1, {'two': 2}, callback=True) == [1, {'two': 2}]


@pytest.mark.parametrize('auth', [None, {}, {'name': ''}, {'name': 'x' * 25}])
def test_nobody_without_a_name_is_in_the_chat(auth):
    with TestGateway(ROOT / 'conf' / 'gateway.yaml', timeout=30) as gateway:
        assert gateway.client(auth=auth).refusal() == {'message': 'bad_name'}


def test_a_room_and_a_message_of_the_chat_are_short():
    with TestGateway(ROOT / 'conf' / 'gateway.yaml', timeout=30) as gateway:
        ann = gateway.client(auth={'name': 'Ann'})
        for room in ('', 'x' * 25):
            answer = ann.emit('enter', {'room': room}, callback=True)
            assert answer['error']['code'] == 'bad_room'
        assert ann.emit('enter', {'room': 'x' * 24}, callback=True) == []
        for event in ('say', 'shout'):
            said = {'room': 'x' * 24, 'text': 'y' * 501}
            assert ann.emit(event, said, callback=True)['error']['code'] == 'too_long'
