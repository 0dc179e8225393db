"""How long a sender or a text waits after the carrier said "later", and what a set clock changes.

Pure. Waits are microseconds of real time. They double with every refusal in a row, up to an hour,
and differ a little from text to text, so that those refused together do not come back together.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import Final, NamedTuple

from server.clock import HOUR, SECOND

LONGEST: Final = HOUR
"""No wait is longer, whatever the carrier asks for; after it the carrier is asked again."""

AHEAD: Final = 2 * SECOND
"""How far ahead of its slot a text may be claimed."""

LONGEST_TEXT: Final = 25
"""More segments than a text can have: 1,600 characters of 67 to a segment."""

_SPREAD: Final = 0.25
"""The part of a wait by which texts differ."""


class Pace(NamedTuple):
    """Where a sender's pace stands; instants of the wall clock. The fields are columns.

    `refusals` are the waits in a row without a text that was accepted after one. `set_wall` is when
    the row was last written.
    """

    next_slot_wall: int = 0
    slow_until_wall: int = 0
    refusals: int = 0
    set_wall: int = 0


def back_off(refusals: int, asked: float, key: str, first: int = SECOND) -> int:
    """How long to wait after the last of so many refusals in a row.

    `asked` is what the carrier asks for, in seconds, of any size; it is kept to, up to `LONGEST`.
    `first` is the wait after the first refusal. Texts with other keys wait a little differently.
    """
    doubled = first << min(max(refusals, 1) - 1, LONGEST.bit_length())
    least = max(_bounded(asked), min(doubled, int(LONGEST / (1 + _SPREAD))))
    return min(LONGEST, least + int(least * _SPREAD * _chance(key)))


def slowed_rate(pace: Pace, segments_per_second: float) -> float:
    """A sender's rate: halved by every refusal in a row, down to a segment every two seconds."""
    slow = segments_per_second / (1 << min(pace.refusals, 20))
    return max(slow, min(segments_per_second, SECOND / AHEAD))


def slowed(
    pace: Pace, slot: int, asked: float, key: str, wall: int, clock_rate: float = 1.0
) -> Pace:
    """The pace after the carrier refused a text, whose slot was `slot`, for coming too fast.

    Texts whose slots came before the last wait was over were on their way already: they lengthen
    it at the most and do not count as another refusal. `clock_rate` is that of the domain clock.
    """
    refusals = pace.refusals + (slot >= pace.slow_until_wall)
    wait = back_off(refusals, asked, key) if refusals > pace.refusals else _bounded(asked)
    until = max(pace.slow_until_wall, wall + _real(wait, clock_rate))
    return Pace(max(pace.next_slot_wall, until), until, refusals, wall)


def set_right(pace: Pace, segments_per_second: float, wall: int) -> Pace:
    """The pace after the wall clock may have been set: no wait is longer than it was meant to be.

    A clock that shows less than when the row was written was set back, and what the row says moves
    back with it. What is further ahead than any wait or text reaches is pulled back to that.
    """
    back = max(0, pace.set_wall - wall)
    slow_until = min(pace.slow_until_wall - back, wall + LONGEST)
    longest = LONGEST_TEXT / slowed_rate(pace, segments_per_second)
    furthest = wall + AHEAD + int(longest * SECOND)
    next_slot = min(pace.next_slot_wall - back, max(slow_until, furthest))
    if back == 0 and (next_slot, slow_until) == (pace.next_slot_wall, pace.slow_until_wall):
        return pace
    return Pace(next_slot, slow_until, pace.refusals, wall)


def _real(wait: int, clock_rate: float) -> int:
    """How long a wait takes where the domain's time is not real: less, as its carrier's is not.

    Where the clock stands until it is moved, the domain's part of a wait is waited for by that.
    """
    if clock_rate == 0:
        return min(wait, SECOND)
    return int(wait / max(clock_rate, 1.0))


def _bounded(seconds: float) -> int:
    """Seconds from outside as microseconds: at least none, at most `LONGEST`; NaN is none."""
    if not seconds > 0:
        return 0
    return LONGEST if seconds * SECOND >= LONGEST else int(seconds * SECOND)


def _chance(key: str) -> float:
    """A number from 0 to 1 that a key always gives."""
    digest = blake2b(key.encode(), digest_size=4).digest()
    return int.from_bytes(digest) / 2**32
