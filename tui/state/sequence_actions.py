"""Actions on a whole sequence: which fit its state, the confirmation, and the outcome."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import Final, NamedTuple

from common.client import ClientError
from common.model.listing import ListedEnrollment
from common.model.sequences import Finding, Sequence, SequenceSummary, Severity
from common.terminal import clean
from common.vocabulary import ResumeMode, SequenceKind, SequenceState, Status
from tui.state import formatting
from tui.state.choice import Choice
from tui.state.operation_words import is_unknown
from tui.state.proposal import Proposal
from tui.state.settings import delay_words, field_label, window_words
from tui.state.wording import counted

Subject = SequenceSummary | Sequence
LONG: Final = 1.0
"""Real seconds before an action is reported as in progress."""
_NAME_CELLS: Final = 40


class SequenceAction(StrEnum):
    """An action on a whole sequence."""

    ACTIVATE = "activate"
    PAUSE = "pause"
    RESUME = "resume"
    ARCHIVE = "archive"
    DUPLICATE = "duplicate"

    def fits(self, state: SequenceState) -> bool:
        """Whether it fits a sequence in that state."""
        return state in _FITS[self]


_FITS: Final = {
    SequenceAction.ACTIVATE: frozenset({SequenceState.DRAFT}),
    SequenceAction.PAUSE: frozenset({SequenceState.ACTIVE}),
    SequenceAction.RESUME: frozenset({SequenceState.PAUSED}),
    SequenceAction.ARCHIVE: frozenset(set(SequenceState) - {SequenceState.ARCHIVED}),
    SequenceAction.DUPLICATE: frozenset(SequenceState),
}
DOING: Final = {
    SequenceAction.ACTIVATE: "activated",
    SequenceAction.PAUSE: "paused",
    SequenceAction.RESUME: "resumed",
    SequenceAction.ARCHIVE: "archived",
    SequenceAction.DUPLICATE: "duplicated",
}
MODES: Final = {
    ResumeMode.SHIFT: (
        "shift all times",
        "Every waiting text is delayed by the length of the pause.",
    ),
    ResumeMode.KEEP_GAPS: (
        "keep the gaps",
        "Overdue texts are sent once sending hours begin; later steps keep their delays.",
    ),
    ResumeMode.SKIP: (
        "skip overdue texts",
        "Overdue texts are never sent; contacts continue with the first text not overdue.",
    ),
}
"""How a paused sequence can resume: a label and a sentence."""
UNSAVED: Final = "Your unsaved changes are not included. To include them, save first (w)."


class Look(NamedTuple):
    """A sequence as it is before the confirmation.

    `first` is who gets the next text; `findings` are a draft's errors and warnings.
    """

    action: SequenceAction
    sequence: Sequence
    first: ListedEnrollment | None = None
    findings: tuple[Finding, ...] = ()


# The confirmation.


def unfit(look: Look) -> str | None:
    """Why the action does not fit the sequence's current state; None if it does."""
    one = look.sequence
    name = clean(one.name, _NAME_CELLS)
    if not look.action.fits(one.state):
        return f"{name} is {one.state} now, so it cannot be {DOING[look.action]}."
    pending = one.counts[Status.PENDING]
    if look.action is SequenceAction.ARCHIVE and pending:
        return (
            f"{name} cannot be archived: {_pending(pending)}. On its Contacts tab, filter by status"
            " (f t), select all (*) and finish them (x). Then archive it."
        )
    return None


def errors_of(findings: Iterable[Finding]) -> list[Finding]:
    """The findings that prevent activation."""
    return [one for one in findings if one.severity is Severity.ERROR]


def finding_line(one: Finding) -> str:
    """Where, why, and what to do."""
    where = field_label(one.field) if one.step is None else f"step {one.step}"
    return f"{where[:1].upper()}{where[1:]}: {one.reason} {one.remedy}"


def not_sound(seen: Look) -> tuple[str, list[str]]:
    """Title and lines: the errors to fix before a draft can be activated, then warnings."""
    errors = errors_of(seen.findings)
    warnings = [one for one in seen.findings if one not in errors]
    lines = [f"✗ {finding_line(one)}" for one in errors]
    if warnings:
        lines += ["", "Warnings, which do not block it:", *map(finding_line, warnings)]
    many = f"{len(errors):,} error{'' if len(errors) == 1 else 's'}"
    return f"{clean(seen.sequence.name, 30)} cannot be activated: {many}", lines


