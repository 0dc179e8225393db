"""The words of a sequence's settings. Pure."""

from __future__ import annotations

from common.model.sequences import Delay, WindowSpan


def window_words(window: WindowSpan | tuple[WindowSpan, ...]) -> str:
    """The hours of a window: `mon-sat 09:00-20:00, sun 12:00-20:00`."""
    spans = (window,) if isinstance(window, WindowSpan) else window
    return ", ".join(f"{one.days} {one.start}-{one.to}" for one in spans)


def delay_words(delay: Delay | None) -> str:
    """A delay: `2 days 1 hour`; empty for none."""
    if delay is None:
        return ""
    parts = ((delay.days, "day"), (delay.hours, "hour"), (delay.minutes, "minute"))
    return " ".join(f"{n:,} {unit}{'' if n == 1 else 's'}" for n, unit in parts if n)
