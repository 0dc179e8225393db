"""The differences between two versions of a sequence, as lines for people."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any, Final

from common.model.sequences import Difference
from tui.state.settings import days_label, field_label

_STEP: Final = re.compile(r"steps\[(\d+)\](?:\.(\w+))?")
_NOTHING: Final = "none"


def difference_lines(differences: Iterable[Difference]) -> Iterator[str]:
    """One line per setting, `Sending hours: Mon-Sat 09:00-20:00 → 09:00-19:00`; three per text."""
    for one in differences:
        step = _STEP.fullmatch(one.field)
        if step is None:
            yield f"{field_label(one.field)}: {_change(one.before, one.after)}"
            continue
        name = f"Step {int(step[1]) + 1}"
        if step[2] == "body":
            yield f"{name}, text:"
            yield f"    before: {one.before}"
            yield f"    after:  {one.after}"
        elif step[2] is not None:
            yield f"{name}, {step[2]}: {_change(one.before, one.after)}"
        elif one.before is None:
            yield f"{name}, new, {_when(one.after)}: {one.after['body']}"
        else:
            yield f"{name}, removed, {_when(one.before)}: {one.before['body']}"


def _when(step: dict[str, Any]) -> str:
    if step.get("at"):
        return f"at {step['at']}" + (" local time" if step.get("local") else "")
    return f"after {value_text(step.get('delay'))}"


def _change(before: object, after: object) -> str:
    """Both values; if both are one time range on the same days, the days are written once."""
    one, other = value_text(before), value_text(after)
    days, same, hours = one.partition(" ")
    if same and other.startswith(f"{days} ") and "," not in one + other and ":" in hours:
        other = other.removeprefix(f"{days} ")
    return f"{one} → {other}"


def value_text(value: Any) -> str:
    """A setting's value as people write it."""
    match value:
        case None:
            return _NOTHING
        case bool():
            return "yes" if value else "no"
        case dict() if "days" in value and "from" in value:
            return f"{days_label(value['days'])} {value['from']}-{value['to']}"
        case dict():
            parts = [f"{n} {unit if n != 1 else unit[:-1]}" for unit, n in value.items() if n]
            return " ".join(parts) or "no delay"
        case list() | tuple():
            return ", ".join(map(value_text, value))
        case _:
            return str(value)
