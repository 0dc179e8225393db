"""Sample people for demos and benchmarks: made-up names, numbers that nobody can own.

The numbers are +1, an area code, 555-0100 to 555-0199 (see `common.phones`).
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

LINES: Final = 100
"""Fictional numbers per area code."""

AREA_CODES: Final = (
    "201", "206", "212", "213", "214", "215", "303", "305", "312", "313",
    "404", "415", "503", "504", "512", "602", "612", "615", "617", "619",
    "702", "713", "718", "801", "808", "816", "907", "919",
)  # fmt: skip
"""Area codes in every zone of the United States."""

FIRST_NAMES: Final = (
    "Aisha", "Amir", "Ana", "Ben", "Carla", "Chidi", "Dana", "Diego", "Elena", "Emre",
    "Fatima", "Femi", "Grace", "Hana", "Hugo", "Ines", "Ivan", "Jamal", "Jun", "Kenji",
    "Lena", "Li", "Lucía", "Mateo", "Maya", "Mei", "Noah", "Nora", "Omar", "Priya",
    "Quinn", "Rosa", "Ravi", "Sam", "Sofía", "Tariq", "Uma", "Víctor", "Wen", "Yara",
)  # fmt: skip
LAST_NAMES: Final = (
    "Abadi", "Abbott", "Adeyemi", "Álvarez", "Bauer", "Begum", "Brooks", "Castro", "Chen", "Costa",
    "Dubois", "Eriksen", "Fischer", "García", "Gupta", "Haddad", "Hughes", "Ito", "Jensen", "Kaya",
    "Khan", "Kim", "Kowalski", "Larsen", "López", "Mbeki", "Moreau", "Nguyen", "Novák", "Okafor",
    "O'Brien", "Patel", "Petrov", "Quispe", "Reyes", "Rossi", "Santos", "Schäfer", "Silva",
    "Tanaka", "Tran", "Ueda", "Vargas", "Walker", "Xu", "Yilmaz", "Young", "Zhang",
)  # fmt: skip
COMPANIES: Final = ("Acme", "Birch & Co", "Cobalt", "Delta Clinic", "Elm School", "Fjord Works")


class Sample(NamedTuple):
    """A made-up person."""

    phone: str
    first_name: str
    last_name: str
    company: str


def sample_people(
    seed: int, area_codes: Sequence[str] = AREA_CODES, lines: Sequence[int] = range(LINES)
) -> Iterator[Sample]:
    """Every number of these area codes and lines (0 to 99), once, in an order given by the seed."""
    chance = random.Random(seed)  # noqa: S311 # samples are not secret and must be reproducible
    numbers = [f"+1{area}55501{line:02}" for line in lines for area in area_codes]
    chance.shuffle(numbers)
    for phone in numbers:
        yield Sample(
            phone,
            chance.choice(FIRST_NAMES),
            chance.choice(LAST_NAMES),
            chance.choice(COMPANIES),
        )
