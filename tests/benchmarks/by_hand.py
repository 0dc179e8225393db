"""The same rows as a claim and its outcomes write, written by hand: sqlite3 and nothing else.

No gate, no rules, no wording beyond one format string: what is left is the database's own cost.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Final

from server.clock import DAY
from server.database.engine import CACHE_KIB
from tests.benchmarks.workspaces import BATCH, LEASE, NOW, SENDER, SYNCHRONOUS, carrier_id

PRAGMAS: Final = (
    "journal_mode=WAL",
    f"synchronous={SYNCHRONOUS}",
    "foreign_keys=ON",
    f"cache_size=-{CACHE_KIB}",
    "temp_store=MEMORY",
    "mmap_size=0",
)
_CLAIM: Final = (
    "UPDATE enrollments SET due_at = NULL, hold = 'sending', hold_detail = NULL"
    " WHERE id IN (SELECT id FROM enrollments WHERE sender_id = ?"
    " AND status = 'pending' AND due_at IS NOT NULL AND due_at <= ? ORDER BY due_at LIMIT ?)"
    " RETURNING id, sequence_id, contact_id, next_step_id"
)
_PACE: Final = (
    "INSERT INTO sender_pace (sender_id, next_slot_wall, slow_until_wall) VALUES (?, ?, 0)"
    " ON CONFLICT (sender_id) DO UPDATE SET next_slot_wall = next_slot_wall + 1"
)
_DAY: Final = (
    "INSERT INTO sender_days (sender_id, day, segments) VALUES (?, '2026-11-02', ?)"
    " ON CONFLICT (sender_id, day) DO UPDATE SET segments = segments + excluded.segments"
)
_MESSAGE: Final = (
    "INSERT INTO messages (id, direction, kind, status, contact_id, phone, sender_id,"
    " enrollment_id, step_id, body, segments, reading_by_operator, created_at)"
    " VALUES (?, 'out', 'step', 'sending', ?, ?, ?, ?, ?, ?, 1, 0, ?)"
)
_ATTEMPT: Final = (
    "INSERT INTO attempts (id, message_id, n, state, worker, lease_wall, started_at, checks)"
    " VALUES (?, ?, 1, 'sending', ?, ?, ?, 0)"
)
_ATTEMPT_ENDED: Final = "UPDATE attempts SET state = 'accepted', ended_at = ? WHERE id = ?"
_MESSAGE_QUEUED: Final = (
    "UPDATE messages SET status = 'queued', carrier_id = ?, handed_off_at = ? WHERE id = ?"
)
_MOVED_ON: Final = (
    "UPDATE enrollments SET hold = NULL, due_at = ?, planned_at = ?, base_at = ?, base_step_id = ?,"
    " next_step_id = ?, last_step_id = ?, accepted = accepted + 1, last_accepted_at = ?,"
    " last_message_id = ? WHERE id = ?"
)
_EVENT: Final = (
    "INSERT INTO events (at, kind, sequence_id, enrollment_id, contact_id, message_id, body)"
    " VALUES (?, 'accepted', ?, ?, ?, ?, ?)"
)


class ByHand:
    """One database, claimed and recorded batch by batch, one transaction for each of the two."""

    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(path, isolation_level=None)
        for pragma in PRAGMAS:
            self._connection.execute(f"PRAGMA {pragma}")
        self._next_id = 1

    def claim_and_record(self) -> int:
        """One batch, twice committed; how many texts it had."""
        run = self._connection.execute
        run_many = self._connection.executemany
        run("BEGIN IMMEDIATE")
        rows = run(_CLAIM, (SENDER.id, NOW, BATCH)).fetchall()
        people = {
            contact_id: (phone, name)
            for contact_id, phone, name in run(
                "SELECT id, phone, first_name FROM contacts"
                f" WHERE id IN ({','.join('?' * len(rows))})",
                [row[2] for row in rows],
            )
        }
        texts = list(enumerate(rows, self._next_id))  # a message and its attempt have one id
        self._next_id += len(rows)
        run(_PACE, (SENDER.id, NOW))
        run(_DAY, (SENDER.id, len(rows)))
        run_many(
            _MESSAGE,
            [
                (
                    ident,
                    contact,
                    people[contact][0],
                    SENDER.id,
                    enrollment,
                    step,
                    _wording(people[contact][1]),
                    NOW,
                )
                for ident, (enrollment, _, contact, step) in texts
            ],
        )
        run_many(_ATTEMPT, [(ident, ident, LEASE.worker, LEASE.until, NOW) for ident, _ in texts])
        run("COMMIT")
        run("BEGIN IMMEDIATE")
        run_many(_ATTEMPT_ENDED, [(NOW, ident) for ident, _ in texts])
        run_many(_MESSAGE_QUEUED, [(carrier_id(ident), NOW, ident) for ident, _ in texts])
        due = NOW + 2 * DAY
        run_many(
            _MOVED_ON,
            [
                (due, due, NOW, row[3], row[3] + 1, row[3], NOW, ident, row[0])
                for ident, row in texts
            ],
        )
        run_many(
            _EVENT,
            [
                (
                    NOW,
                    row[1],
                    row[0],
                    row[2],
                    ident,
                    _accepted(ident, row[3], due),
                )
                for ident, row in texts
            ],
        )
        run("COMMIT")
        return len(rows)

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()


def _wording(first_name: str) -> str:
    return f"Hi {first_name}, it is open house this week. Shall I save you a place?"


def _accepted(ident: int, step: int, due: int) -> str:
    return (
        f'{{"type":"accepted","message_id":{ident},"step_id":{step},'
        f'"next":{{"step_id":{step + 1},"due_at":{due}}},"certain":true}}'
    )
