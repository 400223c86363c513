"""What the tests of the official clients run against."""

ECHO = {'events': {'echo': {'ack': '${args}'}, 'back': {'emit': {}}, 'where': {'ack': ['${nsp}']}}}
CHAT = {
    'events': {
        'where': {'ack': ['${nsp}', '${auth.name}']},
        'say': {'emit': {'event': 'heard', 'to': 'all'}},
    }
}
GUARDED = {
    'connect': [
        {'emit': {'event': 'early', 'data': 'too early'}},
        {'if': "${auth.key != 'right'}", 'reject': 'wrong_key'},
    ]
}
ROUTES = {'/': ECHO, '/chat': CHAT, '/guarded': GUARDED}
