"""What a role lets an operator do on the screen. Pure."""

from __future__ import annotations

from common.model.operators import Me
from common.terminal import clean
from common.vocabulary import Role


def only_sees(me: Me | None) -> str | None:
    """Why whoever is signed in cannot change anything; None if that is not so, or not known."""
    if me is None or me.operator.role is not Role.VIEWER:
        return None
    return (
        f"{clean(me.operator.name, 40)} is a viewer and can only look."
        " Ask an admin for the role operator."
    )
