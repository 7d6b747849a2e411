"""What applying the catalogue changes on a broker, and what it refuses."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claimstream.topics.plan import (
    MILLISECONDS_A_DAY,
    Step,
    TopicOnBroker,
    default_replication,
    plan,
    refused,
    wanted_configs,
)
from schemas.catalogue import MODEL_OF_TOPIC, Topic, topics

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
REFERENCE = replace(
    EVENTS, name="ehr.thing-registered.v1", key="practice_id:thing_id", compaction=True
)


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


ANSWERS = replace(EVENTS, name="payer.thing-answered.v1")


def having(**partitions: int) -> dict[str, TopicOnBroker]:
    """A broker whose topics match the catalogue but for their partitions."""
    places = {"events": EVENTS, "answers": ANSWERS, "reference": REFERENCE}
    return {
        topic.name: replace(found, partitions=number)
        for name, number in partitions.items()
        for topic in (places[name],)
        for found in on_broker(topic).values()
    }


def actions(found: dict[str, TopicOnBroker], **options: Any) -> list[str]:
    steps = plan([EVENTS, ANSWERS, REFERENCE], found, replication=1, **options)
    return [step.action for step in steps]


def test_a_topic_that_was_grown_alone_is_found_and_what_to_do_is_said() -> None:
    steps = plan([EVENTS, ANSWERS], having(events=12, answers=8), replication=1)
    assert [step.action for step in steps] == ["unchanged", "refuse"]
    assert EVENTS.name in steps[1].details[0]
    assert "--partitions 12 --allow-more-partitions" in steps[1].details[0]
    found = having(events=12, answers=8)
    again = plan([EVENTS, ANSWERS], found, replication=1, partitions=12, allow_more_partitions=True)
    assert [step.action for step in again] == ["unchanged", "grow"]


def test_a_new_topic_is_not_made_with_another_number_than_those_of_its_key_have() -> None:
    steps = plan([EVENTS, ANSWERS], having(events=12), replication=1)
    assert [step.action for step in steps] == ["unchanged", "refuse"]
    assert steps[1].details[0].endswith("apply with --partitions 12")
    made = plan([EVENTS, ANSWERS], having(events=12), replication=1, partitions=12)
    assert [(step.action, step.partitions) for step in made] == [("unchanged", 12), ("create", 12)]


def test_a_new_topic_waits_for_those_of_its_key_that_may_not_grow_yet() -> None:
    assert actions(having(events=4)) == ["refuse", "refuse", "create"]
    assert actions(having(events=4), allow_more_partitions=True) == ["grow", "create", "create"]
    assert actions(having(events=4), partitions=4) == ["unchanged", "create", "create"]


def test_growing_to_fewer_than_another_topic_of_the_key_has_is_refused() -> None:
    found = having(events=12, answers=4, reference=4)
    assert actions(found, allow_more_partitions=True) == ["unchanged", "refuse", "grow"]


def test_topics_of_other_keys_and_of_one_partition_have_numbers_of_their_own() -> None:
    single = replace(EVENTS, name="payer.thing-answered.v1.billing.dlq", partitions=1)
    found = having(events=12, reference=8) | on_broker(single)
    steps = plan([EVENTS, REFERENCE, single], found, replication=1)
    assert {step.action for step in steps} == {"unchanged"}


def test_the_catalogue_gives_all_topics_of_a_key_as_many_partitions() -> None:
    steps = plan(topics(), {}, replication=1)
    assert refused(steps) == []
    assert {topic.partitions for topic in topics() if topic.consumers} == {4}


@given(
    st.dictionaries(st.sampled_from(["events", "answers", "reference"]), st.integers(1, 12)),
    st.integers(2, 12),
    st.booleans(),
)
def test_what_is_done_leaves_each_key_with_one_number_unless_something_is_refused(
    numbers: dict[str, int], partitions: int, allow: bool
) -> None:
    catalogue = [EVENTS, ANSWERS, REFERENCE]
    found = having(**numbers)
    steps = plan(
        catalogue, found, replication=1, partitions=partitions, allow_more_partitions=allow
    )
    if refused(steps):
        return
    after = {step.topic: step.partitions for step in steps}
    assert after[EVENTS.name] == after[ANSWERS.name]
    assert all(after[name] >= it.partitions for name, it in found.items())


@given(
    st.dictionaries(st.sampled_from(["events", "answers", "reference"]), st.integers(1, 12)),
    st.booleans(),
)
def test_a_number_that_all_topics_can_have_is_never_refused_where_growing_is_allowed(
    numbers: dict[str, int], again: bool
) -> None:
    most = max([2, *numbers.values()])
    found = having(**numbers)
    for _ in range(2 if again else 1):
        steps = plan(
            [EVENTS, ANSWERS, REFERENCE],
            found,
            replication=1,
            partitions=most,
            allow_more_partitions=True,
        )
        assert refused(steps) == []
        assert {step.partitions for step in steps} == {most}
        found = having(**dict.fromkeys(("events", "answers", "reference"), most))


def test_a_missing_topic_is_created_with_all_its_settings() -> None:
    step = the_step(EVENTS, {})
    assert step.action == "create"
    assert (step.partitions, step.replication) == (8, 1)
    assert step.configs == {
        "cleanup.policy": "delete",
        "retention.ms": "2592000000",
        "segment.ms": "82800000",
        "message.timestamp.before.max.ms": "2592000000",
        "max.message.bytes": "1048576",
    }


def test_no_record_that_a_topic_forgets_outlives_its_age_by_a_day() -> None:
    aged = [topic for topic in topics() if topic.retention_days >= 0 and not topic.compaction]
    assert aged
    for topic in aged:
        assert int(wanted_configs(topic)["segment.ms"]) < MILLISECONDS_A_DAY


def test_a_topic_that_forgets_nothing_by_age_has_segments_as_its_broker_makes_them() -> None:
    assert wanted_configs(REFERENCE).keys() == {
        "cleanup.policy",
        "retention.ms",
        "max.message.bytes",
    }
    assert "segment.ms" not in wanted_configs(replace(EVENTS, retention_days=-1))


def test_a_reference_topic_is_compacted_and_never_deleted_by_age() -> None:
    assert wanted_configs(REFERENCE)["cleanup.policy"] == "compact"
    assert wanted_configs(REFERENCE)["retention.ms"] == "-1"


def test_copies_of_dead_letters_go_like_other_events_and_no_sooner() -> None:
    of_events = {topic.name: topic for topic in topics() if topic.name in MODEL_OF_TOPIC}
    copies = [topic for topic in topics() if topic.name not in of_events]
    assert copies
    longest = max(topic.retention_days for topic in of_events.values() if not topic.compaction)
    assert {topic.retention_days for topic in copies} == {longest}
    assert {wanted_configs(topic)["cleanup.policy"] for topic in copies} == {"delete"}


def test_copies_that_an_earlier_release_kept_for_ever_get_an_age() -> None:
    (copies, *_) = [topic for topic in topics() if topic.name not in MODEL_OF_TOPIC]
    kept = on_broker(copies, configs={**wanted_configs(copies), "retention.ms": "-1"})
    step = the_step(copies, kept)
    assert (step.action, dict(step.configs)) == ("alter", {"retention.ms": "2592000000"})


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


@pytest.mark.parametrize(
    "setting",
    [
        "retention.ms",
        "segment.ms",
        "message.timestamp.before.max.ms",
        "cleanup.policy",
        "max.message.bytes",
    ],
)
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
