"""What the Contacts tab says of its list: how many, how many of them, and what comes next."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from rich.cells import cell_len

from common.filter_values import FilterError
from common.terminal import clean

_FARTHEST: Final = 24
"""Cells up to which a caret stands under the wrong word; beyond, the word is quoted."""


class Standing(StrEnum):
    """What the tab has to show."""

    LOADING = "loading"
    ERROR = "error"
    EMPTY = "empty"
    NO_MATCH = "no_match"
    FILLED = "filled"


@dataclass(frozen=True, slots=True)
class Tally:
    """The numbers of the summary. `hidden` are marks that the list does not show.

    `hidden_sure` is False where it is known only that there are not more. `next_text` is empty if
    no text goes; `under_way` says what is being done; `stale` that the numbers are the last known;
    `asleep` why nothing goes out at all.
    """

    enrolled: int
    total: int
    selected: int = 0
    hidden: int = 0
    hidden_sure: bool = True
    next_text: str = ""
    newcomers: int = 0
    under_way: str = ""
    stale: bool = False
    asleep: str = ""

    def words(self, cells: int) -> str:
        """One line of at most so many cells; the next text's time gives way first."""
        parts = [f"{self.enrolled:,} enrolled", f"{self.total:,} match"]
        if self.selected:
            sure = "" if self.hidden_sure else "≤"
            hidden = f" ({sure}{self.hidden:,} not shown)" if self.hidden else ""
            parts += [f"{self.selected:,} selected{hidden}"]
        if self.under_way:
            parts.append(self.under_way)
        if self.newcomers:
            parts += [f"{self.newcomers:,} new – R shows them"]
        if self.stale:
            parts.append("last known")
        line = " · ".join(parts)
        next_text = f"next {self.next_text}" if self.next_text else ""
        with_next = " · ".join(part for part in (line, self.asleep or next_text) if part)
        return with_next if cell_len(with_next) <= cells else clean(line, cells)


def fault_lines(fault: FilterError, indent: int) -> tuple[str, str]:
    """What is wrong with a filter: a caret under the word, which begins `indent` cells in."""
    place = indent + fault.position
    if place + fault.length <= _FARTHEST:
        return f"{' ' * place}{'^' * fault.length} {fault.message}", f"{' ' * indent}{fault.remedy}"
    return f"{' ' * indent}“{fault.word}”: {fault.message}", f"{' ' * indent}{fault.remedy}"


def notice_lines(standing: Standing, problem: str | None) -> tuple[str, ...]:
    """What stands in the place of rows that are not there."""
    match standing:
        case Standing.LOADING:
            return ("Loading contacts …",)
        case Standing.ERROR:
            return (
                "The contacts cannot be shown.",
                problem or "",
                "",
                "It is tried again and again; R tries at once.",
            )
        case Standing.EMPTY:
            return (
                "Nobody is enrolled yet.",
                "",
                "E enrolls people: contacts, a group, or a CSV file.",
                "What it would come to is told before.",
            )
        case Standing.NO_MATCH:
            return (
                "Nobody matches the search and the filters.",
                "esc clears them; from the search line, esc twice.",
            )
        case Standing.FILLED:
            return ()
