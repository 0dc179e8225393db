"""Made-up rows of a Contacts tab, as many as wanted, without a server."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, Final

import msgspec

from common.model.listing import Enroller, ListedContact, ListedEnrollment
from common.vocabulary import Hold, Reason, Status
from tui.state.pages import Absence

NOW: Final = datetime(2026, 11, 2, 14, 0, tzinfo=UTC)
"""A Monday, 09:00 in New York."""
ZONE: Final = "America/New_York"
_LAST: Final = ("Abadi", "Abbott", "Abe", "Abel", "O’Brien", "Łukasz", "Müller", "山田")
_FIRST: Final = ("Lena", "Sam", "Kenji", "Rosa", "Ana María", "Ed", "花子")
_STATES: Final = (
    (Status.PENDING, None),
    (Status.PENDING, None),
    (Status.FINISHED_RESPONDED, Reason.REPLIED),
    (Status.FINISHED_NO_RESPONSE, Reason.COMPLETED),
    (Status.FAILED, Reason.INVALID_NUMBER),
    (Status.OPTED_OUT, Reason.KEYWORD),
    (Status.OMITTED_LANDLINE, Reason.LANDLINE_PLAN),
    (Status.FINISHED_STOPPED, Reason.STOPPED_BY_OPERATOR),
    (Status.OMITTED_OPTED_OUT, Reason.SUPPRESSED_BY_IMPORT),
)


def listed(
    enrollment_id: int = 1,
    *,
    status: Status = Status.PENDING,
    reason: Reason | None = None,
    hold: Hold | None = None,
    first_name: str = "Lena",
    last_name: str = "Abadi",
    phone: str = "+14155550142",
    zone: str = ZONE,
    by: str = "ana",
    **more: Any,
) -> ListedEnrollment:
    """One row; `more` are fields of ListedEnrollment."""
    row = ListedEnrollment(
        id=enrollment_id,
        sequence_id=1,
        status=status,
        status_label=status.label,
        reason=reason,
        reason_label=None if reason is None else reason.words.label,
        hold=hold,
        hold_label=None if hold is None else hold.words.label,
        hold_detail=None,
        step=2,
        steps=5,
        step_id=2,
        due_at=None,
        planned_at=None,
        enrolled_by=Enroller(1, by),
        enrolled_at=NOW - timedelta(days=3),
        replied=False,
        run=1,
        last_failed=False,
        contact=ListedContact(enrollment_id, first_name, last_name, phone, zone),
    )
    return msgspec.structs.replace(row, **more)


@lru_cache(maxsize=4096)
def made_up(rank: int, enrollment_id: int) -> ListedEnrollment:
    """The row at a rank, with varying statuses, names and times."""
    status, reason = _STATES[rank % len(_STATES)]
    pending = status is Status.PENDING
    return listed(
        enrollment_id,
        status=status,
        reason=reason,
        first_name=_FIRST[rank % len(_FIRST)],
        last_name=_LAST[rank % len(_LAST)],
        phone=f"+1415{rank % 10_000_000:07}",
        due_at=NOW + timedelta(hours=8 + rank % 90) if pending else None,
        step=1 + rank % 5,
    )


@dataclass
class MadeUpRows:
    """A source in which every rank has a row, and ids count from `first_id` by twos."""

    total: int = 1_000_000
    first_id: int = 10
    changed: dict[int, ListedEnrollment] = field(default_factory=dict)

    def row(self, rank: int) -> ListedEnrollment | None:
        """The row of that rank."""
        if not 0 <= rank < self.total:
            return None
        return self.changed.get(rank) or made_up(rank, self.first_id + 2 * rank)

    def absence(self, rank: int) -> Absence:
        """Nothing is loading here."""
        return Absence.GONE

    def rank_of(self, enrollment_id: int) -> int | None:
        """The rank of an enrollment."""
        rank, odd = divmod(enrollment_id - self.first_id, 2)
        return rank if not odd and 0 <= rank < self.total else None
