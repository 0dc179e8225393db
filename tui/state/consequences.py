"""What saving a changed sequence means for those who are in it, in lines for people. Pure."""

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
    """What moves, and for how many.

    `told` is the server's dry run; `waiting` are those pending, by the position of the step that
    goes next, before the change.
    """
    if not told.pending:
        yield "Nobody is pending: it is for those who are enrolled from now on."
        return
    paused = told.sequence.state is SequenceState.PAUSED
    yield f"{told.pending:,} pending: they go by the new version."
    if told.ended:
        then = " when it is resumed" if paused else ""
        yield f"{told.ended:,} of them have no text left and finish{then}."
    if told.moved:
        yield f"For {told.moved:,} the next text is another, or goes at another time."
    elif not told.ended and not paused:
        yield "Nobody's next text moves."
    if paused and told.timing_changed:
        yield "It is paused: times are worked out again when it is resumed."
    yield from _of_steps(before, after, {int(k): n for k, n in waiting.items() if k.isdigit()})


def _of_steps(
    before: SequenceDocument, after: SequenceDocument, waiting: Mapping[int, int]
) -> Iterator[str]:
    found = changes(before, after)
    for place, old in enumerate(found.kept):
        if old is None:
            yield f"Step {place + 1} is new: whoever is past its place does not get it."
        elif before.steps[old].body != after.steps[place].body:
            past = sum(many for position, many in waiting.items() if position > old + 1)
            coming = sum(waiting.values()) - past
            yield f"Step {place + 1}, new text: {coming:,} still get it, {past:,} are past it."
    for old in found.removed:
        many = waiting.get(old + 1, 0)
        yield f"Step {old + 1} goes: {many:,} who wait for it go on with what follows."
