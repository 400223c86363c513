"""Where `${…}` begins and ends."""

import pytest

from gateway.config.mistakes import Mistakes
from gateway.config.template import Code, parse


def parts(text: str) -> list[str]:
    return [f'<{p.source}>' if isinstance(p, Code) else p for p in parse(text)]


@pytest.mark.parametrize(
    ('text', 'expected'),
    [
        ('', []),
        ('plain $ {x}', ['plain $ {x}']),
        ('${args}', ['<args>']),
        ('a${ b }c', ['a', '<b>', 'c']),
        ('${a}${b}', ['<a>', '<b>']),
        ('$${a}', ['${a}']),
        ('x$${a}${b}', ['x${a}', '<b>']),
        ("${'}'}", ["<'}'>"]),
        ('${"\\"}"}', ['<"\\"}">']),
        ("${{'a': {'b': 1}}.a.b}!", ["<{'a': {'b': 1}}.a.b>", '!']),
        ("${r'\\'}", ["<r'\\'>"]),
        ("${'''a'}b'''}", ["<'''a'}b'''>"]),
        ("${'http://x'}", ["<'http://x'>"]),
    ],
)
def test_parts(text, expected):
    assert parts(text) == expected


@pytest.mark.parametrize(
    ('text', 'what'),
    [
        ('${', '${ is not closed'),
        ('${a', '${ is not closed'),
        ('${{a}', '${ is not closed'),
        ("${'a}", 'a quote inside ${…} is not closed'),
        ('${}', '${} holds no expression'),
        ('${ }', '${} holds no expression'),
        ('${a // b}', 'a comment inside ${…}'),
        ('${' + '1+' * 1000 + '1}', 'an expression longer than 2,000 characters'),
    ],
)
def test_mistakes(text, what):
    with pytest.raises(Mistakes) as caught:
        parse(text)
    assert caught.value.found[0].what == what
