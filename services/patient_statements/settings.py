"""Settings of the patient statements service, read from the environment."""

from datetime import timedelta
from typing import Annotated, Self
from zoneinfo import ZoneInfo

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from services.chassis.settings import read_settings
from services.patient_statements.domain.policy import StatementPolicy

_PREFIX = "CLAIMSTREAM_PATIENT_STATEMENTS_"


class PatientStatementsSettings(BaseSettings):
    """What a practice's management decides; every amount is in integer cents.

    ``payment_address`` is the web address that statements name for paying, none by default.
    """

    model_config = SettingsConfigDict(env_prefix=_PREFIX, hide_input_in_errors=True)

    statement_delay_days: Annotated[int, Field(ge=0, le=60)] = 3
    statement_cycle_days: Annotated[int, Field(ge=1, le=365)] = 30
    payment_term_days: Annotated[int, Field(ge=1, le=365)] = 25
    small_balance_limit_cents: Annotated[int, Field(strict=False, ge=0, le=100_000)] = 500
    time_zone: str = "UTC"
    payment_address: Annotated[str, Field(max_length=200)] = ""
    render_batch: Annotated[int, Field(ge=1, le=200)] = 25

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, name: str) -> str:
        if name != "UTC":
            try:
                ZoneInfo(name)
            except (KeyError, OSError, ValueError):
                raise ValueError("is not a time zone that this machine knows") from None
        return name

    @classmethod
    def read(cls) -> Self:
        """Read the environment.

        Raises ``SettingsError`` that names every variable that is wrong.
        """
        return read_settings(cls)

    def policy(self) -> StatementPolicy:
        """The settings as the rules take them."""
        values = {} if self.time_zone == "UTC" else {"zone": ZoneInfo(self.time_zone)}
        return StatementPolicy(
            first_statement_delay=timedelta(days=self.statement_delay_days),
            cycle=timedelta(days=self.statement_cycle_days),
            payment_term_days=self.payment_term_days,
            small_balance_limit_cents=self.small_balance_limit_cents,
            payment_address=self.payment_address,
            **values,
        )
