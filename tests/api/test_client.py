"""The typed client: every method against the real application."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, cast

import httpx
import msgspec
import pytest
from litestar import Litestar

from common.client import ApiProblem, Client
from common.model.contacts import ContactChange, NewContact
from common.model.enrolling import Enrollees
from common.model.operations import NewOperation, Selection
from common.model.operators import OperatorChange
from common.model.senders import CarrierName, NewSender, SenderChange
from common.model.sequences import Delay, PreviewRequest, SequenceDocument, StepDocument
from common.vocabulary import OperationAction, Outcome, ResumeMode, Role, SequenceState
from tests.api.conftest import ADMIN_TOKEN

DOCUMENT = SequenceDocument(
    "Spring", steps=(StepDocument("Hi. Reply STOP to opt out.", Delay(days=1)),)
)


@asynccontextmanager
async def signed_in(app: Litestar, token: str = ADMIN_TOKEN) -> AsyncIterator[Client]:
    """A client of the application, which runs meanwhile."""
    transport = httpx.ASGITransport(cast("Any", app))
    async with (
        app.lifespan(),
        Client("http://drumbeat.test", token, transport=transport) as client,
    ):
        yield client


async def test_operators_and_tokens(app: Litestar) -> None:
    async with signed_in(app) as client:
        made = await client.add_operator("Ana", Role.VIEWER)
        more = await client.add_token("ana", "laptop")
        await client.revoke_token(more.id)
        operators = {one.name: one for one in await client.list_operators()}
        changed = await client.change_operator(operators["Ana"].id, OperatorChange(disabled=True))

        assert (await client.me()).operator.name == "admin"
        assert (made.role, changed.disabled) == (Role.VIEWER, True)
        assert {one.label: one.revoked for one in await client.list_tokens()}["laptop"]


async def test_contacts_and_groups(app: Litestar) -> None:
    async with signed_in(app) as client:
        new = NewContact("+14155550142", "Lena", fields={"company": "Acme"})
        added = await client.add_contact(new)
        changed = await client.change_contact(added.id, ContactChange(last_name="Abadi"))
        group = await client.add_group("VIP")
        assert (await client.add_members(group.id, [added.id])).added == 1
        renamed = await client.rename_group(group.id, "Regulars")

        assert changed.last_name == "Abadi"
        assert renamed.name == (await client.get_group(group.id)).name == "Regulars"
        assert (await client.list_contacts("aba", sort="-phone")).total == 1
        assert (await client.list_members(group.id)).items[0].id == added.id
        assert (await client.get_contact(added.id)).groups[0].name == "Regulars"
        await client.remove_member(group.id, added.id)
        await client.delete_group(group.id)
        assert (await client.list_groups()).total == 0
        assert (await client.timeline(added.id)).items


async def test_a_file_is_imported_as_it_is_read(app: Litestar) -> None:
    async with signed_in(app) as client:

        async def blocks() -> AsyncIterator[bytes]:
            yield b"phone,first name\n+1415"
            yield b"5550142,Lena\nnonsense,Sam\n"

        outcome = await client.import_contacts(blocks(), "text/csv", dry_run=True)

        assert (outcome.added, outcome.rejected, outcome.dry_run) == (1, 1, True)
        assert outcome.rejects[0].line == 3


async def test_senders(app: Litestar) -> None:
    async with signed_in(app) as client:
        made = await client.add_sender(NewSender("+14155550199", "second", CarrierName.SIMULATOR))
        changed = await client.change_sender(made.id, SenderChange(segments_per_second=5.0))

        assert changed.segments_per_second == 5.0
        assert await client.start_sender(made.id) in await client.list_senders()


async def test_a_sequence_from_its_draft_to_its_end(app: Litestar) -> None:
    async with signed_in(app) as client:
        applied = await client.apply_sequence(DOCUMENT)
        assert applied.id is not None
        whole = await client.get_sequence(applied.id)
        replaced = await client.replace_sequence(whole.id, DOCUMENT, whole.version)
        copy = await client.duplicate_sequence(whole.id, "Copy")
        preview = await client.preview_sequence(whole.id, PreviewRequest())

        assert not replaced.changed
        assert preview[0].text == "Hi. Reply STOP to opt out."
        assert await client.lint_document(DOCUMENT) == await client.lint_sequence(whole.id)
        assert (await client.activate(whole.id)).state is SequenceState.ACTIVE
        assert (await client.pause(whole.id)).state is SequenceState.PAUSED
        assert (await client.resume(whole.id, ResumeMode.SHIFT)).state is SequenceState.ACTIVE
        assert (await client.archive(copy.id)).state is SequenceState.ARCHIVED
        assert (await client.list_sequences()).total == 1
        assert (await client.list_sequences(include_archived=True)).total == 2
        assert (await client.add_sequence(msgspec.structs.replace(DOCUMENT, name="Other"))).id


async def test_enrolling_acting_and_taking_back(app: Litestar) -> None:
    async with signed_in(app) as client:
        sequence = await client.add_sequence(DOCUMENT)
        whom = Enrollees(phones=("+14155550142", "+14155550143"))
        result = await client.enroll(sequence.id, whom)
        page = await client.list_enrollments(sequence.id, "status:pending", sort="phone")
        again = await client.list_enrollments(sequence.id, snapshot=page.snapshot, offset=1)
        listed = await client.list_enrollment_ids(sequence.id, snapshot=page.snapshot, limit=1)
        chosen = Selection(ids=listed.ids)
        done = await client.add_operation(NewOperation(OperationAction.FINISH, chosen))
        undone = await client.undo_operation(done.id)

        assert (result.pending, page.total, again.items[0].id) == (2, 2, page.items[1].id)
        assert (done.done, undone.undoes) == (1, done.id)
        assert (await client.get_operation(done.id, outcome=Outcome.DONE)).rows_total == 1
        assert (await client.list_operations()).total == 2
        assert (await client.explain(page.items[0].id)).sentences
        assert (await client.get_enrollment(page.items[0].id)).contact.phone == "+14155550142"
        with pytest.raises(ApiProblem, match="already ended"):
            await client.cancel_operation(done.id)


async def test_texts_reviews_and_suppressions(app: Litestar) -> None:
    async with signed_in(app) as client:
        contact = await client.add_contact(NewContact("+14155550142", "Lena"))
        preview = await client.preview_message("Hello", [contact.id])
        text = await client.send_message(contact.id, "Hello", "the person asked")
        await client.suppress(contact.phone, "asked by phone")

        assert preview[0].text == "Hello"
        assert (await client.get_message(text.id)).body == "Hello"
        assert (await client.list_messages(contact_id=contact.id)).total == 1
        assert (await client.list_suppressions("555")).total == 1
        await client.lift_suppression(contact.phone)
        assert (await client.list_suppressions()).total == 0
        assert (await client.list_suppressions(lifted=True)).total == 1
        assert (await client.list_reviews()).total == (await client.list_callbacks()).total == 0
        with pytest.raises(ApiProblem) as refused:
            await client.decide_review(99, "reply")
        assert refused.value.code == "review_not_found"
        with pytest.raises(ApiProblem):
            await client.read_message(text.id, "harmless")


async def test_a_refusal_names_each_field_for_people(app: Litestar) -> None:
    async with signed_in(app) as client:
        with pytest.raises(ApiProblem) as refused:
            await client.add_contact(NewContact("+14155550142", zone="Mars"))

        error = refused.value
        assert (error.status, error.code) == (422, "invalid")
        assert error.faults[0].pointer == "body.zone"
        assert "America/New_York" in error.message


async def test_a_wrong_token_is_reported(app: Litestar) -> None:
    async with signed_in(app, "dbt_wrong") as client:
        with pytest.raises(ApiProblem) as refused:
            await client.me()

    assert (refused.value.status, refused.value.code) == (401, "bad_token")
