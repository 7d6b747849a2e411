"""A whole stack on quick time, and what the end-to-end tests do to it and read from it."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import asyncpg
from aiokafka import AIOKafkaProducer

from claimstream.lineage.history import History, read_history
from claimstream.stack.clock import change_pace, stack_clock
from claimstream.stack.control import Stack
from claimstream.stack.state import ProcessRecord, StackAddresses
from claimstream.verify.finding import Report
from claimstream.verify.run import Verified, verify
from deploy.embedded.child import Child, Identity
from tests.support import LONG_ENOUGH_S, until

SECONDS_A_DAY = 86_400


_LARGEST_REQUEST_BYTES = 16 * 1024 * 1024
_CLAIMSTREAM = (sys.executable, "-c", "from claimstream.cli import main; main()")


@dataclass(frozen=True, slots=True)
class Said:
    """What a command of the command line answered."""

    code: int
    out: str
    err: str

    def lines(self) -> list[Any]:
        """Each line of the output as JSON."""
        return [json.loads(line) for line in self.out.splitlines()]


@dataclass(slots=True)
class World:
    """One running stack: servers, payer and services as processes, on a clock of its own."""

    stack: Stack

    @property
    def addresses(self) -> StackAddresses:
        return self.stack.addresses()

    @property
    def today(self) -> date:
        return stack_clock(self.stack.folder.path).now().date()

    def pace(self, days_a_second: int) -> None:
        """Let time pass so fast from now on; 0 is the pace of the machine's own clock."""
        change_pace(self.stack.folder, max(days_a_second * SECONDS_A_DAY, 1))

    @contextmanager
    def slowly(self) -> Iterator[None]:
        """The machine's own pace inside the block, and a day a second again after it."""
        self.pace(0)
        try:
            yield
        finally:
            self.pace(1)

    def environment(self) -> dict[str, str]:
        """What a program outside the stack needs to talk to it."""
        return {
            **os.environ,
            **self.addresses.environment(),
            "CLAIMSTREAM_STATE_DIR": str(self.stack.folder.path),
            "CLAIMSTREAM_CLOCK": f"file:{self.stack.folder.path / 'clock'}",
        }

    def say(self, *arguments: str) -> Said:
        """Run ``claimstream`` as a person does, with nothing but the state folder to go by."""
        done = subprocess.run(
            [*_CLAIMSTREAM, *arguments],
            env={
                **os.environ,
                "CLAIMSTREAM_STATE_DIR": str(self.stack.folder.path),
                "COLUMNS": "200",
                "NO_COLOR": "1",
            },
            capture_output=True,
            text=True,
            check=False,
            timeout=LONG_ENOUGH_S,
        )
        return Said(done.returncode, done.stdout, done.stderr)

    def ehr(self, *, encounters: int, seed: int, days: int) -> Child:
        """An EHR process, not yet started, whose clinics open tomorrow."""
        return Child(
            argv=[sys.executable, "-m", "simulators.ehr"],
            log_path=self.stack.folder.log("ehr"),
            env={
                **self.environment(),
                "CLAIMSTREAM_EHR_ENCOUNTERS": str(encounters),
                "CLAIMSTREAM_EHR_SEED": str(seed),
                "CLAIMSTREAM_EHR_START": (self.today + timedelta(days=1)).isoformat(),
                "CLAIMSTREAM_EHR_DAYS": str(days),
                "CLAIMSTREAM_EHR_STATE_FILE": str(self.stack.folder.path / f"ehr-{seed}.json"),
            },
        )

    def process(self, name: str) -> ProcessRecord:
        """How a process of the stack stands now."""
        record = self.stack.record()
        assert record is not None
        return next(each for each in record.processes if each.name == name)

    def kill(self, name: str) -> Identity:
        """End a process of the stack with no warning; returns which one it was."""
        identity = self.process(name).identity
        assert identity is not None
        os.kill(identity.pid, signal.SIGKILL)
        return identity

    async def back(self, name: str, former: Identity) -> None:
        """Return when another process has taken the place of ``former`` and all are ready."""

        async def is_back() -> bool:
            record = self.stack.record()
            assert record is not None
            mine = next(each for each in record.processes if each.name == name)
            return mine.identity != former and all(
                each.state == "ready" for each in record.processes
            )

        await until(is_back, what=f"{name} starting again")

    async def history(self, *topics: str) -> History:
        return await read_history(self.addresses.kafka_bootstrap, topics or None)

    async def count(self, *topics: str) -> int:
        """How many records lie on ``topics``."""
        return sum((await self.history(*topics)).ends.values())

    async def grows(self, *topics: str) -> None:
        """Return when more has been published on ``topics`` than lies there now."""
        before = await self.count(*topics)

        async def grew() -> bool:
            return await self.count(*topics) > before

        await until(grew, what=f"something new on {', '.join(topics)}")

    async def verified(self) -> Verified:
        """What ``verify`` finds, now, the payer's own books among it."""
        return await verify(
            self.addresses.kafka_bootstrap,
            self.addresses.database_urls,
            payer=self.stack.folder.path / "payer",
        )

    async def proof(self) -> Report:
        """What ``verify`` says once it finds nothing, or at last if it never comes to that.

        A file that is being read this very moment is a finding of that moment.
        """
        found = await self.verified()
        for _ in range(5):
            if not found.report.findings:
                break
            await asyncio.sleep(1)
            found = await self.verified()
        return found.report

    async def settled(self) -> Report:
        """The proof once nothing is on its way any more."""
        last = -1

        async def still() -> bool:
            nonlocal last
            moving = sum(
                (each.lag_events or 0) + (each.outbox_depth or 0)
                for each in await asyncio.to_thread(self.stack.statuses)
            )
            count = await self.count()
            quiet = not moving and count == last
            last = count
            if not quiet:
                await asyncio.sleep(0.5)
            return quiet

        await until(still, what="the stack coming to rest")
        return await self.proof()

    @asynccontextmanager
    async def connection(self, service: str) -> AsyncIterator[asyncpg.Connection]:
        """A connection to a service's database; for tests alone."""
        connection = await asyncpg.connect(self.addresses.database_urls[service])
        try:
            yield connection
        finally:
            await connection.close()

    async def rows(self, service: str, sql: str, *values: object) -> Sequence[asyncpg.Record]:
        """Ask a service's database, or change it."""
        async with self.connection(service) as connection:
            found: Sequence[asyncpg.Record] = await connection.fetch(sql, *values)
            return found

    async def publish(self, records: Sequence["Raw"]) -> None:
        """Put records on their topics, in order, whatever they hold."""
        producer = AIOKafkaProducer(
            bootstrap_servers=self.addresses.kafka_bootstrap,
            max_request_size=_LARGEST_REQUEST_BYTES,
        )
        await producer.start()
        try:
            for record in records:
                await producer.send_and_wait(
                    record.topic,
                    record.value,
                    key=record.key,
                    headers=list(record.headers),
                    partition=record.partition,
                )
        finally:
            await producer.stop()


@dataclass(frozen=True, slots=True)
class Raw:
    """A record as bytes; ``partition`` None lets the key decide."""

    topic: str
    key: bytes | None
    headers: Sequence[tuple[str, bytes]]
    value: bytes | None
    partition: int | None = None
