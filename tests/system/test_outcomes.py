"""A thousand people through a sequence of three texts, every fate among them, each compared."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

import pytest

from common.vocabulary import Status
from tests.system.workplace import Handed, Item, local, moment, workplace

START: Final = datetime(2026, 11, 6, 15, tzinfo=UTC)
"""A Friday: 10:00 in New York, 9:00 in Chicago, 5:00 in Honolulu."""

ZONES: Final = {
    "646": "America/New_York",
    "404": "America/New_York",
    "617": "America/New_York",
    "312": "America/Chicago",
    "512": "America/Chicago",
    "303": "America/Denver",
    "602": "America/Phoenix",
    "415": "America/Los_Angeles",
    "206": "America/Los_Angeles",
    "808": "Pacific/Honolulu",
}
"""The area codes of those texted, a hundred numbers each, and the zone each lies in."""

BODIES: Final = (
    "Ana from Acme. Still looking for work? Reply STOP to opt out.",
    "We have two openings near you.",
    "Last call from Ana.",
)
LONDON: Final = tuple(f"+4420794609{n:02d}" for n in range(12))
"""Landlines by their number plan."""

OPERATOR_SUPPRESSED = "01"
TEXTED_STOP_BEFORE = "02"
FINISHED_AT_ONCE = "03"
SUPPRESSED_AT_ONCE = "04"
FINISHED_AFTER_FIRST = "05"
SUPPRESSED_AFTER_FIRST = "06"
FINISHED_AFTER_SECOND = "07"


class Expected(NamedTuple):
    """The result: status, reason, step, and accepted texts per step.

    `asked` are the hand-offs per step, if the carrier accepted fewer.
    """

    status: Status
    reason: str | None
    step: int | None
    accepted: tuple[int, int, int]
    asked: tuple[int, int, int] | None = None
    hold: str | None = None


COMPLETED: Final = Expected(Status.FINISHED_NO_RESPONSE, "completed", 3, (1, 1, 1))
REPLIED: Final = Expected(Status.FINISHED_RESPONDED, "replied", 1, (1, 0, 0))
UNREACHABLE: Final = Expected(Status.FAILED, "unreachable", 1, (3, 0, 0))

EXPECTED: Final = {
    # What operators do.
    OPERATOR_SUPPRESSED: Expected(
        Status.OMITTED_OPTED_OUT, "suppressed_by_operator", None, (0, 0, 0)
    ),
    TEXTED_STOP_BEFORE: Expected(Status.OMITTED_OPTED_OUT, "keyword", None, (0, 0, 0)),
    FINISHED_AT_ONCE: Expected(Status.FINISHED_STOPPED, "stopped_by_operator", None, (0, 0, 0)),
    SUPPRESSED_AT_ONCE: Expected(
        Status.OMITTED_OPTED_OUT, "suppressed_by_operator", None, (0, 0, 0)
    ),
    FINISHED_AFTER_FIRST: Expected(Status.FINISHED_STOPPED, "stopped_by_operator", 1, (1, 0, 0)),
    SUPPRESSED_AFTER_FIRST: Expected(Status.OPTED_OUT, "suppressed_by_operator", 1, (1, 0, 0)),
    FINISHED_AFTER_SECOND: Expected(Status.FINISHED_STOPPED, "stopped_by_operator", 2, (1, 1, 0)),
    # What people do.
    "70": REPLIED,
    "71": REPLIED,
    "72": REPLIED,
    "73": REPLIED._replace(step=2, accepted=(1, 1, 0)),
    "74": REPLIED._replace(step=2, accepted=(1, 1, 0)),
    "75": REPLIED._replace(step=3, accepted=(1, 1, 1)),
    "76": Expected(Status.OPTED_OUT, "keyword", 1, (1, 0, 0)),
    "77": Expected(Status.OPTED_OUT, "keyword", 2, (1, 1, 0)),
    "78": Expected(Status.PENDING, None, 2, (1, 0, 0), hold="needs_review"),
    "79": COMPLETED,
    # What carriers say.
    "80": UNREACHABLE,
    "81": Expected(Status.OMITTED_LANDLINE, "landline_carrier", 1, (1, 0, 0)),
    "82": Expected(Status.OMITTED_LANDLINE, "landline_carrier", None, (0, 0, 0), (1, 0, 0)),
    "83": Expected(Status.OMITTED_OPTED_OUT, "suppressed_by_carrier", None, (0, 0, 0), (1, 0, 0)),
    "84": Expected(Status.FAILED, "filtered", 1, (1, 0, 0)),
    "85": COMPLETED._replace(asked=(3, 1, 1)),
    "86": COMPLETED,
    "87": COMPLETED,
    "88": COMPLETED,
    "89": COMPLETED,
    "90": COMPLETED,
    "91": Expected(Status.FAILED, "invalid_number", 1, (1, 0, 0)),
    "92": Expected(Status.FAILED, "invalid_number", None, (0, 0, 0), (1, 0, 0)),
    "93": UNREACHABLE,
    # What goes wrong between us and the carrier.
    "950": COMPLETED,
    "951": COMPLETED,
    "952": COMPLETED,
    "953": COMPLETED._replace(asked=(2, 1, 1)),
    "954": COMPLETED._replace(asked=(2, 1, 1)),
    "955": COMPLETED._replace(asked=(3, 1, 1)),
    "956": COMPLETED._replace(accepted=(3, 1, 1)),
    "957": Expected(Status.OMITTED_LANDLINE, "landline_carrier", None, (0, 0, 0), (1, 0, 0)),
    "958": COMPLETED,
    "959": COMPLETED,
}
"""By the last three digits, else the last two; all others complete."""


def expected_of(phone: str) -> Expected:
    """How a number's enrollment is to end."""
    if phone in LONDON:
        return Expected(Status.OMITTED_LANDLINE, "landline_plan", None, (0, 0, 0))
    if phone[-2:] in {FINISHED_AT_ONCE, SUPPRESSED_AT_ONCE} and not sleeps(phone):
        return COMPLETED  # these were texted as soon as they were enrolled
    return EXPECTED.get(phone[-3:]) or EXPECTED.get(phone[-2:]) or COMPLETED


