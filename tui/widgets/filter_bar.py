"""The three dropdowns of the Contacts tab: their values, and their entries with counts."""

from __future__ import annotations

from typing import Final

from textual.widgets import Static

from common.filter_values import NONE, FilterError
from common.filters import Field
from common.model.listing import Facets
from common.terminal import as_text, clean
from common.vocabulary import Status
from tui.state.choice import Choice
from tui.state.formatting import STATUS_GLYPHS
from tui.state.question import Question

ANY: Final = ""
"""The value of the first entry."""
LETTERS: Final = {"s": Field.STEP, "b": Field.BY, "t": Field.STATUS}
"""The letters after `f`."""
NAMES: Final = {Field.STEP: "step", Field.BY: "enrolled by", Field.STATUS: "status"}
"""What prompts and dropdowns call a field."""
_ANYTHING: Final = {Field.STEP: "any", Field.BY: "anyone", Field.STATUS: "any"}
_VALUE_CELLS: Final = 11
_SHORT: Final = {
    Status.FINISHED_RESPONDED: "responded",
    Status.FINISHED_NO_RESPONSE: "no response",
    Status.FINISHED_STOPPED: "stopped",
}
"""Short labels for statuses whose labels start the same."""


class FilterBar(Static):
    """Shows the values of the dropdowns."""

    told = ""

    def show(self, question: Question) -> None:
        """Show what is chosen; while the filter is invalid, the last values stay."""
        try:
            parts = [_said(question, field) for field in LETTERS.values()]
        except FilterError:
            return
        self.told = "  ".join(parts)
        self.update(as_text(self.told))


def _said(question: Question, field: Field) -> str:
    values = question.values(field)
    if not values:
        chosen = _ANYTHING[field]
    elif len(values) > 1:
        chosen = f"{len(values)} selected"
    else:
        value = values[0]
        short = _SHORT.get(Status(value)) if _is_status(field, value) else None
        chosen = clean(short or label_of(field, value), _VALUE_CELLS)
    return f"{field.capitalize()} {chosen} ▾"


def _is_status(field: Field, value: str) -> bool:
    return field is Field.STATUS and value in set(Status)


def label_of(field: Field, value: str) -> str:
    """The label of a value."""
    if _is_status(field, value):
        return Status(value).label
    if field is Field.STEP and value == NONE:
        return "none"
    return value


def choices_of(field: Field, facets: Facets) -> list[Choice]:
    """The entries of a dropdown, "any" first, each with its number of matches."""
    counts = {
        Field.STEP: facets.step,
        Field.BY: facets.enrolled_by,
        Field.STATUS: facets.status,
    }[field]
    entries = [Choice(ANY, _ANYTHING[field], sum(counts.values()))]
    for value, count in counts.items():
        label = label_of(field, value)
        if _is_status(field, value):
            label = f"{STATUS_GLYPHS[Status(value)]} {label}"
        entries.append(Choice(value, label, count))
    return entries
