"""Prints a token that is good for an hour: python make_token.py NAME ROOM [ROOM ...]."""

import os
import sys
import time

from joserfc import jwt
from joserfc.jwk import OctKey

name, *rooms = sys.argv[1:]
claims = {'sub': name, 'rooms': rooms, 'aud': 'private-rooms', 'exp': int(time.time()) + 3600}
print(jwt.encode({'alg': 'HS256'}, claims, OctKey.import_key(os.environ['JWT_KEY'])))
