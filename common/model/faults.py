"""What is wrong with a request, field by field."""

from __future__ import annotations

import msgspec


class Fault(msgspec.Struct, frozen=True):
    """One thing wrong with a request: where, why, and what to do.

    `pointer` names the field (`steps[2].body`, `query.limit`, `line 14`).
    """

    pointer: str
    reason: str
    remedy: str
