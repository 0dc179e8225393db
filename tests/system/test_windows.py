"""When texts go out: windows, quiet hours, daylight saving, daily limits, set times and pauses.

One server for all; the dates of the tests follow one another, since its clock never goes back.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import count

import pytest

from tests.system.workplace import Item, Workplace, local, moment, workplace

NEW_YORK = "America/New_York"
CHICAGO = "America/Chicago"
PHOENIX = "America/Phoenix"
LOS_ANGELES = "America/Los_Angeles"
HONOLULU = "Pacific/Honolulu"
LONDON = "Europe/London"
BERLIN = "Europe/Berlin"
KOLKATA = "Asia/Kolkata"
TOKYO = "Asia/Tokyo"

AT_ONCE = {"minutes": 0}
NEXT_DAY = {"days": 1}
ROUND_THE_CLOCK = {"days": "daily", "from": "00:00", "to": "00:00"}

_PREFIXES = {
    NEW_YORK: "+1646552",
    CHICAGO: "+1312552",
    PHOENIX: "+1602552",
    LOS_ANGELES: "+1415552",
    HONOLULU: "+1808552",
    LONDON: "+44740012",
    BERLIN: "+491512345",
    KOLKATA: "+91987654",
    TOKYO: "+81901234",
    "Rhode Island": "+1401552",
    "Alabama": "+1256552",
    "Kentucky": "+1502552",
}
_numbers = count(1000)


def new_person(where: str) -> str:
    """A new mobile number there, whose texts are delivered."""
    number = next(_numbers)
    while number % 100 >= 70:
        number = next(_numbers)
    return f"{_PREFIXES[where]}{number}"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workplace]:
    with workplace(
        tmp_path_factory.mktemp("windows"), datetime(2026, 10, 23, 12, tzinfo=UTC)
    ) as opened:
        yield opened


@pytest.fixture(autouse=True)
def _nothing_broke(place: Workplace) -> Iterator[None]:
    yield
    assert place.broken_invariants() == []
    assert place.complaints() == []


def texted(place: Workplace, phone: str) -> list[tuple[str, datetime]]:
    """What the carrier took for a number, and when."""
    return [(one.body, one.at) for one in place.log().accepted(phone)]


def skipped(place: Workplace, enrollment: Item) -> list[str]:
    """Why steps of an enrollment were passed over, in order."""
    return [
        body["why"] for kind, body in place.events_of(enrollment["id"]) if kind == "step_skipped"
    ]


def test_a_local_time_that_comes_twice_is_the_first(place: Workplace) -> None:
    sequence = place.sequence(
        "the night of the clocks",
        ("Night.", {"at": "2026-10-25T02:30:00", "local": True}),
        kind="scheduled",
        window=ROUND_THE_CLOCK,
    )
    berlin, london = new_person(BERLIN), new_person(LONDON)
    place.enroll(sequence, berlin, london)

    place.advance_to(datetime(2026, 10, 25, 12, tzinfo=UTC))

    assert texted(place, berlin) == [("Night.", datetime(2026, 10, 25, 0, 30, tzinfo=UTC))]
    assert texted(place, london) == [("Night.", datetime(2026, 10, 25, 2, 30, tzinfo=UTC))]


def test_a_window_may_cross_midnight_and_its_end_is_exclusive(place: Workplace) -> None:
    sequence = place.sequence(
        "night shift",
        ("Hello.", AT_ONCE),
        window=[
            {"days": "mon", "from": "22:00", "to": "02:00"},
            {"days": "thu", "from": "10:00", "to": "11:00"},
        ],
    )
    early, just, late = (new_person(BERLIN) for _ in range(3))
    place.advance_to(local(BERLIN, "2026-10-26 12:00"))
    place.enroll(sequence, early)
    place.advance_to(local(BERLIN, "2026-10-27 01:59:59"))
    place.enroll(sequence, just)
    place.settle()
    place.advance_to(local(BERLIN, "2026-10-27 02:00"))
    place.enroll(sequence, late)

    place.advance_to(local(BERLIN, "2026-10-28 12:00"))

    assert texted(place, early) == [("Hello.", local(BERLIN, "2026-10-26 22:00"))]
    assert texted(place, just) == [("Hello.", local(BERLIN, "2026-10-27 01:59:59"))]
    assert texted(place, late) == []
    assert moment(place.enrollment(sequence, late)["due_at"]) == local(BERLIN, "2026-10-29 10:00")


def test_enrolled_at_night_it_goes_at_nine_where_the_recipient_is(place: Workplace) -> None:
    sequence = place.sequence("evening", ("Good morning.", AT_ONCE))
    abroad = new_person(NEW_YORK)
    place.import_people([f"{abroad},Lee,{LOS_ANGELES}"], "phone,first name,zone")
    people = {
        zone: new_person(zone)
        for zone in (NEW_YORK, CHICAGO, LOS_ANGELES, HONOLULU, LONDON, KOLKATA, TOKYO)
    }
    now = local(NEW_YORK, "2026-10-28 22:00")
    place.advance_to(now)
    place.enroll(sequence, *people.values(), abroad)
    place.settle()
    due = {phone: moment(item["due_at"]) for phone, item in place.enrollments(sequence).items()}

    place.advance(days=1)

    expected = {
        people[NEW_YORK]: local(NEW_YORK, "2026-10-29 09:00"),
        people[CHICAGO]: local(CHICAGO, "2026-10-29 09:00"),
        people[LOS_ANGELES]: now,
        people[HONOLULU]: now,
        people[LONDON]: local(LONDON, "2026-10-29 09:00"),
        people[KOLKATA]: local(KOLKATA, "2026-10-29 09:00"),
        people[TOKYO]: now,
        abroad: now,
    }
    assert due == {phone: None if at == now else at for phone, at in expected.items()}
    assert {phone: texted(place, phone)[0][1] for phone in expected} == expected


def days_and_hours_across(place: Workplace, saturday: str, sunday: str, monday: str) -> Item:
    """Enroll on a Saturday at 10:30 and 15:00 local; when each text went, by what it waits for."""
    by_days = place.sequence(f"days {sunday}", ("1", AT_ONCE), ("2", NEXT_DAY), ("3", NEXT_DAY))
    by_hours = place.sequence(f"hours {sunday}", ("1", AT_ONCE), ("2", {"hours": 24}))
    early, late, hourly = (new_person(NEW_YORK) for _ in range(3))
    unchanging = new_person(PHOENIX)
    place.advance_to(local(NEW_YORK, f"{saturday} 10:30"))
    place.enroll(by_days, early)
    place.advance_to(local(NEW_YORK, f"{saturday} 15:00"))
    place.enroll(by_days, late, unchanging)
    place.enroll(by_hours, hourly)
    place.advance_to(local(NEW_YORK, f"{monday} 20:00"))
    people = {"early": early, "late": late, "hourly": hourly, "unchanging": unchanging}
    return {who: [at for _, at in texted(place, phone)] for who, phone in people.items()}


def test_the_clocks_go_back(place: Workplace) -> None:
    """A day is then 25 hours; the window's opening on Sunday moves a text, never the anchor."""
    went = days_and_hours_across(place, "2026-10-31", "2026-11-01", "2026-11-02")

    assert went["early"] == [
        datetime(2026, 10, 31, 14, 30, tzinfo=UTC),
        datetime(2026, 11, 1, 17, tzinfo=UTC),
        datetime(2026, 11, 2, 15, 30, tzinfo=UTC),
    ]
    assert went["late"] == [
        datetime(2026, 10, 31, 19, tzinfo=UTC),
        datetime(2026, 11, 1, 20, tzinfo=UTC),
        datetime(2026, 11, 2, 20, tzinfo=UTC),
    ]
    assert went["hourly"] == [
        datetime(2026, 10, 31, 19, tzinfo=UTC),
        datetime(2026, 11, 1, 19, tzinfo=UTC),
    ]
    assert went["unchanging"] == [
        datetime(2026, 10, 31, 19, tzinfo=UTC),
        datetime(2026, 11, 1, 19, tzinfo=UTC),
        datetime(2026, 11, 2, 19, tzinfo=UTC),
    ]


