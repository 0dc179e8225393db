"""Every regular expression reads any text in linear time: none can be made to run for long.

Each pattern in the code is found and taken apart. Two things make a pattern slow on some text:
repeats that can share the same characters in more than one way, one within or behind the other;
and, where a text is searched, a repeat that runs over places where the search begins again in vain.
"""

from __future__ import annotations

import ast
import importlib
import re
from collections.abc import Iterator, Set
from pathlib import Path
from typing import Any, Final, NamedTuple

import pytest

parser: Any = importlib.import_module("re._parser")  # has no types
op: Any = importlib.import_module("re._constants")

ROOT: Final = Path(__file__).parent.parent.parent
FOLDERS: Final = ("common", "server", "tui")
SEARCHES: Final = frozenset({"search", "finditer", "findall", "sub", "subn", "split"})
MATCHES: Final = frozenset({"match", "fullmatch"})
MANY: Final = 40
"""A repeat with a bound above this counts as one without."""

_ALPHABET: Final = frozenset(
    [*map(chr, range(0x180)), *"\u2010\u2013\u2028\u200d\u3000\uff0b\ufe0f\ufeff\ud800\U0001f600"]
)
"""Sample characters: whatever two sets share, they share one of these."""


class Found(NamedTuple):
    """A pattern, its place, and whether it searches texts."""

    place: str
    pattern: str
    flags: int
    searches: bool


def patterns() -> Iterator[Found]:
    """Every pattern in the code, with the methods that it is used by anywhere."""
    trees = {
        file: ast.parse(file.read_text(encoding="utf-8"))
        for folder in FOLDERS
        for file in sorted((ROOT / folder).rglob("*.py"))
    }
    used: dict[tuple[Path | None, str], set[str]] = {}
    for file, tree in trees.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                name = node.value.id
                where = file if name.startswith("_") else None
                used.setdefault((where, name), set()).add(node.attr)
    for file, tree in trees.items():
        names = {
            id(node.value): target.id
            for node in ast.walk(tree)
            if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None
            for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
            if isinstance(target, ast.Name)
        }
        for node in ast.walk(tree):
            if not _is_call_of_re(node):
                continue
            assert isinstance(node, ast.Call)
            assert isinstance(node.func, ast.Attribute)
            method = node.func.attr
            place = f"{file.relative_to(ROOT)}:{node.lineno}"
            if method == "escape":
                continue
            pattern = _written(node.args[0], tree)
            uses: Set[str] = {method}
            if method == "compile":
                assert id(node) in names, f"{place}: give the pattern a name"
                name = names[id(node)]
                where = file if name.startswith("_") else None
                uses = used.get((where, name), set()) & (SEARCHES | MATCHES)
                uses = uses or SEARCHES  # it is handed on: taken to be used in the worst way
            yield Found(place, pattern, _flags(node), bool(uses & SEARCHES))


def _is_call_of_re(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id == "re"
    )


