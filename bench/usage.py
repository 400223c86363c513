"""What `--help` says: examples first, then what a flag means.

Rules of this file:
- Text only; the flags of a scenario describe themselves (scenario.py).
- Every example works as it stands, but for the addresses of other people's servers.
"""

from __future__ import annotations

from collections.abc import Mapping

from bench.scenario import KINDS

MAIN = """\
How fast a Socket.IO server passes messages on, and what that costs it.

  python -m bench fanout                              the gateway: 1,000 clients, 50 broadcasts/s
  python -m bench fanout --target gateway,node        two servers, in turns
  python -m bench fanout --find-peak 50ms             how much it can carry
  python -m bench echo --url http://host:3000 --echo-event ping    a server of your own
  python -m bench run noisy-room                      a scenario that comes with the harness
  python -m bench compare before.json after.json      is it faster, or is that noise?

what can be measured (each has its own --help):
{kinds}

what else there is:
  run SCENARIO         a YAML file, or the name of one that comes with the harness
  scenarios            what comes with it
  targets              the servers that it can start
  bar                  every figure that the gateway is held to, with verdicts
  compare A [B]        two results, or two targets of one
  report RESULT…       the table, the plots and the page of a result, again
  selftest             how many messages a second the load generator itself can take in

exit codes:
  0  all is well
  1  a run is void, the bar is missed, or (compare --fail-if-slower) it is slower
  2  wrong input: a flag, a file, a URL, a namespace, too few descriptors
  3  a target or the load generator failed
  130  interrupted; what was measured until then is kept
"""

EXAMPLES: Mapping[str, str] = {
    'fanout': """\
  python -m bench fanout --clients 9000 --rate 5 --duration 10s
  python -m bench fanout --target gateway,node,send-loop --rate closed
  python -m bench fanout --find-peak 50ms --forms json,msgpack
  python -m bench fanout --url https://staging.example.com --namespace /chat --auth '{"t": 1}' \\
    --publish say --receive said --search
  python -m bench fanout --url http://host:3000 --receive news \\
    --trigger-http 'POST http://host:8080/news' --trigger-body '{"text": "{payload}"}'
""",
    'echo': """\
  python -m bench echo --target gateway,node
  python -m bench echo --clients 1000 --rate 2000 --duration 30s
  python -m bench echo --url http://host:3000 --echo-event ping
""",
    'connect': """\
  python -m bench connect --clients 9000 --target gateway,node
  python -m bench connect --storm reconnect --clients 5000
""",
    'idle': """\
  python -m bench idle --clients 9000 --target gateway,node
""",
    'mixed': """\
  python -m bench run chat-rooms
  python -m bench run my-rooms.yaml --rounds 3

Its groups are written in YAML: see `python -m bench scenarios` for examples to start from.
""",
}

OTHERS: Mapping[str, str] = {
    'run': """\
  python -m bench run noisy-room
  python -m bench run my-scenario.yaml --target gateway,node --rounds 3

Measure what a file says; its fields may be changed with the flags of its kind (see
`python -m bench run SCENARIO --help`). `python -m bench scenarios` lists what there is.
""",
    'compare': """\
  python -m bench compare before.json after.json
  python -m bench compare result.json --targets gateway,node
  python -m bench compare before.json after.json --fail-if-slower 5%

For each figure: the ratio B to A of each round, their median, and the interval in which that
lies with 95 % confidence (sign test). An interval that holds 1 is no difference.
""",
    'report': """\
  python -m bench report bench/.results/fanout-*/result.json
  python -m bench report result.json --out page
  python -m bench report result.json --target gateway,node    only these

The table on standard output; report.html and the plots beside a result.json, in a folder named
after any other file, or in --out.
""",
    'bar': """\
  python -m bench bar --quick             does every row work? a smoke test, no figures to quote
  python -m bench bar --only peak,echo
""",
    'scenarios': 'The scenarios that come with the harness.\n',
    'targets': 'The servers that the harness can start.\n',
    'selftest': 'How many messages a second the load generator itself can take in, on one core.\n',
}

# Of a server that runs already: name, what it takes ('' for a switch), meaning.
URL = (
    (
        'url',
        'URL',
        'http://host:port or https://host, with the path of Socket.IO where it is another',
    ),
    ('path', 'PATH', 'where Socket.IO is (default: /socket.io/)'),
    ('namespace', 'NAME', '(default: /)'),
    ('auth', 'JSON', 'what each client sends when it connects'),
    ('header', 'NAME: VALUE', 'of each handshake; may be repeated'),
    ('query', 'TEXT', 'of each handshake, such as token=abc'),
    ('publish', 'EVENT', 'what a client sends to reach everyone (default: pub)'),
    ('receive', 'EVENT', 'what everyone gets then (default: msg)'),
    ('echo_event', 'EVENT', 'what is acknowledged with its arguments (default: echo)'),
    ('enter_event', 'EVENT', 'joins the room that is its argument (default: enter)'),
    ('say_event', 'EVENT', 'room and payload: reaches that room (default: say)'),
    ('search', '', 'the payload may lie anywhere in what everyone gets'),
    ('others_only', '', 'who publishes does not get it'),
    ('trigger_http', 'METHOD URL', "an HTTP request that publishes, such as 'POST http://…'"),
    ('trigger_body', 'TEXT', 'its body, with {payload} where the payload goes'),
    ('trigger_header', 'NAME: VALUE', 'of that request; may be repeated'),
    ('insecure', '', 'whatever certificate it shows'),
    ('pid', 'N', 'the server process, on this machine: its CPU and memory are measured too'),
)


def main() -> str:
    kinds = '\n'.join(f'  {kind:20} {first(kind)}' for kind in KINDS)
    return MAIN.format(kinds=kinds)


def first(kind: str) -> str:
    """What a kind of scenario is, in a line."""
    return (KINDS[kind].__doc__ or '').strip().partition('\n')[0]


def command(name: str) -> str:
    """The beginning of a command's own help."""
    if name in OTHERS:
        return OTHERS[name]
    examples = EXAMPLES.get(name, f'  python -m bench {name}\n')
    return f'{first(name)}\n\n{examples}'
