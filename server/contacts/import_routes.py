"""The import route: reads the whole streamed file, then writes it part by part."""

from __future__ import annotations

import asyncio
import hashlib
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import closing
from functools import partial
from typing import Annotated, Final

import sqlalchemy as sa
from litestar import Response, post
from litestar.openapi.spec import OpenAPIMediaType, OpenAPIType, Operation, RequestBody, Schema
from litestar.params import FromQuery, QueryParameter

from common.model.contacts import FILE_LIMIT, ImportOutcome
from common.vocabulary import Role
from server.contacts import groups
from server.contacts.fields import Dialing
from server.contacts.file_reader import Form
from server.contacts.import_staging import Staging
from server.contacts.importing import Candidate, Manner, PartOutcome, candidates, import_part
from server.database.engine import Database
from server.dependencies import Injected
from server.errors import invalid
from server.followers import Followers
from server.mutation import Mutation
from server.operators.guards import CallerRequest
from server.problems import problems

BLOCK: Final = 512 * 1024
"""Bytes that a thread reads at once."""

_FORMS: Final[dict[str, Form | None]] = {
    "text/csv": Form.CSV,
    "application/x-ndjson": Form.NDJSON,
    "application/octet-stream": None,
    "": None,
}


class _FileOperation(Operation):
    """Declares in the OpenAPI document that the body is a file."""

    def __post_init__(self) -> None:
        file = OpenAPIMediaType(schema=Schema(type=OpenAPIType.STRING))
        self.request_body = RequestBody(
            content={form: file for form in _FORMS if form},
            description="A CSV file with a header line, or NDJSON; UTF-8, 256 MiB at most.",
            required=True,
        )


@post(
    "/contacts/import",
    operation_id="importContacts",
    opt={"role": Role.OPERATOR, "body_is_read_by_route": True},
    responses=problems(404, 409, 413),
    status_code=200,
    request_max_body_size=FILE_LIMIT,
    operation_class=_FileOperation,
    tags=["contacts"],
)
async def import_contacts(
    request: CallerRequest,
    database: Injected[Database],
    dialing: Injected[Dialing],
    followers: Injected[Followers],
    streamed_mutation: Injected[Mutation],
    overwrite: FromQuery[bool] = False,
    dry_run: FromQuery[bool] = False,
    group_id: Annotated[int | None, QueryParameter(ge=1, le=2**63 - 1)] = None,
) -> Response[ImportOutcome]:
    """Add the contacts of a CSV or NDJSON file, and fill blank fields of known ones.

    Filled fields are replaced only with `overwrite`. The whole file is read before anything is
    written, so an unreadable file changes nothing. Rejected rows are listed with their line. With
    `group_id`, all accepted contacts are added to that group. It is safe to run again: a repeated
    import changes nothing.
    """
    manner = Manner(
        overwrite, dry_run, group_id, streamed_mutation.operator_id, streamed_mutation.now
    )
    form = _form(request)
    if group_id is not None:
        await database.read(groups.require_group, group_id)
    with closing(Staging(dialing, form)) as staging:
        await streamed_mutation.of_body(await _stage(request, staging))
        write = partial(_write, database, staging, manner, followers)
        return await streamed_mutation.in_parts(200, write)


async def _stage(request: CallerRequest, staging: Staging) -> bytes:
    """Read the body to its end; returns its digest. A thread reads it block by block."""
    digest = hashlib.sha256()
    async for block in _blocks(request):
        digest.update(block)
        await asyncio.to_thread(staging.take, block)
    await asyncio.to_thread(staging.finish)
    return digest.digest()


async def _blocks(request: CallerRequest) -> AsyncIterator[bytes]:
    waiting = bytearray()
    async for chunk in request.stream():
        waiting += chunk
        if len(waiting) >= BLOCK:
            yield bytes(waiting)
            waiting.clear()
    yield bytes(waiting)


def _import_and_follow(
    connection: sa.Connection, part: Sequence[Candidate], manner: Manner, followers: Followers
) -> PartOutcome:
    done = import_part(connection, part, manner)
    followers.contacts_changed(connection, done.changed_ids, manner.now)
    return done


async def _write(
    database: Database, staging: Staging, manner: Manner, followers: Followers
) -> ImportOutcome:
    """Write part after part, each in its own transaction, so that other writes fit between."""
    run = database.read if manner.dry_run else database.write
    counts: Counter[str] = Counter()
    parts = (candidates(rows, manner) for rows in staging.parts())
    while (part := await asyncio.to_thread(next, parts, None)) is not None:
        done = await run(_import_and_follow, part, manner, followers)
        for reject in done.rejects:
            staging.reject(reject)
        counts.update(
            added=done.added,
            changed=done.changed,
            unchanged=done.unchanged,
            added_to_group=done.added_to_group,
        )
    told = tuple(sorted(staging.rejects, key=lambda reject: reject.line))
    refused = staging.rejected + staging.duplicates
    return ImportOutcome(
        rows=counts["added"] + counts["changed"] + counts["unchanged"] + refused,
        added=counts["added"],
        changed=counts["changed"],
        unchanged=counts["unchanged"],
        duplicates=staging.duplicates,
        rejected=staging.rejected,
        added_to_group=counts["added_to_group"],
        rejects=told,
        rejects_omitted=refused - len(told),
        dry_run=manner.dry_run,
    )


def _form(request: CallerRequest) -> Form | None:
    """The declared format of the file; None lets its first character decide."""
    content_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if content_type not in _FORMS:
        raise invalid(
            "header.Content-Type",
            f"{content_type[:100]!r} is not a supported format.",
            "Send the file itself as text/csv, application/x-ndjson or application/octet-stream.",
        )
    return _FORMS[content_type]
