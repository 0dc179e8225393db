"""How people are named on the command line and on standard input: by id or by phone."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final

import click

from common.client import Client
from common.names import digits as digits_of
from common.phones import normal, pretty
from common.searching import numbers
from common.terminal import clean
from tui.commands.errors import Refused
from tui.commands.pages import PAGE

LEAST_DIGITS: Final = 7
"""This many digits or more are a phone number, fewer are an id. After # they are always an id."""
_ID: Final = re.compile(rf"#([1-9][0-9]{{0,17}})|([1-9][0-9]{{0,{LEAST_DIGITS - 2}}})")
_LONG_ID: Final = re.compile(r"#?([1-9][0-9]{0,17})")


def read_id(word: str) -> int | None:
    """Parse an id: `#123`, or at most six digits; None for anything else."""
    found = _ID.fullmatch(word.strip())
    return int(found[1] or found[2]) if found else None


def read_enrollment_ids(lines: Iterable[str]) -> tuple[int, ...]:
    """Read enrollment ids, one per line, with or without #. Raises UsageError for other lines."""
    ids = []
    for number, line in enumerate(lines, 1):
        word = line.strip()
        if not word:
            continue
        found = _LONG_ID.fullmatch(word)
        if found is None:
            raise click.UsageError(
                f"Standard input, line {number}: {clean(word[:40])!r} is not an enrollment's"
                " id. Write one per line, like 17."
            )
        ids.append(int(found[1]))
    if not ids:
        raise click.UsageError("Standard input is empty.")
    return tuple(ids)


async def find_contact(client: Client, word: str) -> int:
    """The id of a contact given by id or phone number. An id is not checked.

    Raises Refused for an unknown phone number.
    """
    ident = read_id(word)
    if ident is not None:
        return ident
    asked = digits(word)
    page = await client.list_contacts(asked.lstrip("0"), limit=PAGE)
    phone = one_number(word, [one.phone for one in page.items], "contact")
    return next(one.id for one in page.items if one.phone == phone)


def digits(phone: str) -> str:
    """The digits of a phone number in any form. Raises Refused for anything else."""
    found = digits_of(phone.strip())
    if found is None or len(found) < LEAST_DIGITS:
        raise Refused(f"{clean(phone)!r} is not a phone number. Write it like +14155550142.")
    return found


def one_number(word: str, known: Sequence[str], thing: str) -> str:
    """The known number (E.164) that matches a phone number in any spelling.

    The country code can be missing. Raises Refused unless exactly one number matches.
    """
    digits(word)
    if word.strip().startswith("+"):
        same = {one for one in known if one == normal(word)}
    else:
        endings = tuple(one.lstrip("0") for one in numbers(word.strip()))
        same = {one for one in known if one.endswith(endings)}
    if not same:
        raise Refused(
            f"There is no {thing} with the number {clean(word.strip())}."
            f" 'drumbeat {thing}s list' shows them."
        )
    if len(same) > 1:
        raise Refused(
            f"{clean(word.strip())} can be {' or '.join(map(pretty, sorted(same)))}."
            " Write it with + and the country code."
        )
    return same.pop()
