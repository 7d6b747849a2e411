"""How far a run has come, counted from the ends of the topics."""

from collections.abc import Mapping

from aiokafka import AIOKafkaConsumer, TopicPartition

STAGES: tuple[tuple[str, str], ...] = (
    ("encounters documented", "ehr.encounter-documented.v1"),
    ("documentation queries", "coding.documentation-query-opened.v1"),
    ("queries answered", "ehr.documentation-query-answered.v1"),
    ("encounters coded", "coding.encounter-coded.v1"),
    ("claims submitted", "billing.claim-submitted.v1"),
    ("claims sent in 837 files", "payer.claim-transmitted.v1"),
    ("acknowledgements (999, 277CA)", "payer.claim-acknowledged.v1"),
    ("claims adjudicated (835)", "payer.claim-adjudicated.v1"),
    ("patient balances", "billing.patient-balance-due.v1"),
    ("statements issued", "patient.statement-issued.v1"),
    ("patient payments", "patient.payment-received.v1"),
)


class StageCounter:
    """Counts events per stage by asking the broker where its topics end."""

    def __init__(self, bootstrap: str, partitions: Mapping[str, int]) -> None:
        self._consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, enable_auto_commit=False)
        self._places = [
            TopicPartition(topic, number)
            for _, topic in STAGES
            for number in range(partitions.get(topic, 0))
        ]

    async def start(self) -> None:
        """Connect."""
        await self._consumer.start()
        self._consumer.assign(self._places)

    async def stop(self) -> None:
        """Disconnect."""
        await self._consumer.stop()

    async def counts(self) -> dict[str, int]:
        """Events per topic so far."""
        ends = await self._consumer.end_offsets(self._places)
        totals: dict[str, int] = {}
        for place, end in ends.items():
            totals[place.topic] = totals.get(place.topic, 0) + end
        return totals
