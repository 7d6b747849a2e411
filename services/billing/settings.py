"""Billing's settings, from the environment: ``CLAIMSTREAM_BILLING_<NAME>``."""

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class BillingSettings(BaseSettings):
    """What an installation may set. Amounts in cents, spans in days."""

    model_config = SettingsConfigDict(env_prefix="CLAIMSTREAM_BILLING_", extra="ignore")

    rules_folder: Path | None = Field(
        default=None, description="a folder with rule files that replace the shipped ones"
    )
    medicaid_copay_cents: int = Field(default=0, ge=0)
    silence_days: int = Field(default=30, ge=1)
    hold_days: int = Field(default=7, ge=1)
    write_off_limits: dict[str, int] = Field(
        default={"biller": 5_000, "billing_manager": 100_000, "finance": 10_000_000},
        description="by role, the most that it may write off at once",
    )
