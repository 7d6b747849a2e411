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

import asyncpg
from aiokafka.errors import KafkaError

from claimstream.chaos.arena import Arena
from claimstream.chaos.contract import contract_without_limits
from claimstream.chaos.faults.base import Fault
from claimstream.chaos.faults.processes import SESSION_SECONDS, KillInMigration, KillService
from claimstream.chaos.fuse import Fuse, Lit
from claimstream.chaos.input import check_books, check_input, paid_by_claim
from claimstream.chaos.journal import Journal
from claimstream.chaos.moments import MIGRATION
from claimstream.chaos.options import ChaosOptions
from claimstream.chaos.outcome import Outcome, read_outcome
from claimstream.chaos.patients import pay
from claimstream.chaos.place import Place
from claimstream.chaos.proxy import Proxy
from claimstream.chaos.waiting import NeverCameError, until
from claimstream.demo.stages import StageCounter
from claimstream.stack.clock import change_pace, clock_file, keep_clock
from claimstream.stack.control import Stack
from claimstream.stack.plan import CONNECTIONS_VARIABLE
from claimstream.stack.processes import announced_port
from claimstream.stack.state import KAFKA_VARIABLE, SERVICES, StateFolder, database_variable
from claimstream.topics.broker import connected
from claimstream.verify.finding import Finding
from claimstream.verify.run import verify
from deploy.embedded.ports import remembered_ports
from services.billing.verification import insurance_cash
from services.chassis.clock import ENVIRONMENT_VARIABLE, FileClock, ScaledClock
from simulators.ehr.clinic.schedule import FIRST_DAY
from simulators.payer.server import password_file, public_host_key

SEASON_DAYS = 130
"""Two payers in a row at two weeks each, a reversal three weeks later, and a month to be told."""

_FAULTS_OF_OURS = (
    NeverCameError,
    OSError,
    KafkaError,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
)
STRUCK, MISSED, STUCK = "fault", "missed", "stuck"
"""What the journal says of a fault: done, nothing to do it to, or it did not end."""

_SECONDS_A_DAY = 86_400
_MOST_STATEMENTS_SURVIVED = 8
_QUIET_DAYS_A_SECOND = 8
_LOOK_S = 0.5
_SETTLED_LOOKS = 6
_LONGEST_SETTLING_S = 240
_ANSWERS_DAYS = 20
_REPACE_EVERY_S = 5
_USUAL_FAULT_S = 2
_NOT_IN_THE_WAY = {
    "CLAIMSTREAM_REFERENCE_LIMIT": "P2000D",
    "CLAIMSTREAM_CODING_QUERY_LIMIT": "P2000D",
    "CLAIMSTREAM_BILLING_SILENCE_DAYS": "2000",
    "CLAIMSTREAM_BILLING_HOLD_DAYS": "2000",
    "CLAIMSTREAM_SESSION_TIMEOUT_SECONDS": str(SESSION_SECONDS),
}
"""Limits that say what a person does about a delay: a delay is what a fault makes, in quick time
of days, and what it leads to would not be what a run without faults leads to."""


