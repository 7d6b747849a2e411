"""One run: a stack of its own, encounters at a steady rate, faults among them, and what came of it.

Days pass while encounters come in: the clock is scaled so that the days of service last as long as
the load does, and slowed down while faults are behind. When all is documented and every fault has
struck, a quiet season passes, long enough for every claim, reversal and statement.
"""

import asyncio
import json
import os
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from urllib.request import urlopen

from claimstream.chaos.arena import Arena
from claimstream.chaos.contract import contract_without_limits
from claimstream.chaos.faults.base import Fault
from claimstream.chaos.faults.processes import SESSION_SECONDS, KillInMigration, KillService
from claimstream.chaos.fuse import Fuse, Lit
from claimstream.chaos.input import (
    check_books,
    check_calm,
    check_compared,
    check_input,
    paid_by_claim,
)
from claimstream.chaos.journal import Journal
from claimstream.chaos.moments import MIGRATION
from claimstream.chaos.options import ChaosOptions
from claimstream.chaos.outcome import Outcome, read_outcome
from claimstream.chaos.outcome_file import OutcomeFile
from claimstream.chaos.patients import pay
from claimstream.chaos.place import Place
from claimstream.chaos.proxy import Proxy
from claimstream.chaos.resting import Resting
from claimstream.chaos.striking import MISSED, STRUCK, Striking
from claimstream.chaos.waiting import until
from claimstream.chaos.written_schedule import WrittenSchedule
from claimstream.demo.stages import StageCounter
from claimstream.stack.clock import change_pace, clock_file, keep_clock
from claimstream.stack.control import Stack
from claimstream.stack.processes import announced_port
from claimstream.stack.state import (
    CONNECTIONS_VARIABLE,
    KAFKA_VARIABLE,
    SERVICES,
    StateFolder,
    database_variable,
)
from claimstream.topics.broker import connected
from claimstream.verify.finding import Finding
from claimstream.verify.run import verify
from deploy.embedded.child import Child
from deploy.embedded.ports import remembered_ports
from services.billing.verification import insurance_cash
from services.chassis.clock import ENVIRONMENT_VARIABLE, FileClock, ScaledClock
from simulators.ehr.clinic.schedule import FIRST_DAY, run_tag
from simulators.ehr.position import PositionFile
from simulators.payer.server import UNFINISHED, password_file, public_host_key

SEASON_DAYS = 170
"""Two payers in a row at two weeks each, a reversal three weeks later, and a month to be told; as
much again for time that passes while the stack is behind."""

_SECONDS_A_DAY = 86_400
_MOST_STATEMENTS_SURVIVED = 8
_LONGEST_LOAD_BEHIND_S = 900
_ANSWERS_DAYS = 20
_REPACE_EVERY_S = 5
_WATCH_EVERY_S = 2
_USUAL_FAULT_S = 2
_LIMIT_DAYS = 40
"""Limits fall due so long after the load, in the quiet season: what a fault delays has come by then
in every run, and what never comes has not."""

_NOT_IN_THE_WAY = {
    "CLAIMSTREAM_CODING_QUERY_LIMIT": "P2000D",
    "CLAIMSTREAM_BILLING_HOLD_DAYS": "2000",
    "CLAIMSTREAM_SESSION_TIMEOUT_SECONDS": str(SESSION_SECONDS),
}
"""Limits that say what a person does about a delay: a delay is what a fault makes, in quick time
of days, and what it leads to would not be what a run without faults leads to."""


