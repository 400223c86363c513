"""An emit with `ack`: what every client answers, and who does not.

Rules of this file:
- The answers are the clients': one that JSON cannot hold is no reason to lose the others.
- They are many, so they are written in slices.
"""

import re
from typing import Any, Final

import orjson

from gateway.config.mistakes import Mistake, Mistakes, kind, spell_key, wrong
from gateway.config.units import duration
from gateway.engine.turn import Turn
from gateway.errors import ActionError
from gateway.http.message import Response, refusal
from gateway.http.problems import Problems
from gateway.hub.asking import Survey
from gateway.hub.server import SocketServer
from gateway.routing.commands import UNFIT, Commands, Emission
from gateway.wire.http_json import dumps

# How long clients may take: 1ms to 60s, as durations are written in the configuration.
TIMEOUT: Final = (
    r'^(([1-9][0-9]{0,3}|[1-5][0-9]{4}|60000) ?ms'
    r'|(0\.(00[1-9]|0[1-9][0-9]?|[1-9][0-9]{0,2})|([1-9]|[1-5][0-9])(\.[0-9]{1,3})?|60) ?s'
    r'|1 ?m)$'
)
DEFAULT: Final = '5s'
LONE: Final = re.compile(rb'\\u[dD][89a-fA-F]')
ACK: Final = 'write {"timeout": "2s"}'


def read(commands: Commands, body: dict[str, Any]) -> tuple[Emission, float]:
    """Whom to ask what, and for how long; Mistakes."""
    found: list[Mistake] = []
    rest = {key: value for key, value in body.items() if key not in {'ack', 'volatile'}}
    try:
        timeout = seconds(body['ack'])
    except Mistakes as mistakes:
        found += [one.below('ack') for one in mistakes.found]
    if 'volatile' in body:
        found.append(Mistake('volatile with ack', 'remove one of them', ('volatile',), key=True))
    try:
        emission = commands.emission(rest)
    except Mistakes as mistakes:
        found += mistakes.found
    if found:
        raise Mistakes(*found)
    return emission, timeout


def seconds(raw: Any) -> float:
    """The time-out of `ack`; Mistakes."""
    if not isinstance(raw, dict):
        raise wrong(f'{kind(raw)}, where a mapping is needed', ACK)
    strange = [key for key in raw if key != 'timeout']
    if strange:
        raise Mistakes(
            *[Mistake(f'unknown key {spell_key(key)}', ACK, (key,), key=True) for key in strange]
        )
    written = raw.get('timeout', DEFAULT)
    if not isinstance(written, str) or not re.fullmatch(TIMEOUT, written):
        raise wrong('not a time from 1ms to 60s', 'write it like 2s or 500ms', 'timeout')
    return duration(written)


async def run(hub: SocketServer, emission: Emission, timeout: float) -> Response:
    """Ask, and wait. A Task that is cancelled asks no longer."""
    namespace, event, args, to, skip, _ = emission
    try:
        survey = await hub.survey(namespace, event, args, to, skip, timeout)
    except ActionError as error:
        return refusal(503, error.code, error.message, Retry_After='1')
    except ValueError:
        return Problems(UNFIT).response()
    return Response(200, await written(survey))


async def written(survey: Survey) -> bytes:
    """The body of an answer."""
    answers, missing = [], list(survey.missing)
    turn = Turn()
    for sid, args in survey.answers:
        try:
            answer = dumps({'sid': sid, 'args': args})
            if LONE.search(answer):  # a surrogate: strict readers would refuse all of it
                orjson.loads(answer)
            answers.append(answer)
        except ValueError:
            missing.append((sid, 'no_json'))
        await turn.give()
    told = dumps([{'sid': sid, 'reason': why} for sid, why in missing])
    silent = b',"silent_gateways":%d' % survey.silent if survey.silent else b''
    return b'{"answers":[%s],"missing":%s%s}' % (b','.join(answers), told, silent)
