"""What a backend replies and what the API is told, as actions: the same grammar, read from JSON.

Rules of this file:
- All mistakes are found before anything is done, each with its place below the value.
- `do` is done first; `ack` follows, so that who is answered is in the rooms that it was put in.
- Without a compiler `${…}` is text. `on_error` of a configuration is a reply too; it has one.
"""

from collections.abc import Collection
from itertools import islice
from typing import Any

from pydantic import ValidationError

from gateway.config import validation
from gateway.config.actions import KINDS, MEANT, SPOKEN, VERBS, Action, Claim
from gateway.config.fields import Reading
from gateway.config.mistakes import MOST, Mistake, Mistakes, kind, nearest, spell_key, wrong

REPLY = 'write {"ack": …, "do": […]} or {"reject": CODE}'
ACTION = 'write {"emit": {…}}'
PARTS = ('set', 'claims', 'do', 'ack', 'reject')  # in the order in which they are done
MAX_ACTIONS = 1_000  # of one reply: others wait while it is read
MAX_REPLY_NAMES = 10_000  # recipients, rooms and keys beyond ten each, for the same reason


def reply(raw: Any, place: Reading, allow: Collection[str] | None = None) -> tuple[Action, ...]:
    """The actions of a reply, in their order. `allow`: what it may do, None for all. Mistakes."""
    if not isinstance(raw, dict):
        raise wrong(f'{kind(raw)}, where a reply is needed', REPLY)
    known = parts(place.kind)
    strange = (key for key in raw if key not in known)
    found = [misplaced(key, place, known) for key in islice(strange, MOST)]
    if 'reject' in raw and 'reject' in known and len(raw) > 1:
        found.append(Mistake('reject stands alone', 'remove what is beside it', ('reject',), True))
    done: list[Action] = []
    for part in [part for part in known if part in raw]:
        try:
            if part == 'do':
                if isinstance(raw['do'], list) and len(raw['do']) > MAX_ACTIONS:
                    raise wrong(f'more than {MAX_ACTIONS:,} actions', 'the API takes more')
                if named(raw['do']) > MAX_REPLY_NAMES:
                    what = f'more than {MAX_REPLY_NAMES:,} recipients, rooms and keys'
                    raise wrong(what, 'the API takes more')
                done += actions(raw['do'], place, spoken(place), allow)
                continue
            permit(part, allow)
            if part == 'claims':
                done.append(one('set', raw[part], place, Claim))
            else:
                done.append(one(part, raw[part], place))
        except Mistakes as mistakes:
            found += [mistake.below(part) for mistake in mistakes.found]
    if found:
        raise Mistakes(*found[:MOST])
    return tuple(done)


def named(actions: Any) -> int:
    """How many recipients, rooms and keys actions have, beyond ten each."""
    count = 0
    for action in actions if isinstance(actions, list) else [actions]:
        for body in action.values() if isinstance(action, dict) else ():
            whom = [body]
            if isinstance(body, dict):
                count += max(0, len(body) - 10)
                whom = [body.get('to'), body.get('except'), body.get('room')]
            count += sum(max(0, names(one) - 10) for one in whom)
    return count


def names(whom: Any) -> int:
    """How many names stand in a list, or in `{room: […]}`, or in a list of these."""
    if isinstance(whom, dict):
        return sum(map(names, whom.values()))
    if isinstance(whom, list):
        return sum(names(one) if isinstance(one, dict | list) else 1 for one in whom)
    return 1


def parts(kind: str) -> tuple[str, ...]:
    """What a reply may hold, in the order in which it is done."""
    beside = SPOKEN[kind] | {'do'} | ({'claims'} if kind == 'connect' else set())
    return tuple(part for part in PARTS if part in beside)


def spoken(place: Reading) -> frozenset[str]:
    """The verbs of `do`. A file means the event's own client: nobody, where that has gone."""
    return SPOKEN[place.kind] & KINDS[place.kind] if place.is_file else SPOKEN[place.kind]


def actions(
    raw: Any, place: Reading, verbs: Collection[str], allow: Collection[str] | None = None
) -> list[Action]:
    """One action, or a list of them."""
    if not isinstance(raw, list):
        return [action(raw, place, verbs, allow)]
    found: list[Mistake] = []
    done: list[Action] = []
    for index, item in enumerate(raw):
        try:
            done.append(action(item, place, verbs, allow))
        except Mistakes as mistakes:
            found += [mistake.below(index) for mistake in mistakes.found]
            if len(found) >= MOST:
                break
    if found:
        raise Mistakes(*found[:MOST])
    return done


def action(
    raw: Any, place: Reading, verbs: Collection[str], allow: Collection[str] | None = None
) -> Action:
    """`{VERB: BODY}`."""
    if not isinstance(raw, dict) or not raw:
        what = (
            'an action without a verb' if raw == {} else f'{kind(raw)}, where an action is needed'
        )
        raise wrong(what, ACTION)
    verb, *others = raw
    if others and {'event', 'to'} <= raw.keys():
        raise wrong('an action without a verb', ACTION)
    if others:
        strange = (key for key in raw if key not in VERBS)
        if mistakes := [absent(key, place, verbs) for key in islice(strange, MOST)]:
            raise Mistakes(*mistakes)
        raise wrong(f'two verbs in one action: {verb} and {others[0]}', 'make it a list of actions')
    if verb not in verbs:
        raise Mistakes(absent(verb, place, verbs))
    try:
        permit(verb, allow)
        found: Action = one(verb, raw[verb], place)
    except Mistakes as wrongs:
        raise Mistakes(*[mistake.below(verb) for mistake in wrongs.found[:MOST]]) from None
    return found


def one(verb: str, body: Any, place: Reading, model: Any = None) -> Any:
    """One verb's action, every mistake of it as such; `model`: another one of the same form."""
    found, long = VERBS[verb]
    if model is None:
        model = found
    try:
        return model.model_validate(long(body, place), context=place)
    except ValidationError as error:
        short = not isinstance(body, dict) or verb in {'ack', 'set', 'reject'}
        raise validation.mistakes(error, model, skip=short) from None


def permit(part: str, allow: Collection[str] | None) -> None:
    if allow is not None and part not in allow and part not in {'ack', 'reject'}:
        raise wrong(f'{part} is not allowed', 'add it to allow in the configuration')


def unknown(noun: str, key: str, known: Collection[str]) -> Mistake:
    return Mistake(f'unknown {noun} {spell_key(key)}', nearest(key, known), (key,), key=True)


def misplaced(key: str, place: Reading, known: Collection[str]) -> Mistake:
    """A part that is none, or none here."""
    if key in PARTS:
        what = f'{key} has no meaning in a reply of {place.kind}'
        return Mistake(what, f'known here: {", ".join(sorted(known))}', (key,), key=True)
    if key in spoken(place):
        return Mistake(f'{key} stands in do', f'write {{"do": {{"{key}": …}}}}', (key,), key=True)
    return unknown('key', key, known)


def absent(verb: str, place: Reading, verbs: Collection[str]) -> Mistake:
    """A verb that is none, or none here."""
    if verb == 'if':
        return Mistake('a guard stands in routes only', 'remove it', (verb,), key=True)
    if verb in MEANT:
        return Mistake(f'unknown verb {verb}', MEANT[verb], (verb,), key=True)
    if verb not in VERBS:
        return unknown('verb', verb, verbs)
    where = 'in the API' if place.kind == 'api' else f'in a reply of {place.kind}'
    return Mistake(
        f'{verb} has no meaning {where}',
        f'known here: {", ".join(sorted(verbs))}',
        (verb,),
        key=True,
    )
