"""`operator` and `token`: manage access directly in the database while no server uses it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click
import sqlalchemy as sa
from rich.cells import cell_len, set_cell_size

from common.output import show, show_json
from common.terminal import clean
from common.vocabulary import Role
from server.clock import wall
from server.commands.open_database import AS_JSON, database_options, reading, settings_of, writing
from server.errors import Invalid
from server.operators import store
from server.titles import read_label, read_title


def _name(_: click.Context, __: click.Parameter, value: str) -> str:
    return _read(read_title, value)


def _label(_: click.Context, __: click.Parameter, value: str) -> str:
    return _read(read_label, value)


def _read(read: Callable[[str, str], str], value: str) -> str:
    try:
        return read(value, "it")
    except Invalid as error:
        raise click.BadParameter(error.message) from error


@click.group()
def operator() -> None:
    """Manage operators: the people and scripts that sign in."""


@operator.command("add")
@database_options
@click.argument("name", callback=_name)
@click.option(
    "--role",
    type=click.Choice([role.value for role in Role]),
    default=Role.OPERATOR.value,
    show_default=True,
    help="What the operator may do.",
)
@AS_JSON
def add_operator(name: str, role: str, as_json: bool, config: str | None, **options: Any) -> None:
    """Create an operator and print its token, once."""
    with writing(settings_of(config, **options)) as connection:
        now = wall()
        operator_id = store.add_operator(connection, name, Role(role), now)
        made = store.add_token(connection, operator_id, "first", now)
    if as_json:
        show_json(made)
        return
    show(
        f"Operator {made.operator} has the role {made.role}. Copy the token now; it is not "
        "shown again:",
        err=True,
    )
    show(made.token or "")


@operator.command("list")
@database_options
@AS_JSON
def list_operators(as_json: bool, config: str | None, **options: Any) -> None:
    """List operators; works while a server runs."""
    with reading(settings_of(config, **options)) as connection:
        found = store.list_operators(connection)
    if not as_json:
        show("  ID  Role      Name")
    for one in found:
        if as_json:
            show_json(one)
        else:
            disabled = "  (disabled)" if one.disabled else ""
            show(f"{one.id:>4}  {one.role:<8}  {one.name}{disabled}")


@operator.command("disable")
@database_options
@click.argument("name")
def disable(name: str, config: str | None, **options: Any) -> None:
    """Disable an operator's tokens. The last admin cannot be disabled."""
    with writing(settings_of(config, **options), create=False) as connection:
        _set_disabled(connection, name, disabled=True)
    show(f"{name} is disabled.", err=True)


@operator.command("enable")
@database_options
@click.argument("name")
def enable(name: str, config: str | None, **options: Any) -> None:
    """Enable a disabled operator's tokens again."""
    with writing(settings_of(config, **options), create=False) as connection:
        _set_disabled(connection, name, disabled=False)
    show(f"{name} is enabled.", err=True)


def _set_disabled(connection: sa.Connection, name: str, *, disabled: bool) -> None:
    found = store.find_operator(connection, name)
    store.change_operator(connection, found.id, None, disabled, wall())


@click.group()
def token() -> None:
    """Manage tokens, with which operators sign in."""


@token.command("add")
@database_options
@click.argument("operator_name", metavar="OPERATOR")
@click.option("--label", default="", callback=_label, help="What the token is for.")
@AS_JSON
def add_token(
    operator_name: str, label: str, as_json: bool, config: str | None, **options: Any
) -> None:
    """Create a token for an operator and print it, once."""
    with writing(settings_of(config, **options), create=False) as connection:
        found = store.find_operator(connection, operator_name)
        made = store.add_token(connection, found.id, label, wall())
    if as_json:
        show_json(made)
    else:
        show(made.token or "")


@token.command("list")
@database_options
@AS_JSON
def list_tokens(as_json: bool, config: str | None, **options: Any) -> None:
    """List tokens without their secrets; works while a server runs."""
    with reading(settings_of(config, **options)) as connection:
        found = store.list_tokens(connection)
    if as_json:
        for one in found:
            show_json(one)
        return
    wide = max([cell_len("Operator"), *(cell_len(clean(one.operator)) for one in found)])
    show(f"  ID  Made        {'Operator':<{wide}}  Label")
    for one in found:
        revoked = "  (revoked)" if one.revoked else ""
        operator = set_cell_size(clean(one.operator), wide)
        show(f"{one.id:>4}  {one.created_at:%Y-%m-%d}  {operator}  {one.label}{revoked}")


@token.command("revoke")
@database_options
@click.argument("token_id", metavar="ID", type=click.IntRange(1))
def revoke(token_id: int, config: str | None, **options: Any) -> None:
    """Revoke a token."""
    with writing(settings_of(config, **options), create=False) as connection:
        store.revoke_token(connection, token_id, wall())
    show(f"Token {token_id} is revoked.", err=True)
