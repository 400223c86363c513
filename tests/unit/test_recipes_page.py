"""docs/recipes.md: twelve recipes of one form, short, and each with its tests."""

import contextlib
import re

import pytest

from gateway.commands import strict
from gateway.config.load import load
from gateway.routing.facade import socketio
from gateway.routing.loading import load_handlers
from gateway.testing import TestGateway
from tests.support.pages import ROOT
from tests.support.recipes import API, BACKEND, ENVIRONMENT, GATEWAY, PAGE, recipes

RECIPES = recipes()
TESTS = [path.read_text() for path in (ROOT / 'tests/integration/recipes').glob('test_*.py')]
JOBS = (
    'Chat rooms, Private rooms, Presence, Typing, Cursors, Ticker, Dashboard, Telemetry, Push, '
    'Notifications, Progress, Webhooks'
).split(', ')
each = pytest.mark.parametrize('recipe', RECIPES.values(), ids=lambda recipe: recipe.title)


def test_the_twelve_commonest_jobs_are_there_and_in_the_table_of_contents():
    assert list(RECIPES) == JOBS
    rows = re.findall(r'^\| (\[.+) \|$', PAGE.read_text(), re.MULTILINE)
    columns = zip(*[re.findall(r'\[(.+?)\]', row) for row in rows], strict=True)
    assert [title for column in columns for title in column] == JOBS


@each
def test_a_recipe_says_what_it_is_for_shows_it_and_says_what_it_lacks(recipe):
    first, *_, last = recipe.text.strip().split('\n\n')
    assert re.fullmatch(r'.+(\n.+)?\.', first), 'a sentence'
    assert last.startswith('**Limits.** ')
    languages = [block.language for block in recipe.blocks]
    assert languages[0] == 'yaml'
    assert (languages.count('yaml'), languages.count('js')) == (1, 1)


@each
def test_a_recipe_is_short(recipe):
    lines = recipe.text.splitlines()
    assert len(lines) <= 75
    assert max(map(len, lines)) <= 105


@each
def test_a_recipe_is_run_by_a_test_and_so_is_its_curl(recipe):
    [test] = [text for text in TESTS if f"cook('{recipe.title}'" in text]
    for number in range(len(recipe.all('sh'))):
        assert re.search(rf'\.curl\({number or "0?[,)]"}', test)


@each
def test_a_recipe_has_nothing_odd_in_it(recipe, tmp_path, monkeypatch):
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    (tmp_path / 'gateway.yaml').write_text(recipe.one('yaml'))
    config = load(tmp_path / 'gateway.yaml')
    assert list(map(str, strict.odd(config, load_handlers(config, socketio)))) == []


@each
def test_every_address_is_one_that_the_page_explains(recipe):
    code = ''.join(block.body for block in recipe.blocks)
    assert set(re.findall(r'\w+://[\w.:]+', code)) <= {GATEWAY, API, BACKEND}
    assert all('Bearer $GATEWAY_API_KEY' in line for line in recipe.all('sh'))
    assert ('api_keys' in recipe.one('yaml')) == (API in code)


@pytest.mark.parametrize(
    ('auth', 'code'),
    [
        ({}, 'bad_name'),
        ({'name': ''}, 'bad_name'),
        ({'name': 'x' * 25}, 'bad_name'),
        ({'name': ['Ann']}, 'guard_failed'),
    ],
)
@pytest.mark.parametrize('title', ['Chat rooms', 'Presence', 'Typing', 'Cursors'])
def test_nobody_comes_in_without_a_name(title, auth, code, kitchen):
    gateway = kitchen(title)
    assert gateway.client(auth={'name': 'Ann', 'doc': 'plan'}).is_connected()
    assert gateway.client(auth={'doc': 'plan', **auth}).refusal() == {'message': code}


@pytest.mark.parametrize('auth', [{}, {'doc': ''}, {'doc': 'a b'}, {'doc': 'x' * 33}])
def test_no_cursor_is_on_a_strange_document(auth, kitchen):
    refused = kitchen('Cursors').client(auth={'name': 'Ann', **auth})
    assert refused.refusal() == {'message': 'bad_doc'}


def test_a_chatter_is_in_eight_rooms_at_most(kitchen):
    client = kitchen('Chat rooms').client(auth={'name': 'Ann'})
    for room in 'abcdefgh':
        assert len(client.emit('enter', room, callback=True)) == 1
    assert client.emit('enter', 'i', callback=True)['error']['code'] == 'too_many_rooms'
    assert len(client.rooms()) == 8


@pytest.mark.parametrize('title', ['Typing', 'Cursors'])
def test_what_is_stale_soon_waits_for_nobody(title, kitchen):
    [route] = kitchen(title).gateway.config.namespaces['/'].events.values()
    assert route.actions[-1].action.volatile


@pytest.fixture
def kitchen(tmp_path):
    """A recipe's gateway in this process, without its API; it is stopped at the end."""
    with contextlib.ExitStack() as stack:

        def start(title):
            file = tmp_path / 'gateway.yaml'
            file.write_text(re.sub('^admin: .*\n', '', RECIPES[title].one('yaml')))
            return stack.enter_context(TestGateway(file, timeout=30))

        yield start
