"""The filter language: one text with which screen, commands and API select enrollments.

    status:failed step:2 by:"ana maria" due:<2h -group:vip abe

Terms are joined by AND. `field:a,b` is OR, `-term` negates, quotes group. Bare words match the
beginning of any word of the name, or digits of the phone number. A number may be written in groups,
such as `1 (206) 555-0110`. Every text is either a filter or a `FilterError` that points at the
word. `common.moments` defines the values of `due` and `enrolled`.
"""

from __future__ import annotations

import re
from enum import StrEnum
from itertools import islice
from typing import Final

import msgspec

from common import names, searching
from common.filter_values import FilterError, Word, check_value, did_you_mean
from common.moments import Moment, read_moment
from common.phones import SpreadsheetNumber, without_fraction

__all__ = [
    "MAX_LENGTH",
    "MOST_TESTS",
    "Field",
    "FieldTerm",
    "Filter",
    "FilterError",
    "Term",
    "WordTerm",
    "format",
    "parse",
    "with_values",
    "without",
]

MAX_LENGTH: Final = 2_000
"""Characters that a filter may have at most."""
MOST_TESTS: Final = searching.MOST_TESTS
"""Most comparisons per person that a filter may cause, as counted by `tests`."""


class Field(StrEnum):
    """The fields of a filter."""

    STATUS = "status"
    STEP = "step"
    BY = "by"
    DUE = "due"
    REASON = "reason"
    HOLD = "hold"
    GROUP = "group"
    REPLIED = "replied"
    ENROLLED = "enrolled"


class FieldTerm(msgspec.Struct, frozen=True, tag="field"):
    """A field that has one of the values or, negated, none of them.

    Values are as typed, except closed sets and steps, which are in stored form: `pending`, `2`,
    `none`. Values are unique.
    """

    field: Field
    values: tuple[str, ...]
    negated: bool = False

    @property
    def moments(self) -> tuple[Moment, ...]:
        """The values of `due` and `enrolled` in typed form; empty for other fields."""
        if self.field not in {Field.DUE, Field.ENROLLED}:
            return ()
        return tuple(moment for value in self.values if (moment := read_moment(value)))


class WordTerm(msgspec.Struct, frozen=True, tag="word"):
    """Part of a name or a phone number, as typed. Negated, it must not match."""

    text: str
    negated: bool = False

    @property
    def words(self) -> tuple[str, ...]:
        """Folded words; each must be the beginning of a word of the name."""
        return tuple(names.words(self.text))

    @property
    def digits(self) -> str | None:
        """Digits that the phone number must contain instead; None if there are none."""
        return names.digits(self.text)


Term = FieldTerm | WordTerm


class Filter(msgspec.Struct, frozen=True):
    """Terms that must all match. Without terms, everything matches."""

    terms: tuple[Term, ...] = ()


def parse(q: str) -> Filter:
    """Parse a filter. Raises `FilterError`, which names the word, its place and the remedy."""
    if len(q) > MAX_LENGTH:
        raise FilterError(
            f"the filter is longer than {MAX_LENGTH:,} characters",
            Word(q[MAX_LENGTH:][:40], MAX_LENGTH),
            "Shorten it.",
        )
    forbidden = _FORBIDDEN.search(q)
    if forbidden is not None:
        raise FilterError(
            f"the character U+{ord(forbidden[0]):04X} is not allowed in a filter",
            Word(forbidden[0], forbidden.start()),
            "Remove it.",
        )
    terms: list[Term] = []
    position = looked_at = 0
    while (start := _skip_blanks(q, position)) < len(q):
        term, position = _read_number(q, start) or _read_term(q, start)
        looked_at += tests(term)
        if looked_at > MOST_TESTS:
            raise FilterError(
                "the filter has too many words, times or groups, starting here",
                Word(q[start:position], start),
                "Remove some. Several values of one field fit in one term, such as -group:a,b.",
            )
        terms.append(term)
    return Filter(tuple(terms))


def tests(term: Term) -> int:
    """Return how many comparisons per person a term causes, beside one for its field.

    Several terms of one field count as one set of values. Times are counted one by one, and so are
    groups that must match, because a person can be in several.
    """
    if isinstance(term, WordTerm):
        return searching.tests(term.text)
    if term.field in {Field.DUE, Field.ENROLLED}:
        return len(term.values)
    return int(term.field is Field.GROUP and not term.negated)


def format(filter: Filter) -> str:  # noqa: A001, A002 - the pair of parse
    """Write a filter so that `parse` reads the same one."""
    written: list[str] = []
    for term in filter.terms:
        written.append(_format_term(term))
        first = max(0, len(written) - searching.MOST_GROUPS)
        if any(
            searching.group_length(written[begin:]) == len(written) - begin
            for begin in range(first, len(written))
        ):
            # Next to the numbers before it, it would be parsed as a group of their number.
            written[-1] = _quote(written[-1])
    return " ".join(written)


def without(filter: Filter, field: Field | str) -> Filter:  # noqa: A002 - the domain's word
    """Return the filter without any term of the field, including negated ones.

    The counts in a dropdown use this filter.
    """
    return Filter(tuple(term for term in filter.terms if not _is_of(term, Field(field))))


