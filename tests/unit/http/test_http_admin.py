"""What stands on the admin listener, and who may ask."""

import json

import pytest

from gateway.http.admin import Admin
from gateway.http.keys import BURST, Keys
from gateway.http.message import Request, Response

KEY = {'authorization': 'Bearer the-key'}
JSON = {'content-type': 'application/json'}
LOCAL = {'host': '127.0.0.1:8001'}


def answer(request):
    return Response(200, request.params.get('sid', '').encode())


def admin_with(*keys):
    admin = Admin(Keys(keys), clock=lambda: 0.0)
    admin.add('GET', '/things', answer)
    admin.add('POST', '/things', answer)
    admin.add('GET', '/clients/{sid}', answer)
    admin.add('GET', '/clients/{sid}/rooms', answer)
    admin.add('GET', '/open', answer, open=True)
    return admin


def ask(admin, method, path, headers, ip='127.0.0.1'):
    """Status and body; of a refusal its code."""
    request = Request(method, path, headers=headers, ip=ip)
    refused = admin.admit(request)
    if refused is None:
        found = admin.respond(request)
        return found.status, found.body.decode()
    assert json.loads(refused.body)['error']['code'] == refused.code
    return refused.status, refused.code


@pytest.mark.parametrize(
    ('method', 'path', 'headers', 'expected'),
    [
        ('GET', '/things', {}, (200, '')),
        ('HEAD', '/things', {}, (200, '')),
        ('POST', '/things', JSON, (200, '')),
        ('POST', '/things', {'content-type': 'Application/JSON; charset=utf-8'}, (200, '')),
        ('POST', '/things', {}, (415, 'content_type')),
        ('POST', '/things', {'content-type': 'text/plain'}, (415, 'content_type')),
        ('POST', '/things', {'content-type': 'application/jsonp'}, (415, 'content_type')),
        ('DELETE', '/things', {}, (405, 'method')),
        ('POST', '/open', JSON, (405, 'method')),
        ('GET', '/things/', {}, (404, 'not_found')),
        ('GET', '/nothing', {}, (404, 'not_found')),
        ('GET', '/clients/abc', {}, (200, 'abc')),
        ('GET', '/clients/a%2Fb%C3%A9', {}, (200, 'a/bé')),
        ('GET', '/clients/abc/rooms', {}, (200, 'abc')),
        ('GET', '/clients/', {}, (404, 'not_found')),
        ('GET', '/clients/a/b', {}, (404, 'not_found')),
        ('GET', '/clients/%FF', {}, (404, 'not_found')),
        ('GET', '/things', {'origin': 'http://127.0.0.1:8001'}, (403, 'origin')),
        ('GET', '/things', {'origin': 'null'}, (403, 'origin')),
    ],
)
@pytest.mark.parametrize('keys', [(), ('the-key',)])
def test_who_may_ask_is_answered_by_the_table(keys, method, path, headers, expected):
    more = KEY if keys else LOCAL
    assert ask(admin_with(*keys), method, path, {**more, **headers}) == expected


def test_a_405_says_what_is_allowed():
    refused = admin_with().admit(Request('PUT', '/things', headers=LOCAL))
    assert refused.headers == (('Allow', 'GET, HEAD, POST'),)


@pytest.mark.parametrize(
    ('authorization', 'code', 'challenge'),
    [('', 'key_missing', 'Bearer'), ('Bearer x', 'key_wrong', 'Bearer error="invalid_token"')],
)
def test_without_the_key_there_is_nothing_but_what_is_open(authorization, code, challenge):
    admin = admin_with('the-key')
    headers = {'authorization': authorization} if authorization else {}
    for path in ('/things', '/nothing', '/clients/abc'):
        refused = admin.admit(Request('GET', path, headers=headers))
        assert (refused.status, refused.code) == (401, code)
        assert refused.headers == (('WWW-Authenticate', challenge),)
    assert ask(admin, 'GET', '/open', headers) == (200, '')


def test_guessing_is_answered_429():
    admin = admin_with('the-key')
    for number in range(BURST):
        guess = {'authorization': f'Bearer {number}'}
        assert ask(admin, 'GET', '/things', guess) == (401, 'key_wrong')
    refused = admin.admit(Request('GET', '/things', headers=KEY))
    assert (refused.status, refused.headers) == (429, (('Retry-After', '1'),))


@pytest.mark.parametrize(
    ('host', 'status'),
    [
        ('127.0.0.1', 200),
        ('127.0.0.1:8001', 200),
        ('192.0.2.7:80', 200),
        ('localhost', 200),
        ('LocalHost:8001', 200),
        ('[::1]', 200),
        ('[::1]:8001', 200),
        ('rebound.example', 403),
        ('rebound.example:8001', 403),
        ('localhost.example', 403),
        ('127.0.0.1.example', 403),
        ('127.0.0.1:x', 403),
        ('::1', 403),
        ('[127.0.0.1]', 403),
        ('[::1', 403),
        ('', 403),
    ],
)
def test_without_keys_a_host_is_an_address_or_localhost(host, status):
    assert ask(admin_with(), 'GET', '/things', {'host': host})[0] == status
    assert ask(admin_with('the-key'), 'GET', '/things', {'host': host, **KEY})[0] == 200
    assert ask(admin_with(), 'GET', '/things', {'host': host}, ip='')[0] == 200
