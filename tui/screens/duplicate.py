"""Asks what a duplicate of a sequence is to be called, and makes it, once."""

from __future__ import annotations

from typing import Final

from textual import on
from textual.message import Message

from common.client import ApiProblem, ClientError
from common.documents import DocumentError, canonical
from common.model.sequences import NAME_LIMIT, Sequence, SequenceDocument
from common.requesting import new_key
from common.terminal import clean
from tui.client.source import Source
from tui.state.operation_words import is_unknown
from tui.state.sequence_actions import Subject, copy_proposal
from tui.widgets.confirm import ConfirmScreen
from tui.widgets.line_screen import LineScreen

_SUFFIX: Final = " (copy)"
_ABOUT: Final = "Enter a name for the copy. It gets the same settings and texts."


class CopyMade(Message):
    """The duplicate."""

    def __init__(self, sequence: Sequence) -> None:
        self.sequence = sequence
        super().__init__()


class CopyNotMade(Message):
    """It was not made, or nobody knows."""

    def __init__(self, error: ClientError) -> None:
        self.error = error
        super().__init__()


class DuplicateScreen(LineScreen[Sequence]):
    """Answers with the draft. Stays, with the name and the reason, where it cannot be made.

    The same name travels under the same key, so that a repetition after a lost answer is no second
    duplicate.
    """

    def __init__(self, source: Source, one: Subject, *, unsaved: bool = False) -> None:
        named = one.name[: NAME_LIMIT - len(_SUFFIX)] + _SUFFIX
        super().__init__(f"Duplicate {clean(one.name, 40)}", _ABOUT, named, most=NAME_LIMIT)
        self._source, self._one, self._unsaved = source, one, unsaved
        self._keys: dict[str, str] = {}
        self._making = False

    def take(self, value: str) -> None:
        """Check the name and ask."""
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
                self.run_worker(self._make(name), group="making", exit_on_error=False)

        if not self._making:
            asked = copy_proposal(self._one, name, unsaved=self._unsaved)
            self.app.push_screen(ConfirmScreen(asked), answered)

    async def _make(self, name: str) -> None:
        key = self._keys.setdefault(name, new_key())
        try:
            made = await self._source.duplicate_sequence(self._one.id, name, key=key)
        except ClientError as error:
            self.post_message(CopyNotMade(error))
        else:
            self.post_message(CopyMade(made))

    @on(CopyMade)
    def _made(self, made: CopyMade) -> None:
        self.dismiss(made.sequence)

    @on(CopyNotMade)
    def _not_made(self, failed: CopyNotMade) -> None:
        self._making = False
        error = failed.error
        if is_unknown(error):
            self.tell(
                error.message, "It may already exist. Trying again won't create a second one."
            )
        else:
            assert isinstance(error, ApiProblem)
            self.tell(error.detail)

    def action_close(self) -> None:
        """Stay while it is being made."""
        if not self._making:
            super().action_close()
