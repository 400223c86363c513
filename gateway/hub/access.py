"""The access log's lines about clients: who came in, who was refused, who left."""

import logging

from gateway.engine.access import access
from gateway.engine.session import Session
from gateway.hub.client import Client


def came(client: Client) -> None:
    """Its session is named: what closes that stands there."""
    if access.isEnabledFor(logging.INFO):
        session = client.session.sid
        told = {**client.told(), 'session': session, 'ip': client.request.ip}
        line = '%s: connected to %.100r in session %s'
        access.info(line, client.sid, client.namespace, session, extra=told)


def refused(session: Session, namespace: str, why: str) -> None:
    """`why` is what its `connect_error` shows."""
    if access.isEnabledFor(logging.INFO):
        told = {'sid': session.sid, 'namespace': namespace, 'reason': why, 'ip': session.request.ip}
        line = 'session %s: refused by %.100r: %.100s'
        access.info(line, session.sid, namespace, why, extra=told)


def left(client: Client, reason: str) -> None:
    if access.isEnabledFor(logging.INFO):
        told = client.told(reason=reason)
        access.info('%s: left %.100r: %s', client.sid, client.namespace, reason, extra=told)
