"""A simulator continues from the saved state of another."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import msgspec
from click.testing import CliRunner

from server.carriers.interface import SendAccepted, SendRefused
from server.carriers.simulator.kept import Kept
from server.carriers.simulator.settings import SimulatorSettings
from server.commands.simulator import simulator
from tests.carriers.conftest import SECOND, START, MakeStage, Stage, eventually

SETTINGS = SimulatorSettings(
    clock="manual", start_us=START, retry_seconds=0.01, reply_after=(60, 600)
)
PLAIN, REPLIES, STOPS = "+12065550142", "+12065550170", "+12065550176"


async def kept_of(stage: Stage) -> Kept:
    return msgspec.convert(await stage.control("state"), Kept)


async def test_planned_events_arrive_at_the_current_server(make_stage: MakeStage) -> None:
    first = await make_stage(SETTINGS)
    await first.carrier.send(first.text(PLAIN))
    await first.carrier.send(first.text(REPLIES))
    await first.move(1)

    second = await make_stage(replace(SETTINGS, seed=99, start_us=None), await kept_of(first))
    assert (await second.control("clock"))["now"] == START + SECOND
    await second.move(700)

    assert [report.status for report in first.reports()] == ["sent", "sent"]
    assert sorted(report.status for report in second.reports()) == ["delivered", "delivered"]
    assert [text.from_ for text in second.inbound()] == [REPLIES]


async def test_no_message_id_is_given_twice(make_stage: MakeStage) -> None:
    first = await make_stage(SETTINGS)
    for phone in (PLAIN, REPLIES):
        await first.carrier.send(first.text(phone))
    second = await make_stage(SETTINGS, await kept_of(first))
    for phone in (PLAIN, REPLIES):
        await second.carrier.send(second.text(phone))

    accepted = [entry["carrier_id"] for entry in await second.log("accepted")]
    assert (len(accepted), len(set(accepted))) == (4, 4)
    entries = await second.log()
    assert [entry["n"] for entry in entries] == list(range(1, len(entries) + 1))


async def test_an_opt_out_and_how_often_someone_was_texted_are_kept(make_stage: MakeStage) -> None:
    first = await make_stage(SETTINGS)
    await first.carrier.send(first.text(STOPS))
    await first.carrier.send(first.text(REPLIES))
    await first.move(700)
    second = await make_stage(SETTINGS, await kept_of(first))

    assert isinstance(await second.carrier.send(second.text(STOPS)), SendRefused)
    assert isinstance(await second.carrier.send(second.text(REPLIES)), SendAccepted)
    await second.move(700)
    assert second.inbound() == []


async def test_nothing_is_kept_while_something_is_due(stage: Stage) -> None:
    await stage.carrier.send(stage.text(PLAIN))
    stage.listener.hold()
    await stage.control("clock", now=START + 10 * SECOND)
    answer = await stage.http.get(f"{stage.url}/simulator/state")
    stage.listener.release()

    assert answer.status_code == 400
    assert "something is due" in answer.json()["detail"]
    await eventually(lambda: stage.control("pending"), lambda told: told["uncalled"] == 0)


def test_what_is_no_state_is_refused(tmp_path: Path) -> None:
    wrong = tmp_path / "state.json"
    wrong.write_text('{"seed": 1}')

    ended = CliRunner().invoke(simulator, ["--state", str(wrong)])
    missing = CliRunner().invoke(simulator, ["--state", str(tmp_path / "none.json")])

    assert (ended.exit_code, missing.exit_code) == (2, 2)
    assert "is not a simulator state" in ended.output
    assert "Cannot read" in missing.output
