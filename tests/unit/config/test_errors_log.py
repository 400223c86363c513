"""Mistakes in the section `log`, each with its message."""

import pytest

from tests.support.problems import said


@pytest.mark.parametrize(
    ('text', 'expected'),
    [
        (
            'log: {level: loud}',
            ['1:14: log.level: not one of the known values: write debug, info, warning or error'],
        ),
        (
            'log: {format: xml}',
            ['1:15: log.format: not one of the known values: write auto, text, logfmt or json'],
        ),
        ('log: {acces: true}', ['1:7: log.acces: unknown key acces: did you mean access?']),
        ('log: {access: 1}', ['1:15: log.access: true or false is needed']),
        (
            'log: {levels: debug}',
            ['1:15: log.levels: text, where a mapping is needed: write {gateway.routing: debug}'],
        ),
        (  # gateway_chat is somebody's own
            'log: {levels: {gateway_chat: debug, gateway.x: info}}',
            ['1:37: log.levels."gateway.x": no such module: did you mean gateway?'],
        ),
        (
            'log: {levels: {gateway.routin: debug, other: loud}}',
            [
                '1:16: log.levels."gateway.routin": no such module: did you mean gateway.routing?',
                '1:46: log.levels.other: no level: write debug, info, warning, error',
            ],
        ),
    ],
)
def test_the_log(text, expected):
    assert said(f'{text}\nnamespaces: {{/: }}') == expected
