"""The doctor: checks every invariant of a database, and mends on request what can be mended safely.

`examine` only reads. What it finds says which rows, and what to do; what may be mended without
taking anything from anybody is mended by `mend`, through the same rules as everything else.
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

TOLD: Final = 20
"""How many ids of one finding are told."""


class Finding(msgspec.Struct, frozen=True):
    """One broken invariant: what, how many, the first ids of them, and what to do.

    `mendable` says that `mend` knows how.
    """

    name: str
    what: str
    count: int
    ids: tuple[int | str, ...]
    remedy: str
    mendable: bool


class Mended(msgspec.Struct, frozen=True):
    """How many of one finding were mended."""

    name: str
    count: int


class Check(NamedTuple):
    """One invariant: how to find what breaks it, and how to mend that, if it can be.

    `mend` is given what `find` found, and the instant of the domain's clock.
    """

    name: str
    what: str
    find: Callable[[sa.Connection], Iterable[int | str]]
    remedy: str
    mend: Callable[[sa.Connection, Sequence[int], int], None] | None = None


_MEND: Final = "'drumbeat-server doctor --mend' repairs it."
_REPORT: Final = "Keep a backup of the database and report it; nothing is mended blindly."

CHECKS: Final = (
    Check(
        "file",
        "the database file is damaged",
        text_checks.damage,
        "Stop the server, keep the file, and go back to the last backup.",
    ),
    Check(
        "constraints",
        "rows break a rule of their table",
        text_checks.against_rules,
        _REPORT,
    ),
    Check(
        "foreign_keys",
        "rows name rows that are not there",
        text_checks.dangling,
        _REPORT,
    ),
    Check(
        "pending_without_next",
        "pending enrollments have neither a due time nor a hold",
        enrollment_checks.without_next,
        _MEND,
        enrollment_checks.release,
    ),
    Check(
        "hold_without_end",
        "pending enrollments are held by what is over, or by what nothing ends",
        enrollment_checks.held_by_nothing,
        _MEND,
        enrollment_checks.release,
    ),
    Check(
        "sending_without_attempt",
        "enrollments wait for a carrier's answer, but no attempt is open",
        enrollment_checks.sending_without_attempt,
        f"{_MEND} A text that went out is not sent again.",
        enrollment_checks.release,
    ),
    Check(
        "attempt_without_hold",
        "a text is with the carrier, but its pending enrollment does not wait for it",
        enrollment_checks.attempt_without_hold,
        _REPORT,
    ),
    Check(
        "ended_without_reason",
        "ended enrollments have no reason, or still a due time or hold",
        enrollment_checks.ended_unexplained,
        _REPORT,
    ),
    Check(
        "ended_with_waiting_text",
        "texts of a step wait though their enrollment has ended",
        enrollment_checks.waiting_after_end,
        _MEND,
        message_store.cancel,
    ),
    Check(
        "status_is_not_its_history",
        "enrollments stand otherwise than their events say",
        enrollment_checks.not_their_history,
        _REPORT,
    ),
    Check(
        "next_step_gone",
        "pending enrollments wait for a step that is not in their sequence",
        enrollment_checks.next_is_not_of_the_sequence,
        _REPORT,
    ),
    Check(
        "planned_too_early",
        "pending enrollments are planned before their delay begins",
        enrollment_checks.sent_before_its_time,
        _REPORT,
    ),
    Check(
        "text_held_by_nothing",
        "texts wait for what is over, or for what nothing ends",
        text_checks.held_by_nothing,
        _MEND,
        text_checks.release,
    ),
    Check(
        "counts",
        "sequences have other numbers of enrollments than were enrolled",
        enrollment_checks.miscounted,
        _REPORT,
    ),
    Check(
        "suppressed_but_pending",
        "enrollments are pending though their number is suppressed",
        enrollment_checks.suppressed_but_pending,
        f"{_MEND} Nothing is sent to them meanwhile.",
        enrollment_checks.stop_suppressed,
    ),
    Check(
        "suppressed_but_waiting",
        "direct texts wait though their number is suppressed",
        text_checks.waiting_though_suppressed,
        f"{_MEND} Nothing is sent to them meanwhile.",
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
        "texts are with the carrier by their status, but no attempt is open",
        text_checks.sending_without_attempt,
        _REPORT,
    ),
    Check(
        "callback_of_no_text",
        "callbacks are matched to texts that are not there",
        text_checks.matched_to_nothing,
        _REPORT,
    ),
    Check(
        "callback_not_matched",
        "callbacks are unmatched though their text is known",
        text_checks.unmatched_though_known,
        _MEND,
        text_checks.match,
    ),
    Check(
        "zone_without_place",
        "contacts have a time zone that is not the name of a place",
        text_checks.without_place,
        f"{_MEND} Where no place is meant, the number tells the zone again.",
        text_checks.place,
    ),
    Check(
        "group_of_nobody",
        "groups have members that are not there",
        text_checks.members_of_nothing,
        _REPORT,
    ),
    Check(
        "operation_counts",
        "operations count otherwise than their rows",
        text_checks.operations_miscounted,
        _MEND,
        text_checks.recount,
    ),
)


def examine(connection: sa.Connection) -> list[Finding]:
    """Everything that is wrong; empty for a database that is well. Only reads.

    What else a damaged file says cannot be relied on, so that damage is told alone.
    """
    findings: list[Finding] = []
    for check in CHECKS:
        if any(one.name == CHECKS[0].name for one in findings):
            break
        found = list(check.find(connection))
        if found:
            findings.append(
                Finding(
                    check.name,
                    check.what,
                    len(found),
                    tuple(found[:TOLD]),
                    check.remedy,
                    check.mend is not None,
                )
            )
    return findings


def mend(connection: sa.Connection) -> list[Mended]:
    """Mend what can be mended, inside the caller's write transaction; the rest stays as it is."""
    now = domain_now(connection)
    mended = []
    for check in CHECKS:
        if check.mend is None:
            continue
        found = [one for one in check.find(connection) if isinstance(one, int)]
        if found:
            check.mend(connection, found, now)
            mended.append(Mended(check.name, len(found)))
    return mended


def domain_now(connection: sa.Connection) -> int:
    """The instant that mending happens at: where a clock that is not real stood, else now."""
    stood = connection.execute(sa.select(workspace.c.manual_now)).scalar()
    return wall() if stood is None else stood
