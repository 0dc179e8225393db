"""Which items of a contact's timeline are shown."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from common.model.explanation import TimelineItem
from common.vocabulary import Hold

_HOLDS: Final = frozenset({"held", "unsent"})


def visible_items(items: Iterable[TimelineItem]) -> tuple[TimelineItem, ...]:
    """All items except holds that only say that another text is being handed over."""
    return tuple(one for one in items if not _waits_for_hand_over(one))


def _waits_for_hand_over(item: TimelineItem) -> bool:
    event = item.event
    return (
        event is not None
        and event.kind in _HOLDS
        and event.body.get("hold") == Hold.OTHER_TEXT.value
    )
