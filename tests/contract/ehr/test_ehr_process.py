"""The EHR as a process of its own against a real broker: publishes, answers, ends on SIGTERM."""

import asyncio
import json
import os
import signal
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.request import urlopen
from uuid import uuid4

import pytest
from aiokafka import AIOKafkaProducer, ConsumerRecord

from schemas.coding import DocumentationQueryOpened
from schemas.encounter import DocumentationQueryAnswered
from schemas.envelope import decode, encode
from simulators.ehr.clinic.schedule import DAYS, FIRST_DAY, generate, run_tag
from tests.contract.ehr.topics import ANSWERED, EHR_TOPICS, records, with_topics
from tests.support import LONG_ENOUGH_S, until

COUNT = 40
CHECKOUT = Path(__file__).resolve().parents[3]


@pytest.fixture
async def broker(kafka_bootstrap: str) -> str:
    return await with_topics(kafka_bootstrap)


class Ehr:
    """A running EHR and its status."""

    def __init__(self, child: asyncio.subprocess.Process, port_file: Path) -> None:
        self.child = child
        self._port_file = port_file

    async def status(self) -> dict[str, Any]:
        if self.child.returncode is not None or not self._port_file.exists():
            return {}
        port = json.loads(self._port_file.read_text())["port"]

        def ask() -> dict[str, Any]:
            with urlopen(f"http://127.0.0.1:{port}/status", timeout=5) as answer:
                told: dict[str, Any] = json.load(answer)
                return told

        return await asyncio.to_thread(ask)

    async def until(self, name: str, at_least: int) -> None:
        async def reached() -> bool:
            return int((await self.status()).get(name, 0)) >= at_least

        await until(reached, what=f"{name} >= {at_least}")

    async def end(self, how: signal.Signals) -> tuple[int, str]:
        self.child.send_signal(how)
        _, said = await asyncio.wait_for(self.child.communicate(), LONG_ENOUGH_S)
        return self.child.returncode or 0, said.decode()


def later() -> str:
    """A clock that stands after the whole schedule, whatever day it is on this machine."""
    return f"scaled:{int(time.time())}:1:2027-01-01T00:00:00+00:00"


@asynccontextmanager
async def ehr(folder: Path, bootstrap: str, **settings: object) -> AsyncIterator[Ehr]:
    port_file = folder / "ehr.port"
    port_file.unlink(missing_ok=True)
    own = {f"CLAIMSTREAM_EHR_{name.upper()}": str(value) for name, value in settings.items()}
    clock = own.pop(
        "CLAIMSTREAM_EHR_CLOCK", "real" if "CLAIMSTREAM_EHR_SEED" not in own else later()
    )
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "simulators.ehr",
        env={
            "PATH": os.environ["PATH"],
            "CLAIMSTREAM_KAFKA_BOOTSTRAP": bootstrap,
            "CLAIMSTREAM_PORT_FILE": str(port_file),
            "CLAIMSTREAM_CLOCK": clock,
            **own,
        },
        cwd=CHECKOUT,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        yield Ehr(child, port_file)
    finally:
        if child.returncode is None:
            child.kill()
            await child.communicate()


async def ask(bootstrap: str, opened: DocumentationQueryOpened, at: datetime) -> None:
    record = encode(opened, event_id=uuid4(), source="urn:test:coding", occurred_at=at)
    async with AIOKafkaProducer(bootstrap_servers=bootstrap) as producer:
        await producer.send_and_wait(
            record.topic, record.value, key=record.key, headers=record.headers
        )


def question(encounter_id: str, provider_id: str = "CG-01") -> DocumentationQueryOpened:
    return DocumentationQueryOpened(
        practice_id="CEDARGROVE",
        encounter_id=encounter_id,
        query_id=f"Q-{encounter_id}",
        provider_id=provider_id,
        kind="missing_signature",
        question="Please sign.",
        answer_due=date(2026, 3, 16),
    )


def about(encounter_id: str) -> Any:
    def wanted(record: ConsumerRecord) -> bool:
        return bool(record.key == f"CEDARGROVE:{encounter_id}".encode())

    return wanted


async def test_a_schedule_whose_time_has_come_is_published_and_sigterm_ends_it(
    broker: str, tmp_path: Path
) -> None:
    seed = uuid4().int % 10**6
    expected = sum(1 for _ in generate(COUNT, seed))
    async with ehr(tmp_path, broker, encounters=COUNT, seed=seed) as process:
        await process.until("published", expected)
        assert (await process.status())["schedule_done"] is True
        code, said = await process.end(signal.SIGTERM)
    assert code == 0
    assert "Traceback" not in said
    tag = run_tag(COUNT, seed, FIRST_DAY, DAYS).encode()
    found = await records(broker, *EHR_TOPICS, wanted=lambda record: tag in record.key)
    assert len(found) == sum(1 for item in generate(COUNT, seed) if tag.decode() in item.event.key)


async def test_on_a_scaled_clock_nothing_is_said_before_its_time(
    broker: str, tmp_path: Path
) -> None:
    seed = uuid4().int % 10**6
    slow = f"scaled:{int(time.time())}:1:2026-01-05T05:00:00-05:00"
    async with ehr(tmp_path, broker, encounters=COUNT, seed=seed, clock=slow) as process:
        await process.until("published", 0)
        await until(lambda: _has_port(process), what="its port")
        assert (await process.status())["published"] == 0
        code, _ = await process.end(signal.SIGTERM)
    assert code == 0


