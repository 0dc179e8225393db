"""What a role allows an operator to do on the screen."""

from __future__ import annotations

from common.model.operators import Me
from common.terminal import clean
from common.vocabulary import Role


def only_sees(me: Me | None) -> str | None:
    """Why the signed-in operator cannot change anything; None if they can, or it is unknown."""
    if me is None or me.operator.role is not Role.VIEWER:
        return None
    return (
        f"{clean(me.operator.name, 40)} is a viewer and cannot change anything."
        " Ask an admin for the operator role."
    )
