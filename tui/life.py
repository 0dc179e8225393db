"""A sequence's life: what is asked before it changes, how it changes, and what is told of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from enum import StrEnum
from typing import Final, NamedTuple

from textual.message import Message

from common.client import ClientError
from common.model.listing import ListedEnrollment
from common.model.sequences import Finding, Sequence, SequenceSummary, Severity
from common.terminal import clean
from common.vocabulary import ResumeMode, SequenceKind, SequenceState, Status
from tui.batches import is_unknown
from tui.source import Source
from tui.state import formatting
from tui.state.settings import delay_words, window_words
from tui.widgets.choice import Choice
from tui.widgets.confirm import Proposal

Subject = SequenceSummary | Sequence
LONG: Final = 1.0
"""Real seconds after which it is said that a deed is under way."""
_NAME_CELLS: Final = 40


class Deed(StrEnum):
    """What can be done to a sequence as a whole."""

    ACTIVATE = "activate"
    PAUSE = "pause"
    RESUME = "resume"
    ARCHIVE = "archive"
    DUPLICATE = "duplicate"

    def fits(self, state: SequenceState) -> bool:
        """Whether it can be done to a sequence in that state."""
        return state in _FITS[self]


_FITS: Final = {
    Deed.ACTIVATE: frozenset({SequenceState.DRAFT}),
    Deed.PAUSE: frozenset({SequenceState.ACTIVE}),
    Deed.RESUME: frozenset({SequenceState.PAUSED}),
    Deed.ARCHIVE: frozenset(set(SequenceState) - {SequenceState.ARCHIVED}),
    Deed.DUPLICATE: frozenset(SequenceState),
}
DOING: Final = {
    Deed.ACTIVATE: "activated",
    Deed.PAUSE: "paused",
    Deed.RESUME: "resumed",
    Deed.ARCHIVE: "archived",
    Deed.DUPLICATE: "duplicated",
}
MODES: Final = {
    ResumeMode.SHIFT: (
        "shift all times",
        "Every waiting text goes later by as long as the pause has lasted.",
    ),
    ResumeMode.KEEP_GAPS: (
        "keep the gaps",
        "Overdue texts go at the next opening; the delays after them count from there.",
    ),
    ResumeMode.SKIP: (
        "skip what is overdue",
        "Overdue texts never go; everybody goes on with the first text that is not overdue.",
    ),
}
"""How a paused sequence can go on: in short, and in a sentence."""
UNSAVED: Final = "What is changed of it here and not saved is left out; w on its tab saves it."


class Look(NamedTuple):
    """A sequence as it is just before somebody is asked.

    `first` is who gets the next text; `findings` are lint's, of a draft.
    """

    deed: Deed
    sequence: Sequence
    first: ListedEnrollment | None = None
    findings: tuple[Finding, ...] = ()


class LookedAt(Message):
    """To the page that asked: what a deed would meet."""

    def __init__(self, look: Look) -> None:
        self.look = look
        super().__init__()


class LifeChanged(Message):
    """To the application, and from there to every page: a sequence as it is after a deed."""

    def __init__(self, deed: Deed, sequence: Sequence) -> None:
        self.deed, self.sequence = deed, sequence
        super().__init__()


class LifeRefused(Message):
    """To the application: the deed was refused, or it is not known whether it was done."""

    def __init__(self, deed: Deed, sequence_id: int, called: str, error: ClientError) -> None:
        self.deed, self.sequence_id, self.called, self.error = deed, sequence_id, called, error
        super().__init__()


async def look(source: Source, deed: Deed, sequence_id: int) -> Look:
    """Read the sequence anew, and what the deed's question tells of it."""
    sequence = await source.get_sequence(sequence_id)
    if not deed.fits(sequence.state):
        return Look(deed, sequence)
    if deed is Deed.ACTIVATE:
        return Look(deed, sequence, findings=tuple(await source.lint_sequence(sequence_id)))
    if deed is Deed.PAUSE and sequence.counts[Status.PENDING]:
        page = await source.list_enrollments(sequence_id, "status:pending", sort="next", limit=1)
        return Look(deed, sequence, page.items[0] if page.items else None)
    return Look(deed, sequence)


async def change(
    source: Source,
    deed: Deed,
    sequence: Sequence,
    mode: ResumeMode | None,
    post: Callable[[Message], object],
) -> None:
    """Do it, and post LifeChanged or LifeRefused."""
    try:
        match deed:
            case Deed.ACTIVATE:
                changed = await source.activate(sequence.id)
            case Deed.PAUSE:
                changed = await source.pause(sequence.id)
            case Deed.RESUME:
                assert mode is not None
                changed = await source.resume(sequence.id, mode)
            case _:
                assert deed is Deed.ARCHIVE
                changed = await source.archive(sequence.id)
    except ClientError as error:
        post(LifeRefused(deed, sequence.id, sequence.name, error))
    else:
        post(LifeChanged(deed, changed))


# What is asked.


def unfit(look: Look) -> str | None:
    """Why the deed cannot be done to the sequence as it is by now; None if it can."""
    one = look.sequence
    name = clean(one.name, _NAME_CELLS)
    if not look.deed.fits(one.state):
        return f"{name} is {one.state} by now, so that it cannot be {DOING[look.deed]}."
    pending = one.counts[Status.PENDING]
    if look.deed is Deed.ARCHIVE and pending:
        return (
            f"{name} cannot be archived: {_pending(pending)}. On its Contacts tab filter those"
            " (f t), mark all (*) and finish them (x); then archive it."
        )
    return None


