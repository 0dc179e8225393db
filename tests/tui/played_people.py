"""A fake server's contacts: searched, added, imported from a file, and enrolled."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, Awaitable, Callable
from datetime import timedelta
from typing import Final

from common.client import ApiProblem
from common.model.contacts import (
    Contact,
    ContactPage,
    ImportOutcome,
    Line,
    NewContact,
    Reject,
)
from common.model.enrolling import Enrollees, EnrollResult, Turned
from common.model.groups import Group
from common.people_routes import ContactSort, ImportForm
from common.requesting import Unreachable
from common.vocabulary import LineKind
from tests.tui.listed import NOW
from tui.state.contact_selection import finds

FEW: Final = 7
"""Fewer digits than this are not a phone number."""


def person(ident: int, phone: str = "", first_name: str = "", last_name: str = "") -> Contact:
    """A contact."""
    line = Line(LineKind.UNKNOWN, None, certain=False, at=None)
    return Contact(
        ident, phone or f"+1206{5_550_000 + ident:07}", first_name, last_name, None,
        ("America/Los_Angeles",), "US", "WA", False, line, {}, (), "ana", NOW, NOW,
    )  # fmt: skip


class PlayedPeople:
    """What a played server says of contacts. Enrolling knows who is `suppressed` or `pending`.

    With `break_after` requests to enroll, the next answer is lost after its effect.
    """

    url: str
    groups: list[Group]
    _answer: Callable[[], Awaitable[None]]

    def __init__(self) -> None:
        self.contacts: list[Contact] = []
        self.members: dict[int, set[int]] = {}
        self.suppressed: set[str] = set()
        self.pending: set[int] = set()
        self.searched: list[tuple[str, int]] = []
        self.imports: list[tuple[bool, bool, int | None]] = []
        self.enrolled: list[Enrollees] = []
        self.break_after: int | None = None
        self.slow = asyncio.Event()
        self.slow.set()

    def add_people(self, *people: Contact) -> None:
        """Set the contacts."""
        self.contacts += people

    def make_group(self, ident: int, name: str, *members: int) -> None:
        """Add a group."""
        self.members[ident] = set(members)
        self.groups.append(Group(ident, name, len(members), "ana", NOW))

    @property
    def _next_id(self) -> int:
        return 1 + max((one.id for one in self.contacts), default=0)

    @property
    def _by_id(self) -> dict[int, Contact]:
        return {one.id: one for one in self.contacts}

    def _find(self, q: str) -> list[Contact]:
        return [one for one in self.contacts if finds(q, one)]

    async def list_contacts(
        self, q: str = "", *, sort: ContactSort = "name", offset: int = 0, limit: int = 50
    ) -> ContactPage:
        """A page of the matching ones."""
        del sort
        await self._answer()
        self.searched.append((q, offset))
        found = self._find(q)
        return ContactPage(tuple(found[offset : offset + limit]), len(found))

    async def add_contact(self, new: NewContact) -> Contact:
        """Add a contact; a number with fewer than seven digits is invalid."""
        await self._answer()
        digits = "".join(char for char in new.phone if char.isdigit())
        if len(digits) < FEW:
            raise ApiProblem(422, "number_not_textable", f"{new.phone}: too short. Check it.")
        phone = f"+1{digits.removeprefix('1')}"
        for one in self.contacts:
            if one.phone == phone:
                raise ApiProblem(409, "contact_exists", "taken", more={"contact_id": one.id})
        made = person(self._next_id, phone)
        self.contacts.append(made)
        return made

    async def add_group(self, name: str) -> Group:
        """An empty group."""
        await self._answer()
        for one in self.groups:
            if one.name.casefold() == name.casefold():
                raise ApiProblem(409, "group_exists", "taken", more={"group_id": one.id})
        ident = 1 + max(self.members, default=0)
        self.make_group(ident, name)
        return self.groups[-1]

    async def import_contacts(
        self,
        blocks: AsyncIterable[bytes],
        form: ImportForm = "application/octet-stream",
        *,
        overwrite: bool = False,
        dry_run: bool = False,
        group_id: int | None = None,
    ) -> ImportOutcome:
        """Read lines of phone and first name; a first line without `phone` is refused."""
        del form
        await self._answer()
        content = b"".join([block async for block in blocks]).decode()
        await self.slow.wait()
        await self._answer()
        self.imports.append((dry_run, overwrite, group_id))
        header, *lines = content.splitlines()
        if "phone" not in header:
            detail = f"line 1: no column of phone numbers among {header}. Name it phone."
            raise ApiProblem(422, "unreadable_file", detail)
        by_phone = {one.phone: one for one in self.contacts}
        rejects, seen, added = [], set(), []
        for number, line in enumerate(lines, 2):
            phone, _, name = line.partition(",")
            if len(phone) < FEW:
                rejects.append(Reject(number, "phone", "too short", "Check the number.", phone))
            elif phone in seen:
                rejects.append(Reject(number, "phone", "a duplicate: named before", "", phone))
            else:
                seen.add(phone)
                if phone not in by_phone:
                    added.append((phone, name))
        known = [by_phone[phone].id for phone in seen if phone in by_phone]
        before = self.members.get(group_id or 0, set())
        joined = len(added) + sum(one not in before for one in known)
        if not dry_run:
            for phone, name in added:
                known.append(self._next_id)
                self.contacts.append(person(self._next_id, phone, name))
            if group_id is not None:
                self.members[group_id] |= set(known)
                self._count(group_id)
        duplicates = sum(one.reason.startswith("a duplicate") for one in rejects)
        return ImportOutcome(
            len(lines), len(added), 0, len(seen) - len(added), duplicates,
            len(rejects) - duplicates, joined if group_id else 0, tuple(rejects), 0, dry_run,
        )  # fmt: skip

    def _count(self, group_id: int) -> None:
        self.groups = [
            Group(one.id, one.name, len(self.members[one.id]), "ana", NOW) for one in self.groups
        ]

    async def enroll(self, sequence_id: int, who: Enrollees) -> EnrollResult:
        """Pending contacts are skipped, suppressed ones are omitted, the others become pending."""
        await self._answer()
        await self.slow.wait()
        await self._answer()
        self.enrolled.append(who)
        asked = self._whom(who)
        pending, turned = [], []
        omitted = skipped = 0
        for one in asked:
            if one.id in self.pending:
                skipped += 1
                turned.append(Turned(one.id, one.phone, "skipped", "already pending"))
            elif one.phone in self.suppressed or one.suppressed:
                omitted += 1
                turned.append(Turned(one.id, one.phone, "omitted_opted_out", "opted out before"))
            else:
                pending.append(one.id)
        if not who.dry_run:
            self.pending.update(pending)
            if self.break_after is not None:
                self.break_after -= 1
                if self.break_after < 0:
                    self.break_after = None
                    raise Unreachable(self.url, "the answer was lost")
        return EnrollResult(
            sequence_id, len(asked), len(pending),
            {"omitted_opted_out": omitted} if omitted else {},
            {"already_pending": skipped} if skipped else {}, {},
            NOW + timedelta(hours=1) if pending else None,
            NOW + timedelta(days=2, hours=1) if pending else None,
            2 * len(pending), tuple(turned), 0, who.dry_run,
        )  # fmt: skip

    def _whom(self, who: Enrollees) -> list[Contact]:
        if who.contact_ids is not None:
            return [self._by_id[one] for one in who.contact_ids]
        if who.group_id is not None:
            return [self._by_id[one] for one in sorted(self.members[who.group_id])]
        return self._find(who.q or "")
