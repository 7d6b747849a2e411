"""Settings of the payer gateway, from ``CLAIMSTREAM_PAYER_GATEWAY_*``."""

from pathlib import Path
from typing import Annotated, Self

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from services.chassis.settings import read_settings

PREFIX = "CLAIMSTREAM_PAYER_GATEWAY_"


class GatewaySettings(BaseSettings):
    """Where partners are described, how they are reached, how often they are looked at.

    partners_file: profiles (TOML); none means those that come with the gateway.
    connections_file: addresses and credentials (JSON, read again when it changes); without it
    files are made and wait. poll_milliseconds: real time between two looks at folders and
    waiting claims.
    """

    model_config = SettingsConfigDict(env_prefix=PREFIX, hide_input_in_errors=True)

    partners_file: Path | None = None
    connections_file: Path | None = None
    poll_milliseconds: Annotated[int, Field(ge=10, le=600_000)] = 500

    @classmethod
    def read(cls) -> Self:
        """Read the environment. Raises ``SettingsError`` that names each variable."""
        return read_settings(cls)