@dataclass(frozen=True, slots=True)
class Ended:
    """What one run came to. ``cut``: encounters that it ended before, as subjects."""

    outcome: Outcome
    findings: Sequence[Finding]
    checked: int
    seconds: int
    copies: int
    cut: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run has come; ``behind``: events that wait to be read or published."""

    phase: str
    day: datetime
    documented: int
    balances: int
    faults: int
    behind: int = 0


def starting(options: ChaosOptions, folder: StateFolder, place: Place) -> dict[str, str]:
    """What the stack's processes are told, beside addresses; nothing given stands in the way."""
    return {
        KAFKA_VARIABLE: "",
        **{database_variable(name): "" for name in SERVICES},
        **_NOT_IN_THE_WAY,
        "CLAIMSTREAM_REFERENCE_LIMIT": f"P{options.days + _LIMIT_DAYS}D",
        "CLAIMSTREAM_BILLING_SILENCE_DAYS": str(options.days + _LIMIT_DAYS),
        ENVIRONMENT_VARIABLE: f"file:{clock_file(folder)}",
        CONNECTIONS_VARIABLE: str(place.connections),
        "CLAIMSTREAM_PAYER_PORT": str(remembered_ports(place.own / "ports.json", 1)[0]),
        "CLAIMSTREAM_PAYER_SEED": str(options.seed),
        "CLAIMSTREAM_EHR_ENCOUNTERS": str(options.encounters),
        "CLAIMSTREAM_EHR_SEED": str(options.seed),
        "CLAIMSTREAM_EHR_START": FIRST_DAY.isoformat(),
        "CLAIMSTREAM_EHR_DAYS": str(options.days),
        "CLAIMSTREAM_EHR_ANSWER_AT_ONCE": "true",
        "CLAIMSTREAM_EHR_STATE_FILE": str(folder.path / "ehr.json"),
    }


