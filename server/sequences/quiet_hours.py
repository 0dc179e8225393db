"""Quiet hours by country and US state: data with its source, in `quiet_hours.toml`.

The open hours are stored, so that they can be intersected with a sequence's window.
"""

from __future__ import annotations

import tomllib
from datetime import date
from functools import cache
from importlib.resources import files

import msgspec

from common.windows import Window, parse_window


class QuietHours(msgspec.Struct, frozen=True):
    """The hours of one law: where it applies, its open hours, its source, and when that was
    checked.

    `country` is an ISO 3166 code; `state` a US state's postal code, or None for the whole country.
    """

    country: str
    state: str | None
    open: Window
    source: str
    as_of: date


def quiet_hours(country: str | None, state: str | None = None) -> tuple[QuietHours, ...]:
    """The laws that apply to a number: its country's, then its state's. All of them count.

    Places without an entry have none; an unknown state has only its country's.
    """
    if country is None:
        return ()
    rules = _shipped()
    places = [(country.upper(), None), (country.upper(), state.upper() if state else "")]
    return tuple(rules[place] for place in places if place in rules)


def parse_quiet_hours(toml: str) -> dict[tuple[str, str | None], QuietHours]:
    """Read rules from TOML, keyed by country and state.

    Raises:
        BadWindow: a rule's hours cannot be read.
        KeyError: a rule lacks its country, hours, source or date.
    """
    rules = [
        QuietHours(
            country=rule["country"],
            state=rule.get("state"),
            open=parse_window(rule["open"]),
            source=rule["source"],
            as_of=rule["as_of"],
        )
        for rule in tomllib.loads(toml)["rule"]
    ]
    return {(rule.country, rule.state): rule for rule in rules}


@cache
def _shipped() -> dict[tuple[str, str | None], QuietHours]:
    toml = files("server.sequences").joinpath("quiet_hours.toml").read_text(encoding="utf-8")
    return parse_quiet_hours(toml)
