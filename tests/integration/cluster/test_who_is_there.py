"""What a gateway says of the others on its queue."""

import pytest

from gateway.http.figures import cluster
from tests.support import queues
from tests.support.cluster import gateways
from tests.support.hub import run

pytestmark = pytest.mark.usefixtures('loop')


@pytest.fixture(scope='module')
def redis(tmp_path_factory):
    with queues.redis_server(tmp_path_factory.mktemp('redis')) as server:
        yield server


def test_metrics_count_the_others_that_are_heard(tmp_path, redis):
    async def main():
        async with gateways(tmp_path, redis.url) as pair:
            for gateway in pair:
                found = {metric.name: metric for metric in cluster(gateway)}
                assert found['gateway_cluster_gateways'].samples[0].value == 1

    run(main())


@pytest.mark.parametrize(('node', 'lines'), [('one', 2), ('""', 0)])
def test_two_with_one_name_say_so(tmp_path, redis, caplog, node, lines):
    async def main():
        async with gateways(tmp_path, f'{{url: "{redis.url}", node: {node}}}'):
            pass

    run(main())
    found = [one for one in caplog.messages if 'another gateway has the node one' in one]
    assert len(found) == lines
