"""What applying the catalogue changes on a broker, and what it refuses."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claimstream.topics.plan import (
    Step,
    TopicOnBroker,
    default_replication,
    plan,
    refused,
    wanted_configs,
)
from schemas.catalogue import Topic, topics

EVENTS = Topic(
    name="billing.thing-happened.v1",
    owner="billing",
    key="practice_id:encounter_id",
    phi="ids",
    partitions=8,
    retention_days=30,
    compaction=False,
    max_message_bytes=1_048_576,
    consumers=("coding",),
)
REFERENCE = replace(EVENTS, name="ehr.thing-registered.v1", compaction=True)


def on_broker(topic: Topic, **changes: object) -> dict[str, TopicOnBroker]:
    found = TopicOnBroker(topic.name, topic.partitions, 1, wanted_configs(topic))
    return {topic.name: replace(found, **changes)}  # type: ignore[arg-type]


def the_step(topic: Topic, found: dict[str, TopicOnBroker], *, allow: bool = False) -> Step:
    (step,) = plan([topic], found, replication=1, allow_more_partitions=allow)
    return step


@pytest.mark.parametrize("allow", [True, False])
def test_a_topic_that_has_more_partitions_keeps_them(allow: bool) -> None:
    step = the_step(EVENTS, on_broker(EVENTS, partitions=12), allow=allow)
    assert (step.action, step.partitions) == ("unchanged", 12)


def test_an_installation_chooses_the_partitions_of_topics_that_have_several() -> None:
    single = replace(EVENTS, name="ehr.thing-happened.v1.coding.dlq", partitions=1)
    steps = plan([EVENTS, single], {}, replication=1, partitions=64)
    assert [step.partitions for step in steps] == [64, 1]


def test_what_an_installation_chose_stays_unless_more_are_allowed() -> None:
    (step,) = plan([EVENTS], on_broker(EVENTS), replication=1, partitions=64)
    assert step.action == "refuse"
    (step,) = plan([EVENTS], on_broker(EVENTS, partitions=64), replication=1, partitions=64)
    assert step.action == "unchanged"


def test_more_partitions_are_refused_unless_allowed_and_the_danger_is_said() -> None:
    step = the_step(EVENTS, on_broker(EVENTS, partitions=4))
    assert step.action == "refuse"
    assert "out of order" in step.details[0]
    assert "--allow-more-partitions" in step.details[0]


def test_more_partitions_are_added_when_allowed() -> None:
    step = the_step(EVENTS, on_broker(EVENTS, partitions=4), allow=True)
    assert (step.action, step.partitions, step.details) == ("grow", 8, ("partitions 4 -> 8",))


def test_a_refused_topic_does_not_keep_others_from_being_done() -> None:
    steps = plan([EVENTS, REFERENCE], on_broker(EVENTS, partitions=2), replication=1)
    assert [step.action for step in steps] == ["refuse", "create"]
    assert [step.topic for step in refused(steps)] == [EVENTS.name]


def test_a_missing_topic_is_created_with_all_its_settings() -> None:
    step = the_step(EVENTS, {})
    assert step.action == "create"
    assert (step.partitions, step.replication) == (8, 1)
    assert step.configs == {
        "cleanup.policy": "delete",
        "retention.ms": "2592000000",
        "max.message.bytes": "1048576",
    }


def test_a_reference_topic_is_compacted_and_never_deleted_by_age() -> None:
    assert wanted_configs(REFERENCE)["cleanup.policy"] == "compact"
    assert wanted_configs(REFERENCE)["retention.ms"] == "-1"


def test_a_topic_kept_for_ever_has_no_age() -> None:
    assert wanted_configs(replace(EVENTS, retention_days=-1))["retention.ms"] == "-1"


def test_three_copies_are_acknowledged_by_two() -> None:
    (step,) = plan([EVENTS], {}, replication=3)
    assert step.configs["min.insync.replicas"] == "2"
    (single,) = plan([EVENTS], {}, replication=1)
    assert "min.insync.replicas" not in single.configs


@pytest.mark.parametrize(("brokers", "copies"), [(0, 1), (1, 1), (2, 2), (3, 3), (9, 3)])
def test_there_are_three_copies_or_as_many_as_there_are_brokers(brokers: int, copies: int) -> None:
    assert default_replication(brokers) == copies


@pytest.mark.parametrize("setting", ["retention.ms", "cleanup.policy", "max.message.bytes"])
def test_a_setting_that_differs_is_altered_alone(setting: str) -> None:
    configs = {**wanted_configs(EVENTS), setting: "7"}
    step = the_step(EVENTS, on_broker(EVENTS, configs=configs))
    assert step.action == "alter"
    assert dict(step.configs) == {setting: wanted_configs(EVENTS)[setting]}
    assert step.details == (f"{setting} 7 -> {wanted_configs(EVENTS)[setting]}",)


def test_topics_outside_the_catalogue_are_left_alone() -> None:
    found = {"elsewhere": TopicOnBroker("elsewhere", 3, 1)}
    assert plan([], found, replication=1) == []


@given(
    st.integers(1, 12),
    st.booleans(),
    st.fixed_dictionaries(
        {}, optional={"retention.ms": st.just("5"), "cleanup.policy": st.just("compact")}
    ),
)
def test_what_was_done_needs_not_be_done_again(
    partitions: int, allow: bool, configs: dict[str, str]
) -> None:
    step = the_step(EVENTS, on_broker(EVENTS, partitions=partitions, configs=configs), allow=allow)
    if step.action == "refuse":
        assert partitions != EVENTS.partitions
        return
    done = on_broker(EVENTS, partitions=step.partitions, configs={**configs, **step.configs})
    assert the_step(EVENTS, done, allow=allow).action == "unchanged"


def test_a_broker_that_matches_the_whole_catalogue_needs_nothing() -> None:
    found = {name: it for topic in topics() for name, it in on_broker(topic).items()}
    assert {step.action for step in plan(topics(), found, replication=1)} == {"unchanged"}
