"""Routes that enroll, and that change the state of a sequence."""

from __future__ import annotations

import msgspec
import sqlalchemy as sa
from litestar import Response, Router
from litestar.params import JSONBody

from common.model.enrolling import Enrollees, EnrollResult, Resume
from common.model.sequences import Sequence
from server.contacts.fields import Dialing
from server.database.engine import Database
from server.dependencies import Injected
from server.enrollments import activation, pause
from server.enrollments.enrolling_service import DryRun, Tally, enroll_part, find_people_to_enroll
from server.enrollments.planning import Planner
from server.errors import Conflict
from server.mutation import Mutation
from server.parameters import Id
from server.routing import act
from server.sequences import reading
from server.sequences.lint import errors_of


@act("/sequences/{sequence_id:int}/enrollments", "enroll", 404, 409, 413)
async def enroll(
    sequence_id: Id,
    data: JSONBody[Enrollees],
    mutation: Injected[Mutation],
    planner: Injected[Planner],
    database: Injected[Database],
    dialing: Injected[Dialing],
) -> Response[EnrollResult]:
    """Enroll contacts, a group, numbers or a search; a dry run returns exactly what would happen.

    More than 2,000 are enrolled in batches; the same request sent again continues where it broke.
    """

    async def work() -> EnrollResult:
        await database.read(reading.read_steps, sequence_id)
        people = await database.read(find_people_to_enroll, data, dialing)
        tally = Tally()
        for part in people.parts():
            try:
                batch = await database.write(
                    enroll_part,
                    planner,
                    sequence_id,
                    part,
                    mutation.operator_id,
                    mutation.now,
                    dry_run=data.dry_run,
                )
            except DryRun as done:
                batch = done.tally
            tally.add(batch)
        return tally.told(sequence_id, data.dry_run)

    return await mutation.in_parts(200, work)


@act("/sequences/{sequence_id:int}/activate", "activateSequence", 404, 409)
async def activate_sequence(
    sequence_id: Id, mutation: Injected[Mutation], planner: Injected[Planner]
) -> Response[Sequence]:
    """Activate a draft. Refused while lint finds errors in it."""

    def run(connection: sa.Connection) -> Sequence:
        errors = errors_of(reading.lint_sequence(connection, sequence_id, mutation.now))
        if errors:
            raise Conflict(
                "lint_errors",
                f"It has {len(errors)} error{'s' if len(errors) > 1 else ''}; the first:"
                f" {errors[0].reason} {errors[0].remedy}",
                findings=msgspec.to_builtins(errors),
            )
        return activation.activate(
            connection, planner, sequence_id, mutation.operator_id, mutation.now
        )

    return await mutation(run)


@act("/sequences/{sequence_id:int}/pause", "pauseSequence", 404, 409)
async def pause_sequence(sequence_id: Id, mutation: Injected[Mutation]) -> Response[Sequence]:
    """Pause a sequence: nothing is sent until it is resumed; replies and opt-outs still count."""
    return await mutation(pause.pause, sequence_id, mutation.operator_id, mutation.now)


@act("/sequences/{sequence_id:int}/resume", "resumeSequence", 404, 409, 413)
async def resume_sequence(
    sequence_id: Id,
    data: JSONBody[Resume],
    mutation: Injected[Mutation],
    planner: Injected[Planner],
) -> Response[Sequence]:
    """Resume a sequence: shift all due times, keep the gaps, or skip what is overdue."""
    return await mutation(
        pause.resume,
        planner,
        sequence_id,
        data.mode,
        mutation.operator_id,
        mutation.now,
    )


@act("/sequences/{sequence_id:int}/archive", "archiveSequence", 404, 409)
async def archive_sequence(sequence_id: Id, mutation: Injected[Mutation]) -> Response[Sequence]:
    """Archive a sequence; refused while enrollments in it are pending."""
    return await mutation(activation.archive, sequence_id, mutation.operator_id, mutation.now)


router = Router(
    path="/",
    route_handlers=[enroll, activate_sequence, pause_sequence, resume_sequence, archive_sequence],
    tags=["enrollments"],
)