def test_the_end_of_the_window_is_outside(place: Workplace) -> None:
    sequence = place.sequence("closing time", ("Hello.", AT_ONCE))
    named = place.sequence("closing time, by name", ("Hello {{ first_name }}.", AT_ONCE))
    just, late, nameless = (new_person(NEW_YORK) for _ in range(3))
    place.advance_to(local(NEW_YORK, "2026-11-03 19:59:59"))
    place.enroll(sequence, just)
    place.enroll(named, nameless)
    place.settle()
    place.advance(seconds=1)
    place.enroll(sequence, late)
    contact = place.enrollment(named, nameless)["contact"]["id"]
    place.api.patch(f"/contacts/{contact}", json={"first_name": "Lee"}).raise_for_status()
    place.settle()
    held = place.enrollment(named, nameless)

    place.advance(days=1)

    assert texted(place, just) == [("Hello.", local(NEW_YORK, "2026-11-03 19:59:59"))]
    assert texted(place, late) == [("Hello.", local(NEW_YORK, "2026-11-04 09:00"))]
    assert (held["hold"], moment(held["due_at"])) == (
        "quiet_hours",
        local(NEW_YORK, "2026-11-04 09:00"),
    )
    assert texted(place, nameless) == [("Hello Lee.", local(NEW_YORK, "2026-11-04 09:00"))]


