"""Which names of the tz database are accepted as time zones: those of places.

People change their clocks where their place does, so a name must be a place. `EST`, `Etc/GMT+5` and
`UTC` are the same all year, so texts would be an hour late in summer. Only the name counts, not
what the database has for it: some releases make EST a link to America/Panama and CET one to
Europe/Brussels.
"""

from __future__ import annotations

from functools import cache
from typing import Final
from zoneinfo import available_timezones

_AREAS: Final = """
Africa America Antarctica Arctic Asia Atlantic Australia Europe Indian Pacific
Brazil Canada Chile Mexico US
"""
AREAS: Final = frozenset(_AREAS.split())
"""The part before the slash in the name of a place: continents, oceans, five countries."""

_COUNTRIES: Final = """
Cuba Egypt Eire GB GB-Eire Hongkong Iceland Iran Israel Jamaica Japan Kwajalein Libya NZ NZ-CHAT
Navajo PRC Poland Portugal ROC ROK Singapore Turkey W-SU
"""
COUNTRIES: Final = frozenset(_COUNTRIES.split())
"""Countries and regions whose name is a zone."""

AMERICAN: Final = frozenset({"EST5EDT", "CST6CDT", "MST7MDT", "PST8PDT"})
"""The clocks of the four regions of the US, with summer and winter time in the name."""

MEANT: Final = {
    "EST": "America/New_York",
    "MST": "America/Denver",
    "HST": "Pacific/Honolulu",
    "CET": "Europe/Brussels",
    "MET": "Europe/Brussels",
    "EET": "Europe/Athens",
    "WET": "Europe/Lisbon",
}
"""The place that people mean by a name of the database that is not a place."""

_ABBREVIATIONS: Final = {
    **dict.fromkeys(("EDT", "ET", "EASTERN"), "America/New_York"),
    **dict.fromkeys(("CST", "CDT", "CT", "CENTRAL"), "America/Chicago"),
    **dict.fromkeys(("MDT", "MT", "MOUNTAIN"), "America/Denver"),
    **dict.fromkeys(("PST", "PDT", "PT", "PACIFIC"), "America/Los_Angeles"),
    **dict.fromkeys(("AKST", "AKDT", "AKT", "ALASKA"), "America/Anchorage"),
    **dict.fromkeys(("HDT", "HAST", "HAWAII"), "Pacific/Honolulu"),
    **dict.fromkeys(("BST", "GMT", "GREENWICH"), "Europe/London"),
    **dict.fromkeys(("CEST", "MEST"), "Europe/Brussels"),
    **dict.fromkeys(("EEST",), "Europe/Athens"),
    **dict.fromkeys(("WEST",), "Europe/Lisbon"),
    **MEANT,
}
"""Names that are not a zone or not a place, and the place to write instead."""


class UnknownZone(ValueError):
    """A name that is not a time zone or not a place: the name, the reason, and what to write."""

    def __init__(self, name: str, reason: str, remedy: str) -> None:
        super().__init__(f"“{name[:60]}”: {reason}. {remedy}")
        self.name = name
        self.reason = reason
        self.remedy = remedy


def is_place(name: str) -> bool:
    """Whether a name of the tz database is that of a place."""
    area, slash, _ = name.partition("/")
    return area in AREAS if slash else name in COUNTRIES or name in AMERICAN


def read_zone(text: str) -> str:
    """The name of a zone as in the tz database, read in any case.

    Raises:
        UnknownZone: there is no such zone, or it is not a place.
    """
    name = _names().get(text.strip().casefold())
    if name is not None and is_place(name):
        return name
    place = _ABBREVIATIONS.get(_bare(text))
    instead = f"Write {place}" if place else "Write the place's IANA name, such as America/New_York"
    if name is None and place is None:
        raise UnknownZone(text, "no such time zone", f"{instead}.")
    raise UnknownZone(
        text,
        "not the name of a place, so its clock can be off by an hour for half the year",
        f"{instead}, or the person's own place." if place else f"{instead}.",
    )


def place_meant(stored: str) -> str | None:
    """The zone to store for an earlier one: itself, the place that was meant, or none."""
    if is_place(stored) and stored.casefold() in _names():
        return stored
    return MEANT.get(stored)


def _bare(text: str) -> str:
    """`Eastern Standard Time` and ` eastern time ` are EASTERN."""
    words = [word for word in text.upper().split() if word not in {"TIME", "STANDARD", "DAYLIGHT"}]
    return " ".join(words)[:60]


@cache
def _names() -> dict[str, str]:
    return {name.casefold(): name for name in available_timezones()}
