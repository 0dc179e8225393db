"""The list or selection on the screen as `drumbeat` commands, ready to paste into a shell.

Names are always quoted. A command never contains control characters, which a terminal would obey
when they are pasted: a sequence with such a name is given by its id.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from common.vocabulary import Reason
from tui.state.message_draft import MessageDraft
from tui.state.question import DEFAULT_SORT, Question
from tui.state.sequence_marks import SequenceMarks

MOST_NAMED: Final = 100
"""Enrollments that a command can list by id."""
_PROGRAM: Final = "drumbeat"
_NO_SEARCH: Final = "No command for this list: retype the search without special characters."
_NO_REPLY: Final = "No command for the reply: it has more than one line."
_WRONG_NUMBERS: Final = frozenset(
    {
        Reason.INVALID_NUMBER,
        Reason.LANDLINE_PLAN,
        Reason.LANDLINE_LOOKUP,
        Reason.LANDLINE_CARRIER,
    }
)
_TOO_MANY: Final = (
    f"No command for the selection: a command takes up to {MOST_NAMED} contacts, or all that match."
)


class Command(NamedTuple):
    """What the command does, for people, and its words."""

    about: str
    words: tuple[str, ...]

    @property
    def line(self) -> str:
        """The command line."""
        return shlex.join(self.words)


class Copied(NamedTuple):
    """The commands, the likeliest first, and reasons why others are missing."""

    commands: tuple[Command, ...]
    without: tuple[str, ...] = ()


def of_list(sequence_id: int, name: str, asked: Question, chosen: SequenceMarks) -> Copied:
    """The commands for a list and its selection. Raises FilterError."""
    called = name_or_id(sequence_id, name)
    listed, selected = _seen(called, asked), _selected(called, chosen)
    commands = [] if listed is None else [Command("List what is shown", listed)]
    without = [] if listed is not None else [_NO_SEARCH]
    if selected is not None:
        commands += [
            Command("Finish the selected contacts (asks first)", ("finish", *selected)),
            Command("Retry the selected contacts (asks first)", ("retry", *selected)),
        ]
    elif chosen.marks.count:
        without += [_TOO_MANY]
    return Copied(tuple(map(_whole, commands)), tuple(without))


def of_enrollment(enrollment_id: int, contact_id: int, draft: MessageDraft | None = None) -> Copied:
    """The commands for one enrollment, and for the reply being written."""
    commands = [
        Command("Explain the status", ("explain", str(enrollment_id))),
        Command("Show the contact and their history", ("contacts", "show", f"#{contact_id}")),
        Command("Mark as finished (asks first)", ("finish", *_ids([enrollment_id]))),
        Command("Retry (asks first)", ("retry", *_ids([enrollment_id]))),
    ]
    without: list[str] = []
    if draft is not None and draft.body:
        reason = [f"--override-reason={draft.reason}"] if draft.reason else []
        if f"{draft.body}{draft.reason}".isprintable():
            options = [*_ids([enrollment_id]), *reason]
            words = _words("send", options, [draft.body])
            commands += [Command("Send the reply as it is now (asks first)", words)]
        else:
            without += [_NO_REPLY]
    return Copied(tuple(map(_whole, commands)), tuple(without))


def correcting(contact_id: int, reason: Reason | None) -> str | None:
    """The command that corrects the phone number, if the number is the reason; else None."""
    if reason not in _WRONG_NUMBERS:
        return None
    words = ("contacts", "edit", f"#{contact_id}", "--phone")
    return f"{_whole(Command('Correct the number', words)).line} …"


def name_or_id(sequence_id: int, name: str) -> str:
    """How a command names a sequence: by name, or by id if the name is unsafe to paste."""
    plain = name.isprintable() and name == name.strip() and name not in {"", "-"}
    return name if plain else str(sequence_id)


def _seen(called: str, asked: Question) -> tuple[str, ...] | None:
    """The words that list what is shown; None if the search cannot be in a command."""
    if not asked.q.isprintable():
        return None
    sort = [] if asked.sort == DEFAULT_SORT else [f"--sort={asked.sort}"]
    return _words("enrollments", [*sort, "--all"], [called, asked.q])


def _selected(called: str, chosen: SequenceMarks) -> tuple[str, ...] | None:
    """The words that name the selection; None if it is empty or too large."""
    marks, whole = chosen.marks, chosen.whole
    if not marks.count:
        return None
    if marks.count <= MOST_NAMED:
        return _ids(marks)
    alone = whole is not None and whole.ids is marks.all_of
    if whole is None or not alone or marks.added or marks.removed or not whole.q.isprintable():
        return None
    return _behind([] if whole.q else ["--all"], [called, whole.q])


def _ids(ids: Iterable[int]) -> tuple[str, ...]:
    return tuple(word for one in ids for word in ("--id", str(one)))


def _words(command: str, options: Iterable[str], arguments: Iterable[str]) -> tuple[str, ...]:
    return (command, *_behind(options, arguments))


def _behind(options: Iterable[str], arguments: Iterable[str]) -> tuple[str, ...]:
    """Options, then arguments; after `--` if an argument looks like an option."""
    given = [one for one in arguments if one]
    return (*options, *_dashes(given), *given)


def _dashes(given: list[str]) -> Iterator[str]:
    if any(one.startswith("-") for one in given):
        yield "--"


def _whole(command: Command) -> Command:
    return command._replace(words=(_PROGRAM, *command.words))
