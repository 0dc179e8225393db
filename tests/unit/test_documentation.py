"""The documentation tells the truth: what it names is there, and what is there it names."""

from __future__ import annotations

import re
from pathlib import Path

import click
import msgspec
import pytest

from common.documents import read_toml
from common.filter_values import CHOICES
from common.filters import Field, parse
from server.carriers.simulator.outcomes import OUTCOMES
from server.cli import main as server_main
from server.settings import Settings
from tui.cli import main as client_main

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
FILTERS = (ROOT / "docs" / "filters.md").read_text()
TRYING = (ROOT / "docs" / "trying.md").read_text()


def test_every_setting_is_documented_and_no_other() -> None:
    text = (ROOT / "docs" / "settings.md").read_text()
    named = set(re.findall(r"DRUMBEAT_([A-Z_]+)", text.split("The commands of")[0]))
    assert named - {"CONFIG", ""} == {
        field.name.upper() for field in msgspec.structs.fields(Settings)
    }


def test_every_link_of_the_readme_leads_somewhere() -> None:
    links = re.findall(r"\]\(([^)#]+)\)", README)
    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []


@pytest.mark.parametrize("page", ["contributing.md", "architecture.md"])
def test_every_file_and_folder_named_for_developers_exists(page: str) -> None:
    text = (ROOT / "docs" / page).read_text()
    paths = re.findall(r"`((?:common|server|tests|docs|tui)/[^`<> ]*)`", text)
    assert paths
    assert [path for path in paths if not (ROOT / path).exists()] == []


def test_the_sequence_in_the_readme_can_be_read() -> None:
    (toml,) = re.findall(r"```toml\n(.*?)```", README, re.S)
    document = read_toml(toml)
    assert document.name == "Spring hiring 2026"
    assert len(document.steps) == 2


def commands_in(text: str) -> list[list[str]]:
    """The command lines of our two programs in an indented block."""
    lines = re.findall(r"^    (?:\.venv/bin/)?(drumbeat(?:-server)? .+)$", text, re.M)
    return [line.split() for line in lines]


ALL_COMMANDS = [*commands_in(README), *commands_in(TRYING), *commands_in(FILTERS)]


@pytest.mark.parametrize("words", ALL_COMMANDS, ids=" ".join)
def test_every_command_that_is_told_is_there_with_its_options(words: list[str]) -> None:
    group: click.Command = server_main if words[0] == "drumbeat-server" else client_main
    context = click.Context(group)
    for word in words[1:]:
        if not isinstance(group, click.Group):
            break
        found = group.get_command(context, word)
        assert found is not None, f"{word} is no command of {group.name}"
        group = found
    options = {name for parameter in group.params for name in parameter.opts}
    assert [word for word in words if word.startswith("--") and word not in options] == []


EXAMPLES = re.findall(r"^\| .*`([^`]+)` \|$|^\| `([^`]+)` \| [^`|]+\|$", FILTERS, re.M)


@pytest.mark.parametrize("told", [one or other for one, other in EXAMPLES])
def test_every_filter_that_is_told_is_one(told: str) -> None:
    assert parse(told).terms


def test_every_field_of_a_filter_and_all_its_values_are_told() -> None:
    told = dict(re.findall(r"^\| `([a-z]+)` \| (.*) \| `[^`]+` \|$", FILTERS, re.M))

    assert set(told) == set(Field)
    for field, values in CHOICES.items():
        assert re.findall(r"`([a-z_]+)`", told[field]) == list(values)


def test_the_table_of_last_digits_is_the_simulators() -> None:
    told = {
        digits: outcome
        for row, outcome in re.findall(r"^\| ([\d, ]+) \| `(\w+)` \|", TRYING, re.M)
        for digits in row.split(", ")
    }

    assert told == {digits: outcome.name for digits, outcome in OUTCOMES.items()}
