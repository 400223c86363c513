"""What a route refuses: its code is the client's, and no log's."""

import logging

SOURCE = """
    def nothing(*args): pass
"""
ROUTES = {
    '/': {
        'events': {
            'now': {'reject': '${data}'},
            'later': [{'call': 'here:nothing'}, {'reject': '${args[0]}'}],
            'infinite': {'ack': '${data * 10.0}'},
            'infinite later': [{'call': 'here:nothing'}, {'ack': '${-data * 10.0}'}],
        }
    },
    '/closed': {'connect': {'reject': '${auth.code}'}},
    '/closed later': {'connect': [{'call': 'here:nothing'}, {'reject': '${auth.code}'}]},
}
FORGED = 'secret\nERROR gateway: forged'


def test_a_code_that_a_client_chose_reaches_no_log(serve, caplog):
    caplog.set_level(logging.DEBUG)
    gateway, _ = serve(SOURCE, namespaces=ROUTES)
    client = gateway.client()
    for event in ('now', 'later'):
        answer = client.emit(event, FORGED, callback=True)
        assert answer == {'error': {'code': FORGED, 'message': FORGED}}
    for namespace in ('/closed', '/closed later'):
        assert gateway.client(namespace, {'code': FORGED}).refusal() == {'message': FORGED}
    assert 'forged' not in caplog.text


def test_what_is_infinite_is_a_bad_value(serve):
    gateway, _ = serve(SOURCE, namespaces=ROUTES)
    client = gateway.client()
    for event in ('infinite', 'infinite later'):
        assert client.emit(event, 1e308, callback=True)['error']['code'] == 'bad_value'
