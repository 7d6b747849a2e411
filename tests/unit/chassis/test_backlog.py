"""An instance has caught up once what lay there at first is processed, whatever came since."""

from collections.abc import Sequence

from aiokafka import ConsumerRecord, TopicPartition

from services.chassis.backlog import Backlog

HERE = TopicPartition("deposits", 0)
THERE = TopicPartition("deposits", 1)


def a_backlog(here: int = 10, there: int = 0) -> Backlog:
    backlog = Backlog()
    assert backlog.unmeasured([HERE, THERE]) == [HERE, THERE]
    backlog.measured({HERE: here, THERE: there})
    assert backlog.unmeasured([HERE, THERE]) == []
    return backlog


def records(place: TopicPartition, offsets: Sequence[int]) -> list[ConsumerRecord[object, object]]:
    return [
        ConsumerRecord(place.topic, place.partition, offset, 0, 0, None, b"", None, 0, 0, ())
        for offset in offsets
    ]


def test_with_something_unread_it_has_not() -> None:
    assert not a_backlog().is_processed({HERE: 9, THERE: 0})


def test_what_is_read_and_still_in_hand_is_not_processed() -> None:
    backlog = a_backlog()
    backlog.taken(records(HERE, range(4, 10)))
    assert not backlog.is_processed({HERE: 10, THERE: 0})
    backlog.done()
    assert backlog.is_processed({HERE: 10, THERE: 0})


def test_what_was_put_back_is_not_processed_though_the_position_is_not_yet_set_back() -> None:
    backlog = a_backlog(here=10, there=5)
    backlog.taken(records(HERE, range(10)))
    assert not backlog.is_processed({HERE: 10, THERE: 5})
    backlog.taken(records(THERE, range(5)))
    assert not backlog.is_processed({HERE: 0, THERE: 5})


def test_records_that_came_since_make_no_difference() -> None:
    backlog = a_backlog()
    backlog.taken(records(HERE, range(10)))
    backlog.done()
    backlog.taken(records(HERE, range(10, 20)) + records(THERE, range(5)))
    assert backlog.is_processed({HERE: 20, THERE: 5})


def test_a_partition_that_comes_later_is_measured_as_it_is_then() -> None:
    backlog = Backlog()
    backlog.measured({HERE: 0})
    assert backlog.is_processed({HERE: 0})
    assert backlog.unmeasured([HERE, THERE]) == [THERE]
    backlog.measured({THERE: 7})
    assert not backlog.is_processed({HERE: 0, THERE: 6})


def test_nothing_to_read_is_all_read() -> None:
    assert Backlog().is_processed({})
