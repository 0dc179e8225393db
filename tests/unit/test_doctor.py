"""The doctor finds each broken invariant, and repairs what it can."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from common.vocabulary import Hold
from server.clock import wall
from server.commands.sample import fill_samples
from server.doctor.checks import examine, repair
from server.enrollments import activation
from server.enrollments.apply import Application, apply
from server.enrollments.lifecycle_events import Finished
from server.enrollments.planning import Planner
from server.settings import Settings
from server.start import open_workspace

PEOPLE = 6


def text(
    ident: int = 1,
    *,
    enrollment: int | None = 1,
    status: str = "sending",
    hold: str | None = None,
    due_at: int | None = None,
    carrier_id: str | None = None,
) -> str:
    """SQL of a text: of an enrollment's first step, or a direct one if there is none."""
    kind, step = ("direct", None) if enrollment is None else ("step", 1)
    values = ("out", kind, status, "+1", 1, enrollment, step, "Hi", 1, 0, hold, due_at, carrier_id)
    written = ", ".join("NULL" if one is None else repr(one) for one in values)
    return (
        "INSERT INTO messages (id, created_at, contact_id, direction, kind, status, phone,"
        " sender_id, enrollment_id, step_id, body, segments, reading_by_operator, hold, due_at,"
        f" carrier_id) VALUES ({ident}, 0, {enrollment or 'NULL'}, {written})"
    )


