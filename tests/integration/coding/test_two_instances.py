"""Two codings as processes, at one broker and one database: who is left goes on with everything."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import asyncpg
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from claimstream.topics.apply import apply_topics
from deploy.embedded.kafka import running_kafka
from schemas.catalogue import subscriptions, topics
from schemas.coding import EncounterCoded
from schemas.encounter import EncounterDocumented
from schemas.envelope import encode
from schemas.event import Event
from schemas.event_id import root_event_id
from schemas.reference import CoverageRegistered, PatientRegistered
from tests.delivery.test_instances import figure
from tests.fixtures.postgres import MakeDatabase
from tests.integration.coding.conftest import _prepare, coverage, patient, provider
from tests.support import NOON, until
from tests.unit.coding.examples import encounter, problems

NAME = "coding"
ENCOUNTERS = tuple(f"E{number}" for number in range(1, 13))
WORDING = ("Acute bronchitis", "Acute sinusitis")
"""Every other revision says something else, so that each of them has codes of its own."""

BETWEEN_ROUNDS_S = 0.1
SESSION_S = 6
TAKEN_OVER_WITHIN_S = 40
"""Far more than the session time-out, and less than any other limit by which a dead member's
partitions would become free."""

_COMMAND = (sys.executable, "-c", "from claimstream.cli import main; main()", "run", NAME)
_CHECKOUT = Path(__file__).parents[3]


class Published:
    """Every version that came out of each encounter, in the order of its partition."""

    def __init__(self) -> None:
        self.versions: dict[str, dict[str, tuple[int, int]]] = {each: {} for each in ENCOUNTERS}

    async def read(self, consumer: AIOKafkaConsumer) -> None:
        """Note what comes; what was published again under the same id is the same event."""
        async for each in consumer:
            coded = EncounterCoded.from_json(each.value)
            event_id = dict(each.headers)["ce_id"].decode()
            version = (coded.version, coded.revision)
            kept = self.versions[coded.encounter_id].setdefault(event_id, version)
            assert kept == version

    def have(self, revision: int) -> Callable[[], Awaitable[bool]]:
        """Whether that revision of every encounter is out."""

        async def so() -> bool:
            return all(
                any(of >= revision for _, of in versions.values())
                for versions in self.versions.values()
            )

        return so


class Load:
    """A revision of every encounter, and then the next one, for as long as it runs."""

    def __init__(self, producer: AIOKafkaProducer) -> None:
        self._producer = producer
        self._stopping = asyncio.Event()
        self.revision = 0

    async def references(self) -> None:
        await self._send(provider())
        for number, _ in enumerate(ENCOUNTERS):
            own = f"PT{number}"
            await self._send(_of(patient(), own), _of(coverage(), own))

    async def run(self) -> None:
        while not self._stopping.is_set():
            self.revision += 1
            wording = problems(WORDING[self.revision % 2])
            for number, encounter_id in enumerate(ENCOUNTERS):
                await self._send(
                    encounter(
                        encounter_id=encounter_id,
                        patient_id=f"PT{number}",
                        revision=self.revision,
                        problems=wording,
                    )
                )
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), BETWEEN_ROUNDS_S)

    def stop(self) -> None:
        self._stopping.set()

    async def _send(self, *events: Event) -> None:
        for event in events:
            own = root_event_id(NOON, event.TOPIC, event.to_json().decode())
            made = encode(event, event_id=own, source="urn:test", occurred_at=NOON)
            await self._producer.send_and_wait(
                made.topic, made.value, key=made.key, headers=made.headers
            )


def _of(event: PatientRegistered | CoverageRegistered, patient_id: str) -> Event:
    return event.model_copy(update={"patient_id": patient_id})


@pytest.fixture
async def bootstrap(tmp_path: Path) -> AsyncIterator[str]:
    """A broker of the test's own: the service's own topics, and nobody else in its group."""
    named = subscriptions(NAME)
    mine = [
        each
        for each in topics()
        if each.name in named or each.owner == NAME or each.name.endswith(f".{NAME}.dlq")
    ]
    async with running_kafka(tmp_path / "kafka", fsync=False) as kafka:
        await apply_topics(kafka.bootstrap, catalogue=mine, replication=1)
        yield kafka.bootstrap


@asynccontextmanager
async def coding(
    environment: Mapping[str, str], instance: str, folder: Path
) -> AsyncIterator[asyncio.subprocess.Process]:
    """An instance as a person starts it, killed at the end unless it is gone by then."""
    own = {"CLAIMSTREAM_INSTANCE": instance, "CLAIMSTREAM_PORT_FILE": str(folder / instance)}
    with (folder / f"{instance}.log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            *_COMMAND,
            cwd=_CHECKOUT,
            env={**os.environ, **environment, **own},
            stdout=log,
            stderr=asyncio.subprocess.STDOUT,
        )
    try:
        yield process
    finally:
        await kill(process)


async def kill(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        process.send_signal(signal.SIGKILL)
        await process.wait()


async def decided(port_file: Path) -> int:
    """Encounters that an instance has decided; none while it does not listen yet."""
    topic = f'topic="{EncounterDocumented.TOPIC}"'
    return await figure(port_file, "claimstream_inputs_total", topic)


async def test_of_two_codings_one_is_killed_under_load_and_each_revision_comes_out_once_in_order(
    bootstrap: str, make_database: MakeDatabase, tmp_path: Path
) -> None:
    url = await make_database("coding", _prepare)
    environment = {
        "CLAIMSTREAM_KAFKA_BOOTSTRAP": bootstrap,
        "CLAIMSTREAM_DATABASE_URL_CODING": url,
        "CLAIMSTREAM_SESSION_TIMEOUT_SECONDS": str(SESSION_S),
    }
    published = Published()
    async with (
        AIOKafkaConsumer(
            EncounterCoded.TOPIC, bootstrap_servers=bootstrap, auto_offset_reset="earliest"
        ) as consumer,
        AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all") as producer,
        coding(environment, "left", tmp_path),
        coding(environment, "killed", tmp_path) as victim,
    ):
        load = Load(producer)
        await load.references()
        reading = asyncio.create_task(published.read(consumer))
        loading = asyncio.create_task(load.run())

        async def both_decide() -> bool:
            return bool(await decided(tmp_path / "left") and await decided(tmp_path / "killed"))

        await until(both_decide, what="two instances that share the partitions")
        await kill(victim)
        after = load.revision + 1
        await until(
            published.have(after), within=TAKEN_OVER_WITHIN_S, what="the keys of the one killed"
        )
        load.stop()
        await loading
        await until(published.have(load.revision), what="the last revision of every encounter")
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)
    once_in_order = [(revision, revision) for revision in range(1, load.revision + 1)]
    assert {
        encounter_id: list(versions.values())
        for encounter_id, versions in published.versions.items()
    } == dict.fromkeys(ENCOUNTERS, once_in_order)
    connection = await asyncpg.connect(url)
    try:
        assert await connection.fetchval("select count(*) from delivery.dead_letter") == 0
    finally:
        await connection.close()
