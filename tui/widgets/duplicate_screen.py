"""Asks for the name of a duplicate, and creates it once."""

from __future__ import annotations

from functools import partial
from typing import Final

from common.client import ApiProblem, Client, ClientError
from common.documents import DocumentError, canonical
from common.model.sequences import NAME_LIMIT, Sequence, SequenceDocument
from common.requesting import new_key
from common.terminal import clean
from tui.state.operation_words import is_unknown
from tui.state.sequence_actions import Subject, copy_proposal
from tui.widgets.confirm import ConfirmScreen
from tui.widgets.fetching import fetch
from tui.widgets.line_screen import LineScreen

_SUFFIX: Final = " (copy)"
_ABOUT: Final = "Enter a name for the copy. It gets the same settings and texts."


class DuplicateScreen(LineScreen[Sequence]):
    """Answers with the draft. If it cannot be created, the dialog stays open and shows why.

    The same name has the same idempotency key, so repeating after a lost answer creates no second
    duplicate.
    """

    def __init__(self, source: Client, one: Subject, *, unsaved: bool = False) -> None:
        named = one.name[: NAME_LIMIT - len(_SUFFIX)] + _SUFFIX
        super().__init__(f"Duplicate {clean(one.name, 40)}", _ABOUT, named, most=NAME_LIMIT)
        self._source, self._one, self._unsaved = source, one, unsaved
        self._keys: dict[str, str] = {}
        self._making = False

    def take(self, value: str) -> None:
        """Check the name, then confirm."""
        name = value.strip()
        try:
            canonical(SequenceDocument(name=name))
        except DocumentError as error:
            self.tell(f"{error.faults[0].reason} {error.faults[0].remedy}")
            return

        def answered(sure: bool | None) -> None:
            if sure and not self._making:
                self._making = True
                self.tell("Creating the copy…")
                key = self._keys.setdefault(name, new_key())
                work = partial(self._source.duplicate_sequence, self._one.id, name, key=key)
                fetch(self, work, self._made, self._not_made, group="making")

        if not self._making:
            asked = copy_proposal(self._one, name, unsaved=self._unsaved)
            self.app.push_screen(ConfirmScreen(asked), answered)

    def _made(self, copy: Sequence) -> None:
        self.dismiss(copy)

    def _not_made(self, error: ClientError) -> None:
        self._making = False
        if is_unknown(error):
            self.tell(
                error.message, "It may already exist. Trying again won't create a second one."
            )
        else:
            self.tell(error.detail if isinstance(error, ApiProblem) else error.message)

    def action_close(self) -> None:
        """Stay open while it is being created."""
        if not self._making:
            super().action_close()
