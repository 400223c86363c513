"""Standard Webhooks 1.0."""

import base64
import subprocess

from gateway.backends.signature import headers

SECRET = base64.b64decode('MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw')


def test_the_example_that_the_libraries_of_standard_webhooks_share():
    found = dict(
        headers('msg_p5jXN8AQM9LWM0D4loKWxJek', 1614265330, b'{"test": 2432232314}', [SECRET])
    )
    assert found == {
        'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
        'webhook-timestamp': '1614265330',
        'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    }


def test_openssl_signs_the_same():
    body = bytes(range(256))
    command = ['openssl', 'dgst', '-sha256', '-hmac', 'a secret of some bytes', '-binary']
    digest = subprocess.run(command, input=b'a.12.' + body, capture_output=True, check=True).stdout
    found = dict(headers('a', 12.9, body, [b'a secret of some bytes']))
    assert found['webhook-signature'] == 'v1,' + base64.b64encode(digest).decode()


def test_each_secret_signs():
    first, second = (dict(headers('a', 1, b'b', [secret])) for secret in (b'1', b'2'))
    both = dict(headers('a', 1, b'b', [b'1', b'2']))
    signatures = [first['webhook-signature'], second['webhook-signature']]
    assert both['webhook-signature'].split(' ') == signatures
    assert len(set(signatures)) == 2


def test_without_a_secret_it_is_not_signed_but_has_its_id():
    assert list(headers('a', 1.5, b'', ())) == [('webhook-id', 'a'), ('webhook-timestamp', '1')]
