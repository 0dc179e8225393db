"""What the commands print on a screen of 80 columns: ids and phones whole, prose folded."""

from __future__ import annotations

import pytest
from rich.cells import cell_len

from common.model.contacts import ImportOutcome, Reject
from common.model.listing import Enroller, ListedContact, ListedEnrollment
from common.model.sequences import Difference
from common.vocabulary import Hold, Reason, Status
from server.clock import to_datetime
from tui.commands import contacts, enrollments, output
from tui.state.differences import difference_lines

WIDE = 80
PHONE = "+1 206 555 0177"


@pytest.fixture(autouse=True)
def screen(monkeypatch: pytest.MonkeyPatch) -> None:
    """A screen of 80 columns."""
    monkeypatch.setattr(output, "screen_width", lambda: WIDE)


def listed(
    ident: int, status: Status, reason: Reason | None = None, hold: Hold | None = None
) -> ListedEnrollment:
    """An enrollment of a contact with a long name."""
    return ListedEnrollment(
        id=ident,
        sequence_id=1,
        status=status,
        status_label=status.label,
        reason=reason,
        reason_label=reason.words.label if reason else None,
        hold=hold,
        hold_label=hold.words.label if hold else None,
        hold_detail=None,
        step=10,
        steps=12,
        step_id=1,
        due_at=None if reason else to_datetime(1_793_642_400_000_000),
        planned_at=None,
        enrolled_by=Enroller(1, "An operator whose name is long"),
        enrolled_at=to_datetime(1),
        replied=False,
        run=1,
        last_failed=False,
        contact=ListedContact(7, "Maximiliana Aurelia", "Quispe-Álvarez", "+12065550177", "UTC"),
    )


def test_enrollments_keep_ids_phones_steps_and_statuses(capsys: pytest.CaptureFixture[str]) -> None:
    rows = [
        listed(100 + n, Status.FINISHED_NO_RESPONSE, reason) for n, reason in enumerate(Reason)
    ] + [listed(999, Status.PENDING, hold=hold) for hold in Hold]

    output.print_items(rows, enrollments.columns(), enrollments.as_row, as_json=False)

    lines = capsys.readouterr().out.splitlines()
    assert max(cell_len(line.rstrip()) for line in lines) <= WIDE
    firsts = [line for line in lines if PHONE in line]
    assert len(firsts) == len(rows)
    assert all(line[:3] in {"999", *(str(100 + n) for n in range(len(rows)))} for line in firsts)
    assert all("10/12" in line for line in firsts)
    assert sum("Finished, no response" in line for line in firsts) == len(Reason)
    assert "An operator" not in "".join(lines)


def test_prose_is_folded_and_nothing_else(capsys: pytest.CaptureFixture[str]) -> None:
    why = "the number is a landline, says the carrier, and this sentence goes on for quite a while"
    output.print_table(
        ("Enrollment", "Name", "Phone", "Outcome", "Why"),
        [(123, "Maximiliana Aurelia Quispe", PHONE, "skipped", why)],
    )

    out = capsys.readouterr().out
    assert max(cell_len(line.rstrip()) for line in out.splitlines()) <= WIDE
    assert "123" in out
    assert PHONE in out
    assert "skipped" in out
    assert "…" not in out
    words = " ".join(line[-30:].strip() for line in out.splitlines())
    assert all(word in words for word in why.split())


def test_rejects_are_lines(capsys: pytest.CaptureFixture[str]) -> None:
    reject = Reject(12, "phone", "not a phone number", "Check the number.", "nonsense,Bad")
    contacts._print_import(ImportOutcome(3, 1, 0, 0, 1, 1, 0, (reject,), 0, dry_run=False))

    told = capsys.readouterr()
    assert told.out == "line 12, phone: not a phone number. Check the number. nonsense,Bad\n"
    assert "1 duplicate, 1 rejected." in told.err


def test_differences_are_lines_without_any_repr() -> None:
    window = [{"days": "mon-sat", "from": "09:00", "to": "20:00"}]
    later = [{"days": "mon-sat", "from": "09:00", "to": "19:00"}]
    both = [*window, {"days": "sun", "from": "12:00", "to": "18:00"}]
    delay = {"days": 2, "hours": 0, "minutes": 0}
    told = list(
        difference_lines(
            [
                Difference("window", window, later),
                Difference("window", window, both),
                Difference("on_reply", "finish", "continue"),
                Difference("steps[0].delay", delay, {"days": 0, "hours": 1, "minutes": 30}),
                Difference("steps[1].body", "Interested?", "Still there?"),
                Difference("steps[2]", None, {"body": "New.", "delay": delay}),
                Difference("steps[3]", {"body": "Old.", "at": "2026-12-01T09:00:00"}, None),
            ]
        )
    )

    assert told == [
        "Sending hours: Mon-Sat 09:00-20:00 → 09:00-19:00",
        "Sending hours: Mon-Sat 09:00-20:00 → Mon-Sat 09:00-20:00, Sun 12:00-18:00",
        "On reply: finish → continue",
        "Step 1, delay: 2 days → 1 hour 30 minutes",
        "Step 2, text:",
        "    before: Interested?",
        "    after:  Still there?",
        "Step 3, new, after 2 days: New.",
        "Step 4, removed, at 2026-12-01T09:00:00: Old.",
    ]
    assert not any(mark in "".join(told) for mark in "{}[]'")
