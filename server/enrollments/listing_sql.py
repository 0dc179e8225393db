"""The exact list engine: one query for all counts, one for the ids. Good up to some 50,000 rows.

The total and the facets come from one cube: rows that match every condition except those on status,
step and operator, counted by these three. A facet sums the cells that match the other two.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

import sqlalchemy as sa

from common.filter_values import NONE
from common.filters import Field
from common.model.listing import Facets
from common.searching import Wanted
from common.vocabulary import STATUS_LABELS, Status
from server.database.tables import contacts, enrollments, group_members, operators
from server.enrollments.conditions import Condition, During, Named, OneOf
from server.enrollments.listing import Query
from server.enrollments.snapshots import Ranking
from server.events import log

STATUS_ORDER: Final = {status.value: place for place, status in enumerate(STATUS_LABELS)}
"""Order of statuses: finished, then pending, then those that got no text."""

_FACETS: Final = (Field.STATUS, Field.STEP, Field.BY)
_PENDING: Final = enrollments.c.status == sa.literal_column("'pending'")
on_step: Final = sa.case((_PENDING, enrollments.c.next_step_id), else_=enrollments.c.last_step_id)
"""The step of an enrollment, as the domain defines it."""


_GROUP_WITHOUT_INDEX: Final[sa.ColumnElement[Any]] = sa.literal_column(
    "+group_members.group_id", sa.Integer
)


class Cell(NamedTuple):
    """How many rows share a status, a step (None: none or deleted) and an operator."""

    status: str
    step: int | None
    by: int
    rows: int


class SqlListEngine:
    """Answers from the tables, within the caller's view of them."""

    def rank(self, connection: sa.Connection, query: Query) -> Ranking:
        """Ids by rank, and counts."""
        asked: dict[Field, list[OneOf]] = {field: [] for field in _FACETS}
        common: list[Condition] = []
        for condition in query.conditions:
            if isinstance(condition, OneOf) and condition.field in _FACETS:
                asked[condition.field].append(condition)
            else:
                common.append(condition)
        cells = _cube(connection, query, common)
        by_enroller = _by_enroller(connection, query) if common else _sum_by_enroller(cells)
        return Ranking(
            _ids(connection, query),
            by_enroller.total(),
            _facets(connection, query, cells, set(by_enroller), asked),
            log.last_id(connection),
        )


def _cube(connection: sa.Connection, query: Query, common: list[Condition]) -> list[Cell]:
    rows = connection.execute(
        sa.select(enrollments.c.status, on_step, enrollments.c.enrolled_by, sa.func.count())
        .select_from(_rows(_needs_contact(common)))
        .where(enrollments.c.sequence_id == query.sequence_id, *map(_clause(query), common))
        .group_by(enrollments.c.status, on_step, enrollments.c.enrolled_by)
    )
    return [Cell(row[0], row[1] if row[1] in query.positions else None, *row[2:]) for row in rows]


def _by_enroller(connection: sa.Connection, query: Query) -> Counter[int]:
    rows = connection.execute(
        sa.select(enrollments.c.enrolled_by, sa.func.count())
        .where(enrollments.c.sequence_id == query.sequence_id)
        .group_by(enrollments.c.enrolled_by)
    )
    return Counter({row[0]: row[1] for row in rows})


def _sum_by_enroller(cells: list[Cell]) -> Counter[int]:
    counted: Counter[int] = Counter()
    for cell in cells:
        counted[cell.by] += cell.rows
    return counted


def _facets(
    connection: sa.Connection,
    query: Query,
    cells: list[Cell],
    enrollers: set[int],
    asked: Mapping[Field, list[OneOf]],
) -> Facets:
    counted: dict[Field, Counter[Any]] = {field: Counter() for field in _FACETS}
    for cell in cells:
        values = {Field.STATUS: cell.status, Field.STEP: cell.step, Field.BY: cell.by}
        fits = {
            field: all((values[field] in one.values) != one.negated for one in asked[field])
            for field in _FACETS
        }
        for field in _FACETS:
            if all(fits[other] for other in _FACETS if other is not field):
                counted[field][values[field]] += cell.rows
    names = connection.execute(
        sa.select(operators.c.id, operators.c.name)
        .where(operators.c.id.in_(enrollers))
        .order_by(operators.c.name_key)
    )
    by_step = counted[Field.STEP]
    return Facets(
        status={status.value: counted[Field.STATUS][status.value] for status in Status},
        step={
            **{str(position): by_step[step] for step, position in query.positions.items()},
            NONE: by_step[None],
        },
        enrolled_by={row.name: counted[Field.BY][row.id] for row in names},
    )


