"""A text that is being written, until it is known to have gone."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field

from common.requesting import new_key


@dataclass
class MessageDraft:
    """A draft, and the keys under which it was sent.

    A text whose fate nobody knows keeps its key: sent again, the same text goes once.
    """

    body: str = ""
    reason: str = ""
    """Why it goes outside the window."""
    recipient: str = ""
    """The name of the contact it goes to."""
    sending: bool = False
    times: int = 0
    """How often something written here has gone: what was confirmed before is confirmed no more."""
    problem: str = ""
    """Why it has not gone, for people."""
    _keys: dict[Hashable, str] = field(default_factory=dict)

    def key_for(self, *what: Hashable) -> str:
        """The key of this very text to these very people: the same until it is known to be gone."""
        return self._keys.setdefault(what, new_key())

    def taken(self, key: str, body: str, reason: str) -> None:
        """What was sent under a key has gone; what was written since stays."""
        if (self.body, self.reason) == (body, reason):
            self.gone(key)
        else:
            self._forget(key)

    def gone(self, key: str) -> None:
        """It went under a key: begin anew. A text of unknown fate keeps its own."""
        self.body = self.reason = self.problem = ""
        self.sending = False
        self.times += 1
        self._forget(key)

    def _forget(self, key: str) -> None:
        self._keys = {what: kept for what, kept in self._keys.items() if kept != key}
