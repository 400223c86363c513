"""What a start imports: nothing that only some configurations use."""

import os

from tests.support.gateway import ROOT, running, write

DEFERRED = {
    'aiohttp.client',
    'requests.models',
    'httptools.parser.parser',
    'joserfc.jwt',
    'kombu.connection',
    'prometheus_client.registry',
    're2',
    'watchfiles.main',
}


def test_what_it_does_not_use_is_not_imported(tmp_path):
    config = write(tmp_path / 'gateway.yaml', {'/': {'events': {'echo': {'ack': '${args}'}}}})
    timed = {**os.environ, 'PYTHONPROFILEIMPORTTIME': '1'}
    with running(config, env=timed, cwd=ROOT) as gateway:
        gateway.stop()
        imported = {line.rpartition('|')[2].strip() for line in gateway.lines if '|' in line}
    assert {'gateway.app', 'engineio.async_client', 'socketio.redis_manager'} <= imported
    assert not imported & DEFERRED
