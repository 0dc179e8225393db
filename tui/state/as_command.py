"""What is seen or selected on the screen, as `drumbeat` commands that a shell takes as they stand.

What a shell would be given by a hostile name is only ever quoted; and nothing with characters that
a terminal would obey when it is pasted becomes a command: a sequence goes by its id then.
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
"""Enrollments that a command names one by one."""
_PROGRAM: Final = "drumbeat"
_NO_SEARCH: Final = "The search holds characters that no command should: type it again."
_NO_REPLY: Final = "The reply has more than one line, which no command here can have."
_WRONG_NUMBERS: Final = frozenset(
    {
        Reason.INVALID_NUMBER,
        Reason.LANDLINE_PLAN,
        Reason.LANDLINE_LOOKUP,
        Reason.LANDLINE_CARRIER,
    }
)
_TOO_MANY: Final = (
    f"Those marked are too many for a command, which names {MOST_NAMED} at most, or all that match."
)


class Command(NamedTuple):
    """What it does, for people, and its words."""

    about: str
    words: tuple[str, ...]

    @property
    def line(self) -> str:
        """As it is typed."""
        return shlex.join(self.words)


class Copied(NamedTuple):
    """The commands, the likeliest first, and what cannot be said by one."""

    commands: tuple[Command, ...]
    without: tuple[str, ...] = ()


def of_list(sequence_id: int, name: str, asked: Question, chosen: SequenceMarks) -> Copied:
    """The list that is seen, and what can be done with the marks. Raises FilterError."""
    called = name_or_id(sequence_id, name)
    listed, selected = _seen(called, asked), _selected(called, chosen)
    commands = [] if listed is None else [Command("List what is seen", listed)]
    without = [] if listed is not None else [_NO_SEARCH]
    if selected is not None:
        commands += [
            Command("Mark the selected as finished; it asks", ("finish", *selected)),
            Command("Try the selected again; it asks", ("retry", *selected)),
        ]
    elif chosen.marks.count:
        without += [_TOO_MANY]
    return Copied(tuple(map(_whole, commands)), tuple(without))


def of_enrollment(enrollment_id: int, contact_id: int, draft: MessageDraft | None = None) -> Copied:
    """One contact of a sequence, and the reply that is being written to it."""
    commands = [
        Command("Explain how it stands", ("explain", str(enrollment_id))),
        Command("Show the contact and what happened", ("contacts", "show", f"#{contact_id}")),
        Command("Mark as finished; it asks", ("finish", *_ids([enrollment_id]))),
        Command("Try again; it asks", ("retry", *_ids([enrollment_id]))),
    ]
    without: list[str] = []
    if draft is not None and draft.body:
        reason = [f"--override-reason={draft.reason}"] if draft.reason else []
        if f"{draft.body}{draft.reason}".isprintable():
            options = [*_ids([enrollment_id]), *reason]
            words = _words("send", options, [draft.body])
            commands += [Command("Send the reply as it is written; it asks", words)]
        else:
            without += [_NO_REPLY]
    return Copied(tuple(map(_whole, commands)), tuple(without))


def correcting(contact_id: int, reason: Reason | None) -> str | None:
    """The line that corrects the number, without the new one, where a number is what is wrong."""
    if reason not in _WRONG_NUMBERS:
        return None
    words = ("contacts", "edit", f"#{contact_id}", "--phone")
    return f"{_whole(Command('Correct the number', words)).line} …"


def name_or_id(sequence_id: int, name: str) -> str:
    """How a command names a sequence: by its name, unless a shell or a terminal might trip."""
    plain = name.isprintable() and name == name.strip() and name not in {"", "-"}
    return name if plain else str(sequence_id)


def _seen(called: str, asked: Question) -> tuple[str, ...] | None:
    """The words that list what is seen; None if the search is not fit for it."""
    if not asked.q.isprintable():
        return None
    sort = [] if asked.sort == DEFAULT_SORT else [f"--sort={asked.sort}"]
    return _words("enrollments", [*sort, "--all"], [called, asked.q])


def _selected(called: str, chosen: SequenceMarks) -> tuple[str, ...] | None:
    """The words that name the marks; None if there are none, or too many for that."""
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
    """Options, then arguments; behind two dashes if one of them would be taken for an option."""
    given = [one for one in arguments if one]
    return (*options, *_dashes(given), *given)


def _dashes(given: list[str]) -> Iterator[str]:
    if any(one.startswith("-") for one in given):
        yield "--"


def _whole(command: Command) -> Command:
    return command._replace(words=(_PROGRAM, *command.words))
