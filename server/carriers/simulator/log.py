"""The log of the simulator: its requests and actions, in order."""

from __future__ import annotations

from enum import StrEnum

import msgspec


class Kind(StrEnum):
    """The kind of a log entry."""

    ASKED = "asked"
    """A request arrived: `what` is send, list, fetch or lookup."""
    ACCEPTED = "accepted"
    REFUSED = "refused"
    NOT_PROCESSED = "not_processed"
    """A request to send was cut off or answered 503, and nothing was accepted."""
    CALLBACK_SENT = "callback_sent"
    CALLBACK_ANSWERED = "callback_answered"
    CALLBACK_FAILED = "callback_failed"
    """No answer came: `what` is the error."""
    CALLBACK_DROPPED = "callback_dropped"
    """Because of the number's outcome or a fault."""
    INBOUND_SENT = "inbound_sent"
    INBOUND_ANSWERED = "inbound_answered"
    INBOUND_FAILED = "inbound_failed"
    INBOUND_DROPPED = "inbound_dropped"
    """Because there is no inbound URL, or because of a fault."""
    OPTED_OUT = "opted_out"
    OPTED_IN = "opted_in"


class LogLine(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """One log entry. `at` is the simulator's clock, `due` the planned time."""

    n: int
    at: int
    kind: Kind
    what: str = ""
    phone: str = ""
    """The person's number."""
    sender: str = ""
    carrier_id: str = ""
    body: str = ""
    url: str = ""
    status: str = ""
    code: str = ""
    http_status: int = 0
    due: int = 0


class Log:
    """The last `limit` entries, numbered from 1; the oldest are removed in batches."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._entries: list[LogLine] = []
        self._dropped = 0

    def add(
        self,
        at: int,
        kind: Kind,
        *,
        what: str = "",
        phone: str = "",
        sender: str = "",
        carrier_id: str = "",
        body: str = "",
        url: str = "",
        status: str = "",
        code: str = "",
        http_status: int = 0,
        due: int = 0,
    ) -> None:
        """Append one entry."""
        entries = self._entries
        entries.append(
            LogLine(
                self._dropped + len(entries) + 1,
                at,
                kind,
                what,
                phone,
                sender,
                carrier_id,
                body,
                url,
                status,
                code,
                http_status,
                due,
            )
        )
        if len(entries) > self._limit + self._limit // 10:
            gone = len(entries) - self._limit
            del entries[:gone]
            self._dropped += gone

    def go_on(self, entries: list[LogLine]) -> None:
        """Continue another log."""
        self._entries = entries
        self._dropped = entries[0].n - 1 if entries else 0

    def after(self, n: int, limit: int) -> list[LogLine]:
        """At most `limit` entries numbered above `n`, in order."""
        first = max(0, n - self._dropped)
        return self._entries[first : first + limit]
