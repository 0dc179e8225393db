"""The list of invariants, and how to examine and repair a database.

`examine` only reads; each finding contains the rows and the remedy. `repair` repairs what can be
repaired without loss, by the same rules as everything else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Final, NamedTuple

import msgspec
import sqlalchemy as sa

from server.clock import wall
from server.database.tables import workspace
from server.doctor import enrollment_checks, text_checks
from server.messages import store as message_store

MOST_IDS: Final = 20
"""Most ids reported per finding."""


class BrokenInvariant(msgspec.Struct, frozen=True):
    """One broken invariant: what, how many, the first ids, and the remedy.

    `repairable` means that `repair` can repair it.
    """

    name: str
    what: str
    count: int
    ids: tuple[int | str, ...]
    remedy: str
    repairable: bool = msgspec.field(name="mendable")


class Repaired(msgspec.Struct, frozen=True):
    """How many rows of one finding were repaired."""

    name: str
    count: int


class Check(NamedTuple):
    """One invariant: how to find rows that break it, and how to repair them, if possible.

    `repair` gets the ids from `find`, and the time of the domain clock.
    """

    name: str
    what: str
    find: Callable[[sa.Connection], Iterable[int | str]]
    remedy: str
    repair: Callable[[sa.Connection, Sequence[int], int], None] | None = None


_REPAIR: Final = "Repair it with 'drumbeat-server doctor --repair'."
_REPORT: Final = (
    "Keep a backup of the database and report it. Drumbeat does not repair this by itself."
)

CHECKS: Final = (
    Check(
        "file",
        "the database file is damaged",
        text_checks.damage,
        "Stop the server, keep the file, and restore the last backup.",
    ),
    Check(
        "constraints",
        "rows break a rule of their table",
        text_checks.against_rules,
        _REPORT,
    ),
    Check(
        "foreign_keys",
        "rows refer to rows that do not exist",
        text_checks.dangling,
        _REPORT,
    ),
    Check(
        "pending_without_next",
        "pending enrollments have neither a due time nor a hold",
        enrollment_checks.without_next,
        _REPAIR,
        enrollment_checks.release,
    ),
    Check(
        "hold_without_end",
        "pending enrollments have a hold that is over, or that nothing will end",
        enrollment_checks.held_by_nothing,
        _REPAIR,
        enrollment_checks.release,
    ),
    Check(
        "sending_without_attempt",
        "enrollments wait for a carrier's answer, but no attempt is open",
        enrollment_checks.sending_without_attempt,
        f"{_REPAIR} No text is sent twice.",
        enrollment_checks.release,
    ),
    Check(
        "attempt_without_hold",
        "a text is with the carrier, but its pending enrollment is not waiting for it",
        enrollment_checks.attempt_without_hold,
        _REPORT,
    ),
    Check(
        "ended_without_reason",
        "ended enrollments have no reason, or still have a due time or a hold",
        enrollment_checks.ended_unexplained,
        _REPORT,
    ),
    Check(
        "ended_with_waiting_text",
        "texts of a step are waiting although their enrollment has ended",
        enrollment_checks.waiting_after_end,
        _REPAIR,
        message_store.cancel,
    ),
    Check(
        "status_is_not_its_history",
        "the status of enrollments differs from their events",
        enrollment_checks.not_their_history,
        _REPORT,
    ),
    Check(
        "next_step_gone",
        "the next step of pending enrollments is not in their sequence",
        enrollment_checks.next_is_not_of_the_sequence,
        _REPORT,
    ),
    Check(
        "planned_too_early",
        "the planned time of pending enrollments is before the start of their delay",
        enrollment_checks.sent_before_its_time,
        _REPORT,
    ),
    Check(
        "text_held_by_nothing",
        "texts have a hold that is over, or that nothing will end",
        text_checks.held_by_nothing,
        _REPAIR,
        text_checks.release,
    ),
    Check(
        "counts",
        "the number of enrollments differs from the number enrolled",
        enrollment_checks.miscounted,
        _REPORT,
    ),
    Check(
        "suppressed_but_pending",
        "enrollments are pending although their number is suppressed",
        enrollment_checks.suppressed_but_pending,
        f"{_REPAIR} Until then nothing is sent to them.",
        enrollment_checks.stop_suppressed,
    ),
    Check(
        "suppressed_but_waiting",
        "direct texts are waiting although their number is suppressed",
        text_checks.waiting_though_suppressed,
        f"{_REPAIR} Until then nothing is sent to them.",
        message_store.cancel,
    ),
    Check(
        "step_sent_twice",
        "enrollments have two texts for one step",
        text_checks.doubled_steps,
        _REPORT,
    ),
    Check(
        "two_open_attempts",
        "texts have two open attempts",
        text_checks.doubled_attempts,
        _REPORT,
    ),
    Check(
        "text_without_attempt",
        "texts have the status sending, but no open attempt",
        text_checks.sending_without_attempt,
        _REPORT,
    ),
    Check(
        "callback_of_no_text",
        "callbacks are matched to texts that do not exist",
        text_checks.matched_to_nothing,
        _REPORT,
    ),
    Check(
        "callback_not_matched",
        "callbacks are not matched although their text is known",
        text_checks.unmatched_though_known,
        _REPAIR,
        text_checks.match,
    ),
    Check(
        "zone_without_place",
        "contacts have a time zone that is not the name of a place",
        text_checks.without_place,
        f"{_REPAIR} If no place matches, the zone is taken from the number.",
        text_checks.place,
    ),
    Check(
        "group_of_nobody",
        "groups have members that do not exist",
        text_checks.members_of_nothing,
        _REPORT,
    ),
    Check(
        "operation_counts",
        "the counts of operations differ from their rows",
        text_checks.operations_miscounted,
        _REPAIR,
        text_checks.recount,
    ),
)


def examine(connection: sa.Connection) -> list[BrokenInvariant]:
    """All broken invariants; empty for a healthy database. Only reads.

    Other checks of a damaged file are unreliable, so damage is reported alone.
    """
    findings: list[BrokenInvariant] = []
    for check in CHECKS:
        if any(one.name == CHECKS[0].name for one in findings):
            break
        found = list(check.find(connection))
        if found:
            findings.append(
                BrokenInvariant(
                    check.name,
                    check.what,
                    len(found),
                    tuple(found[:MOST_IDS]),
                    check.remedy,
                    check.repair is not None,
                )
            )
    return findings


def repair(connection: sa.Connection) -> list[Repaired]:
    """Repair what can be repaired, inside the caller's write transaction."""
    now = domain_now(connection)
    repaired = []
    for check in CHECKS:
        if check.repair is None:
            continue
        found = [one for one in check.find(connection) if isinstance(one, int)]
        if found:
            check.repair(connection, found, now)
            repaired.append(Repaired(check.name, len(found)))
    return repaired


def domain_now(connection: sa.Connection) -> int:
    """The time of the repair: of the simulated clock if there is one, else now."""
    stood = connection.execute(sa.select(workspace.c.manual_now)).scalar()
    return wall() if stood is None else stood
