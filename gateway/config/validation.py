"""What pydantic found in a model, in the plain words of Mistakes."""

from collections.abc import Container, Mapping
from types import MappingProxyType
from typing import get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from gateway.config.mistakes import MOST, Mistake, Mistakes, nearest, spell_key

NEEDED = {
    'string_type': 'text',
    'bool_type': 'true or false',
    'int_type': 'a whole number',
    'model_type': 'a mapping',
    'dict_type': 'a mapping',
    'list_type': 'a list',
    'tuple_type': 'a list',
}


def mistakes(
    error: ValidationError,
    model: type[BaseModel],
    names: Mapping[str, str] = MappingProxyType({}),
    *,
    skip: bool = False,
    hidden: Container[str] = (),
) -> Mistakes:
    """All of it. `names` are the keys as they are written, `skip` leaves out the model's own;
    keys that are `hidden` have no meaning there."""
    found: list[Mistake] = []
    for detail in error.errors(include_url=False, include_input=False)[:MOST]:
        at = detail['loc'][skip:]
        if at:
            at = (names.get(str(at[0]), at[0]), *at[1:])
        cause = detail.get('ctx', {}).get('error')
        if isinstance(cause, Mistakes):
            found += [mistake.below(*at) for mistake in cause.found]
        elif detail['type'] == 'extra_forbidden':
            key = str(at[-1])
            known = keys(within(model, detail['loc']))
            mend = nearest(key, [name for name in known if name not in hidden])
            found.append(Mistake(f'unknown key {spell_key(key)}', mend, at, key=True))
        else:
            found.append(Mistake(*plain(detail), at))
    return Mistakes(*found)


def keys(model: type[BaseModel]) -> list[str]:
    """What a model's keys are called in the file."""
    return [field.alias or name for name, field in model.model_fields.items()]


def within(model: type[BaseModel], location: tuple[int | str, ...]) -> type[BaseModel]:
    """The model that the last key of `location` belongs to."""
    for name in location[:-1]:
        field = model.model_fields.get(str(name))
        for kind in get_args(field.annotation) if field else ():
            if isinstance(kind, type) and issubclass(kind, BaseModel):
                model = kind
    return model


def plain(detail: ErrorDetails) -> tuple[str, str]:
    """What is wrong and how to mend it, by pydantic's type of the error."""
    if detail['type'] == 'literal_error':
        return 'not one of the known values', f'write {detail["ctx"]["expected"]}'.replace("'", '')
    if detail['type'] == 'missing':
        return f'{detail["loc"][-1]} is missing', 'add it'
    needed = NEEDED.get(detail['type'])
    return (f'{needed} is needed', '') if needed else ('not a usable value', '')
