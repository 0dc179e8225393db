"""The configured carriers, by the name in their callback paths."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from server.carriers.interface import Carrier
from server.carriers.simulator.settings import SimulatorSettings, key_file, shared_key
from server.carriers.twilio import Twilio, TwilioSettings, create_client
from server.errors import SettingsError
from server.settings import Settings


@asynccontextmanager
async def open_carriers(settings: Settings) -> AsyncIterator[Mapping[str, Carrier]]:
    """Open the configured carrier's adapter; its connections are closed at the end."""
    twilio = twilio_settings(settings)
    client = create_client(twilio)
    try:
        yield {settings.carrier: Twilio(twilio, client)}
    finally:
        await client.aclose()


def twilio_settings(settings: Settings) -> TwilioSettings:
    """The account to use: the simulator's own if that is the carrier.

    Raises SettingsError if the key shared with the simulator cannot be read.
    """
    if settings.carrier == "simulator":
        account = SimulatorSettings()
        return TwilioSettings(
            account_sid=settings.twilio_account_sid or account.account_sid,
            auth_tokens=settings.twilio_auth_token or (_simulator_key(settings),),
            public_url=settings.callback_url,
            api_url=settings.simulator_url,
            lookup_url=settings.simulator_url,
            read_timeout=settings.carrier_read_timeout,
            connect_timeout=settings.carrier_connect_timeout,
        )
    return TwilioSettings(
        account_sid=settings.twilio_account_sid or "",
        auth_tokens=settings.twilio_auth_token,
        public_url=settings.callback_url,
        api_url=settings.twilio_api_url,
        lookup_url=settings.twilio_lookup_url,
        read_timeout=settings.carrier_read_timeout,
        connect_timeout=settings.carrier_connect_timeout,
    )


def _simulator_key(settings: Settings) -> str:
    try:
        return shared_key(key_file(settings.database))
    except ValueError as error:
        raise SettingsError(f"Cannot use the key shared with the simulator: {error}.") from error
