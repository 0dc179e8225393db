"""The list contract: the input and output of a list engine, and pages built from it."""

from __future__ import annotations

from array import array
from collections.abc import Collection, Mapping
from typing import NamedTuple, Protocol

import sqlalchemy as sa

from common import filters
from common.model.listing import EnrollmentIds, EnrollmentPage
from server.database.tables import sequences
from server.enrollments import rows
from server.enrollments.conditions import Condition, positions_of, read_filter, resolve
from server.enrollments.snapshots import Asked, Ranking, Snapshot, Snapshots
from server.errors import NotFound, invalid
from server.events import log

DEFAULT_SORT = "name"


class Query(NamedTuple):
    """The input of an engine.

    All conditions must match; `sort` is a column of `common.model.listing.Sort`. `positions` are
    the live steps: position by id, in order.
    """

    sequence_id: int
    conditions: tuple[Condition, ...]
    sort: str
    positions: Mapping[int, int]


class ListEngine(Protocol):
    """Finds enrollments. Every engine gives exactly the results of the SQL engine.

    Order: the column, with missing values last in both directions (a name without letters is
    missing), then by id upwards. A deleted step counts as none. Each facet counts under all
    conditions except those on its own field.
    """

    def rank(self, connection: sa.Connection, query: Query) -> Ranking:
        """Ids by rank and counts, of a version not older than the connection's view."""


class PageAsked(NamedTuple):
    """One request for a page; None for `q` and `sort` means those of the snapshot, or all."""

    sequence_id: int
    q: str | None
    sort: str | None
    offset: int
    limit: int
    snapshot: str | None


def list_enrollments(
    connection: sa.Connection, engine: ListEngine, snapshots: Snapshots, page: PageAsked, now: int
) -> EnrollmentPage:
    """A page. Raises NotFound, Invalid pointing into `q`, or Gone for an expired snapshot."""
    snapshot = _snapshot_of(connection, engine, snapshots, page, now)
    ranking = snapshot.ranking
    return EnrollmentPage(
        items=rows.read_rows(connection, ranking.ids[page.offset : page.offset + page.limit]),
        total=len(ranking.ids),
        enrolled=ranking.enrolled,
        facets=ranking.facets,
        version=ranking.version,
        snapshot=snapshot.id,
    )


def list_ids(
    connection: sa.Connection, engine: ListEngine, snapshots: Snapshots, page: PageAsked, now: int
) -> EnrollmentIds:
    """Only the ids of a page. Raises like `list_enrollments`."""
    snapshot = _snapshot_of(connection, engine, snapshots, page, now)
    ranking = snapshot.ranking
    return EnrollmentIds(
        tuple(ranking.ids[page.offset : page.offset + page.limit]),
        len(ranking.ids),
        ranking.version,
        snapshot.id,
    )


def _snapshot_of(
    connection: sa.Connection, engine: ListEngine, snapshots: Snapshots, page: PageAsked, now: int
) -> Snapshot:
    """The snapshot that a page names, or a new one."""
    require_sequence(connection, page.sequence_id)
    if page.snapshot is None:
        return take_snapshot(
            connection,
            engine,
            snapshots,
            page.sequence_id,
            page.q or "",
            page.sort or DEFAULT_SORT,
            now,
        )
    snapshot = snapshots.get(page.snapshot, page.sequence_id)
    _refuse_another_question(page, snapshot.asked)
    return snapshot


def take_snapshot(
    connection: sa.Connection,
    engine: ListEngine,
    snapshots: Snapshots,
    sequence_id: int,
    q: str,
    sort: str,
    now: int,
) -> Snapshot:
    """Rank and freeze; the same query on the same version gets the same snapshot."""
    parsed = read_filter(q)
    positions = positions_of(connection, sequence_id)
    question = resolve(connection, q, parsed, positions, now)
    asked = Asked(sequence_id, filters.format(parsed), sort, now if question.moves else None)
    known = snapshots.find(asked, log.last_id(connection))
    if known is not None:
        return known
    query = Query(sequence_id, question.conditions, sort, positions)
    return snapshots.keep(asked, engine.rank(connection, query))


def resolve_selection(
    connection: sa.Connection,
    engine: ListEngine,
    snapshots: Snapshots,
    sequence_id: int,
    q: str | None,
    except_: Collection[int],
    snapshot: str | None,
    now: int,
) -> array[int]:
    """The ids of a selection by filter, by rank, without the exceptions.

    These are the ids of the snapshot, if one is named (`q` is then the same or None), else those
    that match `q` now.

    Raises NotFound, Invalid pointing into `q`, or Gone for an expired snapshot.
    """
    require_sequence(connection, sequence_id)
    if snapshot is None:
        positions = positions_of(connection, sequence_id)
        question = resolve(connection, q or "", read_filter(q or ""), positions, now)
        query = Query(sequence_id, question.conditions, DEFAULT_SORT, positions)
        ids = engine.rank(connection, query).ids
    else:
        kept = snapshots.get(snapshot, sequence_id)
        _refuse_another_question(PageAsked(sequence_id, q, None, 0, 0, snapshot), kept.asked)
        ids = kept.ranking.ids
    if not except_:
        return ids[:]
    left_out = frozenset(except_)
    return array("q", (ident for ident in ids if ident not in left_out))


def require_sequence(connection: sa.Connection, sequence_id: int) -> None:
    """Raises NotFound if there is no such sequence."""
    known = sa.select(sequences.c.id).where(sequences.c.id == sequence_id)
    if connection.execute(known).first() is None:
        raise NotFound("sequence", sequence_id)


def _refuse_another_question(page: PageAsked, asked: Asked) -> None:
    other_q = page.q is not None and filters.format(read_filter(page.q)) != asked.q
    if other_q or page.sort not in {None, asked.sort}:
        raise invalid(
            "snapshot",
            "belongs to another q or sort.",
            "Leave out q and sort, or list again without the snapshot.",
        )
