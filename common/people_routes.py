"""The methods of the client for operators, contacts and groups."""

from __future__ import annotations

from collections.abc import AsyncIterable, Collection
from typing import Final, Literal

from common.model.contacts import (
    Contact,
    ContactChange,
    ContactDetail,
    ContactPage,
    ImportOutcome,
    NewContact,
)
from common.model.groups import Group, GroupChange, GroupPage, MembersAdded, NewGroup, NewMembers
from common.model.operators import (
    Me,
    NewOperator,
    NewToken,
    Operator,
    OperatorChange,
    Token,
    TokenSecret,
)
from common.requesting import Requester
from common.vocabulary import Role

PAGE: Final = 50

ContactSort = Literal["name", "-name", "phone", "-phone", "created", "-created"]
ImportForm = Literal["text/csv", "application/x-ndjson", "application/octet-stream"]
"""Content type per file form; with the last one, the server detects the form."""


class PeopleRoutes:
    """Methods of `common.client.Client`."""

    requester: Requester

    async def me(self) -> Me:
        """The caller, and the server's clock."""
        return await self.requester.read(Me, "/me")

    async def list_operators(self) -> list[Operator]:
        """All operators, by name."""
        return await self.requester.read(list[Operator], "/operators")

    async def add_operator(self, name: str, role: Role) -> TokenSecret:
        """Create an operator with a first token."""
        new = NewOperator(name, role)
        return await self.requester.change("POST", TokenSecret, "/operators", new)

    async def change_operator(self, operator_id: int, change: OperatorChange) -> Operator:
        """Change an operator's role, or disable or enable the operator."""
        return await self.requester.change("PATCH", Operator, f"/operators/{operator_id}", change)

    async def list_tokens(self) -> list[Token]:
        """All tokens, without their secrets."""
        return await self.requester.read(list[Token], "/tokens")

    async def add_token(self, operator: str, label: str = "") -> TokenSecret:
        """Create a token for an operator."""
        new = NewToken(operator, label)
        return await self.requester.change("POST", TokenSecret, "/tokens", new)

    async def revoke_token(self, token_id: int) -> None:
        """Revoke a token."""
        await self.requester.change("DELETE", type(None), f"/tokens/{token_id}")

    async def list_contacts(
        self, q: str = "", *, sort: ContactSort = "name", offset: int = 0, limit: int = PAGE
    ) -> ContactPage:
        """Contacts by words of the name or digits of the phone number."""
        return await self.requester.read(
            ContactPage, "/contacts", q=q, sort=sort, offset=offset, limit=limit
        )

    async def get_contact(self, contact_id: int) -> ContactDetail:
        """One contact with groups and suppressions."""
        return await self.requester.read(ContactDetail, f"/contacts/{contact_id}")

    async def add_contact(self, new: NewContact) -> Contact:
        """Add a contact."""
        return await self.requester.change("POST", Contact, "/contacts", new)

    async def change_contact(self, contact_id: int, change: ContactChange) -> Contact:
        """Change the given fields of a contact."""
        return await self.requester.change("PATCH", Contact, f"/contacts/{contact_id}", change)

    async def import_contacts(
        self,
        blocks: AsyncIterable[bytes],
        form: ImportForm = "application/octet-stream",
        *,
        overwrite: bool = False,
        dry_run: bool = False,
        group_id: int | None = None,
    ) -> ImportOutcome:
        """Import a file of contacts while reading it. Safe to repeat after a lost connection."""
        return await self.requester.upload(
            ImportOutcome,
            "/contacts/import",
            form,
            blocks,
            overwrite=overwrite,
            dry_run=dry_run,
            group_id=group_id,
        )

    async def list_groups(self, q: str = "", *, offset: int = 0, limit: int = PAGE) -> GroupPage:
        """Groups by name."""
        return await self.requester.read(GroupPage, "/groups", q=q, offset=offset, limit=limit)

    async def get_group(self, group_id: int) -> Group:
        """One group."""
        return await self.requester.read(Group, f"/groups/{group_id}")

    async def add_group(self, name: str) -> Group:
        """Create an empty group."""
        return await self.requester.change("POST", Group, "/groups", NewGroup(name))

    async def rename_group(self, group_id: int, name: str) -> Group:
        """Rename a group."""
        return await self.requester.change("PATCH", Group, f"/groups/{group_id}", GroupChange(name))

    async def delete_group(self, group_id: int) -> None:
        """Delete a group; its contacts stay."""
        await self.requester.change("DELETE", type(None), f"/groups/{group_id}")

    async def list_members(
        self,
        group_id: int,
        q: str = "",
        *,
        sort: ContactSort = "name",
        offset: int = 0,
        limit: int = PAGE,
    ) -> ContactPage:
        """The contacts of a group."""
        return await self.requester.read(
            ContactPage,
            f"/groups/{group_id}/contacts",
            q=q,
            sort=sort,
            offset=offset,
            limit=limit,
        )

    async def add_members(self, group_id: int, contact_ids: Collection[int]) -> MembersAdded:
        """Add contacts to a group."""
        new = NewMembers(tuple(contact_ids))
        return await self.requester.change(
            "POST", MembersAdded, f"/groups/{group_id}/contacts", new
        )

    async def remove_member(self, group_id: int, contact_id: int) -> None:
        """Remove one contact from a group."""
        await self.requester.change(
            "DELETE", type(None), f"/groups/{group_id}/contacts/{contact_id}"
        )
