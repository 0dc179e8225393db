"""What goes wrong between server and carrier, and what comes at once: the ends stay the same.

One server and one carrier for all; every test has people and sequences of its own.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any, NamedTuple
from urllib.parse import urlencode, urlsplit

import httpx
import pytest

from tests.system.workplace import SENDER, Handed, Item, Workplace, until, workplace

START = datetime(2026, 11, 2, 15, tzinfo=UTC)
"""A Monday, 10:00 in New York."""

ONE = ("One.", {"minutes": 0})
TWO = ("Two.", {"days": 1})
THREE = ("Three.", {"days": 1})
DAILY = {"days": "daily", "from": "09:00", "to": "20:00"}
LONDON_LANDLINE = "+442079460958"
ACCOUNT = "AC00000000000000000000000000000001"

_numbers = count(1000)
_names = count(1)


def people(digits: str = "", how_many: int = 1) -> list[str]:
    """New numbers in New York whose last two digits say what they do; plain ones without."""
    made: list[str] = []
    while len(made) < how_many:
        number = f"{next(_numbers)}"
        if digits:
            made.append(f"+1646{int(number) % 800 + 200}{number[0]}1{digits}")
        elif int(number[-2:]) < 50:
            made.append(f"+1646552{number}")
    return made


def new_person() -> str:
    """A new number in New York whose texts are delivered."""
    return people()[0]


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workplace]:
    with workplace(tmp_path_factory.mktemp("faults"), START) as place:
        yield place
        place.doctor()


@pytest.fixture
def place(opened: Workplace) -> Iterator[Workplace]:
    """The workplace on the next morning; in the end everything must hold together."""
    now = opened.now
    morning = now.replace(hour=15, minute=0, second=0, microsecond=0)
    opened.advance_to(morning if morning >= now else morning + timedelta(days=1))
    yield opened
    opened.settle()
    assert opened.broken_invariants() == []
    assert opened.complaints() == []


def sequence(place: Workplace, *steps: tuple[str, dict[str, Any]], **more: Any) -> int:
    return place.sequence(f"sequence {next(_names)}", *steps, window=DAILY, **more)


def bodies(place: Workplace, phone: str) -> list[str]:
    """What the carrier took for a number, in order."""
    return [one.body for one in place.log().accepted(phone)]


def fates(place: Workplace, phone: str) -> list[str]:
    """The statuses of the texts to a number, in order."""
    return [
        row["status"]
        for row in place.rows(
            "SELECT status FROM messages WHERE phone = ? AND direction = 'out' ORDER BY id", phone
        )
    ]


def standing(place: Workplace, sequence_id: int, phone: str) -> tuple[str, str | None]:
    """Status and reason of a number's latest enrollment."""
    enrollment = place.enrollment(sequence_id, phone)
    return enrollment["status"], enrollment["reason"]


# Faults for all numbers.


class Expected(NamedTuple):
    """How an enrollment ends, and which texts the carrier accepted for it, each once."""

    status: str
    reason: str
    texts: tuple[str, ...]


ENDS = {
    "": Expected("finished_no_response", "completed", ("One.", "Two.")),
    "70": Expected("finished_responded", "replied", ("One.",)),
    "73": Expected("finished_responded", "replied", ("One.", "Two.")),
    "76": Expected("opted_out", "keyword", ("One.",)),
    "77": Expected("finished_no_response", "completed", ("One.", "Two.")),
    "91": Expected("failed", "invalid_number", ("One.",)),
}
"""By the last digits; the same whatever fails on the way. 77 opts out after the last text."""

ENDS_UNREPORTED = {
    **ENDS,
    "91": Expected("finished_no_response", "completed", ("One.", "Two.")),
}
"""If reports are lost, no failure is reported, so the sequence continues."""


class Ours(NamedTuple):
    """What the log and the database say of a run's people."""

    entries: list[Item]
    accepted: list[Handed]
    unknowns: int

    def of(self, kind: str) -> list[Item]:
        return [entry for entry in self.entries if entry["kind"] == kind]

    def reports(self) -> Counter[tuple[str, str]]:
        return Counter((one["carrier_id"], one["status"]) for one in self.of("callback_sent"))


def _doubled(ours: Ours) -> bool:
    return set(ours.reports().values()) == {2}


