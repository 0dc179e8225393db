"""How much is tried: a part in `make test`, all of it with DRUMBEAT_SOAK=1, as in `make soak`.

What has two sizes is marked `soak`, or is a property test: `make soak` runs both.
"""

from __future__ import annotations

import os
from typing import Final

FULL: Final = bool(os.environ.get("DRUMBEAT_SOAK"))


def sized(part: int, whole: int) -> int:
    """How many to try."""
    return whole if FULL else part