def test_two_sequences_on_one_day_are_one_text_a_day(place: Workplace) -> None:
    """The later one is held to the next day's opening, on this Sunday 12:00."""
    first = place.sequence("first", ("First.", AT_ONCE))
    second = place.sequence("second", ("Second.", AT_ONCE))
    twice = place.sequence("twice a day", ("Another.", AT_ONCE), daily_limit=2)
    strict, loose = new_person(NEW_YORK), new_person(NEW_YORK)
    saturday = local(NEW_YORK, "2026-11-07 13:00")
    place.advance_to(saturday)
    place.enroll(first, strict, loose)
    place.settle()
    place.enroll(second, strict)
    place.enroll(twice, loose)
    place.settle()
    held = place.enrollment(second, strict)

    place.advance(days=1)

    sunday = local(NEW_YORK, "2026-11-08 12:00")
    assert (held["status"], held["hold"], moment(held["due_at"])) == (
        "pending",
        "daily_limit",
        sunday,
    )
    assert texted(place, strict) == [("First.", saturday), ("Second.", sunday)]
    assert texted(place, loose) == [("First.", saturday), ("Another.", saturday)]
    assert place.enrollment(second, strict)["status"] == "finished_no_response"


def test_set_times_are_one_instant_or_everyones_own(place: Workplace) -> None:
    """10:00 in New York is 7:00 in Los Angeles, midnight in Tokyo, 20:30 in Kolkata.

    Tokyo's window opens 9 hours later, which is soon enough; Kolkata's 12 and a half.
    """
    sequence = place.sequence(
        "announced",
        ("Yours.", {"at": "2026-11-10T10:00:00", "local": True}),
        ("All at once.", {"at": "2026-11-11T10:00:00", "local": False}),
        ("Yours again.", {"at": "2026-11-13T10:00:00", "local": True}),
        kind="scheduled",
    )
    people = {zone: new_person(zone) for zone in (NEW_YORK, LOS_ANGELES, TOKYO, KOLKATA)}
    place.advance_to(local(TOKYO, "2026-11-10 08:00"))
    place.enroll(sequence, *people.values())

    place.advance_to(local(LOS_ANGELES, "2026-11-13 12:00"))

    own = {zone: local(zone, "2026-11-10 10:00") for zone in people}
    third = {zone: local(zone, "2026-11-13 10:00") for zone in people}
    at_once = {
        NEW_YORK: local(NEW_YORK, "2026-11-11 10:00"),
        LOS_ANGELES: local(LOS_ANGELES, "2026-11-11 09:00"),
        TOKYO: local(TOKYO, "2026-11-12 09:00"),
        KOLKATA: None,
    }
    for zone, phone in people.items():
        expected = [
            ("Yours.", own[zone]),
            ("All at once.", at_once[zone]),
            ("Yours again.", third[zone]),
        ]
        assert texted(place, phone) == [one for one in expected if one[1] is not None], zone
        enrollment = place.enrollment(sequence, phone)
        assert (enrollment["status"], enrollment["step"]) == ("finished_no_response", 3), zone
        assert skipped(place, enrollment) == (["skipped_late"] if zone == KOLKATA else []), zone