def _reordered(ours: Ours) -> bool:
    places = {(one["carrier_id"], one["status"]): one["n"] for one in ours.of("callback_sent")}
    return all(
        places[text, "sent"] > at for (text, status), at in places.items() if status != "sent"
    )


def _before_the_response(ours: Ours) -> bool:
    taken = {one["carrier_id"]: one["at"] for one in ours.of("accepted")}
    return all(one["due"] == taken[one["carrier_id"]] for one in ours.of("callback_sent"))


def _lost(ours: Ours) -> bool:
    return not ours.reports() and len(ours.of("callback_dropped")) == 2 * len(ours.accepted)


def _left_unknown(ours: Ours) -> bool:
    return ours.unknowns == len(ours.accepted)


def _not_processed(ours: Ours) -> bool:
    return len(ours.of("not_processed")) > 5 and ours.unknowns == len(ours.of("not_processed"))


def _all_of_it(ours: Ours) -> bool:
    reports = ours.reports().values()
    return (
        {1, 2} == set(reports)
        and len(ours.of("callback_dropped")) > 20
        and len(ours.of("not_processed")) > 5
        and ours.unknowns > 20
    )


@pytest.mark.parametrize(
    ("odds", "struck", "ends", "how_many"),
    [
        pytest.param({"double": 1}, _doubled, ENDS, 12, id="reports come twice"),
        pytest.param({"reorder": 1}, _reordered, ENDS, 12, id="the final report comes first"),
        pytest.param(
            {"callback_before_response": 1},
            _before_the_response,
            ENDS,
            12,
            id="reports come before the answer",
        ),
        pytest.param({"lose": 1}, _lost, ENDS_UNREPORTED, 12, id="no reports come"),
        pytest.param(
            {"timeout_after_accept": 1}, _left_unknown, ENDS, 12, id="taken, and no answer"
        ),
        pytest.param({"error_after_accept": 1}, _left_unknown, ENDS, 12, id="taken, and an error"),
        pytest.param({"drop_after_accept": 1}, _left_unknown, ENDS, 12, id="taken, and cut off"),
        pytest.param(
            {"drop_before_accept": 0.4}, _not_processed, ENDS, 12, id="cut off, and not taken"
        ),
        pytest.param(
            {
                "double": 0.3,
                "reorder": 0.3,
                "callback_before_response": 0.3,
                "timeout_after_accept": 0.1,
                "error_after_accept": 0.1,
                "drop_after_accept": 0.1,
                "drop_before_accept": 0.1,
                "lose": 0.3,
            },
            _all_of_it,
            {digits: ENDS[digits] for digits in ENDS if digits != "91"},
            110,
            id="all of it at once",
        ),
    ],
)
def test_everybody_ends_as_without_faults_and_gets_each_text_once(
    place: Workplace,
    odds: dict[str, float],
    struck: Callable[[Ours], bool],
    ends: dict[str, Expected],
    how_many: int,
) -> None:
    """So many plain numbers, and two of every other kind."""
    expected = {
        phone: expect
        for digits, expect in ends.items()
        for phone in people(digits, 2 if digits else how_many)
    }
    one = sequence(place, ONE, TWO)
    before = len(place.log().entries)
    with place.faults(**odds):
        place.enroll(one, *expected)
        place.settle()
        place.advance(days=2)

    ended = place.enrollments(one)
    assert {
        phone: Expected(item["status"], item["reason"], tuple(bodies(place, phone)))
        for phone, item in ended.items()
    } == expected
    entries = [
        entry for entry in place.log().entries[before:] if entry.get("phone", "") in expected
    ]
    unknowns = place.rows(
        "SELECT count(*) FROM events WHERE kind = 'in_doubt' AND sequence_id = ?",
        one,
    )[0][0]
    taken = [text for text in place.log().accepted() if text.phone in expected]
    assert struck(Ours(entries, taken, unknowns)), "the fault did not strike"


@pytest.mark.parametrize(
    ("digits", "stands"),
    [
        ("91", ("failed", "invalid_number")),
        ("84", ("failed", "filtered")),
        ("81", ("omitted_landline", "landline_carrier")),
    ],
)
def test_a_failure_that_is_found_counts_as_one_that_is_reported(
    place: Workplace, digits: str, stands: tuple[str, str]
) -> None:
    """The text failed before reconciliation, and no report arrived."""
    one = sequence(place, ONE, TWO)
    [phone] = people(digits)
    with place.faults(timeout_after_accept=1, callback_before_response=1, lose=1):
        place.enroll(one, phone)
        place.settle()

    assert place.log().of("callback_sent", phone) == []
    assert fates(place, phone) == ["undelivered"]
    assert standing(place, one, phone) == stands


