"""A message being written, kept until it is known to be sent."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field

from common.requesting import new_key


@dataclass
class MessageDraft:
    """A draft, and the idempotency keys under which it was sent.

    While it is unknown whether a text was sent, it keeps its key: sent again, it goes out once.
    """

    body: str = ""
    reason: str = ""
    """Why it is sent outside sending hours."""
    recipient: str = ""
    """The name of the contact it goes to."""
    sending: bool = False
    times: int = 0
    """How many texts written here were sent. A confirmation from before the last one is void."""
    problem: str = ""
    """Why it was not sent, for people."""
    _keys: dict[Hashable, str] = field(default_factory=dict)

    def key_for(self, *what: Hashable) -> str:
        """The key for this text and these recipients; the same until it is known to be sent."""
        return self._keys.setdefault(what, new_key())

    def taken(self, key: str, body: str, reason: str) -> None:
        """The text with this key was sent; anything written since then stays."""
        if (self.body, self.reason) == (body, reason):
            self.gone(key)
        else:
            self._forget(key)

    def gone(self, key: str) -> None:
        """The text with this key was sent: clear the draft. Other keys are kept."""
        self.body = self.reason = self.problem = ""
        self.sending = False
        self.times += 1
        self._forget(key)

    def _forget(self, key: str) -> None:
        self._keys = {what: kept for what, kept in self._keys.items() if kept != key}
