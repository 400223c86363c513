"""How the API says what is wrong with a body."""

from typing import Final

from gateway.config.mistakes import Mistake, Mistakes
from gateway.http.message import JSON, Response, refusal
from gateway.wire.http_json import dumps

SHOWN: Final = 100  # problems that an answer tells; their number is told always
SAID: Final = 100  # characters of a step of a place: keys are the caller's


class Problems:
    """Mistakes in a body, each with its place: as many as are shown, and how many there are."""

    def __init__(self, *found: Mistakes) -> None:
        self.count = 0
        self._shown: list[Mistake] = []
        for mistakes in found:
            self.add(mistakes)

    def __bool__(self) -> bool:
        return self.count > 0

    def add(self, mistakes: Mistakes, *place: str | int) -> None:
        """What is wrong at `place`, and below it."""
        self.count += len(mistakes.found)
        room = SHOWN - len(self._shown)
        self._shown += [one.below(*place) for one in mistakes.found[:room]]

    def response(self) -> Response:
        told = [{'at': pointer(one.at), 'what': one.what, 'mend': one.mend} for one in self._shown]
        many = 'problem' if self.count == 1 else 'problems'
        message = f'{self.count:,} {many}: nothing was done'
        error = {'code': 'invalid', 'message': message, 'problems': told}
        return Response(422, dumps({'error': error}), JSON, (), 'invalid')


def malformed(why: str) -> Response:
    """What is no JSON."""
    return refusal(400, 'malformed', why)


def pointer(at: tuple[str | int, ...]) -> str:
    """A JSON Pointer (RFC 6901): `/1/emit/to`; the whole is ''."""
    steps = [str(step)[:SAID].replace('~', '~0').replace('/', '~1') for step in at]
    return ''.join(f'/{step}' for step in steps)