# What comes at once, or in the wrong order.


def signature(url: str, form: dict[str, str], token: str) -> str:
    """As the carrier's documentation says: the URL, then every name and value by name."""
    signed = url + "".join(name + form[name] for name in sorted(form))
    return base64.b64encode(
        hmac.new(token.encode(), signed.encode(), hashlib.sha1).digest()
    ).decode()


def report(
    place: Workplace, text: Handed | str, status: str, code: str = "", **more: str
) -> httpx.Response:
    """Call back like the carrier about an accepted text, or about an id."""
    if isinstance(text, str):
        url, carrier_id = f"{place.url}/carriers/simulator/status", text
    else:
        url, carrier_id = text.attempt.partition("#")[0], carrier_id_of(place, text)
    form = {"AccountSid": ACCOUNT, "MessageSid": carrier_id, "MessageStatus": status}
    form |= {"From": SENDER, "To": "", **more}
    if code:
        form["ErrorCode"] = code
    return post_form(place, url, form, signature(url, form, place.account_token))


def post_form(
    place: Workplace, url: str, form: dict[str, str], signed: str | None
) -> httpx.Response:
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    if signed is not None:
        headers["X-Twilio-Signature"] = signed
    return place.nobody.post(url, content=urlencode(form).encode(), headers=headers)


def carrier_id_of(place: Workplace, text: Handed) -> str:
    """The carrier's id of a text that it took."""
    return next(
        str(entry["carrier_id"])
        for entry in place.log().of("accepted", text.phone)
        if entry["url"] == text.attempt
    )


def one_text(place: Workplace, sequence_id: int, outcome: str = "no_receipt") -> tuple[str, Handed]:
    """Enroll a new contact, whose texts the carrier accepts without a final report."""
    phone = new_person()
    place.script(phone, outcome)
    place.enroll(sequence_id, phone)
    place.settle()
    [text] = place.log().accepted(phone)
    return phone, text


def test_a_reply_after_an_opt_out_changes_nothing(place: Workplace) -> None:
    one = sequence(place, ONE, TWO)
    phone, _ = one_text(place, one)

    place.text_from(phone, "STOP")
    place.text_from(phone, "What was it about?")
    place.advance(days=2)

    assert standing(place, one, phone) == ("opted_out", "keyword")
    assert bodies(place, phone) == ["One."]
    assert (
        place.rows("SELECT count(*) FROM messages WHERE phone = ? AND direction = 'in'", phone)[0][
            0
        ]
        == 2
    )


def test_a_failure_after_a_reply_is_the_texts_alone(place: Workplace) -> None:
    one = sequence(place, ONE, TWO)
    phone, text = one_text(place, one)

    place.text_from(phone, "Sounds good")
    assert report(place, text, "undelivered", "30005").status_code == httpx.codes.OK

    assert fates(place, phone) == ["undelivered"]
    assert standing(place, one, phone) == ("finished_responded", "replied")


def test_a_finish_while_a_text_is_with_the_carrier_is_reported(place: Workplace) -> None:
    one = sequence(place, ONE, TWO)
    phone = new_person()
    place.script(phone, "held_after_accept")
    place.enroll(one, phone)
    until(lambda: bool(place.log().accepted(phone)), "the carrier has the text")

    ids = [place.enrollment(one, phone)["id"]]
    done = place.post("/operations", {"action": "finish", "selection": {"ids": ids}})
    at_once = standing(place, one, phone)
    place.settle()
    place.advance(days=2)

    assert (done["done"], done["with_carrier"]) == (1, 1)
    assert at_once == ("finished_stopped", "stopped_by_operator")
    assert standing(place, one, phone) == at_once
    assert place.enrollment(one, phone)["step"] == 1
    assert bodies(place, phone) == ["One."]