def with_values(filter: Filter, field: Field | str, values: tuple[str, ...] | list[str]) -> Filter:  # noqa: A002 - the domain's word
    """Return the filter with exactly these values for the field; no values drop the field.

    The new term replaces the field's first one. Raises `FilterError` for a value that the field
    cannot have.
    """
    field = Field(field)
    if not values:
        return without(filter, field)
    checked = (check_value(field, Word(value, 0)) for value in values)
    chosen = FieldTerm(field, tuple(dict.fromkeys(checked)))
    terms: list[Term] = []
    for term in filter.terms:
        if not _is_of(term, field):
            terms.append(term)
        elif chosen not in terms:
            terms.append(chosen)
    if chosen not in terms:
        terms.append(chosen)
    return Filter(tuple(terms))


_FORBIDDEN: Final = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_BLANKS: Final = re.compile(r"\s*")
_BARE: Final = re.compile(r"[^\s\"]*")
_BARE_VALUE: Final = re.compile(r"[^\s\",]*")
_QUOTED: Final = re.compile(r'"((?:[^"\\]|\\.)*)"')
_ESCAPED: Final = re.compile(r"\\(.)")
_FIELD: Final = re.compile(r"([^\s\",:]*):")
_TO_BLANK: Final = re.compile(r"\S+")
_PLAIN_WORD: Final = re.compile(r'(?!-)[^\s":]+')
_PLAIN_VALUE: Final = re.compile(r'[^\s",]+')


def _skip_blanks(q: str, position: int) -> int:
    blanks = _BLANKS.match(q, position)
    return blanks.end() if blanks else position


def _read_number(q: str, start: int) -> tuple[Term, int] | None:
    """Parse a number written in groups; None if there is none."""
    words = list(islice(_TO_BLANK.finditer(q, start), 2 * searching.MOST_GROUPS))
    taken = searching.group_length([word[0] for word in words])
    if not taken:
        return None
    text = searching.joined([word[0] for word in words[:taken]])
    return WordTerm(text), words[taken - 1].end()


def _read_term(q: str, start: int) -> tuple[Term, int]:
    negated = q[start] == "-"
    position = start + negated
    if position == len(q) or q[position].isspace():
        raise FilterError(
            "nothing follows the minus sign",
            Word("-", start),
            "Write the term directly after it, such as -status:failed.",
        )
    name = _FIELD.match(q, position)
    if name is not None:
        values, end = _read_values(q, _field(Word(name[1], position)), name.end())
        return FieldTerm(_field(Word(name[1], position)), values, negated), end
    text, end = _read_text(q, position, _BARE)
    _end_of_text(q, end, also="")
    term = WordTerm(text, negated)
    if not term.words and term.digits is None:
        raise FilterError(
            "there is no letter or digit to search for",
            Word(q[position:end], position),
            "Type the beginning of a name, or digits of the phone.",
        )
    _refuse_rounded(Word(text, position, end - position))
    return term, end


def _refuse_rounded(word: Word) -> None:
    """Refuse a number that a spreadsheet has damaged: `4.91711E+11`, `1711234567.5`."""
    if word.text.isdecimal():
        return
    try:
        without_fraction(word.text)
    except SpreadsheetNumber as error:
        raise FilterError(error.reason, word, "Type the digits of the phone.") from None


def _field(word: Word) -> Field:
    try:
        return Field(word.text.lower())
    except ValueError:
        pass
    choices = [field.value for field in Field]
    raise FilterError(
        f'there is no field named "{word.text}"' if word.text else "the field's name is missing",
        word if word.text else Word(":", word.position),
        did_you_mean(word.text, choices, "The fields are")
        + " To search for a colon in a name, put the word in quotes.",
    )


def _read_values(q: str, field: Field, position: int) -> tuple[tuple[str, ...], int]:
    values: list[str] = []
    while True:
        text, end = _read_text(q, position, _BARE_VALUE)
        _end_of_text(q, end, also=",")
        shown = q[position:end]
        value = check_value(field, Word(text, position, len(shown)))
        if value not in values:
            values.append(value)
        if q[end : end + 1] != ",":
            return tuple(values), end
        position = end + 1


def _read_text(q: str, position: int, bare: re.Pattern[str]) -> tuple[str, int]:
    """Return the text at the position, with quotes resolved, and where it ends."""
    if q[position : position + 1] != '"':
        found = bare.match(q, position)
        end = found.end() if found else position
        return q[position:end], end
    quoted = _QUOTED.match(q, position)
    if quoted is None:
        raise FilterError(
            "the quote is not closed",
            Word(q[position:], position),
            'Add a " after the last word that belongs to it.',
        )
    return _ESCAPED.sub(r"\1", quoted[1]), quoted.end()


def _end_of_text(q: str, end: int, *, also: str) -> None:
    """Refuse a quote inside a word, and characters directly after a closing quote."""
    if end == len(q) or q[end].isspace() or q[end] in also:
        return
    rest = _TO_BLANK.match(q, end)
    raise FilterError(
        "quotes must enclose a whole word or value",
        Word(rest[0] if rest else q[end:], end),
        'Put quotes around the whole value: by:"ana maria", "ana maria". Inside quotes, '
        'write " for a quote.',
    )


def _is_of(term: Term, field: Field) -> bool:
    return isinstance(term, FieldTerm) and term.field is field


def _format_term(term: Term) -> str:
    sign = "-" if term.negated else ""
    if isinstance(term, WordTerm):
        return sign + (term.text if _PLAIN_WORD.fullmatch(term.text) else _quote(term.text))
    values = (v if _PLAIN_VALUE.fullmatch(v) else _quote(v) for v in term.values)
    return f"{sign}{term.field}:{','.join(values)}"


def _quote(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