async def _has_port(process: Ehr) -> bool:
    return bool(await process.status())


async def test_a_killed_ehr_goes_on_where_it_was(broker: str, tmp_path: Path) -> None:
    seed = uuid4().int % 10**6
    settings = {"encounters": COUNT, "seed": seed, "state_file": tmp_path / "position.json"}
    expected = sum(1 for _ in generate(COUNT, seed))
    async with ehr(tmp_path, broker, **settings, rate=60) as process:
        await process.until("published", 1)
        await process.end(signal.SIGKILL)
    async with ehr(tmp_path, broker, **settings) as process:
        await until(lambda: _done(process), what="the rest of the schedule")
        await process.end(signal.SIGTERM)
    tag = run_tag(COUNT, seed, FIRST_DAY, DAYS).encode()
    found = await records(broker, *EHR_TOPICS, wanted=lambda record: tag in record.key)
    ids = {decode(record.headers).event_id for record in found}
    wanted = {
        dict(item.record().headers)["ce_id"].decode()
        for item in generate(COUNT, seed)
        if tag.decode() in item.event.key
    }
    assert {str(one) for one in ids} == wanted
    assert expected >= len(wanted)


async def _done(process: Ehr) -> bool:
    return (await process.status()).get("schedule_done") is True


async def test_a_query_is_answered_once_however_often_the_ehr_starts(
    broker: str, tmp_path: Path
) -> None:
    name = f"V-{uuid4().hex[:10]}"
    await ask(broker, question(name), datetime.now(UTC) - timedelta(days=40))
    async with ehr(tmp_path, broker) as process:
        await until(lambda: _answered(broker, name), what="the answer")
        await process.end(signal.SIGTERM)
    async with ehr(tmp_path, broker) as process:
        other = f"V-{uuid4().hex[:10]}"
        await ask(broker, question(other), datetime.now(UTC) - timedelta(days=40))
        await until(lambda: _answered(broker, other), what="the other answer")
        await process.end(signal.SIGTERM)
    found = await records(broker, ANSWERED, wanted=about(name))
    assert len(found) == 1
    event = DocumentationQueryAnswered.from_json(found[0].value)
    assert event.query_id == f"Q-{name}"
    assert event.signature is not None
    assert decode(found[0].headers).causation_id


async def test_a_query_whose_answer_takes_longer_waits(broker: str, tmp_path: Path) -> None:
    name = f"V-{uuid4().hex[:10]}"
    async with ehr(tmp_path, broker) as process:
        await ask(broker, question(name), datetime.now(UTC) + timedelta(days=2))
        await process.until("waiting", 1)
        assert not await _answered(broker, name)
        await process.end(signal.SIGTERM)


async def test_a_query_is_answered_at_once_when_the_ehr_is_told_to(
    broker: str, tmp_path: Path
) -> None:
    name = f"V-{uuid4().hex[:10]}"
    async with ehr(tmp_path, broker, answer_at_once=True) as process:
        await ask(broker, question(name), datetime.now(UTC))
        await until(lambda: _answered(broker, name), what="the answer")
        await process.end(signal.SIGTERM)


async def test_a_query_that_cannot_be_read_stops_no_other(broker: str, tmp_path: Path) -> None:
    name = f"V-{uuid4().hex[:10]}"
    async with AIOKafkaProducer(bootstrap_servers=broker) as producer:
        await producer.send_and_wait(DocumentationQueryOpened.TOPIC, b"\xff", key=b"x")
        await producer.send_and_wait(
            DocumentationQueryOpened.TOPIC, None, key=b"x", headers=[("ce_id", b"\xff")]
        )
    await ask(broker, question(name), datetime.now(UTC) - timedelta(days=40))
    async with ehr(tmp_path, broker) as process:
        await until(lambda: _answered(broker, name), what="the answer")
        _, said = await process.end(signal.SIGTERM)
    assert "record left aside" in said


async def _answered(broker: str, name: str) -> bool:
    return bool(await records(broker, ANSWERED, wanted=about(name)))


async def test_wrong_settings_end_it_with_a_sentence_for_each() -> None:
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "simulators.ehr",
        env={"PATH": os.environ["PATH"], "CLAIMSTREAM_EHR_ENCOUNTERS": "-3"},
        cwd=CHECKOUT,
        stderr=asyncio.subprocess.PIPE,
    )
    _, said = await child.communicate()
    assert child.returncode == 2
    assert b"CLAIMSTREAM_KAFKA_BOOTSTRAP" in said
    assert b"encounters" in said
    assert b"Traceback" not in said


async def test_its_log_names_nobody(broker: str, tmp_path: Path) -> None:
    seed = uuid4().int % 10**6
    async with ehr(tmp_path, broker, encounters=COUNT, seed=seed) as process:
        await until(lambda: _done(process), what="the schedule")
        _, said = await process.end(signal.SIGTERM)
    assert "started" in said
    for item in generate(COUNT, seed):
        family = getattr(item.event, "family_name", None)
        if family:
            assert f" {family}" not in said
