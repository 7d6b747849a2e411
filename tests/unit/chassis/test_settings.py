"""A setting that cannot work stops the start with a sentence that names it."""

import pytest

from services.chassis.settings import ChassisSettings, SettingsError


@pytest.fixture(autouse=True)
def broker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLAIMSTREAM_KAFKA_BOOTSTRAP", "none:0")


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("CLAIMSTREAM_INSTANCE", "a b"),
        ("CLAIMSTREAM_INSTANCE", ""),
        ("CLAIMSTREAM_REFERENCE_LIMIT", "-P1D"),
        ("CLAIMSTREAM_REFERENCE_LIMIT", "PT0S"),
        ("CLAIMSTREAM_RETRY_AFTER", "PT0S"),
        ("CLAIMSTREAM_BATCH_RECORDS", "0"),
        ("CLAIMSTREAM_POOL_CONNECTIONS", "2"),
        ("CLAIMSTREAM_BREAKER_PERCENT", "0"),
    ],
)
def test_a_value_that_means_nothing_is_refused_by_the_name_of_its_variable(
    variable: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(SettingsError, match=variable):
        ChassisSettings.read()


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("CLAIMSTREAM_SLOWEST_BATCH_SECONDS", "101"),
        ("CLAIMSTREAM_OUTBOX_PATIENCE_SECONDS", "161"),
        ("CLAIMSTREAM_STATEMENT_TIMEOUT_SECONDS", "61"),
        ("CLAIMSTREAM_MAX_POLL_INTERVAL_SECONDS", "179"),
    ],
)
def test_a_batch_that_may_outlast_its_poll_interval_is_refused_by_arithmetic(
    variable: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(SettingsError, match=variable):
        ChassisSettings.read()
    least_that_works = int(value) + (1 if "MAX_POLL" in variable else -1)
    monkeypatch.setenv(variable, str(least_that_works))
    ChassisSettings.read()


def test_the_time_to_let_go_of_a_silent_database_must_fit_into_the_poll_interval_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CLAIMSTREAM_SLOWEST_BATCH_SECONDS", "43")
    monkeypatch.setenv("CLAIMSTREAM_MAX_POLL_INTERVAL_SECONDS", "137")
    with pytest.raises(SettingsError, match=r"138 s: .*CLAIMSTREAM_STATEMENT_TIMEOUT_SECONDS"):
        ChassisSettings.read()
    monkeypatch.setenv("CLAIMSTREAM_MAX_POLL_INTERVAL_SECONDS", "138")
    ChassisSettings.read()


@pytest.mark.parametrize("name", ["claimstream-billing-0", "billing_0", "host-7.example.local"])
def test_the_name_of_a_replica_is_taken(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Whatever Kafka takes as the instance id of a group's member."""
    monkeypatch.setenv("CLAIMSTREAM_INSTANCE", name)
    assert ChassisSettings.read().instance == name
