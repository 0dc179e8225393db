"""Copying as commands: always quoted, and only what a command can express."""

from __future__ import annotations

import subprocess
from array import array

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.vocabulary import Reason
from tui.state.as_command import MOST_NAMED, correcting, of_enrollment, of_list
from tui.state.message_draft import MessageDraft
from tui.state.question import Question
from tui.state.sequence_marks import SequenceMarks

NAME = "Spring hiring 2026"
HOSTILE = (
    "$(touch pwned) `id` ; rm -rf 'x' \"y\" \\\\ && ~ * #",
    "-rf",
    "--all",
    "it's",
    "!!",
    "ünïcödé 山田",
)


def lines(asked: Question, chosen: SequenceMarks | None = None, name: str = NAME) -> list[str]:
    return [one.line for one in of_list(7, name, asked, chosen or SequenceMarks(7)).commands]


def marked(*ids: int) -> SequenceMarks:
    chosen = SequenceMarks(7)
    chosen.marks.mark(ids)
    return chosen


def test_the_list_command_has_the_name_search_and_order() -> None:
    assert lines(Question()) == ["drumbeat enrollments --all 'Spring hiring 2026'"]
    asked = Question("abe", status=("failed",), step=("2",), sort="-phone")
    assert asked.q == "abe status:failed step:2"
    assert lines(asked) == [
        "drumbeat enrollments --sort=-phone --all 'Spring hiring 2026' 'abe status:failed step:2'"
    ]


def test_an_argument_that_starts_with_a_dash_is_not_an_option() -> None:
    assert lines(Question("-status:failed")) == [
        "drumbeat enrollments --all -- 'Spring hiring 2026' -status:failed"
    ]
    assert lines(Question(), name="-rf") == ["drumbeat enrollments --all -- -rf"]


@pytest.mark.parametrize("name", ["", "-", " padded", "a\x1b[201~\nrm -rf /", "a\u202eb", "a\tb"])
def test_a_name_with_control_characters_is_replaced_by_the_id(name: str) -> None:
    assert lines(Question(), name=name) == ["drumbeat enrollments --all 7"]


def test_a_search_with_control_characters_becomes_no_command() -> None:
    copied = of_list(7, NAME, Question("a\u202eb"), SequenceMarks(7))

    assert copied.commands == ()
    assert "special characters" in copied.without[0]


@pytest.mark.parametrize("name", HOSTILE)
def test_a_shell_parses_a_command_into_the_same_words(name: str) -> None:
    command = of_list(7, name, Question(), SequenceMarks(7)).commands[0]
    given_back = subprocess.run(
        ["sh", "-c", f"set -- {command.line}; printf '%s\\0' \"$@\""],
        capture_output=True,
        check=True,
        text=True,
    ).stdout

    assert tuple(given_back.split("\0")[:-1]) == command.words
    assert command.words[-1] == name


@given(st.text(), st.text())
def test_no_command_has_a_control_character(name: str, body: str) -> None:
    draft = MessageDraft(body)
    copied = of_list(7, name, Question(), marked(1, 2)), of_enrollment(1, 2, draft)

    assert all(one.line.isprintable() for part in copied for one in part.commands)


def test_few_selected_rows_are_listed_by_id() -> None:
    assert lines(Question(), marked(12, 10))[1:] == [
        "drumbeat finish --id 10 --id 12",
        "drumbeat retry --id 10 --id 12",
    ]


def test_selecting_all_matches_is_expressed_by_the_search() -> None:
    chosen = SequenceMarks(7)
    chosen.mark_whole("status:failed", "s1", array("q", range(MOST_NAMED + 1)))
    assert lines(Question(), chosen)[1] == ("drumbeat finish 'Spring hiring 2026' status:failed")
    chosen = SequenceMarks(7)
    chosen.mark_whole("", "s1", array("q", range(MOST_NAMED + 1)))
    assert lines(Question(), chosen)[1] == "drumbeat finish --all 'Spring hiring 2026'"


def test_many_rows_selected_one_by_one_become_no_command() -> None:
    copied = of_list(7, NAME, Question(), marked(*range(1, MOST_NAMED + 2)))

    assert len(copied.commands) == 1
    assert "up to 100 contacts" in copied.without[0]
    some = SequenceMarks(7)
    some.mark_whole("", "s1", array("q", range(MOST_NAMED + 2)))
    some.marks.unmark([3])
    assert len(of_list(7, NAME, Question(), some).commands) == 1


def test_a_reply_is_sent_as_it_is_written() -> None:
    draft = MessageDraft("-5% off, it's $5", reason="she asked")
    assert of_enrollment(3, 9, draft).commands[-1].words == (
        "drumbeat", "send", "--id", "3", "--override-reason=she asked", "--", "-5% off, it's $5",
    )  # fmt: skip
    two_lines = of_enrollment(3, 9, MessageDraft("a\nb"))
    assert [one.words[1] for one in two_lines.commands] == [
        "explain",
        "contacts",
        "finish",
        "retry",
    ]
    assert "more than one line" in two_lines.without[0]


def test_a_wrong_number_gets_a_command_that_only_lacks_the_new_number() -> None:
    assert correcting(12, Reason.INVALID_NUMBER) == "drumbeat contacts edit '#12' --phone …"
    assert correcting(12, Reason.UNREACHABLE) is None
