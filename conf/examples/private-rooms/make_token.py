"""Prints a token that is good for an hour.

In the shell in which JWT_KEY is exported, as gateway.yaml says:
.venv/bin/python conf/examples/private-rooms/make_token.py NAME ROOM [ROOM ...]
"""

import os
import sys
import time

USAGE = 'usage: make_token.py NAME ROOM [ROOM ...]'
NO_KEY = 'JWT_KEY is not set in this shell: export JWT_KEY=$(openssl rand -base64 32)'

if len(sys.argv) < 3:
    sys.exit(USAGE)
if not os.environ.get('JWT_KEY'):
    sys.exit(NO_KEY)
try:
    from joserfc import jwt
    from joserfc.jwk import OctKey
except ModuleNotFoundError:
    sys.exit('joserfc is not installed for this Python: use .venv/bin/python')

name, *rooms = sys.argv[1:]
claims = {'sub': name, 'rooms': rooms, 'aud': 'private-rooms', 'exp': int(time.time()) + 3600}
print(jwt.encode({'alg': 'HS256'}, claims, OctKey.import_key(os.environ['JWT_KEY'])))
