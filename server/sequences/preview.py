"""Previews texts as one contact would get them."""

from __future__ import annotations

import sqlalchemy as sa

from common.model.sequences import Culprit, PreviewRequest, StepPreview
from common.segments import count_segments, culprits, plain
from server.contacts.store import custom_fields, get_row
from server.sequences import store
from server.sequences.text import MissingField, TextError, render


def preview(
    connection: sa.Connection, sequence_id: int, request: PreviewRequest
) -> list[StepPreview]:
    """The text of each step, or of each given body, with its fields filled in. Raises NotFound."""
    store.get_sequence(connection, sequence_id)
    fields: dict[str, str] = {}
    if request.contact_id is not None:
        fields = contact_fields(connection, request.contact_id)
    fields |= request.fields
    if request.bodies is not None:
        bodies: list[tuple[int | None, str]] = [(None, body) for body in request.bodies]
    else:
        bodies = [(step.id, step.body) for step in store.steps_of(connection, sequence_id)]
    return [
        preview_text(position, step_id, body, fields)
        for position, (step_id, body) in enumerate(bodies, 1)
    ]


def contact_fields(connection: sa.Connection, contact_id: int) -> dict[str, str]:
    """The merge fields of one contact. Raises NotFound."""
    row = get_row(connection, contact_id)
    own = {"first_name": row.first_name, "last_name": row.last_name, "phone": row.phone}
    return {**custom_fields(row.fields), **own}


def preview_text(
    position: int, step_id: int | None, body: str, fields: dict[str, str]
) -> StepPreview:
    """One text; if it would be held, all missing fields and the first problem."""
    try:
        text = render(body, fields)
    except TextError as error:
        return StepPreview(
            position=position,
            step_id=step_id,
            text=None,
            encoding=None,
            characters=0,
            segments=0,
            missing=_missing(body, fields),
            culprits=(),
            plain_segments=0,
            problem=str(error),
        )
    cost = count_segments(text)
    return StepPreview(
        position=position,
        step_id=step_id,
        text=text,
        encoding=cost.encoding,
        characters=len(text),
        segments=cost.count,
        missing=(),
        culprits=tuple(Culprit(*culprit) for culprit in culprits(text)),
        plain_segments=count_segments(plain(text)).count,
        problem=None,
    )


def _missing(body: str, fields: dict[str, str]) -> tuple[str, ...]:
    """The fields without which the text is held, in order of position."""
    filled = dict(fields)
    found: list[str] = []
    while True:
        try:
            render(body, filled)
        except MissingField as error:
            if error.name in found:
                return tuple(found)
            found.append(error.name)
            filled[error.name] = "x"
        except TextError:
            return tuple(found)
        else:
            return tuple(found)
