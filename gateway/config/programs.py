"""Expressions that are no plain path: a CEL program, and the look-ups that fill its variables.

What is missing is left out, and CEL's own rules (`&&`, `||`, `? :`) decide whether that matters.
"""

from collections.abc import Callable, Collection, Sequence
from math import inf
from typing import Any

from gateway.config import cel
from gateway.config.mistakes import wrong
from gateway.config.names import Names
from gateway.config.paths import NOTHING, Get, Scope, Value, constant
from gateway.config.rewrite import Rewriter
from gateway.config.syntax import explain
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
        evaluate = evaluator(compiled(source, rewriter), variables, rewriter)
    if rewriter.asks or not all(value.constant for _, value in variables):
        return Value(evaluate)
    try:
        return constant(evaluate(NOTHING))
    except ActionError as error:
        raise wrong(error.message) from None


def compiled(source: str, rewriter: Rewriter) -> cel.Program:
    try:
        return cel.Program(source)
    except cel.Invalid as error:
        what, mend = explain(str(error), *rewriter.places())
        raise wrong(f'not a valid expression: {what}', mend) from None


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


def evaluator(made: cel.Program, variables: Sequence[tuple[str, Value]], rewriter: Rewriter) -> Get:
    """Fills the variables and runs the program."""
    run, bounded, bound = made.run, cel.bounded, rewriter.limits
    free = cel.FREE | {str} if bound.text == inf else cel.FREE
    lookups = [(name, value.get) for name, value in variables]
    asks = sorted(rewriter.asks)
    patterns = list(rewriter.patterns.items())

    def evaluate(scope: Scope) -> Any:
        given: dict[str, Any] = {}
        missing = None
        for name, get in lookups:
            try:
                value = get(scope)
                if type(value) not in free:
                    bounded(value, bound)
                given[name] = value
            except ActionError as error:
                missing = missing or error
        failed: list[ActionError] = []
        left = [bound.values]
        for name in asks:
            given[name] = question(getattr(scope, name), left, failed)
        for name, matches in patterns:
            given[name] = question(matches, left, failed)
        try:
            result = run(given)
        except ActionError as error:
            raise (failed[0] if failed else missing or error) from None
        if failed:
            raise failed[0]
        return result

    return evaluate


def question(
    ask: Callable[[Any], Any], left: list[int], failed: list[ActionError]
) -> Callable[..., Any]:
    """`in_room`, `members` or a pattern for a program. The binding logs what a function raises, so
    it raises nothing: what failed is kept, and null is the answer. All answers of a run share one
    bound, and nothing is asked after a failure."""

    def answer(*names: Any) -> Any:
        if failed:
            return None
        try:
            answered = ask(*names)
            left[0] -= cel.bounded(answered, cel.Bound(left[0], inf))
        except ActionError as error:
            failed.append(error)
        except TypeError:
            failed.append(ActionError('bad_value', 'values of the wrong type in an expression'))
        else:
            return answered
        return None

    return answer