def errors_of(findings: Iterable[Finding]) -> list[Finding]:
    """Those that keep a sequence from being activated."""
    return [one for one in findings if one.severity is Severity.ERROR]


def finding_line(one: Finding) -> str:
    """Where, why, and what to do."""
    where = one.field if one.step is None else f"step {one.step}"
    return f"{where.capitalize()}: {one.reason} {one.remedy}"


def mode_choices(kind: SequenceKind) -> list[Choice]:
    """The ways in which a sequence of that kind can go on."""
    modes = MODES if kind is SequenceKind.RELATIVE else {ResumeMode.SKIP: MODES[ResumeMode.SKIP]}
    return [Choice(mode.value, label, about=about) for mode, (label, about) in modes.items()]


def proposal(
    look: Look, mode: ResumeMode | None, now: datetime, zone: str, *, unsaved: bool = False
) -> Proposal:
    """What the deed would do, to how many; times in the named zone.

    `unsaved` says that there are changes of it on this screen that the server does not know.
    """
    one, pending = look.sequence, look.sequence.counts[Status.PENDING]
    name = clean(one.name, _NAME_CELLS)
    match look.deed:
        case Deed.ACTIVATE:
            waiting = f"{_pending(pending)}; delays count from now." if pending else ""
            return Proposal(
                f"Activate {name}",
                (waiting or "Nobody is enrolled yet; who is from now on gets its texts.",
                 _first_step(one)),
                (*((UNSAVED,) if unsaved else ()), *map(finding_line, look.findings)),
                pending,
            )  # fmt: skip
        case Deed.PAUSE:
            due = look.first.due_at if look.first is not None else None
            next_text = (
                (f"The next text would go {formatting.when(due, now, zone)}.",) if due else ()
            )
            return Proposal(
                f"Pause {name}",
                (f"{_pending(pending)}; nothing goes to them until it is resumed.", *next_text),
                (
                    "Replies and opt-outs still count.",
                    "A text that is already with the carrier still arrives.",
                ),
            )
        case Deed.RESUME:
            assert mode is not None
            since = formatting.when(one.paused_at, now, zone) if one.paused_at else "some time"
            return Proposal(
                f"Resume {name}: {MODES[mode][0]}",
                (f"{_pending(pending)}; paused since {since}.", MODES[mode][1]),
                ("Texts still wait for the window and the sender's rate.",),
                pending,
            )
        case _:
            return Proposal(
                f"Archive {name}",
                (
                    "It leaves the list of sequences and sends nothing any more.",
                    "There is no way back; a duplicate of it can be made.",
                ),
                (f"Its {one.total:,} enrolled keep their status and their history.",),
            )


def copy_proposal(one: Subject, name: str, *, unsaved: bool = False) -> Proposal:
    """What duplicating would make."""
    many = one.steps if isinstance(one.steps, int) else len(one.steps)
    return Proposal(
        f"Duplicate {clean(one.name, _NAME_CELLS)}",
        (
            f"A draft is made: {clean(name, _NAME_CELLS)}.",
            f"It has the same settings and {many:,} step{'' if many == 1 else 's'}.",
        ),
        ("Nobody is enrolled in it, and nothing goes out.", *((UNSAVED,) if unsaved else ())),
    )


def _first_step(one: Sequence) -> str:
    step = one.steps[0]
    if step.at is not None:
        whose = " of each contact's zone" if step.local else ""
        return f"Step 1 goes {step.at.replace('T', ' ')}{whose}."
    after = delay_words(step.delay)
    begins = f"Step 1 goes {after} later" if after else "Step 1 goes at once"
    return f"{begins}, in the window: {window_words(one.window)} of each contact's zone."


def _pending(pending: int) -> str:
    return f"{pending:,} {'is' if pending == 1 else 'are'} pending"


# What is told.


def outcome(deed: Deed, one: Sequence) -> str:
    """What came of it."""
    name, pending = clean(one.name, _NAME_CELLS), one.counts[Status.PENDING]
    match deed:
        case Deed.ACTIVATE:
            return f"{name} is active; {_pending(pending)}."
        case Deed.PAUSE:
            return f"{name} is paused; nothing goes to its {pending:,} pending until P resumes it."
        case Deed.RESUME:
            return f"{name} is active again; {_pending(pending)}."
        case Deed.ARCHIVE:
            return f"{name} is archived."
        case Deed.DUPLICATE:
            return f"{name} is made, a draft."


def under_way(deed: Deed, one: Sequence) -> str:
    """That it takes its time."""
    return f"{clean(one.name, _NAME_CELLS)} is being {DOING[deed]} …"


def refusal(refused: LifeRefused) -> str:
    """Why it was not done; or that nobody knows, and how it will show."""
    name, done = clean(refused.called, _NAME_CELLS), DOING[refused.deed]
    if is_unknown(refused.error):
        return (
            f"Not known whether {name} was {done}: {refused.error.message}"
            " Its state shows when the connection is back."
        )
    return f"{name} was not {done}: {refused.error.message}"
