"""A sequence is read, and changed as a whole."""

from __future__ import annotations

from collections.abc import Callable

from textual.message import Message

from common.client import ClientError
from common.model.sequences import Sequence
from common.vocabulary import ResumeMode, Status
from tui.client.source import Source
from tui.state.sequence_actions import Look, SequenceAction


class LookedAt(Message):
    """To the page that asked: what a deed would meet."""

    def __init__(self, look: Look) -> None:
        self.look = look
        super().__init__()


class LifeChanged(Message):
    """To the application, and from there to every page: a sequence as it is after a deed."""

    def __init__(self, deed: SequenceAction, sequence: Sequence) -> None:
        self.deed, self.sequence = deed, sequence
        super().__init__()


class LifeRefused(Message):
    """To the application: the deed was refused, or it is not known whether it was done."""

    def __init__(
        self, deed: SequenceAction, sequence_id: int, called: str, error: ClientError
    ) -> None:
        self.deed, self.sequence_id, self.called, self.error = deed, sequence_id, called, error
        super().__init__()


async def look(source: Source, deed: SequenceAction, sequence_id: int) -> Look:
    """Read the sequence anew, and what the deed's question tells of it."""
    sequence = await source.get_sequence(sequence_id)
    if not deed.fits(sequence.state):
        return Look(deed, sequence)
    if deed is SequenceAction.ACTIVATE:
        return Look(deed, sequence, findings=tuple(await source.lint_sequence(sequence_id)))
    if deed is SequenceAction.PAUSE and sequence.counts[Status.PENDING]:
        page = await source.list_enrollments(sequence_id, "status:pending", sort="next", limit=1)
        return Look(deed, sequence, page.items[0] if page.items else None)
    return Look(deed, sequence)


async def change(
    source: Source,
    deed: SequenceAction,
    sequence: Sequence,
    mode: ResumeMode | None,
    post: Callable[[Message], object],
) -> None:
    """Do it, and post LifeChanged or LifeRefused."""
    try:
        match deed:
            case SequenceAction.ACTIVATE:
                changed = await source.activate(sequence.id)
            case SequenceAction.PAUSE:
                changed = await source.pause(sequence.id)
            case SequenceAction.RESUME:
                assert mode is not None
                changed = await source.resume(sequence.id, mode)
            case _:
                assert deed is SequenceAction.ARCHIVE
                changed = await source.archive(sequence.id)
    except ClientError as error:
        post(LifeRefused(deed, sequence.id, sequence.name, error))
    else:
        post(LifeChanged(deed, changed))
