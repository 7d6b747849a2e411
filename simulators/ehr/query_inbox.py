"""Reading documentation queries, and which of them were answered already, from the topics."""

from collections.abc import Callable

from aiokafka import AIOKafkaConsumer, ConsumerRecord
from pydantic import ValidationError

from schemas.coding import DocumentationQueryOpened
from schemas.encounter import DocumentationQueryAnswered
from schemas.envelope import EnvelopeError, decode
from simulators.ehr.clinic.query_answer import Query

TOPICS = (DocumentationQueryOpened.TOPIC, DocumentationQueryAnswered.TOPIC)
_METADATA_AGE_MS = 10_000


class QueryInbox:
    """The queries not answered yet.

    It reads both topics from their beginning at every start, so what it knows is what the topics
    say; it keeps no offsets and belongs to no consumer group.
    """

    def __init__(self, bootstrap: str, unreadable: Callable[[str, str], None]) -> None:
        self._consumer = AIOKafkaConsumer(
            *TOPICS,
            bootstrap_servers=bootstrap,
            client_id="claimstream-ehr-queries",
            group_id=None,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            metadata_max_age_ms=_METADATA_AGE_MS,
        )
        self._unreadable = unreadable
        self._answered: set[tuple[str, str]] = set()
        self._open: dict[tuple[str, str], Query] = {}
        self.asked = 0

    async def start(self) -> None:
        """Connect, and read what is there already; waits for topics that do not exist yet."""
        await self._consumer.start()
        while {one.topic for one in self._consumer.assignment()} != set(TOPICS):
            await self.read()
        ends = await self._consumer.end_offsets(self._consumer.assignment())
        while any([await self._consumer.position(one) < end for one, end in ends.items()]):
            await self.read()

    async def stop(self) -> None:
        """Disconnect."""
        await self._consumer.stop()

    async def read(self) -> None:
        """Take in what has arrived; waits a short while for it."""
        batches = await self._consumer.getmany(timeout_ms=200)
        for records in batches.values():
            for record in records:
                self._take(record)

    def waiting(self) -> list[Query]:
        """The open queries, oldest first."""
        return sorted(self._open.values(), key=lambda query: (query.asked_at, query.event_id))

    def answered(self, query: Query) -> None:
        """Say that ``query`` was answered."""
        name = (query.opened.practice_id, query.opened.query_id)
        self._answered.add(name)
        self._open.pop(name, None)

    def _take(self, record: ConsumerRecord) -> None:
        try:
            envelope = decode(record.headers)
            if record.topic == DocumentationQueryAnswered.TOPIC:
                told = DocumentationQueryAnswered.from_json(record.value or b"")
                self._answered.add((told.practice_id, told.query_id))
                self._open.pop((told.practice_id, told.query_id), None)
                return
            opened = DocumentationQueryOpened.from_json(record.value or b"")
        except (EnvelopeError, ValidationError) as error:
            self._unreadable(record.topic, type(error).__name__)
            return
        name = (opened.practice_id, opened.query_id)
        if name not in self._open:
            self.asked += 1
        if name not in self._answered:
            self._open[name] = Query(opened, str(envelope.event_id), envelope.occurred_at)
