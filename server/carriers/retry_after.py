"""Parses the Retry-After header: seconds, a date, or anything else.

https://www.rfc-editor.org/rfc/rfc9110#field.retry-after
"""

from __future__ import annotations

import re
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Final

LONGEST: Final = 3600.0
"""Longest wait in seconds, even if the carrier asks for more."""

_SECONDS: Final = re.compile(r"[0-9]+(\.[0-9]*)?", re.ASCII)
_DIGITS: Final = 9
"""Most digits of a number that is read; enough for `LONGEST`."""


def read_retry_after(header: str, now: float) -> float | None:
    """Seconds to wait, from 0 to `LONGEST`; None if the header cannot be read.

    `now` is the wall clock in seconds since the epoch, for headers with a date.
    """
    given = header.strip()
    if _SECONDS.fullmatch(given):
        whole = given.partition(".")[0].lstrip("0")
        return LONGEST if len(whole) > _DIGITS else min(float(given), LONGEST)
    try:
        moment = parsedate_to_datetime(given)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        seconds = moment.timestamp() - now
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
    return max(0.0, min(seconds, LONGEST))