def test_set_times_that_are_past_are_not_caught_up(place: Workplace) -> None:
    place.advance_to(local(NEW_YORK, "2026-11-13 16:00"))
    sequence = place.sequence(
        "half over",
        ("Past.", {"at": "2026-11-12T10:00:00", "local": True}),
        ("To come.", {"at": "2026-11-13T17:00:00", "local": True}),
        kind="scheduled",
    )
    in_time, too_late = new_person(NEW_YORK), new_person(NEW_YORK)
    place.enroll(sequence, in_time)
    place.advance_to(local(NEW_YORK, "2026-11-13 17:00:01"))

    refused = place.enroll(sequence, too_late, refused=1)

    assert texted(place, in_time) == [("To come.", local(NEW_YORK, "2026-11-13 17:00"))]
    assert (refused["pending"], refused["refused"]) == (0, {"all_steps_past": 1})


def test_narrower_hours_of_some_states_hold(place: Workplace) -> None:
    """Rhode Island: until 18:00, Saturdays 10 to 17; Kentucky: from 10:00; Alabama: no Sundays."""
    sequence = place.sequence("as law allows", ("Hello.", AT_ONCE), window=ROUND_THE_CLOCK)
    rhode_island, kentucky, alabama = map(new_person, ("Rhode Island", "Kentucky", "Alabama"))
    anywhere = new_person(NEW_YORK)
    place.advance_to(local(NEW_YORK, "2026-11-20 07:30"))
    place.enroll(sequence, kentucky)
    place.advance_to(local(NEW_YORK, "2026-11-20 18:30"))
    place.enroll(sequence, rhode_island, anywhere)
    place.advance_to(local(CHICAGO, "2026-11-21 20:00"))
    place.enroll(sequence, alabama)

    place.advance_to(local(NEW_YORK, "2026-11-23 21:00"))

    assert texted(place, kentucky)[0][1] == local(NEW_YORK, "2026-11-20 10:00")
    assert texted(place, rhode_island)[0][1] == local(NEW_YORK, "2026-11-21 10:00")
    assert texted(place, anywhere)[0][1] == local(NEW_YORK, "2026-11-20 18:30")
    assert texted(place, alabama)[0][1] == local(CHICAGO, "2026-11-23 08:00")


@pytest.mark.parametrize(
    ("mode", "went", "passed_over"),
    [
        (
            "shift",
            {"2": "2026-12-04 09:00", "3": "2026-12-05 10:00", "4": "2026-12-06 12:00"},
            [],
        ),
        (
            "keep_gaps",
            {"2": "2026-12-03 09:00", "3": "2026-12-04 10:00", "4": "2026-12-05 10:00"},
            [],
        ),
        ("skip", {"4": "2026-12-03 10:00"}, ["skipped_paused", "skipped_paused"]),
    ],
)
def test_a_pause_is_shifted_kept_in_gaps_or_skipped(
    place: Workplace, mode: str, went: dict[str, str], passed_over: list[str]
) -> None:
    """Paused on Monday noon, resumed on Thursday 8:00; step 2 was due on Tuesday 10:00.

    Every mode in its own week, since the clock does not go back.
    """
    weeks = {"shift": 0, "keep_gaps": 1, "skip": 2}[mode]

    def at(written: str) -> datetime:
        day = date.fromisoformat(written[:10]) + timedelta(weeks=weeks)
        return local(NEW_YORK, f"{day} {written[11:]}")

    steps = (("1", AT_ONCE), *((str(n), NEXT_DAY) for n in (2, 3, 4)))
    sequence = place.sequence(f"resumed by {mode}", *steps)
    phone = new_person(NEW_YORK)
    place.advance_to(at("2026-11-30 10:00"))
    place.enroll(sequence, phone)
    place.advance_to(at("2026-11-30 12:00"))
    place.post(f"/sequences/{sequence}/pause")
    place.advance_to(at("2026-12-03 08:00"))
    held = place.enrollment(sequence, phone)
    before = texted(place, phone)

    place.post(f"/sequences/{sequence}/resume", {"mode": mode})
    place.advance_to(at("2026-12-06 20:00"))

    assert (held["hold"], held["due_at"]) == ("sequence_paused", None)
    assert moment(held["planned_at"]) == at("2026-12-01 10:00")
    assert before == [("1", at("2026-11-30 10:00"))]
    assert dict(texted(place, phone)[1:]) == {step: at(when) for step, when in went.items()}
    ended = place.enrollment(sequence, phone)
    assert (ended["status"], ended["step"]) == ("finished_no_response", 4)
    assert skipped(place, ended) == passed_over


