"""When a direct text can be sent; an override opens every hour."""

from __future__ import annotations

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.clock import DAY, HOUR
from server.contacts.numbers import InvalidNumber, Number, read_number
from server.dispatch.claim import closes_in
from server.enrollments.planning import Recipient
from server.messages.window import direct_schedule
from server.sequences.openings import is_open, next_open

MONDAY = 1_793_577_600_000_000
"""2026-11-02T00:00:00Z."""
WORKSPACES = ("America/New_York", "Asia/Tokyo", "Europe/London", "Pacific/Auckland")


def recipient_of(number: Number, zone: str | None = None) -> Recipient:
    return Recipient(number.e164, zone, " ".join(number.zones), number.country, number.us_state)


def example_of(region: str) -> Recipient | None:
    """A mobile number of a country; None where the plan's example cannot be texted."""
    example = phonenumbers.example_number_for_type(region, phonenumbers.PhoneNumberType.MOBILE)
    if example is None:
        return None
    written = phonenumbers.format_number(example, phonenumbers.PhoneNumberFormat.E164)
    try:
        return recipient_of(read_number(written))
    except InvalidNumber:
        return None


EVERYWHERE = [
    one for one in map(example_of, sorted(phonenumbers.SUPPORTED_REGIONS)) if one is not None
]


def test_an_override_is_open_at_every_hour_in_every_country() -> None:
    assert len(EVERYWHERE) > 200
    for recipient in EVERYWHERE:
        for workspace in WORKSPACES:
            schedule = direct_schedule(recipient, workspace, override=True)
            assert all(is_open(MONDAY + hour * HOUR, schedule) for hour in range(24)), recipient


@given(
    st.sampled_from(EVERYWHERE),
    st.sampled_from(WORKSPACES),
    st.sampled_from([None, "America/Denver", "Australia/Perth", "Asia/Kolkata"]),
    st.lists(st.sampled_from(["Etc/Unknown", "Asia/Omsk", "Europe/Moscow", "America/Adak"])),
    st.integers(0, 366 * DAY),
)
def test_an_override_is_open_whatever_is_known_of_the_clock(
    known: Recipient, workspace: str, zone: str | None, numbers_zones: list[str], later: int
) -> None:
    recipient = known._replace(zone=zone, number_zones=" ".join(numbers_zones))
    schedule = direct_schedule(recipient, workspace, override=True)
    instant = MONDAY + later
    assert is_open(instant, schedule)
    assert next_open(instant, schedule) == instant
    assert closes_in(schedule, instant) > HOUR // 1_000_000


@pytest.mark.parametrize(
    ("phone", "hour"), [("+61412345678", 16), ("+14155550101", 8), ("+79161234567", 20)]
)
def test_without_an_override_the_night_is_closed(phone: str, hour: int) -> None:
    recipient = recipient_of(read_number(phone, fictional_ok=True))
    schedule = direct_schedule(recipient, "America/New_York", override=False)
    assert not is_open(MONDAY + hour * HOUR, schedule)
