"""Settings: each that is wrong is named, with the reason and the remedy."""

from __future__ import annotations

from pathlib import Path

import pytest

from server.errors import SettingsError
from server.settings import read_settings

TWILIO = {
    "DRUMBEAT_CARRIER": "twilio",
    "DRUMBEAT_TWILIO_ACCOUNT_SID": "AC1",
    "DRUMBEAT_TWILIO_AUTH_TOKEN": "secret, older",
    "DRUMBEAT_PUBLIC_URL": "https://texts.example.org/",
}


def test_nothing_set_is_a_simulated_workspace_on_this_machine() -> None:
    settings = read_settings({})
    assert settings.simulated
    assert settings.host == "127.0.0.1"
    assert settings.callback_url == "http://127.0.0.1:8420"


def test_the_environment_goes_before_the_file_and_options_before_both(tmp_path: Path) -> None:
    file = tmp_path / "drumbeat.toml"
    file.write_text('port = 9000\nregion = "GB"\nzone = "Europe/London"\n')
    environment = {"DRUMBEAT_CONFIG": str(file), "DRUMBEAT_REGION": "DE"}
    settings = read_settings(environment, {"port": 9001, "host": None})
    assert (settings.port, settings.region, settings.zone) == (9001, "DE", "Europe/London")


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("port = [1]", "DRUMBEAT_PORT is a list"),
        ("port = {a = 1}", "DRUMBEAT_PORT is a table"),
        ("[[port]]", "DRUMBEAT_PORT is a list"),
        ("[server]\nport = 1", "DRUMBEAT_SERVER: tables are not allowed"),
        ("port = true", "DRUMBEAT_PORT must be true or false"),
        ("behind_proxy = [true]", "DRUMBEAT_BEHIND_PROXY is a list"),
        ('port = "\\u0000"', "DRUMBEAT_PORT contains a control character"),
        ('database = "\\u0000"', "DRUMBEAT_DATABASE contains a control character"),
        ('zone = "a\\nb"', "DRUMBEAT_ZONE contains a control character"),
        ("port = 99999999999999999999999999", "DRUMBEAT_PORT.*1 to 65535"),
        ("port = " + "9" * 5_000, "is not valid TOML"),
        ("x = " + "[" * 5_000, "is not valid TOML"),
        ("host = 1", "DRUMBEAT_HOST: 1 is wrong"),
        ('region = ["US"]', "DRUMBEAT_REGION is a list"),
        ("region = {a = 1}", "DRUMBEAT_REGION is a table"),
        ("twilio_auth_token = [1, 2]", "DRUMBEAT_TWILIO_AUTH_TOKEN must be text"),
        ("twilio_auth_token = {a = 1}", "DRUMBEAT_TWILIO_AUTH_TOKEN is a table"),
        ("clock_start = 1979-05-27", "DRUMBEAT_CLOCK_START: 1979-05-27 has no time zone"),
        ("clock_start = 0001-01-01T00:00:00+23:59", "DRUMBEAT_CLOCK_START.*not a date and time"),
        ("clock_start = 07:32:00", "DRUMBEAT_CLOCK_START.*not a date and time"),
        ("clock_rate = nan", "DRUMBEAT_CLOCK_RATE.*above 0"),
        ("clock_rate = inf", "DRUMBEAT_CLOCK_RATE.*above 0"),
        ("sender_rate = 1979-05-27T07:32:00Z", "DRUMBEAT_SENDER_RATE: 1979-05-27T07"),
        ('public_url = "http://["', "DRUMBEAT_PUBLIC_URL.*base URL"),
        ('public_url = "http://a:99999"', "DRUMBEAT_PUBLIC_URL.*base URL"),
    ],
    ids=lambda value: value[:30],
)
def test_a_file_of_odd_values_is_refused_by_the_setting(
    tmp_path: Path, written: str, told: str
) -> None:
    file = tmp_path / "drumbeat.toml"
    file.write_text(written, encoding="utf-8")
    with pytest.raises(SettingsError, match=told) as refused:
        read_settings({"DRUMBEAT_CONFIG": str(file)})
    assert len(refused.value.message) < 500


@pytest.mark.parametrize("name", ["PORT", "HOST", "ZONE", "CLOCK_START", "DATABASE", "ADMIN_TOKEN"])
@pytest.mark.parametrize("value", ["\udcff", "\x1b[31m", "a\nb", "\x9b"])
def test_an_environment_of_odd_bytes_is_refused_by_the_setting(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=f"DRUMBEAT_{name} contains"):
        read_settings({f"DRUMBEAT_{name}": value})


def test_a_file_that_is_a_directory_or_has_no_name_is_refused(tmp_path: Path) -> None:
    for path in (str(tmp_path), "a\0b", str(tmp_path / "nothing")):
        with pytest.raises(SettingsError, match="DRUMBEAT_CONFIG"):
            read_settings({"DRUMBEAT_CONFIG": path})


def test_a_secret_that_is_wrong_is_not_shown() -> None:
    with pytest.raises(SettingsError) as refused:
        read_settings({}, {"twilio_auth_token": ["a-secret", 1]})
    assert "a-secret" not in refused.value.message


def test_two_tokens_are_taken_while_one_is_rotated() -> None:
    settings = read_settings(TWILIO)
    assert settings.twilio_auth_token == ("secret", "older")
    assert settings.callback_url == "https://texts.example.org"
    assert not settings.simulated