@dataclass(slots=True)
class Run:
    """A run on an empty state folder. ``show`` is told how far it is.

    Once ``stopping`` is set nothing more is let in and nothing strikes; it drains and is proven.
    """

    folder: StateFolder
    options: ChaosOptions
    faults: Sequence[Fault]
    journal: Journal
    show: Callable[[Progress], None] = lambda _: None
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    _place: Place = field(init=False)
    _proxy: Proxy = field(init=False)
    _struck: int = field(default=0, init=False)
    _pace: int = field(default=1, init=False)
    _behind: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        self._place = Place(self.folder)

    async def play(self) -> Ended:
        """From an empty folder to a proof. Raises ``NeverCameError`` where it never recovers, and
        ``StackError`` where it cannot start."""
        begun = time.monotonic()
        place = self._place
        self.folder.make()
        place.own.mkdir(parents=True, exist_ok=True)
        settings = starting(self.options, self.folder, place)
        self._proxy = Proxy(int(settings["CLAIMSTREAM_PAYER_PORT"]))
        await self._before_the_start()
        stack = Stack(self.folder, settings=settings, module="claimstream.chaos.supervisor")
        try:
            addresses = await asyncio.to_thread(stack.start, tethered=True)
            environment = {**os.environ, **settings, **addresses.environment()}
            arena = Arena(stack, addresses, place, self._proxy, environment)
            self.journal.note("up")
            self._after_the_start(arena)
            return await self._played(arena, begun)
        finally:
            await self._proxy.stop()
            await asyncio.to_thread(stack.stop)

    async def _before_the_start(self) -> None:
        place = self._place
        opening = datetime(FIRST_DAY.year, FIRST_DAY.month, FIRST_DAY.day, 6, tzinfo=UTC)
        keep_clock(self.folder, ScaledClock(int(time.time()), opening, 1))
        place.contract.write_text(contract_without_limits(), encoding="utf-8")
        place.payer.mkdir(parents=True, exist_ok=True)
        connection = {
            "payer": {
                "host": "127.0.0.1",
                "port": await self._proxy.start(),
                "user": "claimstream",
                "password": password_file(place.payer, "claimstream"),
                "host_key": public_host_key(place.payer),
            }
        }
        if self.faults:
            rng = random.Random(self.options.seed)  # noqa: S311 - repeatable, not secret
            for service in SERVICES:
                lit = Lit(MIGRATION, rng.randint(1, _MOST_STATEMENTS_SURVIVED))
                Fuse(place.own, service).light(lit)
        place.connections.touch(mode=0o600)
        place.connections.write_text(json.dumps(connection), encoding="utf-8")

    def _after_the_start(self, arena: Arena) -> None:
        """Each service was killed once while it made its tables."""
        for service in SERVICES if self.faults else ():
            fuse = arena.fuse(service)
            fuse.put_out()
            self.journal.note(
                STRUCK if fuse.has_burnt() else MISSED,
                fault=KillInMigration.name,
                detail=f"{service} on an empty database",
            )

    async def _played(self, arena: Arena, begun: float) -> Ended:
        ehr = self._ehr(arena, publishing=True)
        counter = await _counter(arena)
        resting = Resting(arena, counter, lambda: self._files_under_way(arena))
        published: int | None = None
        try:
            await asyncio.to_thread(ehr.start)
            await arena.ready("ehr")
            self._follow_the_faults(len(self.faults) * _USUAL_FAULT_S)
            watching = asyncio.create_task(self._watch(arena, counter))
            try:
                await self._strike_all(arena)
                self._set_pace(self.options.pace)
                await self._until_documented()
                if self.stopping.is_set() and not await asyncio.to_thread(self._is_documented):
                    published = await self._cut_off(ehr)
                    ehr = self._ehr(arena, publishing=False)
                    await asyncio.to_thread(ehr.start)
                    await arena.ready("ehr")
                    self.journal.note("cut off", detail=f"after {published} events of the EHR")
                change_pace(self.folder, 1)
                self.journal.note("drains")
                await resting.drained(of_files=False)
                self.journal.note("quiet season")
                await resting.quiet_season(self.options.days + SEASON_DAYS)
                await self._last_day(arena)
                await resting.drained()
            finally:
                watching.cancel()
                await asyncio.gather(watching, return_exceptions=True)
            return await self._proved(arena, begun, published)
        finally:
            await asyncio.to_thread(arena.stop_extra)
            ehr.ask_to_stop()
            await asyncio.to_thread(ehr.wait_or_kill, 20)
            await counter.stop()

    def _ehr(self, arena: Arena, *, publishing: bool) -> Child:
        (self.folder.run / "ehr.port").unlink(missing_ok=True)
        environment = {
            **arena.environment,
            "CLAIMSTREAM_PORT_FILE": str(self.folder.run / "ehr.port"),
            "CLAIMSTREAM_EHR_RATE": "0",
            "CLAIMSTREAM_EHR_PUBLISH": str(publishing).lower(),
        }
        return arena.child("ehr", "ehr", environment, str(self._place.schedule))

    async def _cut_off(self, ehr: Child) -> int:
        """Let the EHR say nothing more of its own; how many events it has said."""
        ehr.ask_to_stop()
        await asyncio.to_thread(ehr.wait_or_kill, 60)
        own = self.options
        tag = run_tag(own.encounters, own.seed, FIRST_DAY, own.days)
        return PositionFile(self.folder.path / "ehr.json", tag).count

    async def _until_documented(self) -> None:
        """Return when all is documented, or nothing more is to be let in."""

        async def is_over() -> bool:
            return self.stopping.is_set() or await asyncio.to_thread(self._is_documented)

        patience_s = self.options.load_seconds + _LONGEST_LOAD_BEHIND_S
        await until(is_over, "everything being documented", patience_s)

    async def _strike_all(self, arena: Arena) -> None:
        every_s = self.options.load_seconds / max(len(self.faults), 1)
        begun = paced_at = time.monotonic()

        def done(ended: int) -> None:
            nonlocal paced_at
            self._struck = ended
            if time.monotonic() - paced_at > _REPACE_EVERY_S:
                paced_at = time.monotonic()
                self._follow_the_faults((len(self.faults) - ended) * (paced_at - begun) / ended)

        await Striking(arena, self.faults, every_s, self.journal, self.stopping, done).run()
        if self.faults:
            await arena.all_ready()

    def _follow_the_faults(self, left_s: float) -> None:
        """Let the days of service, and the payers' answers to them, last as long as the faults."""
        opening = datetime(FIRST_DAY.year, FIRST_DAY.month, FIRST_DAY.day, tzinfo=UTC)
        last = opening + timedelta(days=self.options.days + _ANSWERS_DAYS)
        span_s = max(int((last - self._now()).total_seconds()), _SECONDS_A_DAY)
        self._set_pace(max(1, min(self.options.pace, int(span_s / max(left_s, 1)))))

    def _set_pace(self, pace: int) -> None:
        if not self._pace * 4 // 5 <= pace <= self._pace * 5 // 4 or self._pace == 1:
            change_pace(self.folder, pace)
            self._pace = pace

    def _now(self) -> datetime:
        return FileClock(clock_file(self.folder)).now()

    async def _last_day(self, arena: Arena) -> None:
        """Patients pay, and every service is killed once more while the money goes through."""
        url = arena.addresses.database_urls["patient_statements"]
        paid = asyncio.create_task(pay(url, clock_file(self.folder), self.options.seed))
        for service in SERVICES if self.faults else ():
            await arena.next_life(service, await arena.kill(service))
            self.journal.note(STRUCK, fault=KillService.name, detail=f"{service} on the last day")
        self.journal.note("paid", detail=f"{await paid} payments")

    def _is_documented(self) -> bool:
        port = announced_port(self.folder.run / "ehr.port", "ehr")
        if port is None:
            return False
        try:
            with urlopen(f"http://127.0.0.1:{port}/status", timeout=3) as response:
                return bool(json.load(response)["schedule_done"])
        except (OSError, ValueError):
            return False

    async def _watch(self, arena: Arena, counter: StageCounter) -> None:
        while True:
            try:
                counts = await counter.counts()
                statuses = await asyncio.to_thread(arena.statuses)
                self._behind = sum(
                    (each.lag_events or 0) + (each.outbox_depth or 0) for each in statuses
                )
            except Exception:
                counts = {}
            self.show(
                Progress(
                    "faults" if self._struck < len(self.faults) else "quiet",
                    self._now(),
                    counts.get("ehr.encounter-documented.v1", 0),
                    counts.get("billing.patient-balance-due.v1", 0),
                    self._struck,
                    self._behind,
                )
            )
            await asyncio.sleep(_WATCH_EVERY_S)

    async def _files_under_way(self, arena: Arena) -> int:
        """Claims that wait, files unsent and unread; not what an upload that was cut short left."""
        async with arena.database("payer_gateway") as connection:
            count: int = await connection.fetchval(
                "select (select count(*) from outbound_file where state = 'created') "
                "+ (select count(*) from inbound_file where state = 'received') "
                "+ (select count(*) from claim where state = 'waiting')"
            )
        lying = self._place.payer.glob("logins/*/*/*/*")
        return count + sum(not file.name.endswith(UNFINISHED) for file in lying)

    async def _proved(self, arena: Arena, begun: float, published: int | None) -> Ended:
        addresses = arena.addresses
        self.journal.note("at rest")
        told = OutcomeFile.empty(self._place.told)
        verified = await verify(
            addresses.kafka_bootstrap,
            addresses.database_urls,
            [told.take],
            arena.went_back,
            self._place.payer,
        )
        told.index()
        outcome = await read_outcome(addresses.database_urls, told)
        async with arena.database("billing") as connection:
            cash = await insurance_cash(connection)
        paid = await asyncio.to_thread(paid_by_claim, self._place.payer / "books.sqlite")
        schedule = WrittenSchedule(self._place.schedule)
        expected = await asyncio.to_thread(schedule.expected, published)
        self.journal.note("proven")
        told.keep(outcome, schedule.digest())
        return Ended(
            outcome,
            [
                *verified.report.findings,
                *check_input(expected, outcome),
                *(() if self.faults else check_calm(outcome)),
                *check_books(paid, cash),
                *check_compared(verified.report),
            ],
            sum(verified.report.checked.values()),
            int(time.monotonic() - begun),
            verified.copies,
            frozenset(f"encounter {each}" for each in expected.cut),
        )


async def _counter(arena: Arena) -> StageCounter:
    bootstrap = arena.addresses.kafka_bootstrap
    async with connected(bootstrap) as broker:
        topics = (await broker.cluster(())).topics
    counter = StageCounter(bootstrap, {name: topic.partitions for name, topic in topics.items()})
    await counter.start()
    return counter