def test_a_reply_while_nobody_knows_whether_the_text_went_counts(place: Workplace) -> None:
    one = sequence(place, ONE, TWO)
    phone = new_person()
    place.script(phone, "held_after_accept_no_callbacks")
    place.enroll(one, phone)
    until(lambda: bool(place.log().accepted(phone)), "the carrier has the text")

    place.text_unsettled(phone, "Who is this?")
    place.settle()
    place.advance(days=2)

    assert standing(place, one, phone) == ("finished_responded", "replied")
    assert bodies(place, phone) == ["One."]


@pytest.mark.parametrize(
    ("reports", "fate", "stands"),
    [
        (["delivered", "sent"], "delivered", ("pending", None)),
        (["delivered", "undelivered"], "delivered", ("pending", None)),
        (["undelivered", "delivered"], "delivered", ("failed", "invalid_number")),
        (["undelivered", "failed"], "undelivered", ("failed", "invalid_number")),
        (["failed", "delivered"], "failed", ("failed", "invalid_number")),
    ],
    ids=[
        "delivered then sent",
        "delivered then undelivered",
        "undelivered then delivered",
        "undelivered then failed",
        "failed then delivered",
    ],
)
def test_the_first_final_report_wins_but_delivered_after_undelivered(
    place: Workplace, reports: list[str], fate: str, stands: tuple[str, str | None]
) -> None:
    one = sequence(place, ONE, TWO)
    phone, text = one_text(place, one)

    for status in reports:
        code = "30005" if status in {"undelivered", "failed"} else ""
        assert report(place, text, status, code).status_code == httpx.codes.OK

    assert fates(place, phone) == [fate]
    assert standing(place, one, phone) == stands


def test_the_same_report_twice_is_one(place: Workplace) -> None:
    one = sequence(place, ONE, TWO)
    phone, text = one_text(place, one)

    answers = [report(place, text, "undelivered", "30003").status_code for _ in range(3)]

    assert answers == [200, 200, 200]
    stored = place.rows(
        "SELECT status, code FROM callbacks WHERE carrier_id = ? ORDER BY id",
        carrier_id_of(place, text),
    )
    assert [tuple(row) for row in stored] == [("undelivered", "30003")]
    kinds = [kind for kind, _ in place.events_of(place.enrollment(one, phone)["id"])]
    assert kinds == ["enrolled", "accepted", "retry_planned"]


def test_the_same_text_from_a_person_twice_is_one(place: Workplace) -> None:
    one = sequence(place, ONE, TWO, on_reply="continue")
    phone, _ = one_text(place, one)
    url = f"{place.url}/carriers/simulator/inbound"
    form = {"AccountSid": ACCOUNT, "MessageSid": f"SM{phone[1:]:0>32}", "From": phone}
    form |= {"To": SENDER, "Body": "Hello?"}

    answers = [
        post_form(place, url, form, signature(url, form, place.account_token)) for _ in range(2)
    ]

    assert [one.status_code for one in answers] == [200, 200]
    assert (
        place.rows("SELECT count(*) FROM messages WHERE phone = ? AND direction = 'in'", phone)[0][
            0
        ]
        == 1
    )


def test_a_report_of_an_unknown_id_is_kept_and_listed(place: Workplace) -> None:
    nobody_s = "SM" + "0" * 31 + "1"

    assert report(place, nobody_s, "delivered").status_code == httpx.codes.OK

    listed = place.get("/callbacks", unmatched=True)["items"]
    assert [one["status"] for one in listed if one["carrier_id"] == nobody_s] == ["delivered"]


def test_a_report_before_the_id_is_known_is_matched_later(place: Workplace) -> None:
    """It has only the carrier's id, which is known only after reconciliation."""
    one = sequence(place, ONE, TWO)
    phone = new_person()
    place.script(phone, "held_after_accept_no_callbacks")
    place.enroll(one, phone)
    until(lambda: bool(place.log().accepted(phone)), "the carrier has the text")
    carrier_id = carrier_id_of(place, place.log().accepted(phone)[0])

    assert report(place, carrier_id, "undelivered", "30005").status_code == httpx.codes.OK
    place.settle()

    assert fates(place, phone) == ["undelivered"]
    assert standing(place, one, phone) == ("failed", "invalid_number")
    unmatched = place.get("/callbacks", unmatched=True)["items"]
    assert carrier_id not in {one["carrier_id"] for one in unmatched}


