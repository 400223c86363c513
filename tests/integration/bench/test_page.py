"""The page of a result: one file, nothing to load, everything escaped."""

from html.parser import HTMLParser
from pathlib import Path

import pytest

from bench.report import page, plots
from tests.support import results

EVIL = '<script>alert("1")</script>$title'


class Seen(HTMLParser):
    """Tags with their attributes, and the text."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ''
        self.feed(source)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.fixture(scope='module')
def source(tmp_path_factory: pytest.TempPathFactory) -> str:
    it = results.fanout({'gateway': 1.0, 'node': 2.0}, 2, {('node', 1): ('3 lost',)})
    return page.html(it, plots.draw(it, tmp_path_factory.mktemp('pictures')))


def test_nothing_is_loaded_and_nothing_runs(source: str):
    for tag, attributes in Seen(source).tags:
        assert tag not in {'script', 'link', 'iframe', 'object'}
        for name in ('src', 'srcset'):
            assert (attributes.get(name) or 'data:').startswith('data:')
        assert not [name for name in attributes if name.startswith('on')]
    assert 'url(' not in source
    assert '@import' not in source


def test_each_picture_is_there_for_light_and_dark(source: str):
    tags = [tag for tag, _ in Seen(source).tags]
    assert tags.count('img') == tags.count('source') == 3


def test_it_says_what_was_void_where_it_ran_and_how_to_repeat_it(source: str):
    text = Seen(source).text
    for said in (
        'node, round 2: 3 lost',
        'AMD EPYC, 2 cores',
        'python -m bench fanout',
        'Broadcasts to many clients',
        'CPU per delivery, µs',
    ):
        assert said in text


def test_what_comes_from_a_file_is_text():
    it = results.fanout({EVIL: 1.0}, 1, {(EVIL, 0): (EVIL,)}).model_copy(
        update={'command': EVIL, 'scenario': {'kind': 'fanout', 'name': EVIL}}
    )
    seen = Seen(page.html(it, []))
    assert 'script' not in [tag for tag, _ in seen.tags]
    assert seen.text.count(EVIL) >= 6


def test_an_interrupted_result_says_so(source: str):
    it = results.fanout({'gateway': 1.0}, 1).model_copy(update={'interrupted': True})
    assert 'Interrupted' in page.html(it, [])
    assert 'Interrupted' not in source


def test_pictures_that_are_not_given_are_drawn():
    it = results.fanout({'gateway': 1.0}, 1)
    assert page.html(it).count('data:image/png') == 6


def test_the_pictures_of_the_readme_exist():
    folder = Path(page.__file__).parents[1]
    named = [
        line.split('srcset="')[1].split('"')[0]
        for line in (folder / 'README.md').read_text().splitlines()
        if 'srcset="' in line
    ]
    assert len(named) == 4
    for name in named:
        assert (folder / name).is_file()
        assert (folder / name.replace('-dark', '')).is_file()
