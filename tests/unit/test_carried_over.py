"""A database of the first schema is migrated: everyone keeps the next text and its time."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from server.database.schema import MIGRATIONS, migrate
from server.doctor.checks import examine
from server.enrollments.refold import histories

DAY = 86_400_000_000
ENROLLED, SENT, DUE = 100 * DAY, 101 * DAY, 104 * DAY


@pytest.fixture
def old(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    """A database at the first revision, with a sequence of three steps and one sender."""
    path = tmp_path / "old.db"
    engine = sa.create_engine(f"sqlite:///{path}")
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
    engine.dispose()
    raw = sqlite3.connect(path)
    raw.executescript(
        "INSERT INTO workspace (id, zone, region, created_wall) VALUES (1, 'UTC', 'US', 0);"
        "INSERT INTO operators (name, name_key, role, created_wall)"
        " VALUES ('ana', 'ana', 'admin', 0);"
        "INSERT INTO senders (phone, name, carrier, segments_per_second, is_default, created_at)"
        " VALUES ('+12025550100', 'x', 'simulator', 1, 1, 0);"
        "INSERT INTO sequences (name, name_key, kind, state, on_reply, window, version,"
        " daily_limit, late_hours, response_days, reenroll, reenroll_days, created_by,"
        " created_at, updated_at) VALUES ('s', 's', 'relative', 'active', 'finish',"
        ' \'[{"days": "daily", "from": "09:00", "to": "20:00"}]\', 1, 1, 12, 7, \'after\', 30, 1,'
        " 0, 0);"
    )
    raw.executemany(
        "INSERT INTO steps (sequence_id, position, delay_days, delay_hours, delay_minutes,"
        " at_local, body) VALUES (1, ?, ?, 0, 0, 0, 'Hi')",
        [(1, 0), (2, 3), (3, 3)],
    )
    yield raw
    raw.close()


def add(old: sqlite3.Connection, **columns: Any) -> int:
    """A contact and its enrollment, waiting for step 2 by default."""
    number: int = old.execute("SELECT count(*) FROM contacts").fetchone()[0] + 1
    old.execute(
        "INSERT INTO contacts (phone, first_name, last_name, search_key, sort_key, number_zones,"
        " country, region_given, line, line_certain, fields, created_by, created_at, updated_at)"
        " VALUES (?, '', '', '', '', 'UTC', 'US', 0, 'mobile', 0, '{}', 1, 0, 0)",
        (f"+1415555{number:04}",),
    )
    row = {
        "sequence_id": 1,
        "contact_id": number,
        "run": 1,
        "status": "pending",
        "due_at": DUE,
        "next_step_id": 2,
        "last_step_id": 1,
        "sender_id": 1,
        "sequence_version": 1,
        "anchor_minute": 0,
        "accepted": 1,
        "delivered": 0,
        "dead": 0,
        "tries": 0,
        "last_accepted_at": SENT,
        "answered_early": 0,
        "enrolled_by": 1,
        "enrolled_at": ENROLLED,
        **columns,
    }
    names, marks = ", ".join(row), ", ".join("?" * len(row))
    old.execute(f"INSERT INTO enrollments ({names}) VALUES ({marks})", tuple(row.values()))
    old.execute(
        "INSERT INTO events (at, kind, sequence_id, enrollment_id, contact_id, body) VALUES"
        " (?, 'enrolled', 1, ?, ?, ?)",
        (
            ENROLLED,
            number,
            number,
            msgspec.json.encode(
                {
                    "type": "enrolled",
                    "status": "pending",
                    "reason": None,
                    "next_step_id": 1,
                    "due_at": None if row.get("hold") == "draft" else ENROLLED,
                    "hold": "draft" if row.get("hold") == "draft" else None,
                    "planned_at": None,
                }
            ).decode(),
        ),
    )
    if row["accepted"]:
        tell(
            old,
            number,
            "accepted",
            f'"message_id":{number},"step_id":1,"next":{{"step_id":2,"due_at":{DUE}}}',
        )
    return number


def tell(old: sqlite3.Connection, enrollment_id: int, kind: str, body: str) -> None:
    """An event of the old kinds."""
    old.execute(
        "INSERT INTO events (at, kind, sequence_id, enrollment_id, body) VALUES (?, ?, 1, ?, ?)",
        (SENT, kind, enrollment_id, f'{{"type":"{kind}",{body}}}'),
    )


def carried_over(old: sqlite3.Connection) -> sa.Connection:
    """The same database at the newest revision."""
    path = old.execute("PRAGMA database_list").fetchone()[2]
    old.commit()
    migrate(f"sqlite+aiosqlite:///{path}")
    return sa.create_engine(f"sqlite:///{path}").connect()


@pytest.mark.parametrize(
    ("columns", "wanted"),
    [
        ({}, {"due_at": DUE, "planned_at": DUE, "base_at": SENT, "base_step_id": 1}),
        (
            {"due_at": DUE + 5 * DAY},  # a shift of five days
            {"due_at": DUE + 5 * DAY, "planned_at": DUE + 5 * DAY, "base_at": SENT + 5 * DAY},
        ),
        (
            {"next_step_id": 3, "due_at": DUE + 3 * DAY},  # step 2 was skipped
            {"next_step_id": 3, "base_step_id": 2, "base_at": SENT + 3 * DAY},
        ),
        (
            {"hold": "daily_limit", "planned_at": DUE, "due_at": DUE + DAY},
            {"due_at": DUE + DAY, "planned_at": DUE, "not_before": DUE + DAY},
        ),
        (
            {"hold": "sequence_paused", "planned_at": DUE, "due_at": None},
            {"due_at": None, "planned_at": DUE, "hold": "sequence_paused"},
        ),
        (
            {"hold": "sending", "planned_at": DUE, "due_at": DUE + 2_000_000},
            {"hold": "other_text", "due_at": DUE + 2_000_000},
        ),
        (
            {"next_step_id": 1, "due_at": SENT + DAY, "tries": 1},  # unreachable, again tomorrow
            {"next_step_id": 1, "retry_at": SENT + DAY, "due_at": SENT + DAY},
        ),
        (
            {"hold": "draft", "due_at": None, "last_step_id": None, "accepted": 0,
             "last_accepted_at": None, "next_step_id": 1},
            {"hold": "draft", "base_at": None, "planned_at": None, "next_step_id": 1},
        ),
    ],
)  # fmt: skip
def test_a_pending_enrollment_keeps_its_next_text_and_its_time(
    old: sqlite3.Connection, columns: dict[str, Any], wanted: dict[str, Any]
) -> None:
    add(old, **columns)
    with carried_over(old) as connection:
        row = connection.exec_driver_sql("SELECT * FROM enrollments").mappings().one()
        assert {name: row[name] for name in wanted} == wanted
        ignored = {"attempt_without_hold", "sending_without_attempt", "hold_without_end"}
        assert [one for one in examine(connection) if one.name not in ignored] == []


@pytest.mark.parametrize(
    ("body", "kind", "fields"),
    [
        ('"hold":"unknown","due_at":null,"detail":"x"', "in_doubt", {"detail": "x"}),
        (
            '"hold":null,"due_at":9,"again":{"message_id":1,"step_id":1}',
            "retry_planned",
            {"message_id": 1, "step_id": 1, "retry_at": 9},
        ),
        (
            '"hold":"sender_rate","due_at":9,"again":{"message_id":1,"step_id":1}',
            "sent_back",
            {"hold": "sender_rate", "until": 9},
        ),
        ('"hold":"sending","due_at":9', "held", {"hold": "other_text", "until": 9}),
        ('"hold":"needs_review","due_at":null', "held", {"hold": "needs_review", "until": None}),
    ],
)
def test_an_event_with_several_meanings_becomes_the_one_it_had(
    old: sqlite3.Connection, body: str, kind: str, fields: dict[str, Any]
) -> None:
    one = add(old)
    tell(old, one, "postponed", body)
    with carried_over(old) as connection:
        event = histories(connection, [one])[one][2].event
        assert event.__struct_config__.tag == kind
        assert {name: getattr(event, name) for name in fields} == fields


def test_an_undo_that_was_cancelled_lets_another_begin(old: sqlite3.Connection) -> None:
    row = (
        "INSERT INTO operations (id, action, state, operator_id, parameters, total, done, skipped,"
        " conflict, with_carrier, undoes_id, created_at)"
        " VALUES (?, 'finish', ?, 1, '{}', 2, 1, 1, 0, 0, ?, 0)"
    )
    old.execute(row, (1, "done", None))
    old.execute(row, (2, "cancelled", 1))
    with carried_over(old) as connection:
        connection.exec_driver_sql(row, (3, "running", 1))
        with pytest.raises(sa.exc.IntegrityError):
            connection.exec_driver_sql(row, (4, "running", 1))