@pytest.mark.parametrize(
    "forgery",
    ["no signature", "another token", "another body", "another text", "another path"],
)
def test_a_forged_callback_is_refused_and_changes_nothing(place: Workplace, forgery: str) -> None:
    one = sequence(place, ONE, TWO)
    phone, text = one_text(place, one)
    other_phone, other = one_text(place, one)
    url = text.attempt.partition("#")[0]
    form = {
        "AccountSid": ACCOUNT,
        "MessageSid": carrier_id_of(place, text),
        "MessageStatus": "undelivered",
        "ErrorCode": "30005",
        "From": SENDER,
    }
    signed: str | None = signature(url, form, place.account_token)
    sent_to, sent = url, form
    match forgery:
        case "no signature":
            signed = None
        case "another token":
            signed = signature(url, form, "guessed")
        case "another body":
            sent = {**form, "ErrorCode": "30003"}
        case "another text":
            sent_to = other.attempt.partition("#")[0]
            assert urlsplit(sent_to).query != urlsplit(url).query
        case "another path":
            sent_to = url.replace("/status?", "/inbound?")
            assert sent_to != url
    kept = place.rows("SELECT count(*) FROM callbacks")[0][0]

    refused = post_form(place, sent_to, sent, signed)

    assert (refused.status_code, refused.json()["code"]) == (403, "bad_signature")
    assert place.rows("SELECT count(*) FROM callbacks")[0][0] == kept
    for somebody_s in (phone, other_phone):
        assert fates(place, somebody_s) == ["queued"]
        assert standing(place, one, somebody_s) == ("pending", None)
    # The true one is taken.
    assert post_form(place, url, form, signature(url, form, place.account_token)).status_code == 200
    assert fates(place, phone) == ["undelivered"]


def test_nobody_calls_back_for_a_carrier_that_is_not_there(place: Workplace) -> None:
    url = f"{place.url}/carriers/twilio/status"
    form = {"MessageSid": "SM1", "MessageStatus": "sent"}
    assert post_form(place, url, form, signature(url, form, place.account_token)).status_code == 404


def test_a_late_report_goes_to_the_enrollment_of_its_text(place: Workplace) -> None:
    """The contact is enrolled again; the old enrollment's text fails only for itself."""
    one = sequence(place, ONE, TWO, reenroll="always")
    phone, old = one_text(place, one)
    place.text_from(phone, "Sounds good")
    place.advance(days=1)
    place.enroll(one, phone)
    place.settle()

    assert report(place, old, "undelivered", "30005").status_code == httpx.codes.OK

    runs = place.get(f"/sequences/{one}/enrollments", sort="enrolled")["items"]
    assert {item["run"]: (item["status"], item["reason"]) for item in runs} == {
        1: ("finished_responded", "replied"),
        2: ("pending", None),
    }
    assert fates(place, phone) == ["undelivered", "queued"]


def test_two_sequences_due_at_once_text_one_after_the_other(place: Workplace) -> None:
    first = sequence(place, ONE, daily_limit=2)
    second = sequence(place, ("Other.", {"minutes": 0}), daily_limit=2)
    phone = new_person()
    place.script(phone, "held_after_accept_no_callbacks", times=1)
    place.enroll(first, phone)
    until(lambda: bool(place.log().accepted(phone)), "the carrier has the text")
    place.enroll(second, phone)
    place.advance(minutes=1)

    one, other = place.log().accepted(phone)
    assert (one.body, other.body) == ("One.", "Other.")
    assert other.at > one.at
    assert standing(place, second, phone) == ("finished_no_response", "completed")


def test_what_is_paused_does_not_go_and_still_listens(place: Workplace) -> None:
    one = sequence(place, ONE, TWO)
    answering, leaving, waiting = (one_text(place, one)[0] for _ in range(3))
    place.post(f"/sequences/{one}/pause")

    place.advance(days=2)
    place.text_from(answering, "Sounds good")
    place.text_from(leaving, "STOP")

    assert standing(place, one, answering) == ("finished_responded", "replied")
    assert standing(place, one, leaving) == ("opted_out", "keyword")
    assert place.enrollment(one, waiting)["hold"] == "sequence_paused"
    assert [bodies(place, phone) for phone in (answering, leaving, waiting)] == [["One."]] * 3
    refused = place.post(f"/sequences/{one}/archive", None, 409)
    assert refused["code"] == "pending_enrollments"


