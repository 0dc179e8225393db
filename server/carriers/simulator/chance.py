"""Reproducible random choices: derived from the seed and a purpose, without state."""

from __future__ import annotations

from hashlib import blake2b

import msgspec


def unit(seed: int, *parts: object) -> float:
    """A number in [0, 1), always the same for the same seed and parts."""
    drawn = blake2b(repr((seed, parts)).encode(), digest_size=7).digest()
    return int.from_bytes(drawn) / 2**56


def between(low: float, high: float, seed: int, *parts: object) -> float:
    """A number in [low, high)."""
    return low + (high - low) * unit(seed, *parts)


def pick(choices: tuple[str, ...], seed: int, *parts: object) -> str:
    """One of the choices."""
    return choices[int(unit(seed, *parts) * len(choices))]


class Faults(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Probabilities of faults, for all numbers: 0 never, 1 always.

    Each is drawn from the seed, the number and how many texts were sent to it before.
    """

    double: float = 0.0
    """Every callback of the text comes twice."""
    reorder: float = 0.0
    """The final report comes before `sent`."""
    lose: float = 0.0
    """The text gets no callback."""
    callback_before_response: float = 0.0
    timeout_after_accept: float = 0.0
    error_after_accept: float = 0.0
    drop_after_accept: float = 0.0
    drop_before_accept: float = 0.0
    lose_inbound: float = 0.0
    """An inbound text is only in the list and is never posted."""
    list_fails: float = 0.0
    """The list of texts answers 503."""

    def __post_init__(self) -> None:
        for name in self.__struct_fields__:
            if not 0.0 <= getattr(self, name) <= 1.0:
                raise ValueError(f"{name} must be between 0 and 1")

    @property
    def any(self) -> bool:
        """Whether anything can go wrong at all."""
        return any(getattr(self, name) for name in self.__struct_fields__)
