"""POST /api/v1/reload: take over the configuration as its file is now; tell what became of it."""

from collections.abc import Awaitable
from typing import Any, Final

from gateway.config.changes import Change, Outcome
from gateway.config.mistakes import Mistakes, nearest, wrong
from gateway.errors import Problem
from gateway.http.message import JSON, Request, Response, refusal
from gateway.http.problems import Problems, malformed
from gateway.http.subject import Reload
from gateway.wire import http_json

KEY: Final = 'dry_run'
STOPPING: Final = refusal(503, 'stopping', 'the gateway stops: it takes nothing over any more')
MESSAGES: Final = {
    'wrong_configuration': 'the configuration is wrong: all stays as it was',
    'needs_restart': 'only a restart can take this over: all stays as it was',
}


class Reloading:
    """The endpoint."""

    def __init__(self, reload: Reload) -> None:
        self._reload = reload

    def reload(self, request: Request) -> Response | Awaitable[Response]:
        """`{}`, or `{"dry_run": true}` to be told only."""
        try:
            dry = asked(http_json.loads(request.body or b'{}'))
        except Mistakes as mistakes:
            return Problems(mistakes).response()
        except ValueError as error:
            return malformed(str(error))
        return self._answer(dry=dry)

    async def _answer(self, *, dry: bool) -> Response:
        return response(await self._reload(dry=dry))


def asked(body: Any) -> bool:
    """Whether only to tell. Mistakes."""
    if not isinstance(body, dict):
        raise wrong('no object', f'write {{}}, or {{"{KEY}": true}}')
    for key in body:
        if key != KEY:
            raise wrong('unknown key', nearest(key, [KEY]), key)
    if not isinstance(body.get(KEY, False), bool):
        raise wrong('true or false is needed', '', KEY)
    return bool(body.get(KEY, False))


def record(entry: Change | Problem) -> dict[str, Any]:
    return dict(zip(type(entry).__annotations__, entry, strict=True))


def response(outcome: Outcome) -> Response:
    """200, also where it was only to be told; 409 with the reasons where nothing was taken over;
    503 where a stop has begun.
    """
    if outcome.stopping:
        return STOPPING
    told: dict[str, Any] = {
        'reloaded': outcome.done,
        'changes': [record(change) for change in outcome.changes],
        'disconnected': outcome.disconnected,
    }
    if not outcome.problems and not outcome.restart:
        return Response(200, http_json.dumps(told))
    code = 'wrong_configuration' if outcome.problems else 'needs_restart'
    told['error'] = {'code': code, 'message': MESSAGES[code]}
    told['problems'] = [record(problem) for problem in outcome.problems]
    return Response(409, http_json.dumps(told), JSON, (), code)