def test_an_edit_while_due_sends_the_new_text_and_none_twice(place: Workplace) -> None:
    """Step 2 is deleted and step 3 reworded between the first text and the next."""
    one = sequence(place, ONE, TWO, THREE)
    phone, _ = one_text(place, one)
    first, _, third = place.get(f"/sequences/{one}")["steps"]
    edited = {
        "name": f"sequence {next(_names)}",
        "window": DAILY,
        "steps": [
            {"id": first["id"], "body": "One, reworded.", "delay": {"minutes": 0}},
            {"id": third["id"], "body": "Three, reworded.", "delay": {"days": 1}},
        ],
    }
    answer = place.api.put(f"/sequences/{one}", json=edited)
    assert answer.status_code == httpx.codes.OK, answer.text

    place.advance(days=3)

    assert bodies(place, phone) == ["One.", "Three, reworded."]
    assert standing(place, one, phone) == ("finished_no_response", "completed")
    assert place.enrollment(one, phone)["step"] == 2


def test_a_changed_number_is_checked_again(place: Workplace) -> None:
    one = sequence(place, ONE, TWO)
    to_suppressed, to_landline, to_another = (one_text(place, one)[0] for _ in range(3))
    suppressed, another = new_person(), new_person()
    place.post("/suppressions", {"phone": suppressed}, 201)
    changed = {to_suppressed: suppressed, to_landline: LONDON_LANDLINE, to_another: another}
    for old, new in changed.items():
        contact = place.enrollment(one, old)["contact"]["id"]
        answer = place.api.patch(f"/contacts/{contact}", json={"phone": new})
        assert answer.status_code == httpx.codes.OK, answer.text

    place.advance(days=2)

    assert standing(place, one, suppressed) == ("opted_out", "suppressed_by_operator")
    assert standing(place, one, LONDON_LANDLINE)[1] == "landline_plan"
    assert standing(place, one, another) == ("finished_no_response", "completed")
    assert [bodies(place, new) for new in changed.values()] == [[], [], ["Two."]]
    assert [bodies(place, old) for old in changed] == [["One."]] * 3


def test_a_missing_field_holds_the_text_until_it_is_filled(place: Workplace) -> None:
    one = sequence(place, ("Hi {{ first_name }}, it is Ana.", {"minutes": 0}))
    phone = new_person()
    place.enroll(one, phone)
    place.settle()
    held = place.enrollment(one, phone)
    before = bodies(place, phone)
    answer = place.api.patch(f"/contacts/{held['contact']['id']}", json={"first_name": "Lee"})
    assert answer.status_code == httpx.codes.OK, answer.text
    place.settle()

    assert (held["hold"], held["hold_detail"], held["due_at"]) == (
        "missing_field",
        "first_name",
        None,
    )
    assert before == []
    assert bodies(place, phone) == ["Hi Lee, it is Ana."]


def test_a_suppression_between_claim_and_wire_keeps_the_text_back(place: Workplace) -> None:
    one = sequence(place, ONE, TWO)
    phones = people(how_many=10)
    sender = place.get("/senders")[0]["id"]
    place.api.patch(f"/senders/{sender}", json={"segments_per_second": 5}).raise_for_status()

    def claimed() -> list[str]:
        rows = place.rows("SELECT phone FROM messages WHERE status = 'sending' ORDER BY id")
        log = place.log()
        return [row["phone"] for row in rows if not log.of("asked", row["phone"])]

    try:
        place.enroll(one, *phones)
        until(lambda: bool(claimed()), "a text is claimed ahead of its slot")
        phone = claimed()[-1]
        place.post("/suppressions", {"phone": phone}, 201)
        place.settle()
    finally:
        place.api.patch(f"/senders/{sender}", json={"segments_per_second": 1000})
    place.advance(days=2)

    assert bodies(place, phone) == []
    assert fates(place, phone) == ["cancelled"]
    assert standing(place, one, phone) == ("omitted_opted_out", "suppressed_by_operator")
    for other in set(phones) - {phone}:
        assert bodies(place, other) == ["One.", "Two."]


# Opting out and in, asking for help.


