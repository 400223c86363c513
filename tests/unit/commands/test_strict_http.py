"""`check --strict` of what concerns programs: `admin`, `backends`, `http`."""

import pytest

from tests.support import certificates

ENOUGH = 'a-key-of-16-characters'
SECRET = 'a secret of the tests'
READ = 'is sent unencrypted beyond this host: write https://'
IN = 'namespaces: {/: {connect: {http: {url: http://localhost/, %s}}}}'


@pytest.mark.parametrize(
    ('admin', 'warnings'),
    [
        ('{}', []),
        (f'{{api_keys: {ENOUGH}}}', []),
        (f'{{listen: "unix:/run/a.sock", api_keys: [{ENOUGH}]}}', []),
        (
            '{api_keys: short}',
            [
                (
                    '1:19: admin.api_keys: a key of fewer than 16 characters can be guessed: '
                    'openssl rand -hex 32 makes one'
                )
            ],
        ),
        (
            f'{{api_keys: [{ENOUGH}, 15-characters--]}}',
            [
                (
                    '1:44: admin.api_keys[1]: a key of fewer than 16 characters can be guessed: '
                    'openssl rand -hex 32 makes one'
                )
            ],
        ),
        (
            f'{{listen: 0.0.0.0:1, api_keys: {ENOUGH}}}',
            [
                (
                    '1:17: admin.listen: every key is sent unencrypted beyond this host: '
                    'add tls, or listen on 127.0.0.1'
                )
            ],
        ),
        (
            f'{{listen: ["127.0.0.1:1", "[::]:1"], api_keys: {ENOUGH}}}',
            [
                (
                    '1:33: admin.listen[1]: every key is sent unencrypted beyond this host: '
                    'add tls, or listen on 127.0.0.1'
                )
            ],
        ),
    ],
)
def test_the_admin_listener(odd, admin, warnings):
    assert odd(f'admin: {admin}\nnamespaces: {{/: {{events: {{e: {{ack: 1}}}}}}}}') == warnings


def test_with_tls_the_admin_listener_may_be_anywhere(odd, folder):
    certificates.with_chain(folder)
    tls = '{certificate: ./cert.pem, key: ./key.pem}'
    admin = f'{{listen: 0.0.0.0:1, api_keys: {ENOUGH}, tls: {tls}}}'
    assert odd(f'admin: {admin}\nnamespaces: {{/: }}') == []


def test_what_is_meant_is_not_warned_of(odd):
    assert odd('admin:\n  api_keys: short  # intended\nnamespaces: {/: }') == []


@pytest.mark.parametrize(
    ('http', 'warning'),
    [
        (f'{{url: http://a.example/, secret: {SECRET}}}', f'.http.url: what is signed {READ}'),
        (
            '{url: http://10.0.0.1/, headers: {authorization: Bearer x}}',
            f'.http.url: the header Authorization {READ}',
        ),
        (
            'http://a.example/$(data.id)',
            '.http: data.id is plain text here: an address is fixed: put it into body or headers',
        ),
        (
            '{url: http://a.example/, headers: {X-User: session.user}}',
            '.http.headers.X-User: session.user is plain text here: write "${session.user}"',
        ),
        (
            '{url: http://a.example/, body: {room: data.room}}',
            '.http.body.room: data.room is plain text here: write "${data.room}"',
        ),
    ],
)
def test_an_http(odd_route, http, warning):
    assert odd_route(f'{{http: {http}}}') == [warning]


@pytest.mark.parametrize(
    'http',
    [
        'http://a.example/',
        f'{{url: https://a.example/, secret: {SECRET}}}',
        f'{{url: http://127.0.0.1:5000/, secret: {SECRET}}}',
        f'{{url: "http://[::1]/", secret: {SECRET}}}',
        '{url: http://localhost/, headers: {Authorization: "Bearer x"}}',
        '{url: http://a.example/, headers: {X-Trace: x}}',
    ],
)
def test_an_http_that_is_not_odd(odd_route, http):
    assert odd_route(f'{{http: {http}}}') == []


# What waits


def test_an_http_waits(odd_route):
    assert odd_route('{do: {http: http://a/}, sequential: true, timeout: 9s}') == []


def test_in_disconnect_nothing_waits(odd):
    assert odd('namespaces: {/: {disconnect: {do: {http: http://a/}, timeout: 9s}}}') == [
        (
            '1:54: namespaces."/".disconnect.timeout: timeout has no effect: '
            'nothing in this route waits: remove it'
        )
    ]


def test_an_on_error_that_the_timeout_of_the_route_cuts_off(odd_route):
    route = '{do: {http: {url: http://a/, timeout: %s, on_error: {ack: later}}}, timeout: 2s}'
    assert odd_route(route % '1s') == []
    assert odd_route(route % '3s') == [
        (
            '.do.http.on_error: of no use when the backend is slow: the route ends after 2 s: '
            'give http a shorter timeout'
        )
    ]


def test_a_wait_that_is_longer_than_a_client_may_take(odd):
    assert odd(IN % 'timeout: 45s') == []
    assert odd(IN % 'timeout: 46s') == [
        (
            '1:68: namespaces."/".connect.http.timeout: clients are given up after 45 s '
            '(socketio.connect_timeout): write a shorter timeout'
        )
    ]


# Who comes in while a backend is away


def test_an_empty_on_error_in_connect_lets_everybody_in(odd):
    assert odd(IN % 'on_error: {}') == [
        (
            '1:69: namespaces."/".connect.http.on_error: lets everybody in while the backend is '
            'away: write {reject: CODE}, or remove it'
        )
    ]


@pytest.mark.parametrize('on_error', ['{reject: closed}', '{do: {join: unknown}}'])
def test_an_on_error_that_does_something_is_meant(odd, on_error):
    assert odd(IN % f'on_error: {on_error}') == []


def test_an_empty_on_error_behind_a_token_lets_nobody_else_in(odd):
    auth = f'auth: {{jwt: {{key: {"k" * 32}, algorithms: [HS256]}}}}\n'
    assert odd(auth + IN % 'on_error: {}') == []


def test_an_empty_on_error_of_an_event_is_not_odd(odd_route):
    assert odd_route('{http: {url: http://localhost/, on_error: {}}}') == []


# Hooks


def test_hooks_that_may_not_wait_are_not_sent(odd):
    sections = 'backends: {hooks: 0}\nnamespaces: {/: {%s: {http: http://a/}}}'
    assert odd(sections % 'connect') == []
    assert odd(sections % 'disconnect') == [
        '1:19: backends.hooks: what disconnect sends is given up at once: remove it'
    ]


# Rooms that nobody joins


ROOM = 'namespaces: {/: {events: {a: {emit: {to: "room:news"}}, b: {http: %s}}}}'
NEWS = 'no route joins the room news'


@pytest.mark.parametrize(
    ('http', 'found'),
    [
        ('http://a/', False),
        ('{url: http://a/, allow: [emit, join]}', False),
        ('{url: http://a/, allow: [emit]}', True),
    ],
)
def test_a_backend_may_join_what_no_route_does(odd, http, found):
    assert [NEWS in line for line in odd(ROOM % http)] == [True] * found


def test_a_program_may_too(odd):
    text = 'namespaces: {/: {events: {a: {emit: {to: "room:news"}}}}}'
    assert [NEWS in line for line in odd(text)] == [True]
    assert odd(f'admin: {{}}\n{text}') == []
