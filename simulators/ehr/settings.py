"""Settings of the long-running EHR, from the environment."""

from datetime import date
from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from simulators.ehr.clinic.schedule import DAYS, FIRST_DAY


class EhrSettings(BaseSettings):
    """``CLAIMSTREAM_EHR_...`` variables, and where Kafka is.

    ``encounters`` simulated with ``seed`` from ``start`` over ``days`` days are published as their
    time comes, when ``publish`` is set. ``answer_queries`` lets it answer documentation queries,
    after hours or days on the clock, or ``answer_at_once``, with ``answer_seed`` (else ``seed``).
    ``state_file`` remembers how far it has published; without one a restart publishes again what
    is due, under the same event ids.
    """

    model_config = SettingsConfigDict(env_prefix="CLAIMSTREAM_EHR_", extra="ignore")

    kafka_bootstrap: str = Field(validation_alias="CLAIMSTREAM_KAFKA_BOOTSTRAP", min_length=1)
    port_file: Path | None = Field(default=None, validation_alias="CLAIMSTREAM_PORT_FILE")
    encounters: int = Field(default=0, ge=0)
    seed: int = 7
    start: date = FIRST_DAY
    days: int = Field(default=DAYS, ge=1)
    publish: bool = True
    answer_queries: bool = True
    answer_at_once: bool = False
    answer_seed: int | None = None
    rate: int = Field(default=0, ge=0)
    state_file: Path | None = None
