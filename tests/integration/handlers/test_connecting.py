"""What a connect or disconnect route does, and for whom, when a function decides late."""

import pytest

from gateway.errors import Refused
from tests.support.tokens import key, token

SLOW = """
    gate = asyncio.Event()
    async def slow(auth):
        if auth:
            await gate.wait()
    def no(): return False
"""
CAME = {'emit': {'event': 'came', 'to': 'all', 'args': []}}
LEFT = {'emit': {'event': 'left', 'to': 'all', 'args': []}}


def refused(gateway, link):
    [client] = link.session.clients.values()
    gateway.act(lambda: gateway.gateway.hub._refuse(client, Refused('token_expired')), False)


ENDS = {
    'cut': lambda gateway, link: gateway.act(link.leave, False),
    'disconnect': lambda gateway, link: link.say('1'),
    'refused': refused,
}


@pytest.mark.parametrize('end', ENDS)
def test_what_a_connect_route_does_for_who_has_left_meanwhile_is_never_done(serve, peer, end):
    gateway, module = serve(SLOW, namespaces={'/': {'connect': [{'call': 'here:slow'}, CAME]}})
    witness, link = gateway.client(), peer(gateway)
    assert [event['name'] for event in witness.get_received()] == ['came']
    link.say('0{"slow":true}')
    assert link.session.in_flight == 1
    ENDS[end](gateway, link)
    gateway.act(module.gate.set)
    assert witness.get_received() == []
    assert not any(message.startswith('0') for message in link.messages)


def test_a_connect_route_that_waits_and_accepts_goes_on(serve, peer):
    gateway, module = serve(SLOW, namespaces={'/': {'connect': [{'call': 'here:slow'}, CAME]}})
    witness, link = gateway.client(), peer(gateway)
    witness.get_received()
    link.say('0{"slow":true}')
    gateway.act(module.gate.set)
    assert [event['name'] for event in witness.get_received()] == ['came']


def test_false_of_a_function_refuses_in_connect_and_ends_nothing_in_disconnect(serve):
    gateway, _ = serve(
        SLOW,
        namespaces={
            '/': {'disconnect': [{'call': 'here:no'}, LEFT]},
            '/closed': {'connect': [{'call': 'here:no'}, CAME]},
        },
    )
    witness = gateway.client()
    gateway.client().close()
    assert [event['name'] for event in witness.get_received()] == ['left']
    stranger = gateway.client('/closed')
    assert stranger.refusal() == {'message': 'Connection rejected by server'}
    assert stranger.get_received() == []


@pytest.mark.parametrize('add', ['add', 'add later'])
@pytest.mark.parametrize('value', [{'list': []}, "${{'list': []}}"])
def test_what_set_puts_into_a_session_is_that_clients_alone(serve, value, add):
    source = """
        @socketio.on('add')
        def add(item):
            session['cart']['list'].append(item)
            return session['cart']
        @socketio.on('add later')
        async def add_later(item): return add(item)
    """
    gateway, _ = serve(source, namespaces={'/': {'connect': {'set': {'cart': value}}}})
    ann, bob = gateway.client(), gateway.client()
    assert ann.emit(add, 'of ann', callback=True) == {'list': ['of ann']}
    assert bob.emit(add, 'of bob', callback=True) == {'list': ['of bob']}
    assert gateway.client().emit(add, 'of eve', callback=True) == {'list': ['of eve']}


@pytest.mark.parametrize('namespace', ['/vault-1', '/vault-2', '/vault-3', '/vault-4'])
def test_python_handlers_are_behind_the_auth_of_the_pattern_that_matches(serve, namespace):
    source = """
        @socketio.on('open', namespace='/vault-1')
        def open_it(): return 'gold'
        class Vault(Namespace):
            def on_open(self): return 'gold'
        socketio.on_namespace(Vault('/vault-2'))
        class Later(upstream.AsyncNamespace):
            async def on_open(self, sid): return 'gold'
        socketio.on_namespace(Later('/vault-3'))
        @socketio.on('open', namespace='*')
        def open_any(): return 'gold'
    """
    jwt = {'key': key('HS256'), 'algorithms': ['HS256']}
    gateway, _ = serve(source, namespaces={'/vault-*': {'auth': {'jwt': jwt}}})
    assert gateway.client(namespace).refusal() == {'message': 'token_missing'}
    known = gateway.client(namespace, {'token': token({'sub': 'ann'})})
    assert known.emit('open', callback=True) == 'gold'
    assert gateway.client('/street').emit('open', callback=True) == 'gold'
