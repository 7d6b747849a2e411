"""The payer as a process: it serves, is killed, and goes on where it was."""

import asyncio
import json
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

from services.chassis.clock import ScaledClock
from services.payer_gateway.domain.claim_file import write_file
from services.payer_gateway.domain.professional_claim import ClaimParties, build_claim
from services.payer_gateway.domain.reference_data import (
    coverage_of,
    patient_of,
    practice_of,
    provider_of,
)
from services.payer_gateway.partners import load_partners
from services.payer_gateway.transport.connections import Transports
from services.payer_gateway.transport.transport import Transport, put
from services.payer_gateway.x12 import read_interchanges
from services.payer_gateway.x12.professional_claim_writer import claim_text
from tests.integration.payer_gateway.stories import (
    claim,
    coverage,
    patient,
    policy,
    practice,
    provider,
)
from tests.support import until

START = datetime(2026, 3, 2, 12, tzinfo=UTC)
DAYS_A_SECOND = 4 * 86_400


class RunningPayer:
    """A payer process on a folder, with a connection to it."""

    def __init__(self, state: Path, process: asyncio.subprocess.Process) -> None:
        self.state = state
        self.process = process
        self.transports = Transports(state / "connection.json")

    async def transport(self) -> Transport:
        found = await self.transports.get("payer")
        assert found is not None
        return found

    async def files(self, ending: str) -> list[str]:
        names = await (await self.transport()).names("BLUERIVER/out")
        return [name for name in names if name.endswith(ending)]


@asynccontextmanager
async def payer(state: Path, clock: ScaledClock) -> AsyncIterator[RunningPayer]:
    (state / "connection.json").unlink(missing_ok=True)
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "simulators.payer",
        "serve",
        "--state-dir",
        str(state),
        env={**os.environ, "CLAIMSTREAM_CLOCK": str(clock)},
        stdout=asyncio.subprocess.DEVNULL,
    )
    running = RunningPayer(state, process)

    async def listening() -> bool:
        assert process.returncode is None, "the payer ended"
        return (state / "connection.json").exists()

    try:
        await until(listening, what="the payer's connection file")
        yield running
    finally:
        await running.transports.close()
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
        await process.wait()


def _file() -> bytes:
    partner = load_partners(None)["BLUERIVER"]
    own = practice_of(practice())
    insured = coverage_of(coverage(policy("BLUERIVER", "M100")))
    parties = ClaimParties(own, patient_of(patient()), insured, provider_of(provider()))
    sent = build_claim(claim(), insured.policies[0], parties, partner)
    return write_file([claim_text(sent)], own, partner, 1, START)


def _until(count: Callable[[], Awaitable[list[str]]], least: int) -> Callable[[], Awaitable[bool]]:
    async def enough() -> bool:
        return len(await count()) >= least

    return enough


async def test_a_killed_payer_starts_again_with_its_key_port_and_claims(tmp_path: Path) -> None:
    clock = ScaledClock(int(time.time()), START, DAYS_A_SECOND)
    async with payer(tmp_path, clock) as first:
        await put(await first.transport(), "BLUERIVER/in", "a.837", _file())
        await until(_until(lambda: first.files(".999"), 1), what="the 999")
        before = json.loads((tmp_path / "connection.json").read_text())
        first.process.kill()
        await first.process.wait()
    async with payer(tmp_path, clock) as second:
        assert json.loads((tmp_path / "connection.json").read_text()) == before
        await until(_until(lambda: second.files(".835"), 1), what="the 835")
        names = await (await second.transport()).names("BLUERIVER/out")
        assert [name.rpartition(".")[2] for name in names] == ["999", "277", "835"]
        (remittance,) = await second.files(".835")
        content = await (await second.transport()).get("BLUERIVER/out", remittance)
        assert content is not None
        (interchange,) = read_interchanges(content)
        assert [t.set_id for t in interchange.transactions] == ["835"]
        second.process.send_signal(signal.SIGTERM)
        assert await second.process.wait() == 0
    assert not (tmp_path / "connection.json").exists()


async def test_the_same_interchange_again_is_refused_as_a_duplicate(tmp_path: Path) -> None:
    clock = ScaledClock(int(time.time()), START, 1)
    async with payer(tmp_path, clock) as running:
        transport = await running.transport()
        await put(transport, "BLUERIVER/in", "a.837", _file())
        await until(_until(lambda: running.files(".999"), 1), what="the 999")
        await put(transport, "BLUERIVER/in", "a.837", _file())
        await until(_until(lambda: running.files(".ta1"), 1), what="the TA1")
        (name,) = await running.files(".ta1")
        assert b"TA1*000000001*" in (await transport.get("BLUERIVER/out", name) or b"")
        assert b"*R*025~" in (await transport.get("BLUERIVER/out", name) or b"")
        assert len(await running.files(".999")) == 1


async def test_a_truncated_upload_is_refused_and_the_whole_file_is_taken_afterwards(
    tmp_path: Path,
) -> None:
    clock = ScaledClock(int(time.time()), START, 1)
    async with payer(tmp_path, clock) as running:
        transport = await running.transport()
        whole = _file()
        await put(transport, "BLUERIVER/in", "a.837", whole[: len(whole) // 2])
        await until(_until(lambda: running.files(".ta1"), 1), what="the TA1")
        assert await running.files(".999") == []
        await put(transport, "BLUERIVER/in", "a.837", whole)
        await until(_until(lambda: running.files(".999"), 1), what="the 999")
        assert len(await running.files(".ta1")) == 1