def test_a_scheduled_sequence_resumes_by_skipping_alone(place: Workplace) -> None:
    sequence = place.sequence(
        "set times, paused",
        ("1", {"at": "2027-01-11T10:00:00", "local": True}),
        ("2", {"at": "2027-01-12T10:00:00", "local": True}),
        ("3", {"at": "2027-01-13T10:00:00", "local": True}),
        kind="scheduled",
    )
    phone = new_person(NEW_YORK)
    place.enroll(sequence, phone)
    place.advance_to(local(NEW_YORK, "2027-01-11 12:00"))
    place.post(f"/sequences/{sequence}/pause")
    place.advance_to(local(NEW_YORK, "2027-01-12 12:00"))

    refused = place.post(f"/sequences/{sequence}/resume", {"mode": "shift"}, 409)
    place.post(f"/sequences/{sequence}/resume", {"mode": "skip"})
    place.advance_to(local(NEW_YORK, "2027-01-13 12:00"))

    assert refused["code"] == "resume_only_skips"
    assert texted(place, phone) == [
        ("1", local(NEW_YORK, "2027-01-11 10:00")),
        ("3", local(NEW_YORK, "2027-01-13 10:00")),
    ]
    assert skipped(place, place.enrollment(sequence, phone)) == ["skipped_paused"]


def test_the_clocks_go_forward(place: Workplace) -> None:
    """A day is then 23 hours."""
    went = days_and_hours_across(place, "2027-03-13", "2027-03-14", "2027-03-15")

    assert went["early"] == [
        datetime(2027, 3, 13, 15, 30, tzinfo=UTC),
        datetime(2027, 3, 14, 16, tzinfo=UTC),
        datetime(2027, 3, 15, 14, 30, tzinfo=UTC),
    ]
    assert went["late"] == [
        datetime(2027, 3, 13, 20, tzinfo=UTC),
        datetime(2027, 3, 14, 19, tzinfo=UTC),
        datetime(2027, 3, 15, 19, tzinfo=UTC),
    ]
    assert went["hourly"] == [
        datetime(2027, 3, 13, 20, tzinfo=UTC),
        datetime(2027, 3, 14, 20, tzinfo=UTC),
    ]
    assert went["unchanging"] == [datetime(2027, 3, day, 20, tzinfo=UTC) for day in (13, 14, 15)]


def test_a_local_time_that_is_skipped_is_the_next_there_is(place: Workplace) -> None:
    sequence = place.sequence(
        "the other night of the clocks",
        ("Night.", {"at": "2027-03-28T02:30:00", "local": True}),
        kind="scheduled",
        window=ROUND_THE_CLOCK,
    )
    berlin, london = new_person(BERLIN), new_person(LONDON)
    place.enroll(sequence, berlin, london)

    place.advance_to(datetime(2027, 3, 28, 12, tzinfo=UTC))

    assert texted(place, berlin) == [("Night.", datetime(2027, 3, 28, 1, tzinfo=UTC))]
    assert texted(place, london) == [("Night.", datetime(2027, 3, 28, 1, 30, tzinfo=UTC))]
