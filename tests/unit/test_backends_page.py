"""docs/backends.md: its replies are replies, its verifiers verify, its figures are the code's."""

import base64
import hmac
import inspect
import json
import re
import subprocess
import time

import pytest
import yaml

from gateway.backends import backend, breaker, hooks, signature
from gateway.config.fields import Reading
from gateway.config.load import load
from gateway.config.mistakes import Mistakes
from gateway.config.model import Backends
from gateway.config.replies import reply
from gateway.routing import http
from tests.support.examples import EXAMPLES
from tests.support.flask_backend import SECRETS, module
from tests.support.pages import ROOT, snippets

PAGE = ROOT / 'docs' / 'backends.md'
TEXT = PAGE.read_text()
BLOCKS = list(snippets(PAGE))
KINDS = {'Who comes in': 'connect', 'Who has left': 'disconnect'}  # sections, by their titles
SECRET = b'sixteen bytes or more'


def in_language(language):
    return [block for block in BLOCKS if block.language == language]


def one(language, words):
    [found] = [block.body for block in in_language(language) if words in block.body]
    return found


def kind(block):
    titles = re.findall('^##+ (.+)$', '\n'.join(TEXT.splitlines()[: block.line]), re.MULTILINE)
    return KINDS.get(titles[-1], 'event')


@pytest.mark.parametrize('block', in_language('json'), ids=str)
def test_a_reply_of_the_page_is_one(block):
    reply(json.loads(block.body), Reading(kind(block), '/', frozenset({'/'})))


def test_every_kind_of_reply_is_shown():
    assert {kind(block) for block in in_language('json')} == {'connect', 'event', 'disconnect'}


def test_a_mistake_of_a_reply_is_logged_as_the_page_says():
    with pytest.raises(Mistakes) as raised:
        reply({'do': [{'jion': 'a'}]}, Reading('event', '/', frozenset({'/'})))
    assert f'a bad reply: {"; ".join(http.told(raised.value))}\n' in TEXT


def test_the_configuration_is_that_of_the_example():
    shown = yaml.safe_load(BLOCKS[0].body)
    example = yaml.safe_load((EXAMPLES / 'flask-backend' / 'gateway.yaml').read_text())
    assert shown == {key: body for key, body in example.items() if key != 'server'}


def test_the_python_is_that_of_the_example(monkeypatch):
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)
    example = module()
    shown = [block.body for block in in_language('python')]
    presence = '\n\n'.join(map(inspect.getsource, (example.disconnect, example.look)))
    assert shown == [presence, inspect.getsource(example.signed)]


def test_the_request_is_signed_as_it_says():
    head, body = one('http', 'webhook-id').split('\n\n')
    fields = dict(re.findall(r'^([\w-]+): (.*)$', head, re.MULTILINE))
    sent = json.dumps(json.loads(body), separators=(',', ':')).encode()
    assert int(fields['Content-Length']) == len(sent)
    assert json.loads(body)['id'] == fields['webhook-id']
    signed = signature.headers(
        fields['webhook-id'], int(fields['webhook-timestamp']), sent, [SECRET]
    )
    assert dict(signed).items() <= fields.items()


def test_every_key_of_a_body_is_explained():
    [table] = re.findall(r'^\| key \| in .*?\n\n', TEXT, re.MULTILINE | re.DOTALL)
    keys = re.findall(r'`(\w+)`', ' '.join(row.split('|')[1] for row in table.split('\n') if row))
    source = inspect.getsource(http.Request._event)
    assert sorted(keys) == sorted({*re.findall(r"'(\w+)': ", source), 'error'})


# --- the verifiers --------------------------------------------------------------------------------


def case(body=b'{"a":"\xc3\xa4"}', ago=0, secrets=(b'the old one, of 16', SECRET)):
    return dict(signature.headers('run-1', time.time() - ago, body, secrets)), body


def cases():
    """Headers and body, and whether they are good."""
    headers, body = case()
    yield headers, body, True
    yield *case(ago=280), True
    yield *case(secrets=[SECRET]), True
    yield *case(b'\xff\x00'), True
    yield *case(ago=320), False
    yield *case(ago=-320), False
    yield *case(secrets=[b'of somebody else, 16']), False
    yield *case(secrets=[]), False
    yield headers, body + b' ', False
    for name in headers:
        for value in ('', 'x', '-1', 'v1,', 'v1', headers[name] + '0', headers[name][:-1]):
            yield {**headers, name: value}, body, False
        yield {key: headers[key] for key in headers if key != name}, body, False


