"""Stops a sender whose texts fail several times in a row, before more of them do harm.

Two series are counted per sender: texts that were filtered, and different recipients that the
carrier refused with the same unlisted code. Starting the sender resets both.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

import msgspec
import sqlalchemy as sa

from server.database.tables import sender_streaks
from server.senders.store import stop_sender

FILTERED_AT_MOST: Final = 20
"""Filtered texts in a row after which the sender stops."""

RECIPIENTS_AT_MOST: Final = 3
"""Different recipients in a row, refused with an unlisted code, after which the sender stops."""


class Streak(NamedTuple):
    """What has failed in a row; the fields are columns, `phones` those refused with `code`."""

    filtered: int = 0
    code: str | None = None
    phones: tuple[str, ...] = ()

    def ended(self, *, filtered: bool) -> Streak:
        """After one more text has ended."""
        return self._replace(filtered=self.filtered + 1 if filtered else 0)

    def answered(self, code: str | None, phone: str) -> Streak:
        """After the carrier's answer to one more hand-off; `code` is an unlisted one."""
        if code is None:
            return self._replace(code=None, phones=())
        before = self.phones if self.code == code else ()
        if phone in before or len(before) >= RECIPIENTS_AT_MOST:
            return self._replace(code=code, phones=before)
        return self._replace(code=code, phones=(*before, phone))

    @property
    def blames_sender(self) -> bool:
        """Whether so many recipients in a row were refused that the sender is the cause."""
        return len(self.phones) >= RECIPIENTS_AT_MOST


class Streaks:
    """The series of senders while outcomes or reports are applied, one after another."""

    def __init__(self, connection: sa.Connection, now: int) -> None:
        self._connection = connection
        self._now = now
        self._stored: dict[int, Streak] = {}
        self._present: dict[int, Streak] = {}

    def ended(self, sender_id: int, *, filtered: bool) -> None:
        """A text has ended; the sender stops if too many in a row were filtered."""
        streak = self._present[sender_id] = self._of(sender_id).ended(filtered=filtered)
        if filtered and streak.filtered >= FILTERED_AT_MOST:
            why = f"{streak.filtered} texts in a row were filtered"
            stop_sender(self._connection, sender_id, why, self._now)

    def answered(self, sender_id: int) -> None:
        """The carrier accepted a text, or refused it for a known reason."""
        self._present[sender_id] = self._of(sender_id).answered(None, "")

    def refused(self, sender_id: int, code: str, phone: str, reason: str) -> bool:
        """The carrier refused a recipient with an unlisted code.

        True if the recipient is the cause; the sender stops with the last such one. False if the
        sender is now the cause.
        """
        before = self._of(sender_id)
        if before.blames_sender and before.code == code:
            return False
        streak = self._present[sender_id] = before.answered(code, phone)
        if streak.blames_sender:
            why = f"{code} {reason}: {len(streak.phones)} recipients in a row"
            stop_sender(self._connection, sender_id, why, self._now)
        return True

    def write(self) -> None:
        """Write what has changed."""
        for sender_id, streak in self._present.items():
            if streak != self._stored[sender_id]:
                self._connection.exec_driver_sql(
                    "INSERT INTO sender_streaks (sender_id, filtered, code, phones)"
                    " VALUES (?, ?, ?, ?) ON CONFLICT (sender_id) DO UPDATE SET"
                    " filtered = excluded.filtered, code = excluded.code,"
                    " phones = excluded.phones",
                    (
                        sender_id,
                        streak.filtered,
                        streak.code,
                        msgspec.json.encode(streak.phones).decode(),
                    ),
                )
                self._stored[sender_id] = streak

    def _of(self, sender_id: int) -> Streak:
        if sender_id not in self._present:
            row = self._connection.exec_driver_sql(
                "SELECT filtered, code, phones FROM sender_streaks WHERE sender_id = ?",
                (sender_id,),
            ).first()
            stored = Streak()
            if row is not None:
                phones = msgspec.json.decode(row.phones, type=tuple[str, ...])
                stored = Streak(row.filtered, row.code, phones)
            self._stored[sender_id] = self._present[sender_id] = stored
        return self._present[sender_id]


def forget(connection: sa.Connection, sender_ids: Iterable[int]) -> None:
    """Start to count again: the sender was started."""
    connection.execute(
        sa.delete(sender_streaks).where(sender_streaks.c.sender_id.in_(list(sender_ids)))
    )
