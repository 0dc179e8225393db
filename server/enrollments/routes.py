"""Routes that enroll, and that change what a sequence does with its enrollments."""

from __future__ import annotations

import msgspec
import sqlalchemy as sa
from litestar import Response, Router, post
from litestar.params import JSONBody

from common.model.enrolling import Enrollees, EnrollResult, Resume
from common.model.sequences import Sequence
from common.vocabulary import Role
from server.contacts.written import Dialing
from server.database.engine import Database
from server.dependencies import Injected
from server.enrollments import activation, pause
from server.enrollments.enrolling_service import DryRun, Tally, enroll_part, find_whom
from server.enrollments.planning import Planner
from server.errors import Conflict
from server.mutation import Mutation
from server.parameters import Id
from server.problems import problems
from server.sequences import reading
from server.sequences.lint import errors_of


@post(
    "/sequences/{sequence_id:int}/enrollments",
    operation_id="enroll",
    opt={"role": Role.OPERATOR},
    responses=problems(404, 409, 413),
    status_code=200,
)
async def enroll(
    sequence_id: Id,
    data: JSONBody[Enrollees],
    mutation: Injected[Mutation],
    planner: Injected[Planner],
    database: Injected[Database],
    dialing: Injected[Dialing],
) -> Response[EnrollResult]:
    """Enroll contacts, a group, numbers or a search; a dry run tells exactly what would happen.

    More than 2,000 are enrolled in batches; sending the same request again goes on where it broke.
    """

    async def work() -> EnrollResult:
        await database.read(reading.read_steps, sequence_id)
        whom = await database.read(find_whom, data, dialing)
        tally = Tally()
        for part in whom.parts():
            try:
                batch = await database.write(
                    enroll_part,
                    planner,
                    sequence_id,
                    part,
                    mutation.caller.operator_id,
                    mutation.now,
                    dry_run=data.dry_run,
                )
            except DryRun as done:
                batch = done.tally
            tally.add(batch)
        return tally.told(sequence_id, data.dry_run)

    return await mutation.in_parts(200, work)


@post(
    "/sequences/{sequence_id:int}/activate",
    operation_id="activateSequence",
    opt={"role": Role.OPERATOR},
    responses=problems(404, 409),
    status_code=200,
)
async def activate_sequence(
    sequence_id: Id, mutation: Injected[Mutation], planner: Injected[Planner]
) -> Response[Sequence]:
    """Let a draft run. Refused while lint finds errors in it."""

    def run(connection: sa.Connection) -> Sequence:
        errors = errors_of(reading.lint_sequence(connection, sequence_id, mutation.now))
        if errors:
            raise Conflict(
                "lint_errors",
                f"It has {len(errors)} error{'s' if len(errors) > 1 else ''}; the first:"
                f" {errors[0].reason} {errors[0].remedy}",
                findings=msgspec.to_builtins(errors),
            )
        activation.activate(
            connection, planner, sequence_id, mutation.caller.operator_id, mutation.now
        )
        return reading.read_sequence(connection, sequence_id)

    return await mutation(run)


@post(
    "/sequences/{sequence_id:int}/pause",
    operation_id="pauseSequence",
    opt={"role": Role.OPERATOR},
    responses=problems(404, 409),
    status_code=200,
)
async def pause_sequence(sequence_id: Id, mutation: Injected[Mutation]) -> Response[Sequence]:
    """Send nothing of it until it is resumed; replies and opt-outs still count."""

    def run(connection: sa.Connection) -> Sequence:
        pause.pause(connection, sequence_id, mutation.caller.operator_id, mutation.now)
        return reading.read_sequence(connection, sequence_id)

    return await mutation(run)


@post(
    "/sequences/{sequence_id:int}/resume",
    operation_id="resumeSequence",
    opt={"role": Role.OPERATOR},
    responses=problems(404, 409, 413),
    status_code=200,
)
async def resume_sequence(
    sequence_id: Id,
    data: JSONBody[Resume],
    mutation: Injected[Mutation],
    planner: Injected[Planner],
) -> Response[Sequence]:
    """Let a paused sequence run on: shift all due times, keep the gaps, or skip what is overdue."""

    def run(connection: sa.Connection) -> Sequence:
        pause.resume(
            connection,
            planner,
            sequence_id,
            data.mode,
            mutation.caller.operator_id,
            mutation.now,
        )
        return reading.read_sequence(connection, sequence_id)

    return await mutation(run)


@post(
    "/sequences/{sequence_id:int}/archive",
    operation_id="archiveSequence",
    opt={"role": Role.OPERATOR},
    responses=problems(404, 409),
    status_code=200,
)
async def archive_sequence(sequence_id: Id, mutation: Injected[Mutation]) -> Response[Sequence]:
    """Put a sequence away; refused while anybody in it is pending."""

    def run(connection: sa.Connection) -> Sequence:
        activation.archive(connection, sequence_id, mutation.caller.operator_id, mutation.now)
        return reading.read_sequence(connection, sequence_id)

    return await mutation(run)


router = Router(
    path="/",
    route_handlers=[enroll, activate_sequence, pause_sequence, resume_sequence, archive_sequence],
    tags=["enrollments"],
)