def mode_choices(kind: SequenceKind) -> list[Choice]:
    """The ways in which a sequence of that kind can resume."""
    modes = MODES if kind is SequenceKind.RELATIVE else {ResumeMode.SKIP: MODES[ResumeMode.SKIP]}
    return [Choice(mode.value, label, about=about) for mode, (label, about) in modes.items()]


def proposal(
    look: Look, mode: ResumeMode | None, now: datetime, zone: str, *, unsaved: bool = False
) -> Proposal:
    """The confirmation of an action; times in the named zone.

    `unsaved` says that the sequence has unsaved changes on this screen.
    """
    one, pending = look.sequence, look.sequence.counts[Status.PENDING]
    name = clean(one.name, _NAME_CELLS)
    match look.action:
        case SequenceAction.ACTIVATE:
            waiting = f"{_pending(pending)}. Their delays count from now." if pending else ""
            return Proposal(
                f"Activate {name}",
                (waiting or "Nobody is enrolled yet. Contacts enrolled from now on get its texts.",
                 _first_step(one)),
                (*((UNSAVED,) if unsaved else ()), *map(finding_line, look.findings)),
                pending,
            )  # fmt: skip
        case SequenceAction.PAUSE:
            due = look.first.due_at if look.first is not None else None
            next_text = (f"The next text is due {formatting.when(due, now, zone)}.",) if due else ()
            return Proposal(
                f"Pause {name}",
                (f"{_pending(pending)} and will get no texts until you resume.", *next_text),
                (
                    "Replies and opt-outs still count.",
                    "A text already with the carrier will still arrive.",
                ),
            )
        case SequenceAction.RESUME:
            assert mode is not None
            since = (
                formatting.when(one.paused_at, now, zone) if one.paused_at else "an unknown time"
            )
            return Proposal(
                f"Resume {name}: {MODES[mode][0]}",
                (f"{_pending(pending)}. Paused since {since}.", MODES[mode][1]),
                ("Texts still wait for sending hours and the sender's rate limit.",),
                pending,
            )
        case _:
            return Proposal(
                f"Archive {name}",
                (
                    "It leaves the list of sequences and sends no more texts.",
                    "You cannot undo this, but you can duplicate the sequence.",
                ),
                (f"Enrolled contacts ({one.total:,}) keep their status and history.",),
            )


def copy_proposal(one: Subject, name: str, *, unsaved: bool = False) -> Proposal:
    """The confirmation of duplicating."""
    steps = one.steps if isinstance(one.steps, int) else len(one.steps)
    return Proposal(
        f"Duplicate {clean(one.name, _NAME_CELLS)}",
        (
            f"Creates the draft {clean(name, _NAME_CELLS)}.",
            f"It has the same settings and {counted(steps, 'step')}.",
        ),
        ("Nobody is enrolled in it, and nothing is sent.", *((UNSAVED,) if unsaved else ())),
    )


def _first_step(one: Sequence) -> str:
    step = one.steps[0]
    if step.at is not None:
        whose = " in each contact's time zone" if step.local else ""
        return f"Step 1 is sent {step.at.replace('T', ' ')}{whose}."
    after = delay_words(step.delay)
    begins = f"Step 1 is sent after {after}" if after else "Step 1 is sent immediately"
    hours = window_words(one.window)
    return f"{begins}, within sending hours ({hours} in each contact's time zone)."


def _pending(pending: int) -> str:
    return f"{pending:,} {'is' if pending == 1 else 'are'} pending"


# The outcome.


def outcome(action: SequenceAction, one: Sequence) -> str:
    """The outcome, for people."""
    name, pending = clean(one.name, _NAME_CELLS), one.counts[Status.PENDING]
    match action:
        case SequenceAction.ACTIVATE:
            return f"{name} is active; {_pending(pending)}."
        case SequenceAction.PAUSE:
            return (
                f"{name} is paused; {_pending(pending)} and will get no texts until you resume (P)."
            )
        case SequenceAction.RESUME:
            return f"{name} is active again; {_pending(pending)}."
        case SequenceAction.ARCHIVE:
            return f"{name} is archived."
        case SequenceAction.DUPLICATE:
            return f"Draft created: {name}."


def under_way(action: SequenceAction, one: Sequence) -> str:
    """The message while it is in progress."""
    return f"{clean(one.name, _NAME_CELLS)} is being {DOING[action]}…"


def refusal(action: SequenceAction, called: str, error: ClientError) -> str:
    """Why it was not done; or that it is unknown, and where to check."""
    name, done = clean(called, _NAME_CELLS), DOING[action]
    if is_unknown(error):
        return (
            f"{name} may have been {done}. {error.message}"
            " Check its state when the connection is back."
        )
    return f"{name} was not {done}: {error.message}"
