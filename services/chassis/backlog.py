"""What lay unread when partitions came to an instance, and whether it has processed that since.

A busy topic has no end: who waits until nothing is left unread waits for ever.
"""

from collections.abc import Iterable, Mapping

from aiokafka import ConsumerRecord, TopicPartition


class Backlog:
    """Where each partition ended when it was first given to this instance; all are offsets."""

    def __init__(self) -> None:
        self._ends: dict[TopicPartition, int] = {}
        self._in_hand: dict[TopicPartition, int] = {}
        self._processed: dict[TopicPartition, int] = {}

    def unmeasured(self, places: Iterable[TopicPartition]) -> list[TopicPartition]:
        """Those of which the end is not known yet."""
        return [place for place in places if place not in self._ends]

    def measured(self, ends: Mapping[TopicPartition, int]) -> None:
        """So far the partitions reached when this was first asked."""
        self._ends |= ends

    def taken(self, batch: Iterable[ConsumerRecord[object, object]]) -> None:
        """These records are in hand, until they are processed or the next are taken."""
        self._in_hand = {
            TopicPartition(each.topic, each.partition): each.offset + 1 for each in batch
        }

    def done(self) -> None:
        """What was in hand is processed."""
        self._processed |= self._in_hand
        self._in_hand = {}

    def is_processed(self, positions: Mapping[TopicPartition, int]) -> bool:
        """Whether nothing of it is left in the partitions that are read at these positions."""
        return all(self._is_processed(place, position) for place, position in positions.items())

    def _is_processed(self, place: TopicPartition, position: int) -> bool:
        end = self._ends[place]
        is_in_doubt = place in self._in_hand and self._processed.get(place, 0) < end
        return position >= end and not is_in_doubt