@pytest.mark.parametrize(
    ("environment", "told"),
    [
        ({"DRUMBEAT_PORT": "many"}, "DRUMBEAT_PORT.*many"),
        ({"DRUMBEAT_PORT": "70000"}, "DRUMBEAT_PORT.*1 to 65535"),
        ({"DRUMBEAT_ZONE": "Mars/Base"}, "DRUMBEAT_ZONE.*America/New_York"),
        ({"DRUMBEAT_ZONE": "EST"}, "DRUMBEAT_ZONE.*America/New_York"),
        ({"DRUMBEAT_ZONE": "Etc/GMT+5"}, "DRUMBEAT_ZONE.*place"),
        ({"DRUMBEAT_REGION": "usa"}, "DRUMBEAT_REGION.*two letters"),
        ({"DRUMBEAT_CLOCK": "slow"}, "DRUMBEAT_CLOCK.*slow"),
        ({"DRUMBEAT_CLOCK_START": "2026-11-02T14:00:00"}, "DRUMBEAT_CLOCK_START.*no time zone"),
        ({"DRUMBEAT_CLOCK_START": "soon"}, "DRUMBEAT_CLOCK_START.*not a date and time"),
        ({"DRUMBEAT_CLOK": "manual"}, "DRUMBEAT_CLOK is not a setting.*DRUMBEAT_CLOCK"),
        ({"DRUMBEAT_ADMIN_TOKEN": "x" * 31}, "DRUMBEAT_ADMIN_TOKEN.*32 printable characters"),
        ({"DRUMBEAT_ADMIN_TOKEN": "x y" * 20}, "DRUMBEAT_ADMIN_TOKEN.*without spaces"),
        ({"DRUMBEAT_ADMIN_TOKEN": "é" * 40}, "DRUMBEAT_ADMIN_TOKEN.*printable"),
        ({"DRUMBEAT_SENDER_RATE": "0"}, "DRUMBEAT_SENDER_RATE.*above 0"),
        ({"DRUMBEAT_CARRIER_REQUESTS": "0"}, "DRUMBEAT_CARRIER_REQUESTS.*1 to 1000"),
        ({"DRUMBEAT_SIMULATOR_URL": "http://10.0.0.1:1"}, "DRUMBEAT_SIMULATOR_URL.*this machine"),
        ({"DRUMBEAT_SIMULATOR_URL": "ftp://x"}, "DRUMBEAT_SIMULATOR_URL.*base URL"),
        ({"DRUMBEAT_CARRIER": "twilio"}, "DRUMBEAT_TWILIO_ACCOUNT_SID.*missing"),
        (TWILIO | {"DRUMBEAT_PUBLIC_URL": ""}, "DRUMBEAT_PUBLIC_URL is missing"),
        (TWILIO | {"DRUMBEAT_CLOCK": "manual"}, "DRUMBEAT_CLOCK.*real people"),
        ({"DRUMBEAT_HOST": "0.0.0.0"}, "DRUMBEAT_HOST.*DRUMBEAT_TLS_CERTIFICATE"),
        (
            {
                "DRUMBEAT_HOST": "0.0.0.0",
                "DRUMBEAT_TLS_CERTIFICATE": "a.pem",
                "DRUMBEAT_TLS_KEY": "a.pem",
            },
            "DRUMBEAT_CARRIER.*DRUMBEAT_ALLOW_SIMULATOR",
        ),
        ({"DRUMBEAT_BEHIND_PROXY": "true"}, "DRUMBEAT_CARRIER.*DRUMBEAT_ALLOW_SIMULATOR"),
        (TWILIO | {"DRUMBEAT_HOST": "0.0.0.0"}, "DRUMBEAT_HOST.*DRUMBEAT_TLS_CERTIFICATE"),
        ({"DRUMBEAT_CONFIG": "/nowhere/at/all.toml"}, "DRUMBEAT_CONFIG.*Cannot read"),
    ],
)
def test_what_is_wrong_is_named(environment: dict[str, str], told: str) -> None:
    with pytest.raises(SettingsError, match=told):
        read_settings(environment)


def test_a_secret_is_never_shown(tmp_path: Path) -> None:
    file = tmp_path / "drumbeat.toml"
    file.write_text("admin_token = 12\n[deep]\n")
    with pytest.raises(SettingsError) as raised:
        read_settings({"DRUMBEAT_CONFIG": str(file)})
    assert "12" not in str(raised.value)


def test_an_admin_token_that_is_refused_is_not_shown_and_one_of_32_characters_is_taken() -> None:
    with pytest.raises(SettingsError) as raised:
        read_settings({"DRUMBEAT_ADMIN_TOKEN": "hunter2"})
    assert "hunter2" not in str(raised.value)
    assert "\n" not in str(raised.value)
    assert read_settings({"DRUMBEAT_ADMIN_TOKEN": "x" * 32}).admin_token == "x" * 32


def test_a_key_that_is_no_setting_is_named(tmp_path: Path) -> None:
    file = tmp_path / "drumbeat.toml"
    file.write_text("prot = 9000\n")
    with pytest.raises(SettingsError, match="DRUMBEAT_PROT is not a setting"):
        read_settings({"DRUMBEAT_CONFIG": str(file)})


def test_the_simulator_is_allowed_on_another_host_when_that_is_said() -> None:
    settings = read_settings(
        {
            "DRUMBEAT_HOST": "0.0.0.0",
            "DRUMBEAT_BEHIND_PROXY": "true",
            "DRUMBEAT_ALLOW_SIMULATOR": "true",
        }
    )
    assert settings.simulated


def test_another_host_is_allowed_behind_a_proxy() -> None:
    settings = read_settings(TWILIO | {"DRUMBEAT_HOST": "0.0.0.0", "DRUMBEAT_BEHIND_PROXY": "true"})
    assert settings.behind_proxy
