"""A service does not start when it would forget an input that may come again."""

import pytest

from claimstream.topics.plan import MILLISECONDS_A_DAY, wanted_configs
from schemas.catalogue import subscriptions, topics
from services.chassis.retention import forgetful_topics, longest_topic_days
from services.chassis.settings import ChassisSettings, SettingsError


@pytest.fixture(autouse=True)
def broker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLAIMSTREAM_KAFKA_BOOTSTRAP", "none:0")


@pytest.mark.parametrize(
    ("variable", "days"),
    [
        ("CLAIMSTREAM_INBOX_RETENTION_DAYS", longest_topic_days() + 13),
        ("CLAIMSTREAM_REPLAY_DAYS", 45 - longest_topic_days() + 1),
        ("CLAIMSTREAM_DEAD_LETTER_RETENTION_DAYS", longest_topic_days() + 13),
    ],
)
def test_a_span_that_is_a_day_too_short_is_refused_with_the_least_that_will_do(
    variable: str, days: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, str(days))
    with pytest.raises(SettingsError, match=r"RETENTION_DAYS must be at least \d+"):
        ChassisSettings.read()


def test_spans_that_just_reach_are_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    least = longest_topic_days() + 60
    monkeypatch.setenv("CLAIMSTREAM_REPLAY_DAYS", "60")
    monkeypatch.setenv("CLAIMSTREAM_INBOX_RETENTION_DAYS", str(least))
    monkeypatch.setenv("CLAIMSTREAM_DEAD_LETTER_RETENTION_DAYS", str(least))
    assert ChassisSettings.read().inbox_retention_days == least


def test_the_defaults_reach() -> None:
    ChassisSettings.read()


def test_topics_that_keep_the_last_record_of_a_key_never_forget_it() -> None:
    forgetful = forgetful_topics(subscriptions("billing"))
    assert "coding.encounter-coded.v1" in forgetful
    assert "ehr.patient-registered.v1" not in forgetful


def test_the_longest_span_is_that_of_the_slowest_topic_with_the_segment_that_it_goes_with() -> None:
    oldest_in_segment = max(
        int(configs["retention.ms"]) + int(configs["segment.ms"])
        for configs in (wanted_configs(topic) for topic in topics() if not topic.compaction)
    )
    assert longest_topic_days() == -(-oldest_in_segment // MILLISECONDS_A_DAY)