@dataclass(frozen=True, slots=True)
class Ended:
    """What one run came to."""

    outcome: Outcome
    findings: Sequence[Finding]
    checked: int
    seconds: int
    copies: int
    struck: int


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run has come."""

    phase: str
    day: datetime
    documented: int
    balances: int
    faults: int


def starting(options: ChaosOptions, folder: StateFolder, place: Place) -> dict[str, str]:
    """What the stack's processes are told, beside addresses; nothing given stands in the way."""
    return {
        KAFKA_VARIABLE: "",
        **{database_variable(name): "" for name in SERVICES},
        **_NOT_IN_THE_WAY,
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
    """A run on an empty state folder. ``show`` is told how far it is."""

    folder: StateFolder
    options: ChaosOptions
    faults: Sequence[Fault]
    journal: Journal
    show: Callable[[Progress], None] = lambda _: None
    _place: Place = field(init=False)
    _proxy: Proxy = field(init=False)
    _struck: int = field(default=0, init=False)
    _pace: int = field(default=1, init=False)

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
        ehr = arena.child(
            "ehr",
            "ehr",
            {
                **arena.environment,
                "CLAIMSTREAM_PORT_FILE": str(self.folder.run / "ehr.port"),
                "CLAIMSTREAM_EHR_RATE": "0",
            },
        )
        counter = await _counter(arena)
        try:
            await asyncio.to_thread(ehr.start)
            await arena.ready("ehr")
            self._follow_the_faults(len(self.faults) * _USUAL_FAULT_S)
            watching = asyncio.create_task(self._watch(counter))
            try:
                await self._strike_all(arena)
                self._set_pace(self.options.pace)
                await until(
                    lambda: asyncio.to_thread(self._is_documented),
                    "everything being documented",
                    self.options.load_seconds + 120,
                )
                await self._quiet_season()
                await self._settle(arena, counter)
                await self._last_day(arena)
                await self._settle(arena, counter)
            finally:
                watching.cancel()
                await asyncio.gather(watching, return_exceptions=True)
            return await self._proved(arena, begun)
        finally:
            await asyncio.to_thread(arena.stop_extra)
            ehr.ask_to_stop()
            await asyncio.to_thread(ehr.wait_or_kill, 20)
            await counter.stop()

    async def _strike_all(self, arena: Arena) -> None:
        begun = time.monotonic()
        every = self.options.load_seconds / max(len(self.faults), 1)
        paced_at = begun
        for number, fault in enumerate(self.faults, start=1):
            early = begun + (number - 1) * every - time.monotonic()
            await asyncio.sleep(max(early, 0))
            await self._strike(arena, fault, number)
            if time.monotonic() - paced_at > _REPACE_EVERY_S:
                paced_at = time.monotonic()
                left = len(self.faults) - number
                self._follow_the_faults(left * (paced_at - begun) / number)
        if self.faults:
            await arena.all_ready()

    async def _strike(self, arena: Arena, fault: Fault, number: int) -> None:
        begun = time.monotonic()
        try:
            await fault.strike(arena)
            await fault.heal(arena)
        except _FAULTS_OF_OURS as error:
            self.journal.note(STUCK, number=number, fault=fault.name, detail=fault.detail)
            raise NeverCameError(
                f"fault {number}, {fault.name} ({fault.detail}): {error}"
            ) from error
        self._struck = number
        self.journal.note(
            MISSED if fault.missed else STRUCK,
            number=number,
            fault=fault.name,
            detail=fault.detail,
            took_s=time.monotonic() - begun,
        )

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

    async def _quiet_season(self) -> None:
        """Let time pass to the same day in every run."""
        change_pace(self.folder, _QUIET_DAYS_A_SECOND * _SECONDS_A_DAY)
        opening = datetime(FIRST_DAY.year, FIRST_DAY.month, FIRST_DAY.day, tzinfo=UTC)
        last = opening + timedelta(days=self.options.days + SEASON_DAYS)
        season_s = (SEASON_DAYS + self.options.days) // _QUIET_DAYS_A_SECOND
        await until(lambda: self._now() >= last, "a season passing", season_s + 60)
        change_pace(self.folder, 1)

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

    async def _watch(self, counter: StageCounter) -> None:
        while True:
            try:
                counts = await counter.counts()
            except Exception:
                counts = {}
            self.show(
                Progress(
                    "faults" if self._struck < len(self.faults) else "quiet",
                    self._now(),
                    counts.get("ehr.encounter-documented.v1", 0),
                    counts.get("billing.patient-balance-due.v1", 0),
                    self._struck,
                )
            )
            await asyncio.sleep(1)

    async def _settle(self, arena: Arena, counter: StageCounter) -> None:
        """Return when nothing is under way any more."""
        before: dict[str, int] = {}
        still = 0
        deadline = time.monotonic() + _LONGEST_SETTLING_S
        while still < _SETTLED_LOOKS:
            if time.monotonic() > deadline:
                raise NeverCameError("the stack did not come to rest after the last fault")
            await asyncio.sleep(_LOOK_S)
            counts = await counter.counts()
            statuses = await asyncio.to_thread(arena.statuses)
            moving = sum((each.lag_events or 0) + (each.outbox_depth or 0) for each in statuses)
            ready = all(each.ready for each in statuses)
            files = await self._files_under_way(arena)
            still = still + 1 if counts == before and ready and not moving and not files else 0
            before = counts

    async def _files_under_way(self, arena: Arena) -> int:
        async with arena.database("payer_gateway") as connection:
            count: int = await connection.fetchval(
                "select (select count(*) from outbound_file where state = 'created') "
                "+ (select count(*) from inbound_file where state = 'received') "
                "+ (select count(*) from claim where state = 'waiting')"
            )
        lying = sum(1 for _ in self._place.payer.glob("logins/*/*/*/*"))
        return count + lying

    async def _proved(self, arena: Arena, begun: float) -> Ended:
        addresses = arena.addresses
        self.journal.note("at rest")
        verified = await verify(addresses.kafka_bootstrap, addresses.database_urls)
        outcome = await read_outcome(addresses.database_urls, verified.history.ordered())
        async with arena.database("billing") as connection:
            cash = await insurance_cash(connection)
        paid = await asyncio.to_thread(paid_by_claim, self._place.payer / "books.sqlite")
        return Ended(
            outcome,
            [
                *verified.report.findings,
                *check_input(self.options, outcome),
                *check_books(paid, cash),
            ],
            sum(verified.report.checked.values()),
            int(time.monotonic() - begun),
            len(verified.history.copies),
            self._struck,
        )


async def _counter(arena: Arena) -> StageCounter:
    bootstrap = arena.addresses.kafka_bootstrap
    async with connected(bootstrap) as broker:
        topics = (await broker.cluster(())).topics
    counter = StageCounter(bootstrap, {name: topic.partitions for name, topic in topics.items()})
    await counter.start()
    return counter