def _ids(connection: sa.Connection, query: Query) -> array[int]:
    key = query.sort.removeprefix("-")
    rows = _rows(_needs_contact(query.conditions) or key in {"name", "phone"})
    if key == "by":
        rows = rows.join(operators, operators.c.id == enrollments.c.enrolled_by)
    column = _column(key, query)
    turned = column.desc() if query.sort.startswith("-") else column.asc()
    statement = (
        sa.select(enrollments.c.id)
        .select_from(rows)
        .where(
            enrollments.c.sequence_id == query.sequence_id, *map(_clause(query), query.conditions)
        )
        .order_by(turned.nulls_last(), enrollments.c.id)
    )
    found = connection.execute(statement)
    return array("q", [row[0] for row in found.cursor.fetchall()])


def _column(key: str, query: Query) -> sa.ColumnElement[Any]:
    match key:
        case "name":
            return sa.func.nullif(contacts.c.sort_key, "")
        case "phone":
            return contacts.c.phone
        case "step":
            return sa.case(query.positions, value=on_step) if query.positions else sa.null()
        case "status":
            return sa.case(STATUS_ORDER, value=enrollments.c.status)
        case "next":
            return enrollments.c.due_at
        case "by":
            return operators.c.name_key
        case _:
            return enrollments.c.enrolled_at


def _needs_contact(conditions: tuple[Condition, ...] | list[Condition]) -> bool:
    return any(isinstance(one, Named) for one in conditions)


def _rows(with_contact: bool) -> sa.FromClause:
    if not with_contact:
        return enrollments
    return enrollments.join(contacts, contacts.c.id == enrollments.c.contact_id)


def _clause(query: Query) -> Callable[[Condition], sa.ColumnElement[bool]]:
    def clause(condition: Condition) -> sa.ColumnElement[bool]:
        match condition:
            case Named():
                holds = _named(condition)
            case During():
                holds = _during(condition)
            case OneOf():
                holds = _one_of(condition, query)
        return sa.not_(holds) if condition.negated else holds

    return clause


def _named(condition: Named) -> sa.ColumnElement[bool]:
    return sa.or_(sa.false(), *(sa.and_(sa.true(), *map(_wanted, way)) for way in condition.ways))


def _wanted(wanted: Wanted) -> sa.ColumnElement[bool]:
    found = [sa.func.instr(contacts.c.phone, number) > 0 for number in wanted.numbers]
    if wanted.words:
        begins = (sa.func.instr(contacts.c.search_key, f" {word}") > 0 for word in wanted.words)
        found.append(sa.and_(*begins))
    return sa.or_(sa.false(), *found)


def _during(condition: During) -> sa.ColumnElement[bool]:
    column = enrollments.c.due_at if condition.field is Field.DUE else enrollments.c.enrolled_at
    spans = [
        sa.and_(
            sa.true(),
            *([] if first is None else [column >= first]),
            *([] if until is None else [column < until]),
        )
        for first, until in condition.spans
    ]
    return sa.and_(column.is_not(None), sa.or_(sa.false(), *spans))


def _one_of(condition: OneOf, query: Query) -> sa.ColumnElement[bool]:
    values = sorted(value for value in condition.values if value is not None)
    match condition.field:
        case Field.STEP:
            known = sa.and_(on_step.is_not(None), on_step.in_(list(query.positions)))
            chosen = sa.and_(on_step.is_not(None), on_step.in_(values))
            return sa.or_(chosen, sa.not_(known)) if None in condition.values else chosen
        case Field.GROUP:
            # For one group, look up the member; for several, read the contact's own groups, which
            # are few.
            in_groups = group_members.c.group_id if len(values) == 1 else _GROUP_WITHOUT_INDEX
            return sa.exists().where(
                group_members.c.contact_id == enrollments.c.contact_id, in_groups.in_(values)
            )
        case Field.REPLIED:
            replied = [
                enrollments.c.replied_at.is_not(None)
                if value
                else enrollments.c.replied_at.is_(None)
                for value in values
            ]
            return sa.or_(sa.false(), *replied)
        case field:
            column = _COLUMNS[field]
            chosen = sa.and_(column.is_not(None), column.in_(values))
            return sa.or_(chosen, column.is_(None)) if None in condition.values else chosen


_COLUMNS: Final = {
    Field.STATUS: enrollments.c.status,
    Field.BY: enrollments.c.enrolled_by,
    Field.REASON: enrollments.c.reason,
    Field.HOLD: enrollments.c.hold,
}
