"""A tab over what is written of its sequence: reads what the server has, keeps what is not saved.

The drafts are the application's, so that the tabs of a sequence share one and leaving loses none.
"""

from __future__ import annotations

from typing import Final

from textual import on
from textual.message import Message
from textual.timer import Timer

from common.model.sequences import Sequence
from common.vocabulary import SequenceState
from tui.actions.registry import Action
from tui.messages import ConnectionChanged, Resynced, SequencesChanged
from tui.screens.tabs import SequenceTab
from tui.state.connection import Link
from tui.state.draft import Draft
from tui.state.sequence_list import state_words

EVERY: Final = 1.0
"""Real seconds between two readings while things happen."""
AGAIN: Final = 5.0
"""Real seconds after which a reading that failed is tried again."""


class BaseRead(Message):
    """The sequence as the server has it."""

    def __init__(self, sequence: Sequence) -> None:
        self.sequence = sequence
        super().__init__()


class BaseNotRead(Message):
    """It could not be read; `problem` is for people."""

    def __init__(self, problem: str) -> None:
        self.problem = problem
        super().__init__()


class DraftTab(SequenceTab):
    """Knows the draft, None until the sequence was read, and why it could not be.

    A tab says how to draw itself in `show`. While something is open over it, as an editor, the
    draft is not touched by what others save.
    """

    def __init__(self, sequence_id: int, called: str) -> None:
        super().__init__(sequence_id, called)
        self.problem = ""
        self._reading = self._read_again = False
        self._pause: Timer | None = None

    def on_mount(self) -> None:
        """Read it as soon as the stream of events is joined."""
        self.show()
        if self.drumbeat.resynced:
            self.read()

    @property
    def draft(self) -> Draft | None:
        """What is written of the sequence."""
        return self.drumbeat.drafts.get(self.sequence_id)

    def show(self) -> None:
        """Draw what is known."""

    def base_read(self) -> None:
        """Act on what the server has; it is in the draft."""

    # Reading.

    def read(self) -> None:
        """Read it again: one reading at a time, and one more if something changed meanwhile."""
        if self._reading or self.app.screen is not self:
            self._read_again = True
            return
        self._reading, self._read_again = True, False
        asked = self.drumbeat.client.get_sequence(self.sequence_id)
        self.fetch(asked, BaseRead, BaseNotRead, group="base")

    def on_screen_resume(self) -> None:
        """Read what was put off."""
        if self._read_again:
            self.read()

    @on(BaseRead)
    def _take_base(self, read: BaseRead) -> None:
        self.problem = ""
        if self.app.screen is self:
            self.take(read.sequence)
        else:
            self._read_again = True
        self._pause = self.set_timer(EVERY, self._next)

    def take(self, sequence: Sequence) -> None:
        """Take what the server has into the draft."""
        draft = self.draft
        if draft is None:
            self.drumbeat.drafts[self.sequence_id] = Draft.of(sequence)
        else:
            draft.take(sequence)
        self.know(sequence)
        self.base_read()
        self.show()

    @on(BaseNotRead)
    def _keep_base(self, failed: BaseNotRead) -> None:
        self.problem = failed.problem
        self._read_again = True
        self.show()
        self._pause = self.set_timer(AGAIN, self._next)

    def _next(self) -> None:
        self._pause, self._reading = None, False
        if self._read_again:
            self.read()

    @on(Resynced)
    def _resynced(self) -> None:
        self.read()

    @on(SequencesChanged)
    def _sequences_changed(self, changed: SequencesChanged) -> None:
        if self.sequence_id in changed.sequence_ids:
            self.show()
            self.read()

    @on(ConnectionChanged)
    def _connection(self, changed: ConnectionChanged) -> None:
        if changed.connection.link is Link.AWAY:
            self.problem = changed.connection.why
        self.show()

    def action_refresh(self) -> None:
        """Read it again at once."""
        super().action_refresh()
        if self._pause is not None:
            self._pause.stop()
            self._next()
        self.read()

    def awaits(self, action: Action) -> bool:
        """Whether it is for the draft or the sequence, and that is read for the first time."""
        if self.problem:
            return False
        places = set(action.where)
        if "life" in places:
            return self.sequence is None
        return self.draft is None and not places.isdisjoint({"list", "steps", "draft"})

    def has_failed_to_read(self) -> bool:
        """Whether it could not be read."""
        return bool(self.problem)

    # Changing.

    def written(self) -> Draft | None:
        """The draft, to be changed; None, and said why, if it cannot be just now."""
        draft = self.draft
        if draft is None:
            self.drumbeat.tell("The sequence has not loaded yet. Press R to try again.")
        elif draft.saving:
            self.drumbeat.tell("Your changes are being saved. Try again in a moment.")
        elif draft.base.state is SequenceState.ARCHIVED:
            self.drumbeat.tell(
                "It is archived. Duplicate it (D) and change the copy.",
                wrong=True,
            )
        elif self.may_change():
            return draft
        return None

    def standing_words(self) -> str:
        """How the sequence and the draft stand, on one line."""
        draft = self.draft
        if draft is None:
            return self.problem or "Loading…"
        base = draft.base
        words = f"{state_words(base.state)} · version {base.version}"
        if draft.saving:
            return f"{words} · saving…"
        if draft.newer is not None:
            return f"{words} · version {draft.newer.version} was saved by someone else, press b"
        if many := len(draft.differences):
            return f"{words} · {many:,} unsaved change{'' if many == 1 else 's'}, press w to save"
        return words

    def leave(self) -> None:
        """Go to the list, saying that what is not saved is kept."""
        draft = self.draft
        if draft is not None and draft.changed:
            self.drumbeat.tell(f"Your unsaved changes to {self.called} are kept here.")
        super().leave()
