"""The JSON Schema of `http`, `admin` and `backends`, and of what files may not say of others."""

import pytest

from gateway.errors import ConfigError
from tests.support.schema import VALIDATOR, event, load, plain

GOOD = [
    'namespaces: {/: {connect: {http: {url: http://a/, on_error: {claims: {a: 1}}}}}}',
    'namespaces: {/: {error: {http: {url: http://a/, on_error: {do: {disconnect: true}}}}}}',
    'namespaces: {/: {disconnect: {http: {url: http://a/, timeout: 1s, allow: [emit]}}}}',
    'admin: {}\nbackends:\nnamespaces: {/: }',
    'admin: {listen: ["127.0.0.1:1", "unix:/a"], api_keys: abc=, max_body: 1B}\nnamespaces: {/: }',
    'admin: {listen: 0.0.0.0:1, api_keys: ["a-b", "a${env.KEY.size()}"]}\nnamespaces: {/: }',
    'backends: {connections: 1, queue: 0, max_reply: 1 MB, hooks: 0, give_up: 1h}\nhandlers: a',
    *map(
        event,
        [
            '{http: http://a/}',
            '{http: "http://${env.KEY.size()}.example/"}',
            '{http: {url: "https://[::1]:1/?a=b", method: GET, timeout: 1ms, retries: 10}}',
            '{http: {url: http://a/, headers: {A: 1, B: true, C: "${data}"}, body: null}}',
            '{http: {url: http://a/, secret: ["${env.KEY}"], allow: [], on_error: {}}}',
            '{http: {url: http://a/, on_error: {ack: [1], set: {a: 1}, do: [{send: }]}}}',
            '{http: {url: http://a/, on_error: {reject: "${data.x}"}, allow: [claims, ack]}}',
        ],
    ),
]


@pytest.mark.parametrize('text', GOOD)
def test_what_loads_is_valid(text):
    load(text)
    VALIDATOR.validate(plain(text))


BAD = [
    'namespaces: {/: {connect: {http: {url: http://a/, on_error: {ack: 1}}}}}',
    'namespaces: {/: {connect: {http: {url: http://a/, on_error: {do: {disconnect: true}}}}}}',
    'namespaces: {/: {disconnect: {http: {url: http://a/, on_error: {}}}}}',
    'namespaces: {/: {disconnect: {http: {url: http://a/, retries: 1}}}}',
    'namespaces: {/: {error: {http: {url: http://a/, on_error: {reject: a}}}}}',
    'admin:\nnamespaces: {/: }',
    'admin: {listen: 8001}\nnamespaces: {/: }',
    'admin: {api_keys: }\nnamespaces: {/: }',
    'admin: {api_keys: []}\nnamespaces: {/: }',
    'admin: {api_keys: "a b"}\nnamespaces: {/: }',
    'admin: {tls: true}\nnamespaces: {/: }',
    'admin: {max_body: 1000}\nnamespaces: {/: }',
    'backends: {connections: 0}\nnamespaces: {/: }',
    'backends: {queue: -1}\nnamespaces: {/: }',
    'backends: {hooks: many}\nnamespaces: {/: }',
    'backends: {give_up: 600}\nnamespaces: {/: }',
    'backends: {max_reply: 1}\nnamespaces: {/: }',
    'backends: [http://a/]\nnamespaces: {/: }',
    *map(
        event,
        [
            '{http: }',
            '{http: {}}',
            '{http: localhost:5000}',
            '{http: ftp://a/}',
            '{http: "http://a b/"}',
            '{http: {url: http://a/, method: get}}',
            '{http: {url: http://a/, timeout: 5}}',
            '{http: {url: http://a/, retries: 11}}',
            '{http: {url: http://a/, headers: [a]}}',
            '{http: {url: http://a/, headers: {a: [b]}}}',
            '{http: {url: http://a/, secret: }}',
            '{http: {url: http://a/, secret: []}}',
            '{http: {url: http://a/, allow: emit}}',
            '{http: {url: http://a/, allow: [call]}}',
            '{http: {url: http://a/, on_error: }}',
            '{http: {url: http://a/, on_error: later}}',
            '{http: {url: http://a/, on_error: {ak: 1}}}',
            '{http: {url: http://a/, on_error: {claims: {a: 1}}}}',
            '{http: {url: http://a/, on_error: {ack: 1, reject: a}}}',
            '{http: {url: http://a/, on_error: {do: {call: "a:b"}}}}',
            '{http: {url: http://a/, on_error: {do: {if: "${true}", join: a}}}}',
            '{http: {url: http://a/, on_error: {do: {join: a, leave: b}}}}',
            '{http: http://a/, timeout: 5s}',
            '{join: {room: a, members: b}}',
            '{leave: {room: a, namespace: /}}',
            '{close_room: {room: a, namespace: /}}',
            '{disconnect: {sid: a}}',
            '{disconnect: {members: a}}',
        ],
    ),
]


@pytest.mark.parametrize('text', BAD)
def test_a_typical_mistake_is_not_valid(text):
    with pytest.raises(ConfigError):
        load(text)
    assert not VALIDATOR.is_valid(plain(text))
