"""Whom to enroll in more requests than one, and what those came to in all."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Final

import msgspec

from common.model.enrolling import Enrollees, EnrollResult

AT_ONCE: Final = 50_000
"""Contacts or phones that one request can name."""


def parts(who: Enrollees, most: int = AT_ONCE) -> Iterator[Enrollees]:
    """The same people, in requests of so many that are named; a group or a search is one."""
    if who.contact_ids is not None:
        ids = iter(who.contact_ids)
        while some := tuple(islice(ids, most)):
            yield msgspec.structs.replace(who, contact_ids=some)
    elif who.phones is not None:
        phones = iter(who.phones)
        while called := tuple(islice(phones, most)):
            yield msgspec.structs.replace(who, phones=called)
    else:
        yield who


def together(one: EnrollResult | None, other: EnrollResult) -> EnrollResult:
    """What two requests for different people came to."""
    if one is None:
        return other
    firsts = [at for at in (one.first_text_at, other.first_text_at) if at]
    lasts = [at for at in (one.last_text_at, other.last_text_at) if at]
    return msgspec.structs.replace(
        one,
        asked=one.asked + other.asked,
        pending=one.pending + other.pending,
        omitted=_sum(one.omitted, other.omitted),
        skipped=_sum(one.skipped, other.skipped),
        refused=_sum(one.refused, other.refused),
        first_text_at=min(firsts, default=None),
        last_text_at=max(lasts, default=None),
        segments=one.segments + other.segments,
        turned=one.turned + other.turned,
        turned_omitted=one.turned_omitted + other.turned_omitted,
    )


def _sum(one: dict[str, int], other: dict[str, int]) -> dict[str, int]:
    return {name: one.get(name, 0) + other.get(name, 0) for name in (*one, *other)}
