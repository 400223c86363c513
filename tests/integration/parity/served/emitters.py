"""Programs that emit through a queue, as their authors write them: `emitters.py KIND URL`.

A line comes in, `[METHOD, ARGUMENTS]` as Python writes it; `done` goes out when it is.
"""

import asyncio
import sys
from ast import literal_eval

import socketio
from flask import Flask, request
from flask_socketio import SocketIO


def redis(url):
    return blocking(socketio.RedisManager(url, write_only=True))


def kombu(url):
    return blocking(socketio.KombuManager(url, write_only=True))


def async_redis(url):
    return on_a_loop(socketio.AsyncRedisManager(url, write_only=True))


def aio_pika(url):
    return on_a_loop(socketio.AsyncAioPikaManager(url, write_only=True))


def flask(url):
    """An application with a view that emits."""
    app = Flask(__name__)
    sio = SocketIO(app, message_queue=url, async_mode='threading')

    @app.post('/emit')
    def emit():
        sio.emit(**literal_eval(request.data.decode()))
        return ''

    browser = app.test_client()

    def do(method, kwargs):
        assert method == 'emit'
        assert browser.post('/emit', data=repr(kwargs)).status_code == 200

    return do


def blocking(manager):
    return lambda method, kwargs: getattr(manager, method)(**kwargs)


def on_a_loop(manager):
    runner = asyncio.Runner()
    return lambda method, kwargs: runner.run(getattr(manager, method)(**kwargs))


def main():
    do = globals()[sys.argv[1]](sys.argv[2])
    for line in sys.stdin:
        do(*literal_eval(line))
        print('done', flush=True)


if __name__ == '__main__':
    main()
