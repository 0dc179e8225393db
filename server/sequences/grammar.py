"""The grammar of a text's body: literal texts and merge fields, as a list of parts.

python-liquid parses. The tree may contain only fields by name, and a few string filters with quoted
text or numbers as arguments; tags, paths, loops and other filters are problems. The parts are
rendered without liquid (`merge_fields`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from liquid import Environment
from liquid.ast import Node
from liquid.builtin.content import ContentNode, Literal
from liquid.builtin.expressions import (
    Filter,
    FilteredExpression,
    Path,
    PositionalArgument,
    StringLiteral,
)
from liquid.builtin.expressions.primitive import IntegerLiteral
from liquid.builtin.filters.misc import default
from liquid.builtin.filters.string import capitalize, downcase, strip, truncate, upcase
from liquid.builtin.illegal import Illegal
from liquid.builtin.output import Output, OutputNode
from liquid.exceptions import LiquidError
from liquid.token import TOKEN_OUTPUT

from server.sequences.merge_fields import (
    FILTERS,
    MAX_BODY,
    MAX_FIELDS,
    MAX_TEXT,
    Call,
    MergeField,
    TextProblem,
    clean,
)

_FILTERS: Final[dict[str, Callable[..., str]]] = {
    "capitalize": capitalize,
    "downcase": downcase,
    "strip": strip,
    "truncate": truncate,
    "upcase": upcase,
}


def parse(body: str) -> tuple[tuple[str | MergeField, ...], list[TextProblem]]:
    """The parts of a body in order, and its problems in order of position.

    The parts can be used only if there are no problems.
    """
    if len(body) > MAX_BODY:
        reason = f"The body has {len(body)} characters."
        return (), [_problem(body, MAX_BODY, reason, f"Use at most {MAX_BODY}.")]
    if (count := body.count("{{")) > MAX_FIELDS:
        reason = f"The body has {count} merge fields."
        return (), [_problem(body, 0, reason, f"Use at most {MAX_FIELDS}.")]
    if (tag := body.find("{%")) >= 0:
        reason, remedy = "Tags like {% … %} are not allowed.", "Use only merge fields in {{ }}."
        return (), [_problem(body, tag, reason, remedy)]
    try:
        nodes = _GRAMMAR.from_string(body).nodes
    except LiquidError:
        return (), list(_syntax_problems(body))
    problems: list[TextProblem] = []
    parts = tuple(part for node in nodes for part in _read(node, body, problems))
    literal = sum(len(part) for part in parts if isinstance(part, str))
    if literal > MAX_TEXT:
        reason = f"Without its merge fields the text has {literal} characters."
        problems.append(_problem(body, MAX_TEXT, reason, f"Use at most {MAX_TEXT}."))
    return parts, sorted(problems, key=lambda problem: problem.position)


def _syntax_problems(body: str) -> Iterator[TextProblem]:
    """One problem for each pair of braces that cannot be parsed; an unclosed one is the last."""
    try:
        for token in _GRAMMAR.tokenizer()(body):
            if token.kind == TOKEN_OUTPUT:
                try:
                    _GRAMMAR.from_string(token.value)
                except LiquidError as error:
                    yield _syntax_problem(body, token.start_index, error)
    except LiquidError as error:
        yield _syntax_problem(body, 0, error)


def _syntax_problem(body: str, start: int, error: LiquidError) -> TextProblem:
    # Liquid gives no position for something missing at the end of an expression.
    place = start + max(0, error.token.start_index if error.token else 0)
    reason = f"This is not a merge field: {error.message}."
    return _problem(body, place, reason, 'Write {{ name }} or {{ name | default: "…" }}.')


class _MergeFields(Environment):
    """Liquid without tags, and with only the filters of `FILTERS`."""

    def setup_tags_and_filters(self, *, extra: bool = False) -> None:
        for tag in (Literal, Output, Illegal):
            self.add_tag(tag)
        self.add_filter("default", default)
        for name, function in _FILTERS.items():
            self.add_filter(name, function)


_GRAMMAR: Final = _MergeFields()


def _read(node: Node, body: str, problems: list[TextProblem]) -> Iterator[str | MergeField]:
    if isinstance(node, ContentNode):
        if "}}" in node.text:
            place = node.token.start_index + node.token.value.index("}}")
            reason, remedy = "}} closes a merge field that was not opened.", "Open it with {{."
            problems.append(_problem(body, place, reason, remedy))
        yield node.text
        return
    expression = node.expression if isinstance(node, OutputNode) else None
    place = node.token.start_index
    left = expression.left if isinstance(expression, FilteredExpression) else None
    if not isinstance(left, Path) or len(left.path) != 1 or not isinstance(left.path[0], str):
        reason, remedy = (
            "Only the plain name of a field is allowed here.",
            "Write {{ first_name }}.",
        )
        problems.append(_problem(body, place, reason, remedy))
        return
    assert isinstance(expression, FilteredExpression)
    name = left.path[0]
    calls = []
    for used in expression.filters or ():
        if complaint := _complaint(used):
            problems.append(_problem(body, used.token.start_index, *complaint, name))
        else:
            arguments = tuple(_literal(argument) for argument in used.args)
            calls.append(
                Call(_FILTERS.get(used.name), tuple(a for a in arguments if a is not None))
            )
    yield MergeField(name, place, tuple(calls))


def _complaint(used: Filter) -> tuple[str, str] | None:
    """The problem with one filter, and its remedy."""
    if used.name not in FILTERS:
        return f"There is no filter named {used.name}.", f"The filters are {', '.join(FILTERS)}."
    arguments = [_literal(argument) for argument in used.args]
    if used.name == "default":
        if len(arguments) != 1 or not isinstance(arguments[0], str):
            return "The fallback must be one text in quotes.", 'Write default: "there".'
        if clean(arguments[0]) is None:
            return "The fallback is blank.", "Write a word that fits when the field is missing."
        return None
    if used.name == "truncate":
        kept, *end = arguments or [None]
        if not isinstance(kept, int) or kept < 1 or not _is_end(end):
            return "truncate needs a number of characters.", "Write truncate: 20."
        return None
    return (f"{used.name} takes no value.", f"Write | {used.name}.") if arguments else None


def _is_end(arguments: list[str | int | None]) -> bool:
    """Whether these may follow truncate's number: the mark of a cut, or nothing."""
    return not arguments or (len(arguments) == 1 and isinstance(arguments[0], str))


def _literal(argument: object) -> str | int | None:
    """The value of a quoted text or a whole number; None for anything that is not literal."""
    value = argument.value if isinstance(argument, PositionalArgument) else None
    return value.value if isinstance(value, StringLiteral | IntegerLiteral) else None


def _problem(
    body: str, position: int, reason: str, remedy: str, field: str | None = None
) -> TextProblem:
    before = body[:position]
    line, column = before.count("\n") + 1, position - (before.rfind("\n") + 1) + 1
    return TextProblem(reason, position, line, column, remedy, field)
