"""`sequences`: list, show, lint, apply, export, diff, activate, pause, resume, archive."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from functools import partial
from typing import Final

import click

from common.client import ApiProblem, Client
from common.documents import DocumentError, document_of, read_toml, write_toml
from common.model.sequences import (
    Applied,
    ApplyOutcome,
    Finding,
    Sequence,
    SequenceDocument,
    SequencePage,
    SequenceSummary,
    Severity,
)
from common.output import show, show_lines, show_toml
from common.terminal import clean_multiline
from common.vocabulary import ResumeMode, SequenceState, Status
from tui.commands.errors import Refused, called, unreadable
from tui.commands.lookup import call_server, find_sequence
from tui.commands.output import (
    SOME_LEFT,
    json_option,
    narrow,
    print_json,
    print_table,
    say,
)
from tui.commands.pages import print_list
from tui.state.differences import difference_lines
from tui.state.wording import counted

_LISTED: Final = (Status.PENDING, Status.FAILED, Status.OPTED_OUT)
_FILE = click.argument("file", type=click.Path(allow_dash=True, dir_okay=False))


@click.group()
def sequences() -> None:
    """List, show, write, check, start and stop sequences."""


@sequences.command("list")
@click.argument("words", nargs=-1, metavar="[Q]")
@click.option("--archived", is_flag=True, help="Include archived ones.")
@json_option
def list_sequences(words: tuple[str, ...], archived: bool, as_json: bool) -> None:
    """List sequences with their counts. Q matches the name."""
    q = " ".join(words)

    async def fetch(client: Client, offset: int, limit: int) -> SequencePage:
        return await client.list_sequences(q, include_archived=archived, offset=offset, limit=limit)

    def row(one: SequenceSummary) -> tuple[object, ...]:
        counts = (f"{one.counts.get(status, 0):,}" for status in _LISTED)
        return one.id, one.name, one.state, one.steps, *counts, f"{one.total:,}"

    async def work(client: Client) -> None:
        columns = ("ID", "Name", "State", "Steps", *(one.label for one in _LISTED), "Enrolled")
        done = await print_list(partial(fetch, client), columns, row, as_json=as_json)
        say(f"{counted(done.shown, 'sequence')}.")

    call_server(work)


@sequences.command("show")
@click.argument("name")
@json_option
def show_sequence(name: str, as_json: bool) -> None:
    """Show a sequence, given by name or id: its settings, steps and counts."""
    found = call_server(lambda client: _whole(client, name))
    if as_json:
        print_json(found)
        return
    show_lines(write_toml(document_of(found)))
    rows = ((Status(status).label, f"{n:,}") for status, n in found.counts.items() if n)
    print_table(("Status", "Enrollments"), [*rows, ("All", f"{found.total:,}")])
    say(f"{found.name} is {found.state}, version {found.version}.")


async def _whole(client: Client, name: str) -> Sequence:
    return await client.get_sequence((await find_sequence(client, name)).id)


@sequences.command("export")
@click.argument("name")
@click.option("--no-ids", is_flag=True, help="Leave out step ids, for use in another workspace.")
def export(name: str, no_ids: bool) -> None:
    """Print a sequence, given by name or id, as TOML. Use 'apply' to load it."""
    found = call_server(lambda client: _whole(client, name))
    show_toml(write_toml(document_of(found, with_ids=not no_ids)))


@sequences.command("lint")
@_FILE
@json_option
def lint(file: str, as_json: bool) -> None:
    """Check a FILE for errors and warnings. Exit code 1 if there are errors."""
    document = _read(file)
    findings = call_server(lambda client: client.lint_document(document))
    for one in findings:
        if as_json:
            print_json(one)
    if findings and not as_json and narrow():
        for one in findings:
            where = one.field if one.step is None else f"step {one.step}"
            show(f"{one.severity}, {where}: {one.reason} {one.remedy}")
    elif findings and not as_json:
        print_table(
            ("Severity", "Step", "Reason", "Remedy"),
            ((one.severity, one.step, one.reason, one.remedy) for one in findings),
        )
    errors = _errors(findings)
    say(f"{counted(errors, 'error')}, {counted(len(findings) - errors, 'warning')}.")
    if errors:
        raise SystemExit(1)


@sequences.command("diff")
@_FILE
@json_option
def diff(file: str, as_json: bool) -> None:
    """Show what applying a FILE would change. Exit code 3 if it would change anything."""
    document = _read(file)
    applied = call_server(lambda client: client.apply_sequence(document, dry_run=True))
    _print_applied(applied, as_json=as_json)
    if applied.outcome is not ApplyOutcome.UNCHANGED:
        raise SystemExit(SOME_LEFT)


@sequences.command("apply")
@_FILE
@click.option("--dry-run", is_flag=True, help="Only show what would change.")
@click.option("--activate", "activating", is_flag=True, help="Also activate it, if it is a draft.")
@json_option
def apply(file: str, dry_run: bool, activating: bool, as_json: bool) -> None:
    """Create or update the sequence described in a FILE. A new one is created as a draft."""
    document = _read(file)

    async def work(client: Client) -> None:
        applied = await client.apply_sequence(document, dry_run=dry_run)
        _print_applied(applied, as_json=as_json)
        if activating and not dry_run and applied.id is not None:
            present = await client.get_sequence(applied.id)
            if present.state is SequenceState.DRAFT:
                await _activate(client, applied.id, applied.name)

    call_server(work)


async def _activate(client: Client, sequence_id: int, name: str) -> None:
    try:
        await client.activate(sequence_id)
    except ApiProblem as problem:
        raise Refused(
            clean_multiline(f"{name} was saved as a draft, but not activated: {problem.message}")
        ) from problem
    say(f"{name} is active.")


def _change_state(
    name: str, as_json: bool, change: Callable[[Client, int], Awaitable[Sequence]]
) -> None:
    async def work(client: Client) -> Sequence:
        return await change(client, (await find_sequence(client, name)).id)

    changed = call_server(work)
    if as_json:
        print_json(changed)
    else:
        pending = changed.counts.get(Status.PENDING, 0)
        say(f"{changed.name} is {changed.state}; {pending:,} pending.")


@sequences.command("activate")
@click.argument("name")
@json_option
def activate(name: str, as_json: bool) -> None:
    """Activate a draft. Its delays count from now."""
    _change_state(name, as_json, lambda client, ident: client.activate(ident))


@sequences.command("pause")
@click.argument("name")
@json_option
def pause(name: str, as_json: bool) -> None:
    """Pause a sequence. Nothing is sent until you resume it."""
    _change_state(name, as_json, lambda client, ident: client.pause(ident))


@sequences.command("resume")
@click.argument("name")
@click.option(
    "--mode",
    type=click.Choice([mode.value for mode in ResumeMode]),
    required=True,
    help="What to do with overdue texts: shift all times, keep the gaps, or skip them.",
)
@json_option
def resume(name: str, mode: str, as_json: bool) -> None:
    """Resume a paused sequence."""
    _change_state(name, as_json, lambda client, ident: client.resume(ident, ResumeMode(mode)))


@sequences.command("archive")
@click.argument("name")
@json_option
def archive(name: str, as_json: bool) -> None:
    """Archive a sequence. Refused while contacts in it are pending."""
    _change_state(name, as_json, lambda client, ident: client.archive(ident))


def _read(file: str) -> SequenceDocument:
    try:
        with click.open_file(file, encoding="utf-8") as opened:
            return read_toml(opened.read())
    except DocumentError as error:
        lines = "\n".join(f"{called(file)}: {fault}" for fault in error.faults)
        raise Refused(clean_multiline(lines)) from error
    except (OSError, UnicodeDecodeError) as error:
        raise unreadable(file, error) from error


def _print_applied(applied: Applied, *, as_json: bool) -> None:
    if as_json:
        print_json(applied)
        return
    for line in difference_lines(applied.differences):
        show(line)
    would = "would be " if applied.dry_run and applied.outcome is not ApplyOutcome.UNCHANGED else ""
    say(f"{applied.name}: {would}{applied.outcome}; {applied.pending:,} pending.")


def _errors(findings: Iterable[Finding]) -> int:
    return sum(one.severity is Severity.ERROR for one in findings)
