"""Splits enrolling into several requests, and adds up their results."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Hashable, Iterator, Sequence
from typing import Final, TypeVar

import msgspec

from common.client import ApiProblem, Client
from common.model.enrolling import Enrollees, EnrollResult

T = TypeVar("T")

_ENDING: Final = 7

AT_ONCE: Final = 50_000
"""Contacts or phone numbers per request."""


async def by_phone(
    client: Client, ids: Sequence[int], phones: Sequence[str]
) -> tuple[Enrollees, Enrollees]:
    """Contacts by id and contacts by phone, so that the server can find duplicates.

    If both are given, known ids are replaced by their phone numbers. Raises ClientError.
    """
    if not (ids and phones):
        return Enrollees(contact_ids=tuple(ids)), Enrollees(phones=tuple(phones))
    known: dict[int, str] = {}
    for ident in dict.fromkeys(ids):
        try:
            known[ident] = (await client.get_contact(ident)).phone
        except ApiProblem as error:
            if error.code != "contact_not_found":
                raise
    unknown = tuple(ident for ident in ids if ident not in known)
    called = tuple(known[ident] for ident in ids if ident in known)
    return Enrollees(contact_ids=unknown), Enrollees(phones=(*called, *phones))


def parts(who: Enrollees, most: int = AT_ONCE) -> Iterator[Enrollees]:
    """The same contacts in requests of at most that many; a group or a search is one request.

    Duplicates stay in the same request, because a dry run knows nothing of earlier requests.
    """
    if who.contact_ids is not None:
        for ids in _parts(who.contact_ids, lambda ident: ident, most):
            yield msgspec.structs.replace(who, contact_ids=ids)
    elif who.phones is not None:
        for phones in _parts(who.phones, _ending, most):
            yield msgspec.structs.replace(who, phones=phones)
    else:
        yield who


def _parts(named: Sequence[T], same: Callable[[T], Hashable], most: int) -> Iterator[tuple[T, ...]]:
    """Split into parts; possible duplicates stay together."""
    if len(named) <= most:
        if named:
            yield tuple(named)
        return
    alike: dict[Hashable, list[T]] = {}
    for one in named:
        alike.setdefault(same(one), []).append(one)
    part: list[T] = []
    for some in alike.values():
        if part and len(part) + len(some) > most:
            yield tuple(part)
            part = []
        part += some
        while len(part) > most:
            yield tuple(part[:most])
            part = part[most:]
    if part:
        yield tuple(part)


def _ending(phone: str) -> str:
    """The last digits of a phone number, which all its spellings share."""
    digits = [str(unicodedata.digit(char)) for char in phone if char.isdigit()]
    return "".join(digits[-_ENDING:])


def together(one: EnrollResult | None, other: EnrollResult) -> EnrollResult:
    """The combined result of two requests for different contacts."""
    if one is None:
        return other
    firsts = [at for at in (one.first_text_at, other.first_text_at) if at]
    lasts = [at for at in (one.last_text_at, other.last_text_at) if at]
    return msgspec.structs.replace(
        one,
        asked=one.asked + other.asked,
        pending=one.pending + other.pending,
        omitted=_sum(one.omitted, other.omitted),
        skipped=_sum(one.skipped, other.skipped),
        refused=_sum(one.refused, other.refused),
        first_text_at=min(firsts, default=None),
        last_text_at=max(lasts, default=None),
        segments=one.segments + other.segments,
        turned=one.turned + other.turned,
        turned_omitted=one.turned_omitted + other.turned_omitted,
    )


def _sum(one: dict[str, int], other: dict[str, int]) -> dict[str, int]:
    return {name: one.get(name, 0) + other.get(name, 0) for name in (*one, *other)}
