"""The conditions of a filter, with names replaced by ids and times by instants.

A list engine evaluates conditions; it does not know the filter language or operators' names.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from common import filters
from common.filter_values import NONE
from common.filters import Field, FieldTerm, Filter, FilterError, WordTerm
from common.model.faults import Fault
from common.moments import Day, Moment, OnDay, Within
from common.searching import Way, ways
from server.clock import SECOND, from_datetime, to_datetime
from server.database.tables import groups, operators, steps, workspace
from server.errors import Invalid
from server.titles import keys_of

NAMES_COMPARED: Final = 5_000
"""Most names that a misspelt one is compared with."""
SUGGESTED: Final = 3
"""Most misspelt names of one filter that are compared."""


class OneOf(NamedTuple):
    """A field with one of the values; `step` contains step ids, None means no step."""

    field: Field
    values: frozenset[str | int | bool | None]
    negated: bool


class During(NamedTuple):
    """A time (`due`, `enrolled`) within one of the spans: from, until (exclusive); None means no
    limit.
    """

    field: Field
    spans: tuple[tuple[int | None, int | None], ...]
    negated: bool


class Named(NamedTuple):
    """A person matches in one of the ways: by words of the name, or by digits of the number."""

    ways: tuple[Way, ...]
    negated: bool


Condition = OneOf | During | Named


class ListQuestion(NamedTuple):
    """A filter, ready for an engine; `moves` means that it depends on now."""

    conditions: tuple[Condition, ...]
    moves: bool


def read_filter(q: str) -> Filter:
    """Parse a filter. Raises Invalid, which points at the word as `q[12:18]`.

    Blanks alone are refused, because they are not the empty filter that matches everyone.
    """
    if q and not q.strip():
        fault = Fault("q", "is blank.", "Leave it out to list everyone.")
        raise Invalid(fault, code="bad_filter")
    try:
        return filters.parse(q)
    except FilterError as error:
        place = f"q[{error.position}:{error.position + error.length}]"
        raise Invalid(Fault(place, f"{error.message}.", error.remedy), code="bad_filter") from error


def positions_of(connection: sa.Connection, sequence_id: int) -> dict[int, int]:
    """The live steps of a sequence: current position by id, in order."""
    rows = connection.execute(
        sa.select(steps.c.id, steps.c.position)
        .where(steps.c.sequence_id == sequence_id, steps.c.deleted_at.is_(None))
        .order_by(steps.c.position)
    )
    return {row.id: row.position for row in rows}


def resolve(
    connection: sa.Connection, q: str, parsed: Filter, positions: Mapping[int, int], now: int
) -> ListQuestion:
    """The conditions of a parsed filter. Raises Invalid pointing at each unknown name."""
    faults: list[Fault] = []
    conditions: list[Condition] = []
    moves = False
    known = {
        Field.BY: _ids(connection, operators, parsed, Field.BY),
        Field.GROUP: _ids(connection, groups, parsed, Field.GROUP),
    }
    home = connection.execute(sa.select(workspace.c.zone, workspace.c.region)).one()
    zone = ZoneInfo(home.zone)
    for term in parsed.terms:
        if isinstance(term, WordTerm):
            conditions.append(Named(ways(term.text, home.region), term.negated))
        elif term.moments:
            moves = moves or any(isinstance(one, Within | OnDay) for one in term.moments)
            spans = tuple(span(one, term.field, zone, now) for one in term.moments)
            conditions.append(During(term.field, spans, term.negated))
        else:
            values = _known(known, term, positions)
            for text, value in values.items():
                if value is _UNKNOWN:
                    compare = len(faults) < SUGGESTED
                    faults.append(
                        _fault(connection, q, term.field, text, positions, compare=compare)
                    )
            conditions.append(OneOf(term.field, frozenset(values.values()), term.negated))
    if faults:
        raise Invalid(*faults, code="bad_filter")
    return ListQuestion(merge(conditions), moves)


def merge(conditions: Iterable[Condition]) -> tuple[Condition, ...]:
    """The same conditions, with those on one field merged where possible. Pure.

    Excluded values become one set. For a field with one value at a time, required values are
    intersected; a contact can be in several groups, so these conditions stay separate.
    """
    merged: dict[object, Condition] = {}
    for one in conditions:
        match one:
            case OneOf(field, values, negated) if negated or field is not Field.GROUP:
                before = merged.get((field, negated))
                if isinstance(before, OneOf):
                    values = before.values | values if negated else before.values & values
                merged[field, negated] = OneOf(field, values, negated)
            case During(field, spans, negated):
                before = merged.get((field, True)) if negated else None
                if isinstance(before, During):
                    spans = (*before.spans, *spans)
                whole = During(field, _joined(spans), negated)
                merged[(field, True) if negated else whole] = whole
            case _:
                merged[one] = one
    return tuple(merged.values())


def _joined(
    spans: Iterable[tuple[int | None, int | None]],
) -> tuple[tuple[int | None, int | None], ...]:
    """The same time in as few spans as possible, in order."""
    joined: list[tuple[int | None, int | None]] = []
    for first, until in sorted(spans, key=lambda one: (one[0] is not None, one[0] or 0)):
        if not joined:
            joined.append((first, until))
            continue
        begun, end = joined[-1]
        if end is None:
            break
        if first is None or first <= end:
            joined[-1] = begun, None if until is None else max(end, until)
        else:
            joined.append((first, until))
    return tuple(joined)


_UNKNOWN: Final = -1  # no id is negative


def _known(
    known: Mapping[Field, Mapping[str, int]], term: FieldTerm, positions: Mapping[int, int]
) -> dict[str, str | int | bool | None]:
    """The stored value for each text of a term; _UNKNOWN if there is none."""
    match term.field:
        case Field.STEP:
            by_position = {str(position): step_id for step_id, position in positions.items()}
            return {
                text: None if text == NONE else by_position.get(text, _UNKNOWN)
                for text in term.values
            }
        case Field.BY | Field.GROUP:
            ids = known[term.field]
            return {
                name: next((ids[key] for key in keys_of(name) if key in ids), _UNKNOWN)
                for name in term.values
            }
        case Field.REPLIED:
            return {text: text == "yes" for text in term.values}
        case Field.HOLD:
            return {text: None if text == NONE else text for text in term.values}
        case _:
            return {text: text for text in term.values}


def _ids(
    connection: sa.Connection, table: sa.Table, parsed: Filter, field: Field
) -> dict[str, int]:
    """The ids for all names that a filter has for a field, by folded name."""
    keys = {
        key
        for term in parsed.terms
        if isinstance(term, FieldTerm) and term.field is field
        for name in term.values
        for key in keys_of(name)
    }
    if not keys:
        return {}
    found = connection.execute(
        sa.select(table.c.name_key, table.c.id).where(table.c.name_key.in_(keys))
    )
    return {row.name_key: row.id for row in found}


def _fault(
    connection: sa.Connection,
    q: str,
    field: Field,
    text: str,
    positions: Mapping[int, int],
    *,
    compare: bool,
) -> Fault:
    start, end = locate(q, field, text)
    place = f"q[{start}:{end}]"
    if field is Field.STEP:
        there = f"Write step:1 to step:{len(positions)}, or" if positions else "Write"
        return Fault(place, f"the sequence has no step {text}.", f"{there} step:none.")
    table, thing = (groups, "group") if field is Field.GROUP else (operators, "operator")
    near = _near(connection, table, text) if compare else None
    remedy = f'Did you mean "{near}"?' if near else f"List the {thing}s to see them."
    return Fault(place, f'there is no {thing} "{text}".', remedy)


def _near(connection: sa.Connection, table: sa.Table, text: str) -> str | None:
    """The name that was probably meant, if any."""
    names = connection.execute(sa.select(table.c.name).limit(NAMES_COMPARED)).scalars()
    known = {name.casefold(): name for name in names}
    near = difflib.get_close_matches(text.casefold(), known, n=1)
    return known[near[0]] if near else None


def locate(q: str, field: Field, text: str) -> tuple[int, int]:
    """The position of a value in the filter as typed: from, until."""
    quoted = '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
    for term in re.finditer(rf"(?<!\S)-?{field}:", q, re.IGNORECASE):
        for shown in (quoted, text):
            start = q.find(shown, term.end())
            if start >= 0:
                return start, start + len(shown)
    return 0, len(q)


def span(moment: Moment, field: Field, zone: ZoneInfo, now: int) -> tuple[int | None, int | None]:
    """The interval of a time in a filter: from, until (exclusive). Days are days of the zone."""
    if isinstance(moment, Within):
        # A due time is in the future and `<` includes overdue; an enrollment is in the past.
        if field is Field.DUE:
            edge = now + moment.seconds * SECOND
            return (None, edge) if moment.op == "<" else (edge + 1, None)
        edge = now - moment.seconds * SECOND
        return (edge + 1, None) if moment.op == "<" else (None, edge)
    if isinstance(moment, OnDay):
        first = to_datetime(now).astimezone(zone).date()
        first += timedelta(days=moment.day is Day.TOMORROW)
        last: date | None = first
    else:
        first, last = moment.first, moment.last  # type: ignore[assignment] # either may be open
    return _midnight(first, zone), _midnight(last, zone, after=True)


def _midnight(day: date | None, zone: ZoneInfo, *, after: bool = False) -> int | None:
    """The start of a day, or of the day after it; None at the end of the calendar."""
    if day is None or not 1 < day.year < 9999:
        return None
    start = datetime.combine(day + timedelta(days=after), time.min, tzinfo=zone)
    return from_datetime(start.astimezone(UTC))