def zone_of(phone: str) -> ZoneInfo:
    return ZoneInfo(ZONES[phone[2:5]])


def sleeps(phone: str) -> bool:
    """Whether the window is still closed there when the sequence begins."""
    return START.astimezone(zone_of(phone)).hour < 9


class Run(NamedTuple):
    """The whole run as it ended.

    `handed` are the steps' texts, `others` what else went out. `stops` tells where in the carrier's
    log a number was stopped.
    """

    phones: tuple[str, ...]
    ended: dict[str, Item]
    facets: dict[str, int]
    handed: list[Handed]
    others: list[Handed]
    entries: list[Item]
    stops: dict[str, int]
    broken: list[str]
    complaints: list[str]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A thousand people, enrolled on a Friday and followed for a week."""
    folder = tmp_path_factory.mktemp("outcomes")
    areas = tuple(ZONES)
    phones = tuple(f"+1{areas[n // 100]}552{n:04d}" for n in range(1000))
    with workplace(folder, START) as place:
        place.import_people(f"{phone},Ana" for phone in (*phones, *LONDON))
        sequence = place.sequence(
            "Spring hiring",
            (BODIES[0], {"minutes": 0}),
            (BODIES[1], {"days": 2}),
            (BODIES[2], {"days": 3}),
        )
        stops: dict[str, int] = {}

        def ending(digits: str) -> list[str]:
            return [phone for phone in phones if phone.endswith(digits)]

        def stopped(stopping: list[str]) -> None:
            last = place.log().entries[-1:]
            stops.update(dict.fromkeys(stopping, last[0]["n"] if last else 0))

        def finish(stopping: list[str]) -> None:
            now = place.enrollments(sequence)
            ids = [now[phone]["id"] for phone in stopping]
            done = place.post("/operations", {"action": "finish", "selection": {"ids": ids}})
            assert (done["done"], done["skipped"], done["conflict"]) == (len(ids), 0, 0), done
            stopped(stopping)

        def suppress(stopping: list[str]) -> None:
            for phone in stopping:
                place.post("/suppressions", {"phone": phone}, 201)
            stopped(stopping)

        suppress(ending(OPERATOR_SUPPRESSED))
        for phone in ending(TEXTED_STOP_BEFORE):
            place.text_from(phone, "Stop.")
        stopped(ending(TEXTED_STOP_BEFORE))
        place.enroll(sequence, *phones, *LONDON)
        finish(list(filter(sleeps, ending(FINISHED_AT_ONCE))))
        suppress(list(filter(sleeps, ending(SUPPRESSED_AT_ONCE))))
        place.advance_to(local("Pacific/Honolulu", "2026-11-06 21:00"))
        finish(ending(FINISHED_AFTER_FIRST))
        suppress(ending(SUPPRESSED_AFTER_FIRST))
        place.advance_to(local("Pacific/Honolulu", "2026-11-08 21:00"))
        finish(ending(FINISHED_AFTER_SECOND))
        place.advance_to(local("Pacific/Honolulu", "2026-11-13 21:00"))
        log = place.log()
        return Run(
            phones,
            place.enrollments(sequence),
            place.get(f"/sequences/{sequence}/enrollments")["facets"]["status"],
            [one for one in log.handed() if one.body in BODIES],
            [one for one in log.handed() if one.body not in BODIES],
            log.entries,
            stops,
            place.broken_invariants(),
            place.complaints(),
        )


def test_every_contact_ends_as_the_table_says(run: Run) -> None:
    assert set(run.ended) == {*run.phones, *LONDON}
    wrong = {}
    for phone, item in run.ended.items():
        want = expected_of(phone)
        got = (item["status"], item["reason"], item["hold"], item["step"])
        if got != (want.status, want.reason, want.hold, want.step):
            wrong[phone] = got
    assert wrong == {}


def test_all_eight_statuses_occur_and_add_up(run: Run) -> None:
    counted = Counter(expected_of(phone).status.value for phone in (*run.phones, *LONDON))

    assert run.facets == counted
    assert set(counted) == set(Status)


def test_the_carrier_took_each_step_that_was_due_once(run: Run) -> None:
    got = Counter((one.phone, BODIES.index(one.body)) for one in run.handed if one.accepted)
    want = Counter(
        {
            (phone, step): times
            for phone in run.phones
            for step, times in enumerate(expected_of(phone).accepted)
            if times
        }
    )
    assert got == want


def test_the_carrier_was_asked_no_more_often_than_configured(run: Run) -> None:
    got = Counter((one.phone, BODIES.index(one.body)) for one in run.handed)
    want = Counter(
        {
            (phone, step): times
            for phone in run.phones
            for step, times in enumerate(expected_of(phone).asked or expected_of(phone).accepted)
            if times
        }
    )
    assert got == want


def test_nothing_goes_out_after_a_reply_an_opt_out_a_finish_or_a_suppression(run: Run) -> None:
    stops = dict(run.stops)
    ends_it = {Status.FINISHED_RESPONDED, Status.OPTED_OUT, Status.PENDING}
    for entry in run.entries:
        answered = entry["kind"] == "inbound_answered"
        if answered and expected_of(entry["phone"]).status in ends_it:
            stops.setdefault(entry["phone"], entry["n"])
    assert len(stops) == 60 + 60 + 20 + 10  # before and by operators, replies, STOP, nearly STOP

    late = [one for one in run.handed if one.n > stops.get(one.phone, one.n)]
    assert late == []


def test_everybody_who_answered_was_heard(run: Run) -> None:
    heard = Counter(
        entry["phone"][-2:] for entry in run.entries if entry["kind"] == "inbound_answered"
    )
    answering = (TEXTED_STOP_BEFORE, *(str(digits) for digits in range(70, 80)))
    assert heard == {**dict.fromkeys(answering, 10), "58": 1}


def test_only_an_opt_out_that_the_carrier_did_not_answer_is_confirmed(run: Run) -> None:
    """A bare STOP is answered by the carrier itself; "Stop." with its full stop is not."""
    confirmed = [phone for phone in run.phones if phone.endswith(TEXTED_STOP_BEFORE)]

    assert sorted(one.phone for one in run.others) == sorted(confirmed)
    assert all(one.body.startswith("You are unsubscribed ") for one in run.others)


def test_nothing_goes_out_outside_the_window(run: Run) -> None:
    outside = []
    for one in run.handed:
        clock = one.at.astimezone(zone_of(one.phone))
        opens = 12 if clock.isoweekday() == 7 else 9
        if not opens <= clock.hour < 20:
            outside.append((one.phone, clock.isoformat()))
    assert outside == []
    assert {one.at.astimezone(zone_of(one.phone)).isoweekday() for one in run.handed} >= {5, 7, 3}


def test_steps_go_out_on_their_day_at_the_anchor(run: Run) -> None:
    """Friday at once or at 9:00; Sunday not before 12:00; Wednesday at Friday's hour again."""
    seen = Counter[tuple[str, int]]()
    wrong = []
    for one in run.handed:
        step = BODIES.index(one.body)
        seen[one.phone, step] += 1
        if seen[one.phone, step] > 1:
            continue  # another attempt at it
        zone = zone_of(one.phone)
        started = START.astimezone(zone)
        anchor = max(started.hour, 9)
        day, hour = (
            (started.date(), anchor),
            (started.date() + timedelta(days=2), 12),
            (started.date() + timedelta(days=5), anchor),
        )[step]
        due = datetime(day.year, day.month, day.day, hour, tzinfo=zone).astimezone(UTC)
        if one.at != due:
            wrong.append((one.phone, step, one.at.isoformat(), due.isoformat()))
    assert wrong == []
    anchors = {max(START.astimezone(ZoneInfo(zone)).hour, 9) for zone in ZONES.values()}
    assert anchors == {9, 10}


def test_unreachable_handsets_are_tried_again_two_and_six_hours_later(run: Run) -> None:
    for phone in run.phones:
        if expected_of(phone).accepted[0] != 3:
            continue
        tries = [one.at for one in run.handed if one.phone == phone and one.body == BODIES[0]]
        waits = [later - earlier for earlier, later in pairwise(tries)]
        # The failure is reported 3 s after the text was accepted.
        assert waits == [timedelta(hours=2, seconds=3), timedelta(hours=6, seconds=3)], phone


def test_what_is_reported_of_each_is_what_its_history_says(run: Run) -> None:
    """Ended rows carry no due time; the pending one keeps the time that was planned."""
    for phone, item in run.ended.items():
        assert item["due_at"] is None, phone
        if expected_of(phone).hold is None:
            assert item["planned_at"] is None, phone
        else:
            planned = moment(item["planned_at"])
            assert planned is not None
            assert planned.astimezone(zone_of(phone)).date() == date(2026, 11, 8), phone


def test_what_is_stored_holds_together(run: Run) -> None:
    assert run.broken == []
    assert run.complaints == []
