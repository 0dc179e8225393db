"""Routes of sequences. The routes of their states and enrollments are in `enrollments`."""

from __future__ import annotations

from contextlib import nullcontext
from typing import Annotated

import sqlalchemy as sa
from litestar import Response, Router, post, put
from litestar.params import JSONBody, QueryParameter

from common.model.sequences import (
    Applied,
    Apply,
    Finding,
    NewName,
    PreviewRequest,
    Sequence,
    SequenceDocument,
    SequencePage,
    SequenceReplaced,
    Step,
    StepPreview,
)
from common.vocabulary import Role
from server.database.engine import Database
from server.dependencies import Injected
from server.mutation import Mutation
from server.parameters import PAGE, Id, Limit, Offset
from server.routing import act, route, view
from server.sequences import reading, service
from server.sequences.document import checked
from server.sequences.edited import Followed, FollowsEdit
from server.sequences.preview import preview

Query = Annotated[str, QueryParameter(max_length=200, description="Words of the name.")]
Archived = Annotated[bool, QueryParameter(description="Include archived sequences.")]
DryRun = Annotated[bool, QueryParameter(description="Only report what would change.")]
Version = Annotated[
    int | None,
    QueryParameter(
        ge=1, le=2**31 - 1, description="Refuse the change if the sequence has another version."
    ),
]


@view("/sequences", "listSequences")
async def list_sequences(
    database: Injected[Database],
    q: Query = "",
    include_archived: Archived = False,
    offset: Offset = 0,
    limit: Limit = PAGE,
) -> SequencePage:
    """Sequences by name, with the number of contacts per status."""
    return await database.read(
        reading.list_sequences, q, include_archived=include_archived, offset=offset, limit=limit
    )


@route(post, "/sequences", "addSequence", 409, 413)
async def add_sequence(
    data: JSONBody[SequenceDocument], mutation: Injected[Mutation]
) -> Response[Sequence]:
    """Create a draft."""
    return await mutation(service.create, data, mutation.operator_id, mutation.now)


@view("/sequences/{sequence_id:int}", "getSequence", 404)
async def get_sequence(sequence_id: Id, database: Injected[Database]) -> Sequence:
    """One whole sequence."""
    return await database.read(reading.read_sequence, sequence_id)


@view("/sequences/{sequence_id:int}/steps", "listSteps", 404)
async def list_steps(sequence_id: Id, database: Injected[Database]) -> tuple[Step, ...]:
    """The steps of a sequence, in order."""
    return await database.read(reading.read_steps, sequence_id)


@route(put, "/sequences/{sequence_id:int}", "replaceSequence", 404, 409, 413)
async def replace_sequence(
    sequence_id: Id,
    data: JSONBody[SequenceDocument],
    mutation: Injected[Mutation],
    follow: Injected[FollowsEdit],
    version: Version = None,
    dry_run: DryRun = False,
) -> Response[SequenceReplaced]:
    """Replace a sequence with the document, matching steps by id; a dry run only reports."""

    def replace(connection: sa.Connection) -> SequenceReplaced:
        caller, now = mutation.operator_id, mutation.now
        with service.taken_back(connection) if dry_run else nullcontext():
            replaced = service.replace(
                connection, sequence_id, data, caller, now, expected_version=version
            )
            followed = Followed()
            if replaced.before is not None:
                followed = follow(connection, replaced.before, now, dry_run=dry_run)
            return replaced.told(followed, dry_run=dry_run)

    return await mutation(replace)


@act("/sequences/apply", "applySequence", 409, 413)
async def apply_sequence(
    data: JSONBody[Apply], mutation: Injected[Mutation], follow: Injected[FollowsEdit]
) -> Response[Applied]:
    """Create or replace the sequence with the document's name; a dry run only reports."""

    def apply(connection: sa.Connection) -> Applied:
        caller, now = mutation.operator_id, mutation.now
        applied = service.apply(connection, data.document, caller, now, dry_run=data.dry_run)
        if applied.replaced is not None and applied.replaced.before is not None:
            follow(connection, applied.replaced.before, now)
        return applied.told

    return await mutation(apply)


@route(post, "/sequences/{sequence_id:int}/duplicate", "duplicateSequence", 404, 409, 413)
async def duplicate_sequence(
    sequence_id: Id, data: JSONBody[NewName], mutation: Injected[Mutation]
) -> Response[Sequence]:
    """Create a draft with the same settings and texts."""
    caller = mutation.operator_id
    return await mutation(service.duplicate, sequence_id, data.name, caller, mutation.now)


@act("/sequences/lint", "lintDocument", 413, role=Role.VIEWER)
async def lint_document(
    data: JSONBody[SequenceDocument], database: Injected[Database], now: Injected[int]
) -> list[Finding]:
    """Errors and warnings for a document; nothing is stored."""
    return await database.read(reading.lint_document, checked(data), now)


@view("/sequences/{sequence_id:int}/lint", "lintSequence", 404)
async def lint_sequence(
    sequence_id: Id, database: Injected[Database], now: Injected[int]
) -> list[Finding]:
    """Errors and warnings for a sequence as it is now."""
    return await database.read(reading.lint_sequence, sequence_id, now)


@act("/sequences/{sequence_id:int}/preview", "previewSequence", 404, 413, role=Role.VIEWER)
async def preview_sequence(
    sequence_id: Id, data: JSONBody[PreviewRequest], database: Injected[Database]
) -> list[StepPreview]:
    """Each step as one contact would get it, and its cost."""
    return await database.read(preview, sequence_id, data)


router = Router(
    path="/",
    route_handlers=[
        list_sequences,
        add_sequence,
        get_sequence,
        list_steps,
        replace_sequence,
        apply_sequence,
        duplicate_sequence,
        lint_document,
        lint_sequence,
        preview_sequence,
    ],
    tags=["sequences"],
)