def _written(node: ast.AST, tree: ast.Module) -> str:
    """The text of a pattern; what is put into it must be a constant of its file, or a word."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(_written(part, tree) for part in node.values)
    if isinstance(node, ast.FormattedValue):
        return _written(node.value, tree)
    if isinstance(node, ast.Name):
        for one in tree.body:
            if isinstance(one, ast.AnnAssign | ast.Assign) and one.value is not None:
                targets = one.targets if isinstance(one, ast.Assign) else [one.target]
                if any(isinstance(to, ast.Name) and to.id == node.id for to in targets):
                    return _written(one.value, tree)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Sub):
        return "9"  # a number that bounds a repeat
    return "9" if isinstance(node, ast.Name) and node.id.isupper() else "word"


def _flags(node: ast.Call) -> int:
    flags = 0
    for part in ast.walk(ast.Module([ast.Expr(one) for one in node.args[1:]], [])):
        if isinstance(part, ast.Attribute) and part.attr.isupper():
            flags |= getattr(re, part.attr)
    return flags


class Char(NamedTuple):
    """One character of these."""

    chars: frozenset[str]


class Repeat(NamedTuple):
    """A part again and again, without a (small) bound; `over` are its characters."""

    over: frozenset[str]
    least: int
    body: list[Any]


class Maybe(NamedTuple):
    """A part, or nothing."""

    body: list[Any]


class Choice(NamedTuple):
    """One of some parts."""

    branches: list[list[Any]]


class End(NamedTuple):
    """Where the text, or the line, must end."""


def faults(found: Found) -> list[str]:
    """What makes a pattern slow; nothing for one that is linear."""
    row = _row(parser.parse(found.pattern, found.flags), found.flags)
    told = [*_of_each(row, [])]
    if found.searches:
        told += _begins_again(row, [], _first(row))
    return told


def _row(tree: Any, flags: int) -> list[Any]:
    """A pattern, or a part of one, as a row of the items above."""
    row: list[Any] = []
    for code, value in tree:
        if code in {op.MAX_REPEAT, op.MIN_REPEAT, op.POSSESSIVE_REPEAT}:
            least, most, part = value
            body = _row(part, flags)
            if most is op.MAXREPEAT or most > MANY:
                row.append(Repeat(_all(body), least, body))
            else:
                row += body * least + [Maybe(body)] * (most - least)
        elif code is op.SUBPATTERN:
            row += _row(value[-1], (flags | value[1]) & ~value[2])
        elif code is op.BRANCH:
            row.append(Choice([_row(branch, flags) for branch in value[1]]))
        elif code is op.AT:
            row += [End()] * (value in {op.AT_END, op.AT_END_STRING})
        elif code not in {op.ASSERT, op.ASSERT_NOT}:
            row.append(Char(_chars(code, value, flags)))
    return row


def _of_each(row: list[Any], then: list[Any]) -> Iterator[str]:
    """The faults of each repeat in a row, with all that can follow it; `then` follows the row."""
    for n, item in enumerate(row):
        rest = row[n + 1 :] + then
        match item:
            case Repeat():
                if _reaches(rest, item.over):
                    yield f"two repeats share characters: {_some(item.over)}"
                yield from _of_rounds(item.body, _first(item.body))
                yield from _of_each(item.body, [])
            case Maybe(body):
                yield from _of_each(body, rest)
            case Choice(branches):
                for branch in branches:
                    yield from _of_each(branch, rest)


def _of_rounds(body: list[Any], first: frozenset[str]) -> Iterator[str]:
    """Whether what a repeat goes over can be parted into its rounds in more than one way."""
    if _may_be_nothing(body):
        yield "a round of a repeat may be nothing"
    for n, item in enumerate(body):
        after = _first(body[n + 1 :]) | (first if _may_be_nothing(body[n + 1 :]) else frozenset())
        match item:
            case Repeat() if item.over & after:
                yield f"a repeat within a repeat shares characters: {_some(item.over & after)}"
            case Maybe(part) if _first(part) & after:
                yield f"a part may be in one round or in the next: {_some(_first(part) & after)}"
            case Choice(branches):
                firsts = [
                    _first(one) | (after if _may_be_nothing(one) else set()) for one in branches
                ]
                for m, one in enumerate(firsts):
                    if any(one & other for other in firsts[m + 1 :]):
                        yield "alternatives of a repeated choice begin alike"


def _reaches(row: list[Any], over: frozenset[str]) -> bool | None:
    """Whether a repeat that shares characters with `over` follows; None if something parts them."""
    for item in row:
        match item:
            case Repeat():
                if item.over & over:
                    return True
                if item.least:
                    return None
            case Char(chars):
                if not chars & over:
                    return None
            case Maybe(body):
                if _reaches(body, over):
                    return True
            case Choice(branches):
                reached = [_reaches(branch, over) for branch in branches]
                if any(reached):
                    return True
                if all(one is None for one in reached):
                    return None
            case End():
                return None
    return False


def _begins_again(row: list[Any], then: list[Any], first: frozenset[str]) -> Iterator[str]:
    """A repeat that runs over beginnings of the pattern and may then find no end."""
    for n, item in enumerate(row):
        rest = row[n + 1 :] + then
        match item:
            case Repeat() if item.over & first and not _may_be_nothing(rest):
                yield f"a search would begin again within what a repeat has read: {_some(first)}"
            case Maybe(body):
                yield from _begins_again(body, rest, first)
            case Choice(branches):
                for branch in branches:
                    yield from _begins_again(branch, rest, first)


def _may_be_nothing(row: list[Any]) -> bool:
    for item in row:
        match item:
            case Char() | End():
                return False
            case Repeat() if item.least and not _may_be_nothing(item.body):
                return False
            case Choice(branches) if not any(map(_may_be_nothing, branches)):
                return False
    return True


def _first(row: list[Any]) -> frozenset[str]:
    """The characters that a part can begin with."""
    found: frozenset[str] = frozenset()
    for n, item in enumerate(row):
        found |= _first_of(item)
        if not _may_be_nothing(row[n : n + 1]):
            break
    return found


def _first_of(item: Any) -> frozenset[str]:
    match item:
        case Char(chars):
            return chars
        case Repeat() | Maybe():
            return _first(item.body)
        case Choice(branches):
            return frozenset().union(*map(_first, branches))
    return frozenset()


def _all(row: list[Any]) -> frozenset[str]:
    """Every character that a part can be made of."""
    found: frozenset[str] = frozenset()
    for item in row:
        match item:
            case Char(chars):
                found |= chars
            case Repeat():
                found |= item.over
            case Maybe(body):
                found |= _all(body)
            case Choice(branches):
                found = found.union(*map(_all, branches))
    return found


def _some(chars: frozenset[str]) -> str:
    return repr("".join(sorted(chars)[-3:]))


def _chars(code: Any, value: Any, flags: int) -> frozenset[str]:
    """The characters of the alphabet that one item matches."""
    if code is op.ANY:
        return _ALPHABET if flags & re.DOTALL else _ALPHABET - {"\n"}
    if code is op.LITERAL:
        return _either_case({chr(value)}, flags)
    if code is op.NOT_LITERAL:
        return _ALPHABET - {chr(value)}
    assert code is op.IN, f"{code} is not known here: take it in, and say what it can be"
    found: set[str] = set()
    negated = False
    for kind, what in value:
        if kind is op.NEGATE:
            negated = True
        elif kind is op.LITERAL:
            found.add(chr(what))
        elif kind is op.RANGE:
            found |= {char for char in _ALPHABET if what[0] <= ord(char) <= what[1]}
        else:
            written = {op.CATEGORY_DIGIT: r"\d", op.CATEGORY_SPACE: r"\s", op.CATEGORY_WORD: r"\w"}
            written |= {
                op.CATEGORY_NOT_DIGIT: r"\D",
                op.CATEGORY_NOT_SPACE: r"\S",
                op.CATEGORY_NOT_WORD: r"\W",
            }
            found |= {char for char in _ALPHABET if re.fullmatch(written[what], char, flags & re.A)}
    either = _either_case(found, flags)
    return _ALPHABET - either if negated else either


def _either_case(chars: set[str], flags: int) -> frozenset[str]:
    if flags & re.IGNORECASE:
        chars = {form for char in chars for form in (char, char.lower(), char.upper())}
    return frozenset(chars)


ALL: Final = list(patterns())


@pytest.mark.parametrize("found", ALL, ids=[one.place for one in ALL])
def test_a_pattern_reads_any_text_in_linear_time(found: Found) -> None:
    assert faults(found) == []


def test_no_pattern_escapes_this_test() -> None:
    """Patterns are created only by calls of `re`: no names from it, and no other engine."""
    imported = []
    for folder in FOLDERS:
        for file in (ROOT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                other = isinstance(node, ast.ImportFrom) and node.module in {"re", "regex"}
                if isinstance(node, ast.Import):
                    other = any(
                        one.name == "regex" or (one.name == "re" and one.asname)
                        for one in node.names
                    )
                if other:
                    imported.append(str(file.relative_to(ROOT)))
    assert imported == []
    assert len(ALL) > 50


SLOW: Final = [
    (r"(a+)+b", False),
    (r"(a|aa)+b", False),
    (r"(ab|a.)*!", False),
    (r"(a*b?)*c", False),
    (r"\s*[^0-9]*\s*x", False),
    (r"^(.*?)(?: - at (.*))?$", False),
    (r"\d+\.?\d+", False),
    (r"\{\{.*?\}\}", True),
    (r"[\d.,]+e", True),
    (r"(?:a?){99}b", False),
]
QUICK: Final = [
    (r"a+", True),
    (r'"((?:[^"\\]|\\.)*)"', False),
    (r"\{\{[^{}]*\}\}", True),
    (r"[0-9]+\s*e\s*[0-9]+", False),
    (r"[^\n]+\n?|\n", True),
    (r"[0-9]+(\.[0-9]*)?", False),
    (r"[\s.:=]*\d+\s*$", False),
    (r"(.+)([.,])([0-9]{1,2})", False),
    (r"[a-z0-9]+", True),
    (r"(?i:\bstop\b[^a-z]{0,3}now)", True),
]


@pytest.mark.parametrize(("pattern", "searches"), SLOW)
def test_a_slow_pattern_is_known_as_one(pattern: str, searches: bool) -> None:
    assert faults(Found("here", pattern, re.DOTALL, searches)) != []


@pytest.mark.parametrize(("pattern", "searches"), QUICK)
def test_a_quick_pattern_is_not_taken_for_a_slow_one(pattern: str, searches: bool) -> None:
    assert faults(Found("here", pattern, 0, searches)) == []
