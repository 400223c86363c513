# ruff: noqa: E501 - the messages stand as they are printed
"""What a broken `http` says.

The rules are in `tests/support/problems.py`.
"""

import pytest

from tests.support.problems import said

HTTP = [
    (
        '{http: }',
        [
            '4:16: namespaces."/".events.x.http: empty, where a URL is needed: write http://HOST:PORT/PATH'
        ],
    ),
    ('{http: {}}', ['4:17: namespaces."/".events.x.http: url is missing: add it']),
    (
        '{http: 5}',
        [
            '4:17: namespaces."/".events.x.http: a number, where a URL is needed: write http://HOST:PORT/PATH'
        ],
    ),
    (
        '{http: {url: localhost:5000}}',
        [
            '4:23: namespaces."/".events.x.http.url: not a URL of http or https: write http://HOST:PORT/PATH'
        ],
    ),
    (
        '{http: ftp://a/}',
        [
            '4:17: namespaces."/".events.x.http: not a URL of http or https: write http://HOST:PORT/PATH'
        ],
    ),
    (
        '{http: "http://a b/"}',
        [
            '4:17: namespaces."/".events.x.http: a character that a URL cannot hold: write it percent-encoded'
        ],
    ),
    (
        '{http: "http:///x"}',
        [
            '4:17: namespaces."/".events.x.http: not a URL of http or https: write http://HOST:PORT/PATH'
        ],
    ),
    (
        '{http: "http://[::1/"}',
        [
            '4:17: namespaces."/".events.x.http: not a URL of http or https: write http://HOST:PORT/PATH'
        ],
    ),
    (
        '{http: "http://a:99999/"}',
        [
            '4:17: namespaces."/".events.x.http: not a URL of http or https: write http://HOST:PORT/PATH'
        ],
    ),
    (
        '{http: "http://a:0/"}',
        [
            '4:17: namespaces."/".events.x.http: not a URL of http or https: write http://HOST:PORT/PATH'
        ],
    ),
    (
        '{http: "http://a<b/"}',
        [
            '4:17: namespaces."/".events.x.http: a character that a URL cannot hold: write it percent-encoded'
        ],
    ),
    (
        '{http: "http://a/{data.id}"}',
        [
            '4:17: namespaces."/".events.x.http: a character that a URL cannot hold: write it percent-encoded'
        ],
    ),
    (
        '{http: "http://user:hunter2@a/"}',
        [
            '4:17: namespaces."/".events.x.http: a password in a URL: write headers: {Authorization: "${env.NAME}"}'
        ],
    ),
    (
        '{http: "http://a/#x"}',
        [
            '4:17: namespaces."/".events.x.http: a fragment, which no server gets: remove what follows the #'
        ],
    ),
    (
        '{http: "http://a/${data.x}"}',
        [
            '4:17: namespaces."/".events.x.http: is fixed when the file is loaded: of all expressions, ${env.NAME} and ${credential.NAME} may stand here'
        ],
    ),
    (
        '{http: "${env.NONE}"}',
        ['4:17: namespaces."/".events.x.http: env.NONE is not set: set it before the start'],
    ),
    (
        '{http: "${env.EMPTY}"}',
        [
            '4:17: namespaces."/".events.x.http: not a URL of http or https: write http://HOST:PORT/PATH'
        ],
    ),
    (
        '{http: {ulr: "http://a/"}}',
        ['4:18: namespaces."/".events.x.http.ulr: unknown key ulr: did you mean url?'],
    ),
    (
        '{http: {url: "http://a/", foo: 1}}',
        [
            '4:36: namespaces."/".events.x.http.foo: unknown key foo: known here: allow, body, headers, method, on_error, retries, secret, timeout, url'
        ],
    ),
    (
        '{http: {url: "http://a/", methode: GET}}',
        ['4:36: namespaces."/".events.x.http.methode: unknown key methode: did you mean method?'],
    ),
    (
        '{http: {url: "http://a/", method: get}}',
        [
            '4:44: namespaces."/".events.x.http.method: not one of the known values: write POST, PUT, PATCH, GET or DELETE'
        ],
    ),
    (
        '{http: {url: "http://a/", method: "${data.x}"}}',
        [
            '4:44: namespaces."/".events.x.http.method: is fixed when the file is loaded: of all expressions, ${env.NAME} and ${credential.NAME} may stand here'
        ],
    ),
    (
        '{http: {url: "http://a/", timeout: 5}}',
        [
            '4:45: namespaces."/".events.x.http.timeout: a duration without a unit: write it like 25s, 300ms, 2m or 1h'
        ],
    ),
    (
        '{http: {url: "http://a/", timeout: 0s}}',
        ['4:45: namespaces."/".events.x.http.timeout: out of range: write 1ms to 1h'],
    ),
    (
        '{http: {url: "http://a/", timeout: "${data.x}"}}',
        [
            '4:45: namespaces."/".events.x.http.timeout: is fixed when the file is loaded: of all expressions, ${env.NAME} and ${credential.NAME} may stand here'
        ],
    ),
    (
        '{http: {url: "http://a/", retries: 11}}',
        ['4:45: namespaces."/".events.x.http.retries: out of range: write 0 to 10'],
    ),
    (
        '{http: {url: "http://a/", retries: -1}}',
        ['4:45: namespaces."/".events.x.http.retries: out of range: write 0 to 10'],
    ),
    (
        '{http: {url: "http://a/", retries: many}}',
        ['4:45: namespaces."/".events.x.http.retries: a whole number is needed: write 0 to 10'],
    ),
    (
        '{http: {url: "http://a/", retries: "${env.SECRET}"}}',
        ['4:45: namespaces."/".events.x.http.retries: a whole number is needed: write 0 to 10'],
    ),
    *[
        (
            f'{{http: "http://{host}/"}}',
            [
                '4:17: namespaces."/".events.x.http: not a URL of http or https: write http://HOST:PORT/PATH'
            ],
        )
        for host in ('a..b', '.a', 'a' * 64 + '.b')
    ],
    (
        '{http: {url: "http://a/", headers: [a]}}',
        [
            '4:45: namespaces."/".events.x.http.headers: a list, where a mapping is needed: write {NAME: VALUE}'
        ],
    ),
    (
        '{http: {url: "http://a/", headers: {"a b": c, Host: a, X-A: 1, x-a: 2, X-B: null, X-C: [1], X-D: "a\\nb", X-E: "${dta}"}}}',
        [
            '4:46: namespaces."/".events.x.http.headers."a b": not the name of a header: write letters and -',
            '4:56: namespaces."/".events.x.http.headers.Host: Host is not yours to set: remove it',
            '4:73: namespaces."/".events.x.http.headers.x-a: the same header twice: remove one',
            '4:86: namespaces."/".events.x.http.headers.X-B: empty, where text is needed: write text',
            '4:97: namespaces."/".events.x.http.headers.X-C: a list, where text is needed: write text',
            '4:107: namespaces."/".events.x.http.headers.X-D: a character that a header cannot hold: write text in one line',
            '4:120: namespaces."/".events.x.http.headers.X-E: unknown name dta: did you mean data?',
        ],
    ),
    (
        '{http: {url: "http://a/", headers: {X-A: "${env.SECRET}ü\\x85"}}}',
        [
            '4:51: namespaces."/".events.x.http.headers.X-A: a character that a header cannot hold: write text in one line'
        ],
    ),
    (
        '{http: {url: "http://a/", headers: {webhook-signature: a, Content-Length: 1}}}',
        [
            '4:46: namespaces."/".events.x.http.headers.webhook-signature: webhook-signature is not yours to set: remove it',
            '4:68: namespaces."/".events.x.http.headers.Content-Length: Content-Length is not yours to set: remove it',
        ],
    ),
    (
        '{http: {url: "http://a/", body: "${dta.x}"}}',
        ['4:42: namespaces."/".events.x.http.body: unknown name dta: did you mean data?'],
    ),
    (
        '{http: {url: "http://a/", secret: }}',
        [
            '4:43: namespaces."/".events.x.http.secret: empty, where a secret is needed: write "${env.NAME}"'
        ],
    ),
    (
        '{http: {url: "http://a/", secret: 5}}',
        [
            '4:44: namespaces."/".events.x.http.secret: a number, where a secret is needed: write "${env.NAME}"'
        ],
    ),
    (
        '{http: {url: "http://a/", secret: ""}}',
        ['4:44: namespaces."/".events.x.http.secret: empty: openssl rand -base64 32 makes one'],
    ),
    (
        '{http: {url: "http://a/", secret: "${env.SECRET}"}}',
        [
            '4:44: namespaces."/".events.x.http.secret: fewer than 16 bytes keep nothing secret: openssl rand -base64 32 makes one'
        ],
    ),
    (
        '{http: {url: "http://a/", secret: "${data.x}"}}',
        [
            '4:44: namespaces."/".events.x.http.secret: is fixed when the file is loaded: of all expressions, ${env.NAME} and ${credential.NAME} may stand here'
        ],
    ),
    (
        '{http: {url: "http://a/", secret: whsec_x}}',
        [
            '4:44: namespaces."/".events.x.http.secret: no base64 behind whsec_: openssl rand -base64 32 makes one'
        ],
    ),
    (
        '{http: {url: "http://a/", secret: whsec_aGFsbG8=}}',
        [
            '4:44: namespaces."/".events.x.http.secret: fewer than 16 bytes keep nothing secret: openssl rand -base64 32 makes one'
        ],
    ),
    (
        '{http: {url: "http://a/", secret: []}}',
        [
            '4:44: namespaces."/".events.x.http.secret: an empty list: name at least one, or remove it'
        ],
    ),
    (
        '{http: {url: "http://a/", secret: ["${env.SECRET}", 5]}}',
        [
            '4:45: namespaces."/".events.x.http.secret[0]: fewer than 16 bytes keep nothing secret: openssl rand -base64 32 makes one',
            '4:62: namespaces."/".events.x.http.secret[1]: a number, where a secret is needed: write "${env.NAME}"',
        ],
    ),
    (
        '{http: {url: "http://a/", allow: emit}}',
        [
            '4:43: namespaces."/".events.x.http.allow: text, where a list is needed: write [emit, join], or [] for nothing'
        ],
    ),
    (
        '{http: {url: "http://a/", allow: [emti, call, http, 5]}}',
        [
            '4:44: namespaces."/".events.x.http.allow[0]: not what a reply can do: did you mean emit?',
            '4:50: namespaces."/".events.x.http.allow[1]: not what a reply can do: known here: ack, claims, close_room, disconnect, emit, join, leave, reject, send, set',
            '4:56: namespaces."/".events.x.http.allow[2]: not what a reply can do: known here: ack, claims, close_room, disconnect, emit, join, leave, reject, send, set',
            '4:62: namespaces."/".events.x.http.allow[3]: not what a reply can do: known here: ack, claims, close_room, disconnect, emit, join, leave, reject, send, set',
        ],
    ),
    (
        '{http: {url: "http://a/", allow: ["${data.x}"]}}',
        [
            '4:44: namespaces."/".events.x.http.allow[0]: is fixed when the file is loaded: of all expressions, ${env.NAME} and ${credential.NAME} may stand here'
        ],
    ),
    (
        '{http: "http://a/", timeout: 5s}',
        ['4:30: namespaces."/".events.x.timeout: timeout stands beside http: indent it below http'],
    ),
    (
        '{http: "http://a/", retries: 1}',
        ['4:30: namespaces."/".events.x.retries: retries is a key of http: indent it below http'],
    ),
    (
        '{http: "http://a/", ack: 1}',
        [
            '4:30: namespaces."/".events.x.ack: two verbs in one action: http and ack: make it a list of actions'
        ],
    ),
    (
        '{url: "http://a/"}',
        ['4:11: namespaces."/".events.x.url: url is a key of http: write {http: {url: …}}'],
    ),
]


@pytest.mark.parametrize(('text', 'expected'), HTTP)
def test_an_http(text, expected):
    assert said(f'namespaces:\n  /:\n    events:\n      x: {text}') == expected