# Each reads a list of {headers, body in base64} and prints a list of true and false.
NODE = """
const cases = JSON.parse(require('node:fs').readFileSync(0))
console.log(JSON.stringify(cases.map(
  ({headers, body}) => signed(headers, Buffer.from(body, 'base64'), process.argv[1]))))
"""
PHP = """
$cases = json_decode(file_get_contents('php://stdin'), true);
echo json_encode(array_map(
    fn($one) => signed($one['headers'], base64_decode($one['body']), $argv[1]), $cases));
"""
RUBY = """
require 'json'
puts JSON.parse($stdin.read).map { |one|
  signed?(one['headers'], one['body'].unpack1('m'), ARGV[0]) }.to_json
"""
GO = """
package main

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"
)

func main() {
	var cases []struct {
		Headers map[string]string
		Body    []byte
	}
	json.NewDecoder(os.Stdin).Decode(&cases)
	found := []bool{}
	for _, one := range cases {
		headers := http.Header{}
		for name, value := range one.Headers {
			headers.Set(name, value)
		}
		found = append(found, signed(headers, one.Body, []byte(os.Args[1])))
	}
	json.NewEncoder(os.Stdout).Encode(found)
}
"""
RUNS = {
    'js': (['node', '-e'], lambda snippet: snippet + NODE),
    'php': (['php', '-r'], lambda snippet: snippet + PHP),
    'ruby': (['ruby', '-e'], lambda snippet: snippet + RUBY),
    'go': (['go', 'run'], lambda snippet: GO + snippet),
}


@pytest.mark.parametrize('language', RUNS)
def test_a_verifier_takes_what_is_signed_and_nothing_else(language, tmp_path):
    command, program = RUNS[language]
    code = program(one(language, 'signed'))
    if language == 'go':
        (tmp_path / 'main.go').write_text(code)
        code = str(tmp_path / 'main.go')
    wanted = list(cases())
    sent = [
        {'headers': headers, 'body': base64.b64encode(body).decode()} for headers, body, _ in wanted
    ]
    done = subprocess.run(
        [*command, code, SECRET.decode()],
        input=json.dumps(sent), capture_output=True, text=True, check=True, timeout=50,
    )  # fmt: skip
    assert done.stderr == ''
    assert json.loads(done.stdout) == [good for *_, good in wanted]


def test_the_python_verifier_too():
    known = {'base64': base64, 'hmac': hmac, 'time': time, 'SECRET': SECRET}
    exec(one('python', 'def signed'), known)
    for headers, body, good in cases():
        assert known['signed'](headers, body) is good


# --- figures --------------------------------------------------------------------------------------


def test_every_error_is_explained():
    codes = re.findall(r'^\| `(\w+)` \| .* \|( yes| no|) \|$', TEXT, re.MULTILINE)
    assert {code for code, _ in codes} == set(backend.MESSAGES)


def test_the_figures_are_those_of_the_code():
    bounds = Backends()
    for told in (
        f'After {breaker.FAILURES} failures',
        f'the pause doubles, up to {breaker.MAX_PAUSE:.0f} seconds',
        f'twice as long each time, up to {hooks.MAX_BACKOFF:.0f} seconds',
        f'{backend.BACKOFF * 1000:.0f} ms later',
        f'has {hooks.IN_FLIGHT} connections of its own',
        f'{hooks.IN_FLIGHT / 0.05:.0f} a second',
        f'{bounds.connections} at 50 ms are {bounds.connections / 0.05:,.0f}',
        f'{bounds.queue:,} are {bounds.queue * 0.05 / bounds.connections:.1f} seconds',
        f'({bounds.hooks:,}, or {hooks.MAX_BYTES // 1_000_000} MB)',
        f'`backends.give_up` ({bounds.give_up / 60:.0f}m)',
        f'`backends.max_reply` ({bounds.max_reply // 1_000_000}MB)',
    ):
        assert told in TEXT, told
    assert (breaker.PAUSE, hooks.BACKOFF) == (1.0, 0.5)  # "about a second", "half a second"
    assert all(str(status) in TEXT for status in backend.LATER)


def test_the_time_out_is_that_of_a_route(tmp_path):
    (tmp_path / 'gateway.yaml').write_text(
        'namespaces: {/: {events: {a: {http: "http://127.0.0.1:5000"}}}}'
    )
    [step] = load(tmp_path / 'gateway.yaml').namespaces['/'].events['a'].actions
    assert f'within `timeout` ({step.action.timeout:.0f}s)' in TEXT