@pytest.mark.parametrize(
    ("verdict", "stands", "texts"),
    [
        ("harmless", ("finished_no_response", "completed"), ["One.", "Two."]),
        ("reply", ("finished_responded", "replied"), ["One."]),
        ("opt_out", ("opted_out", "keyword"), ["One."]),
        ("wrong_number", ("opted_out", "suppressed_by_operator"), ["One."]),
    ],
)
def test_what_sounds_like_an_opt_out_holds_everything_until_someone_has_read_it(
    place: Workplace, verdict: str, stands: tuple[str, str], texts: list[str]
) -> None:
    one = sequence(place, ONE, TWO)
    later = sequence(place, ("Another.", {"minutes": 0}))
    phone, _ = one_text(place, one)

    place.text_from(phone, "please stop texting me")
    place.advance(days=1)
    place.enroll(later, phone)
    place.advance(days=1)
    held = [place.enrollment(which, phone) for which in (one, later)]
    while_held = bodies(place, phone)
    [review] = [
        found for found in place.get("/reviews", limit=100)["items"] if found["phone"] == phone
    ]
    place.post(f"/reviews/{review['id']}", {"verdict": verdict})
    place.advance(days=2)

    assert [(item["status"], item["hold"]) for item in held] == [("pending", "needs_review")] * 2
    assert while_held == ["One."]
    assert review["held"] == 2
    assert standing(place, one, phone) == stands
    assert [body for body in bodies(place, phone) if body in {"One.", "Two."}] == texts
    suppressed = verdict in {"opt_out", "wrong_number"}
    assert ("Another." in bodies(place, phone)) is not suppressed
    if suppressed:
        assert standing(place, later, phone)[0] in {"omitted_opted_out", "opted_out"}


def test_start_lifts_an_opt_out_and_resumes_nothing(place: Workplace) -> None:
    one = sequence(place, ONE, TWO, reenroll="always")
    phone, _ = one_text(place, one)
    place.text_from(phone, "STOP")
    contact = place.enrollment(one, phone)["contact"]["id"]
    stopped = place.get(f"/contacts/{contact}")["suppressed"]

    place.text_from(phone, "START")
    place.advance(days=2)

    assert (stopped, place.get(f"/contacts/{contact}")["suppressed"]) == (["keyword"], [])
    assert standing(place, one, phone) == ("opted_out", "keyword")
    assert bodies(place, phone) == ["One."]
    place.enroll(one, phone)
    place.settle()
    assert bodies(place, phone) == ["One.", "One."]


def test_start_does_not_lift_what_an_operator_suppressed(place: Workplace) -> None:
    one = sequence(place, ONE, TWO, reenroll="always")
    phone, _ = one_text(place, one)
    place.post("/suppressions", {"phone": phone}, 201)

    place.text_from(phone, "START")

    contact = place.enrollment(one, phone)["contact"]["id"]
    assert place.get(f"/contacts/{contact}")["suppressed"] == ["operator"]
    assert phone in {review["phone"] for review in place.get("/reviews", limit=100)["items"]}


def test_yes_of_someone_who_is_not_suppressed_is_a_reply(place: Workplace) -> None:
    one = sequence(place, ONE, TWO)
    phone, _ = one_text(place, one)

    place.text_from(phone, "YES")

    assert standing(place, one, phone) == ("finished_responded", "replied")


def test_help_is_answered_once_a_day_and_is_no_reply(place: Workplace) -> None:
    """Not a bare HELP: that the carrier answers by itself."""
    one = sequence(place, ONE, ("Two.", {"days": 5}))
    phone, _ = one_text(place, one)

    place.text_from(phone, "Help!")
    place.text_from(phone, "help?")
    place.text_from(phone, "HELP")
    first_day = bodies(place, phone)[1:]
    place.advance(days=1, seconds=1)
    place.text_from(phone, "Help!")

    assert len(first_day) == 1
    assert first_day[0].startswith("Reply STOP to get no more texts")
    assert bodies(place, phone)[1:] == first_day * 2
    assert standing(place, one, phone) == ("pending", None)


def test_an_opt_out_is_confirmed_once(place: Workplace) -> None:
    """A bare STOP is answered by the carrier itself."""
    one = sequence(place, ONE, TWO)
    bare, phone = one_text(place, one)[0], one_text(place, one)[0]

    place.text_from(bare, "STOP")
    place.text_from(phone, "Stop!")
    place.text_from(phone, "Stop!!")

    assert bodies(place, bare) == ["One."]
    assert [body[:20] for body in bodies(place, phone)] == ["One.", "You are unsubscribed"]
