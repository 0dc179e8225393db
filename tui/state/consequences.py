"""The effects of saving a changed sequence on its contacts, as lines for the confirm screen."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from common.changes import changes
from common.model.sequences import SequenceDocument, SequenceReplaced
from common.vocabulary import SequenceState


def consequences(
    before: SequenceDocument,
    after: SequenceDocument,
    told: SequenceReplaced,
    waiting: Mapping[str, int],
) -> Iterator[str]:
    """What changes, and for how many contacts.

    `told` is the server's dry run; `waiting` counts pending contacts by the position of their next
    step before the change.
    """
    if not told.pending:
        yield "Nobody is pending. The changes apply to contacts enrolled from now on."
        return
    paused = told.sequence.state is SequenceState.PAUSED
    yield f"{told.pending:,} pending: they will use version {told.sequence.version}."
    if told.ended:
        then = " when you resume" if paused else ""
        yield f"{told.ended:,} of them have no texts left and will finish{then}."
    if told.moved:
        yield f"{told.moved:,} get a different next text, or get it at a different time."
    elif not told.ended and not paused:
        yield "The next text and its time stay the same for everyone."
    if paused and told.timing_changed:
        yield "The sequence is paused: sending times are recalculated when you resume."
    yield from _of_steps(before, after, {int(k): n for k, n in waiting.items() if k.isdigit()})


def _of_steps(
    before: SequenceDocument, after: SequenceDocument, waiting: Mapping[int, int]
) -> Iterator[str]:
    found = changes(before, after)
    for place, old in enumerate(found.kept):
        if old is None:
            yield f"Step {place + 1} is new: contacts already past it will not get it."
        elif before.steps[old].body != after.steps[place].body:
            past = sum(many for position, many in waiting.items() if position > old + 1)
            coming = sum(waiting.values()) - past
            yield f"Step {place + 1} has a new text: {coming:,} will get it, {past:,} are past it."
    for old in found.removed:
        many = waiting.get(old + 1, 0)
        yield f"Step {old + 1} is removed: {many:,} waiting for it continue with the next step."
