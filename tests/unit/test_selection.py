"""The rows of a selection by filter: what matches now, or exactly what a snapshot froze."""

from __future__ import annotations

from collections.abc import Collection, Iterator

import pytest
import sqlalchemy as sa

from common.vocabulary import Hold
from server.database import tables
from server.enrollments.listing import resolve_selection, take_snapshot
from server.enrollments.listing_sql import SqlListEngine
from server.enrollments.snapshots import Snapshots
from server.errors import Gone, Invalid, NotFound
from tests.unit.list_oracle import NOWS, SEQUENCE
from tests.unit.list_world import insert_rows, one_of_each, open_world

NOW = NOWS[0]


@pytest.fixture
def connection() -> Iterator[sa.Connection]:
    with open_world() as connection:
        connection.execute(
            sa.insert(tables.sequences).values(
                id=SEQUENCE,
                name="Spring",
                name_key="spring",
                kind="relative",
                state="active",
                on_reply="finish",
                window="{}",
                version=1,
                daily_limit=1,
                late_hours=12,
                response_days=7,
                reenroll="after",
                reenroll_days=30,
                created_by=1,
                created_at=0,
                updated_at=0,
            )
        )
        insert_rows(connection, one_of_each(NOW))
        yield connection


def select(
    connection: sa.Connection,
    snapshots: Snapshots,
    q: str | None,
    except_: Collection[int] = (),
    snapshot: str | None = None,
) -> list[int]:
    return list(
        resolve_selection(
            connection, SqlListEngine(), snapshots, SEQUENCE, q, except_, snapshot, NOW
        )
    )


def drop_first_held(connection: sa.Connection) -> None:
    connection.execute(
        sa.update(tables.enrollments).where(tables.enrollments.c.id == 100).values(hold="unknown")
    )


def test_without_a_snapshot_it_is_what_matches_now(connection: sa.Connection) -> None:
    snapshots = Snapshots()
    assert select(connection, snapshots, "hold:sending") == [100]
    drop_first_held(connection)
    assert select(connection, snapshots, "hold:sending") == []


def test_with_a_snapshot_it_is_what_was_frozen(connection: sa.Connection) -> None:
    snapshots = Snapshots()
    frozen = take_snapshot(
        connection, SqlListEngine(), snapshots, SEQUENCE, "hold:sending,unknown", "name", NOW
    )
    drop_first_held(connection)
    unknown = 100 + list(Hold).index(Hold.UNKNOWN)
    assert sorted(select(connection, snapshots, None, snapshot=frozen.id)) == [100, unknown]
    rest = select(connection, snapshots, "hold:sending,unknown", [100], frozen.id)
    assert rest == [unknown]


def test_exceptions_are_left_out_and_the_snapshot_stays_whole(connection: sa.Connection) -> None:
    snapshots = Snapshots()
    frozen = take_snapshot(connection, SqlListEngine(), snapshots, SEQUENCE, "", "-name", NOW)
    everyone = select(connection, snapshots, None, snapshot=frozen.id)
    some = select(connection, snapshots, None, everyone[:5], frozen.id)
    assert some == everyone[5:]
    assert select(connection, snapshots, None, snapshot=frozen.id) == everyone


def test_what_is_handed_out_is_not_the_snapshot_itself(connection: sa.Connection) -> None:
    snapshots = Snapshots()
    frozen = take_snapshot(connection, SqlListEngine(), snapshots, SEQUENCE, "", "name", NOW)
    taken = resolve_selection(
        connection, SqlListEngine(), snapshots, SEQUENCE, None, (), frozen.id, NOW
    )
    taken.pop()
    assert len(frozen.ranking.ids) == len(taken) + 1


def test_a_snapshot_of_another_filter_is_refused(connection: sa.Connection) -> None:
    snapshots = Snapshots()
    frozen = take_snapshot(connection, SqlListEngine(), snapshots, SEQUENCE, "", "name", NOW)
    with pytest.raises(Invalid):
        select(connection, snapshots, "status:failed", snapshot=frozen.id)


def test_an_expired_snapshot_is_gone(connection: sa.Connection) -> None:
    with pytest.raises(Gone):
        select(connection, Snapshots(), "", snapshot="expired")


def test_an_unknown_sequence_is_not_found(connection: sa.Connection) -> None:
    with pytest.raises(NotFound):
        resolve_selection(connection, SqlListEngine(), Snapshots(), 77, "", (), None, NOW)
