"""Expressions that are no plain path: a CEL program, and the look-ups that fill its variables.

What is missing is left out, and CEL's own rules (`&&`, `||`, `? :`) decide whether that matters.
"""

from collections.abc import Collection, Sequence
from typing import Any

from gateway.config import cel
from gateway.config.mistakes import wrong
from gateway.config.paths import NOTHING, Get, Scope, Value, constant
from gateway.config.rewrite import Names, Rewriter
from gateway.config.template import Token
from gateway.errors import ActionError


def program(tokens: Sequence[Token], names: Names) -> Value:
    """The expression, compiled; raises Mistakes where it can't be."""
    rewriter = Rewriter(tokens, names)
    source = rewriter.run()
    variables = list(rewriter.variables.values())
    if (answer := answered(source, variables, rewriter.truths)) is not None:
        evaluate = answer
    else:
        evaluate = evaluator(cel.Program(source), variables, rewriter)
    if rewriter.in_room or not all(value.constant for _, value in variables):
        return Value(evaluate)
    try:
        return constant(evaluate(NOTHING))
    except ActionError as error:
        raise wrong(error.message) from None


def answered(
    source: str, variables: Sequence[tuple[str, Value]], truths: Collection[str]
) -> Get | None:
    """What needs no program: one question that Python answers, or its negation."""
    if len(variables) != 1:
        return None
    name, value = variables[0]
    get = value.get
    if source == name:
        return get
    if name in truths and source in {f'! {name}', f'! ( {name} )'}:
        return lambda scope: not get(scope)
    return None


def evaluator(
    compiled: cel.Program, variables: Sequence[tuple[str, Value]], rewriter: Rewriter
) -> Get:
    """Fills the variables and runs the program."""
    run, bounded, free = compiled.run, cel.bounded, cel.FREE
    lookups = [(name, value.get) for name, value in variables]
    in_room, limit = rewriter.in_room, cel.MAX_VALUES[rewriter.loops]

    def evaluate(scope: Scope) -> Any:
        given: dict[str, Any] = {}
        missing = None
        for name, get in lookups:
            try:
                value = get(scope)
                given[name] = value if type(value) in free else bounded(value, limit)
            except ActionError as error:
                missing = missing or error
        if in_room:
            given['in_room'] = scope.in_room
        try:
            return run(given)
        except ActionError:
            if missing is not None:
                raise missing from None
            raise

    return evaluate
