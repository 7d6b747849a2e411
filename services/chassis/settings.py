"""Settings of every service process, read from the environment, refused with a clear sentence."""

from datetime import timedelta
from typing import Annotated, Self, TypeVar

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from services.chassis.retention import longest_topic_days

LARGEST_BACKOFF_SECONDS = 10
REQUEST_TIMEOUT_SECONDS = 40
Positive = Annotated[int, Field(ge=1)]
Span = Annotated[timedelta, Field(gt=timedelta())]


class SettingsError(RuntimeError):
    """What is wrong with the environment, and which variable to set."""


S = TypeVar("S", bound=BaseSettings)


def read_settings(settings: type[S]) -> S:
    """Read settings from the environment.

    Raises ``SettingsError`` that names every variable that is missing or wrong, never a value.
    """
    try:
        return settings()
    except ValidationError as error:
        prefix = settings.model_config.get("env_prefix", "")
        findings = "; ".join(
            f"{prefix}{'_'.join(str(part) for part in item['loc']).upper()}: {item['msg']}"
            for item in error.errors(include_url=False, include_input=False)
        )
        raise SettingsError(f"the environment is not complete: {findings}") from None


class DecidingSettings(BaseSettings):
    """What a service goes by when it decides, and whoever decides in its stead."""

    model_config = SettingsConfigDict(env_prefix="CLAIMSTREAM_", hide_input_in_errors=True)

    outbox_watermark: Annotated[int, Field(ge=1_000)] = 50_000
    reference_limit: Span = timedelta(days=3)
    retry_after: Span = timedelta(seconds=30)


class ChassisSettings(DecidingSettings):
    """How a service process finds its broker and database, and how it paces itself.

    A batch is stopped after ``slowest_batch`` and tried again in halves. It must fit several times
    into ``max_poll_interval``, and so must all that one batch may wait for; a configuration in
    which it does not is refused. So is one that forgets an input while a topic that forgets its
    records, or a replay of one from a backup that is up to ``replay_days`` old, may still bring it.
    """

    kafka_bootstrap: str
    instance: Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,100}$")] = "1"
    http_host: str = "127.0.0.1"
    http_port: Annotated[int, Field(ge=0, le=65_535)] = 0
    port_file: str = ""
    batch_records: Annotated[int, Field(ge=1, le=5_000)] = 500
    batch_bytes: Annotated[int, Field(ge=1_048_576, le=134_217_728)] = 8_388_608
    batch_timeout_milliseconds: Annotated[int, Field(ge=1, le=5_000)] = 250
    session_timeout_seconds: Annotated[int, Field(ge=6, le=300)] = 10
    max_poll_interval_seconds: Annotated[int, Field(ge=10, le=3_600)] = 300
    slowest_batch_seconds: Positive = 60
    stalled_after_seconds: Positive = 60
    drain_seconds: Positive = 7
    pool_connections: Annotated[int, Field(ge=6, le=100)] = 8
    statement_timeout_seconds: Positive = 30
    outbox_patience_seconds: Positive = 15
    inbox_retention_days: Positive = 45
    replay_days: Positive = 14
    dead_letter_retention_days: Positive = 90
    breaker_window: Positive = 1_000
    breaker_least_keys: Positive = 50
    breaker_percent: Annotated[int, Field(ge=1, le=100)] = 50

    @classmethod
    def read(cls) -> Self:
        """Read the environment.

        Raises ``SettingsError`` that names every variable that is missing or wrong.
        """
        settings = read_settings(cls)
        if settings.slowest_batch_seconds * 3 > settings.max_poll_interval_seconds:
            raise SettingsError(
                "CLAIMSTREAM_SLOWEST_BATCH_SECONDS must fit three times into "
                "CLAIMSTREAM_MAX_POLL_INTERVAL_SECONDS, or the broker gives the partitions away "
                "in the middle of a batch"
            )
        longest = (
            settings.outbox_patience_seconds
            + settings.slowest_batch_seconds
            + settings.statement_timeout_seconds
            + LARGEST_BACKOFF_SECONDS
            + REQUEST_TIMEOUT_SECONDS
        )
        if longest > settings.max_poll_interval_seconds:
            raise SettingsError(
                f"one batch may take {longest} s: CLAIMSTREAM_OUTBOX_PATIENCE_SECONDS, "
                "CLAIMSTREAM_SLOWEST_BATCH_SECONDS, CLAIMSTREAM_STATEMENT_TIMEOUT_SECONDS to let "
                f"go of a database that is silent, {LARGEST_BACKOFF_SECONDS} s of backing off "
                f"and {REQUEST_TIMEOUT_SECONDS} s for the commit; this must fit into "
                "CLAIMSTREAM_MAX_POLL_INTERVAL_SECONDS"
            )
        if settings.statement_timeout_seconds > settings.slowest_batch_seconds:
            raise SettingsError(
                "CLAIMSTREAM_STATEMENT_TIMEOUT_SECONDS must not exceed "
                "CLAIMSTREAM_SLOWEST_BATCH_SECONDS, or a single statement outlasts its batch"
            )
        kept = longest_topic_days()
        if settings.inbox_retention_days < kept + settings.replay_days:
            raise SettingsError(
                f"topics keep records for {kept} days and may be replayed for "
                f"{settings.replay_days} more: CLAIMSTREAM_INBOX_RETENTION_DAYS must be at least "
                f"{kept + settings.replay_days}, or an event is taken in twice"
            )
        if settings.dead_letter_retention_days < kept + settings.replay_days:
            raise SettingsError(
                "CLAIMSTREAM_DEAD_LETTER_RETENTION_DAYS must be at least "
                f"{kept + settings.replay_days}: a letter's record may be read again until then"
            )
        return settings
