"""How long a sender or a text waits after the carrier said "later", and after a clock was set.

Pure. Waits are microseconds of real time. They double with every refusal in a row, up to an hour,
and differ slightly between texts, so that refused texts do not all return at the same time.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import Final, NamedTuple

from server.clock import HOUR, SECOND

LONGEST: Final = HOUR
"""The longest wait, whatever the carrier asks for."""

AHEAD: Final = 2 * SECOND
"""How long before its slot a text may be claimed."""

LONGEST_TEXT: Final = 25
"""More segments than any text has: 1,600 characters, 67 per segment."""

_SPREAD: Final = 0.25
"""The part of a wait that differs between texts."""


class Pace(NamedTuple):
    """The state of a sender's pace; times are of the wall clock. The fields are columns.

    `refusals` counts the waits in a row without an accepted text after one. `set_wall` is when the
    row was last written.
    """

    next_slot_wall: int = 0
    slow_until_wall: int = 0
    refusals: int = 0
    set_wall: int = 0


def back_off(refusals: int, asked: float, key: str, first: int = SECOND) -> int:
    """How long to wait after this many refusals in a row.

    `asked` is the wait that the carrier requests, in seconds, of any size; it is respected up to
    `LONGEST`. `first` is the wait after the first refusal. Waits differ slightly by `key`.
    """
    doubled = first << min(max(refusals, 1) - 1, LONGEST.bit_length())
    least = max(_bounded(asked), min(doubled, int(LONGEST / (1 + _SPREAD))))
    return min(LONGEST, least + int(least * _SPREAD * _chance(key)))


def slowed_rate(pace: Pace, segments_per_second: float) -> float:
    """A sender's rate: halved by every refusal in a row, down to one segment every two seconds."""
    slow = segments_per_second / (1 << min(pace.refusals, 20))
    return max(slow, min(segments_per_second, SECOND / AHEAD))


def slowed(
    pace: Pace, slot: int, asked: float, key: str, wall: int, clock_rate: float = 1.0
) -> Pace:
    """The pace after the carrier refused a text, with slot `slot`, for coming too fast.

    Texts with slots before the end of the last wait were already on the wire: they can lengthen the
    wait, but do not count as another refusal. `clock_rate` is the rate of the domain clock.
    """
    refusals = pace.refusals + (slot >= pace.slow_until_wall)
    wait = back_off(refusals, asked, key) if refusals > pace.refusals else _bounded(asked)
    until = max(pace.slow_until_wall, wall + _real(wait, clock_rate))
    return Pace(max(pace.next_slot_wall, until), until, refusals, wall)


def set_right(pace: Pace, segments_per_second: float, wall: int) -> Pace:
    """The pace after the wall clock may have been set: no wait is longer than intended.

    If the clock shows less than when the row was written, it was set back, and the row's times move
    back with it. Times further ahead than any wait or text are reduced to that limit.
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
    """How long a wait takes if domain time is not real time: less, because the carrier is
    simulated.

    If the clock moves only when advanced, the wait ends by advancing it.
    """
    if clock_rate == 0:
        return min(wait, SECOND)
    return int(wait / max(clock_rate, 1.0))


def _bounded(seconds: float) -> int:
    """Seconds from outside as microseconds, from 0 to `LONGEST`; NaN is 0."""
    if not seconds > 0:
        return 0
    return LONGEST if seconds * SECOND >= LONGEST else int(seconds * SECOND)


def _chance(key: str) -> float:
    """A number from 0 to 1, always the same for a key."""
    digest = blake2b(key.encode(), digest_size=4).digest()
    return int.from_bytes(digest) / 2**32