ATTEMPT = (
    "INSERT INTO attempts (id, message_id, n, state, worker, lease_wall, started_at, checks)"
    " VALUES (1, 1, 1, 'sending', 'w', 0, 0, 0)"
)
CALLBACK = (
    "INSERT INTO callbacks (id, carrier, dedupe_key, kind, raw, status, received_at, message_id,"
    " carrier_id) VALUES (1, 'simulator', 'k', 'status', x'', 'sent', 0, {}, {})"
)
SUPPRESSION = (
    "INSERT INTO suppressions (phone, source, created_at)"
    " SELECT phone, 'operator', 1 FROM contacts WHERE id = 1"
)
OPERATION = (
    "INSERT INTO operations (id, action, state, operator_id, parameters, total, done, skipped,"
    " conflict, with_carrier, created_at) VALUES (1, 'finish', 'done', 1, '{}', 1, 0, 0, 0, 0, 0)"
)
OPERATION_ROW = (
    "INSERT INTO operation_rows (operation_id, position, enrollment_id, contact_id, outcome)"
    " VALUES (1, 1, 1, 1, 'done')"
)
DELETE_FIRST = "UPDATE steps SET deleted_at = 1 WHERE position = 1"
HELD = "UPDATE enrollments SET due_at = NULL, hold = '{}' WHERE id = 1"
LEFT_BEHIND = [
    "DELETE FROM events WHERE enrollment_id = 1 AND kind = 'activated'",
    HELD.format("draft"),
    "UPDATE enrollments SET planned_at = NULL, base_at = NULL WHERE id = 1",
]
"""A draft whose sequence was activated without it."""


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with a few people pending in a sequence that runs, made once."""
    path = tmp_path_factory.mktemp("doctor") / "filled.db"
    settings = Settings(database=f"sqlite+aiosqlite:///{path}")

    def activate(connection: sa.Connection) -> None:
        activation.activate(connection, Planner(settings.zone), 1, 1, wall())

    async def fill() -> None:
        async with open_workspace(settings) as workspace:
            now = workspace.clock.now()
            await workspace.database.write(fill_samples, settings, PEOPLE, 1, now)
            await workspace.database.write(activate)

    asyncio.run(fill())
    return path


@pytest.fixture
def connection(filled: Path, tmp_path: Path) -> Iterator[sa.Connection]:
    """A connection to a copy of that database, under which no rule of the schema holds."""
    copy = shutil.copy(filled, tmp_path / "drumbeat.db")
    engine = sa.create_engine(
        f"sqlite:///{copy}", isolation_level="AUTOCOMMIT", poolclass=sa.NullPool
    )
    with engine.connect() as opened:
        for pragma in ("foreign_keys=OFF", "ignore_check_constraints=ON", "synchronous=OFF"):
            opened.exec_driver_sql(f"PRAGMA {pragma}")
        yield opened


def found(connection: sa.Connection) -> dict[str, tuple[int | str, ...]]:
    """The findings: their ids by name."""
    return {one.name: one.ids for one in examine(connection)}


def test_a_database_that_is_well_has_no_findings(connection: sa.Connection) -> None:
    assert found(connection) == {}


BREAKS: dict[str, tuple[list[str], dict[str, tuple[int, ...]]]] = {
    "pending without a next": (
        ["UPDATE enrollments SET due_at = NULL WHERE id = 1"],
        {"pending_without_next": (1,)},
    ),
    "a text with the carrier that nobody waits for": (
        [text(), ATTEMPT],
        {"attempt_without_hold": (1,)},
    ),
    "an answer is waited for that nobody owes": (
        [HELD.format("sending")],
        {"sending_without_attempt": (1,)},
    ),
    "likewise, long ago": (
        [HELD.format("unknown")],
        {"sending_without_attempt": (1,)},
    ),
    "ended without a reason": (
        ["UPDATE enrollments SET status = 'failed', due_at = NULL WHERE id = 1"],
        {"ended_without_reason": (1,), "status_is_not_its_history": (1,)},
    ),
    "another count of texts than events tell": (
        ["UPDATE enrollments SET accepted = 1 WHERE id = 1"],
        {"status_is_not_its_history": (1,)},
    ),
    "enrolled without an event": (
        ["DELETE FROM events WHERE enrollment_id = 1"],
        {"counts": (1,), "status_is_not_its_history": (1,)},
    ),
    "pending though suppressed": ([SUPPRESSION], {"suppressed_but_pending": (1,)}),
    "a direct text waits though suppressed": (
        [
            "INSERT INTO suppressions (phone, source, created_at) VALUES ('+1', 'operator', 1)",
            text(enrollment=None, status="waiting", due_at=1),
        ],
        {"suppressed_but_waiting": (1,)},
    ),
    "another plan than events tell": (
        ["UPDATE enrollments SET planned_at = planned_at + 1, due_at = due_at + 1 WHERE id = 1"],
        {"status_is_not_its_history": (1,)},
    ),
    "another base than events tell": (
        ["UPDATE enrollments SET base_at = base_at - 1 WHERE id = 1"],
        {"status_is_not_its_history": (1,)},
    ),
    "a retry that no event tells": (
        ["UPDATE enrollments SET retry_at = due_at WHERE id = 1"],
        {"status_is_not_its_history": (1,)},
    ),
    "planned before the delay begins": (
        ["UPDATE enrollments SET base_at = planned_at + 1 WHERE id = 1"],
        {"planned_too_early": (1,), "status_is_not_its_history": (1,)},
    ),
    "a next step that was deleted": (
        [DELETE_FIRST, "UPDATE enrollments SET sequence_version = 0 WHERE id != 1"],
        {"next_step_gone": (1,)},
    ),
    "a direct text is held by a sender that runs": (
        [text(enrollment=None, status="waiting", hold="sender_stopped")],
        {"text_held_by_nothing": (1,)},
    ),
    "a direct text is held by a review that nobody opened": (
        [text(enrollment=None, status="waiting", hold="needs_review")],
        {"text_held_by_nothing": (1,)},
    ),
    "a direct text is held with no end by what ends with time": (
        [text(enrollment=None, status="waiting", hold="daily_limit")],
        {"text_held_by_nothing": (1,)},
    ),
    "a direct text waits for nothing": (
        [text(enrollment=None, status="waiting")],
        {"text_held_by_nothing": (1,)},
    ),
    "two texts for one step": (
        [
            "DROP INDEX uq_messages_enrollment_step",
            text(1, status="sent"),
            text(2, status="sent"),
        ],
        {"step_sent_twice": (1,)},
    ),
    "two open attempts": (
        [
            "DROP INDEX uq_attempts_one_open",
            HELD.format("sending"),
            text(),
            ATTEMPT,
            ATTEMPT.replace("(1, 1, 1,", "(2, 1, 2,"),
        ],
        {"two_open_attempts": (1,)},
    ),
    "a text that says it is sending": (
        [text(enrollment=None)],
        {"text_without_attempt": (1,)},
    ),
    "a callback of no text": (
        [CALLBACK.format("99", "NULL")],
        {"callback_of_no_text": (1,)},
    ),
    "a callback that was never matched": (
        [
            text(enrollment=None, status="queued", carrier_id="SM1"),
            CALLBACK.format("NULL", "'SM1'"),
        ],
        {"callback_not_matched": (1,)},
    ),
    "an operation that counts wrong": ([OPERATION, OPERATION_ROW], {"operation_counts": (1,)}),
}


@pytest.mark.parametrize("what", BREAKS)
def test_the_doctor_finds_what_is_broken(connection: sa.Connection, what: str) -> None:
    statements, expected = BREAKS[what]

    for statement in statements:
        connection.exec_driver_sql(statement)

    findings = found(connection)
    findings.pop("constraints", None)
    assert findings == expected


@pytest.mark.parametrize(
    "hold",
    [
        Hold.DRAFT,
        Hold.SEQUENCE_PAUSED,
        Hold.SENDER_STOPPED,
        Hold.NEEDS_REVIEW,
        Hold.SENDER_RATE,
        Hold.DAILY_LIMIT,
        Hold.CAMPAIGN_CAP,
        Hold.OTHER_TEXT,
    ],
)
def test_a_hold_that_nothing_ends_is_found_and_repaired(
    connection: sa.Connection, hold: Hold
) -> None:
    connection.exec_driver_sql(HELD.format(hold.value))
    assert found(connection) == {"hold_without_end": (1,)}

    repair(connection)

    assert found(connection) == {}


def test_a_text_that_waits_for_what_something_ends_is_no_finding(
    connection: sa.Connection,
) -> None:
    connection.exec_driver_sql("UPDATE senders SET stopped_at = 1")
    connection.exec_driver_sql(text(enrollment=None, status="waiting", hold="sender_stopped"))
    connection.exec_driver_sql(text(2, enrollment=None, status="waiting", due_at=9))
    connection.exec_driver_sql(
        text(3, enrollment=None, status="waiting", hold="quiet_hours", due_at=9)
    )

    assert found(connection) == {}


def test_a_draft_that_was_left_behind_when_its_sequence_ran_is_found(
    connection: sa.Connection,
) -> None:
    for statement in LEFT_BEHIND:
        connection.exec_driver_sql(statement)

    assert found(connection) == {"hold_without_end": (1,)}


def test_a_deleted_step_of_those_who_have_not_followed_the_edit_yet_is_no_finding(
    connection: sa.Connection,
) -> None:
    """Their text was with the carrier when the edit came; their claim follows it."""
    connection.exec_driver_sql(DELETE_FIRST)
    connection.exec_driver_sql("UPDATE enrollments SET sequence_version = 0")

    assert found(connection) == {}


def test_a_hold_that_something_ends_is_no_finding(connection: sa.Connection) -> None:
    connection.exec_driver_sql(HELD.format(Hold.MISSING_FIELD.value))
    connection.exec_driver_sql(
        "UPDATE enrollments SET due_at = NULL, hold = 'sending' WHERE id = 2"
    )
    connection.exec_driver_sql(text(enrollment=2))
    connection.exec_driver_sql(ATTEMPT)

    assert found(connection) == {}


def test_an_unknown_text_that_counts_as_sent_is_no_finding(connection: sa.Connection) -> None:
    """Given up by reconciling: the attempt stays unknown and is no longer searched for."""
    connection.exec_driver_sql(text(status="unknown"))
    connection.exec_driver_sql(ATTEMPT.replace("'sending'", "'unknown'"))

    assert found(connection) == {}


def test_a_text_that_waits_for_an_ended_enrollment_is_cancelled(connection: sa.Connection) -> None:
    apply(connection, [Application(1, Finished())], 5)
    connection.exec_driver_sql(text(status="waiting"))
    assert found(connection) == {"ended_with_waiting_text": (1,)}

    repair(connection)

    assert found(connection) == {}
    status = connection.exec_driver_sql("SELECT status FROM messages").scalar_one()
    assert status == "cancelled"


@pytest.mark.parametrize(
    ("stored", "place"),
    [("EST", "America/New_York"), ("MST", "America/Denver"), ("UTC", None), ("Mars/Base", None)],
)
def test_a_zone_that_is_no_place_is_found_and_the_place_written(
    connection: sa.Connection, stored: str, place: str | None
) -> None:
    connection.exec_driver_sql("UPDATE contacts SET zone = ? WHERE id = 1", (stored,))
    connection.exec_driver_sql("UPDATE contacts SET zone = 'US/Eastern' WHERE id = 2")
    assert found(connection) == {"zone_without_place": (1,)}

    repair(connection)

    assert found(connection) == {}
    kept = connection.exec_driver_sql("SELECT zone FROM contacts WHERE id < 3 ORDER BY id")
    assert kept.scalars().all() == [place, "US/Eastern"]


def test_a_member_that_is_not_there_is_found_twice(connection: sa.Connection) -> None:
    connection.exec_driver_sql(
        "INSERT INTO groups (id, name, name_key, created_by, created_at) VALUES (7, 'a', 'a', 1, 0)"
    )
    connection.exec_driver_sql(
        "INSERT INTO group_members (group_id, contact_id, added_by, added_at) VALUES (7, 99, 1, 0)"
    )

    findings = found(connection)

    assert findings["group_of_nobody"] == (7,)
    assert "contacts" in str(findings["foreign_keys"][0])


def test_rows_that_the_schema_forbids_are_found(connection: sa.Connection) -> None:
    connection.exec_driver_sql("UPDATE operators SET role = 'king'")

    connection.exec_driver_sql("PRAGMA ignore_check_constraints=OFF")

    assert found(connection) == {"constraints": ("CHECK constraint failed in operators",)}


def test_damage_of_the_file_is_reported_alone(connection: sa.Connection) -> None:
    connection.exec_driver_sql("UPDATE enrollments SET accepted = 1 WHERE id = 1")
    connection.exec_driver_sql("PRAGMA writable_schema=ON")
    connection.exec_driver_sql("DELETE FROM sqlite_schema WHERE name = 'ix_contacts_sort_key'")
    connection.exec_driver_sql("PRAGMA writable_schema=RESET")

    assert set(found(connection)) == {"file"}


MENDABLE = [
    "pending without a next",
    "an answer is waited for that nobody owes",
    "pending though suppressed",
    "a direct text waits though suppressed",
    "a direct text is held by a sender that runs",
    "a direct text is held by a review that nobody opened",
    "a direct text is held with no end by what ends with time",
    "a direct text waits for nothing",
    "a callback that was never matched",
    "an operation that counts wrong",
]


@pytest.mark.parametrize("what", MENDABLE)
def test_what_can_be_repaired_is_healthy_afterwards(connection: sa.Connection, what: str) -> None:
    statements, expected = BREAKS[what]
    for statement in statements:
        connection.exec_driver_sql(statement)

    repaired = repair(connection)

    assert [one.name for one in repaired] == list(expected)
    assert found(connection) == {}


def test_what_cannot_be_repaired_safely_stays_as_it_is(connection: sa.Connection) -> None:
    connection.exec_driver_sql("UPDATE enrollments SET accepted = 1 WHERE id = 1")

    assert repair(connection) == []

    assert found(connection) == {"status_is_not_its_history": (1,)}


def test_a_repaired_enrollment_does_not_get_a_text_twice(connection: sa.Connection) -> None:
    """Released, it passes the gate again, which finds the text that went out."""
    connection.exec_driver_sql(HELD.format("sending"))
    connection.exec_driver_sql(text(status="sent"))

    repair(connection)

    assert found(connection) == {}
    hold, due_at = connection.exec_driver_sql(
        "SELECT hold, due_at FROM enrollments WHERE id = 1"
    ).one()
    assert (hold, due_at is None) == (None, False)
    assert connection.exec_driver_sql("SELECT count(*) FROM messages").scalar_one() == 1
