"""How long keys stand still while members of a group come, go, and are killed.

Members of one service run as processes of their own under a steady load; Kafka and PostgreSQL force
every write to disk. Each record is timed from its publication to that of what was decided about it.
"""

import asyncio
import os
import signal
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path
from time import time_ns
from typing import Any, Literal

import orjson
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from rich.console import Console
from rich.table import Table

from claimstream.stack.state import KAFKA_VARIABLE
from deploy.embedded.kafka import running_kafka
from deploy.embedded.postgres import running_postgres
from schemas.envelope import encode
from schemas.event_id import root_event_id
from tests.bench.pace import percentile
from tests.bench.traffic import Say
from tests.delivery.till import Topics, prepare
from tests.support import NOON, until

Assignor = Literal["range", "sticky"]
GOAL_MILLISECONDS = 3_000
_FAULTY = 666
"""The till's handler has a fault at this number, which is left out."""

_DATABASE = "till"
_SUFFIX = "bench"
_LONGEST_SECONDS = 300
_CHECKOUT = Path(__file__).resolve().parents[2]
_MILLION = 1_000_000
_IN_HAND_MILLISECONDS = 500
"""What was sent so shortly before an event may still be in hand when it happens, and is its own."""


@dataclass(frozen=True, slots=True)
class Load:
    """A steady load: records a second over so many keys, and who takes it."""

    members: int = 4
    partitions: int = 12
    keys: int = 48
    per_second: int = 100
    phase_seconds: int = 15
    assignor: Assignor = "range"


@dataclass(frozen=True, slots=True)
class Effect:
    """One record of one key: milliseconds since the epoch at which it and its effect came out."""

    key: str
    number: int
    sent_at: int
    done_at: int


@dataclass(frozen=True, slots=True)
class Phase:
    """One event in the group's life and the seconds after it. Times in milliseconds.

    ``longest`` is the longest wait of any record, ``gap`` the longest time in which any key had no
    effect at all, ``stalled_keys`` how many keys waited longer than the goal. ``joined`` counts
    assignments given to members, ``settled`` is how long after the event the last of them came, the
    start of a process included; ``moved`` counts partitions whose owner is another one afterwards.
    """

    name: str
    records: int
    median: int
    longest: int
    gap: int
    stalled_keys: int
    joined: int
    settled: int
    moved: int


@dataclass(frozen=True, slots=True)
class Act:
    """What was done to the group, when, and how the group answered."""

    name: str
    began: int
    joined: int
    settled: int
    moved: int


@dataclass(frozen=True, slots=True)
class Stalls:
    """All phases, and what must hold in any case: nothing lost, doubled or out of order."""

    load: Load
    phases: Sequence[Phase]
    lost: int
    doubled: int
    out_of_order: int


class _Group:
    """The members as processes."""

    def __init__(self, load: Load, bootstrap: str, url: str, folder: Path) -> None:
        self._load = load
        self._notes = folder / "assignments"
        self._logs = folder
        self._url = url
        self._bootstrap = bootstrap
        self.processes: dict[str, asyncio.subprocess.Process] = {}

    async def start(self, member: str) -> None:
        with (self._logs / f"member-{member}.log").open("ab") as log:
            self.processes[member] = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "tests.bench.rebalance_member",
                _SUFFIX,
                "till",
                self._url,
                self._load.assignor,
                str(self._notes),
                cwd=_CHECKOUT,
                env=os.environ | {KAFKA_VARIABLE: self._bootstrap, "CLAIMSTREAM_INSTANCE": member},
                stderr=log,
            )

    async def end(self, member: str, how: signal.Signals) -> None:
        process = self.processes.pop(member)
        process.send_signal(how)
        await process.wait()

    def assignments(self) -> list[tuple[int, str, list[int]]]:
        """Every assignment given so far, in order: when, to whom, which partitions."""
        if not self._notes.exists():
            return []
        notes = map(orjson.loads, self._notes.read_bytes().splitlines())
        return [(note["at"], note["member"], note["partitions"]) for note in notes]

    def owners(self) -> dict[int, str]:
        """Who has each partition by the last assignment of each member that runs."""
        last = {member: mine for _, member, mine in self.assignments() if member in self.processes}
        return {number: member for member, mine in last.items() for number in mine}


async def measure_rebalance(load: Load, say: Say, *, logs: Path | None = None) -> Stalls:
    """Let one join, leave, be killed and come back, and be restarted, each under load."""
    with tempfile.TemporaryDirectory(prefix="claimstream-bench-") as scratch:
        folder = logs or Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        state = Path(scratch)
        async with (
            running_kafka(state / "kafka") as kafka,
            running_postgres(state / "postgres", databases=(_DATABASE,)) as postgres,
        ):
            url = postgres.database_urls()[_DATABASE]
            await prepare(url)
            topics = Topics.named(_SUFFIX)
            await _make_topics(kafka.bootstrap, topics, load.partitions)
            group = _Group(load, kafka.bootstrap, url, folder)
            try:
                return await _measure(load, kafka.bootstrap, topics, group, say)
            finally:
                for member in list(group.processes):
                    await group.end(member, signal.SIGKILL)


async def _make_topics(bootstrap: str, topics: Topics, partitions: int) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    names = [topics.deposit.TOPIC, topics.opened.TOPIC, topics.counted.TOPIC]
    await admin.create_topics([NewTopic(name, partitions, 1) for name in names])
    await admin.close()


async def _measure(load: Load, bootstrap: str, topics: Topics, group: _Group, say: Say) -> Stalls:
    members = [str(number + 1) for number in range(load.members)]
    another = str(load.members + 1)
    say(f"{load.members} members join")
    for member in members:
        await group.start(member)

    async def shared_out() -> bool:
        owners = group.owners()
        return len(owners) == load.partitions and set(owners.values()) == set(members)

    await until(shared_out, within=_LONGEST_SECONDS, what="a share for every member")

    async def kill_and_start() -> None:
        await group.end(members[-1], signal.SIGKILL)
        await group.start(members[-1])

    async def stop_and_start() -> None:
        await group.end(members[0], signal.SIGTERM)
        await group.start(members[0])

    acts: list[tuple[str, Callable[[], Coroutine[Any, Any, None]]]] = [
        ("nothing happens", lambda: asyncio.sleep(0)),
        ("one more joins", lambda: group.start(another)),
        ("it leaves", lambda: group.end(another, signal.SIGTERM)),
        ("one is killed and comes back", kill_and_start),
        ("one is restarted in order", stop_and_start),
        ("one is killed for good", lambda: group.end(members[-1], signal.SIGKILL)),
    ]
    done: list[Act] = []
    async with _steady(load, bootstrap, topics) as sent:
        await asyncio.sleep(3)
        for name, act in acts:
            say(name)
            began, owners, given = _now(), group.owners(), len(group.assignments())
            await act()
            await asyncio.sleep(max(load.phase_seconds - (_now() - began) // 1000, 1))
            now = group.owners()
            moved = sum(now.get(place, owner) != owner for place, owner in owners.items())
            new = group.assignments()[given:]
            settled = max((at - began for at, _, _ in new), default=0)
            done.append(Act(name, began, len(new), settled, moved))
    ended = _now()
    say("reading what came of it")
    effects, doubled = await _effects(bootstrap, topics, sent)
    ends = [*(each.began for each in done[1:]), ended]
    phases = [phase_of(each, end, effects) for each, end in zip(done, ends, strict=True)]
    seen = {(each.key, each.number) for each in effects}
    return Stalls(load, phases, len(sent.keys() - seen), doubled, out_of_order(effects))


def _now() -> int:
    return time_ns() // _MILLION


@asynccontextmanager
async def _steady(
    load: Load, bootstrap: str, topics: Topics
) -> AsyncIterator[Mapping[tuple[str, int], int]]:
    """Publish at the steady rate until the block ends; when each record was sent."""
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all", enable_idempotence=True)
    await producer.start()
    sent: dict[tuple[str, int], int] = {}
    receipts: list[asyncio.Future[Any]] = []
    stopping = asyncio.Event()

    async def send(place: int) -> None:
        till, number = f"K{place % load.keys}", place // load.keys + 1
        number += number >= _FAULTY
        event = topics.deposit(practice_id="P1", till_id=till, number=number, amount_cents=1)
        made = encode(
            event,
            event_id=root_event_id(NOON, till, str(number)),
            source="urn:test",
            occurred_at=NOON,
        )
        sent[till, number] = _now()
        receipts.append(
            await producer.send(made.topic, made.value, key=made.key, headers=made.headers)
        )

    async def publish() -> None:
        began, place = _now(), 0
        while not stopping.is_set():
            due = (_now() - began) * load.per_second // 1000
            while place < due:
                await send(place)
                place += 1
            await asyncio.sleep(0.01)

    task = asyncio.create_task(publish())
    try:
        yield sent
    finally:
        stopping.set()
        await task
        await asyncio.gather(*receipts)
        await producer.stop()


async def _effects(
    bootstrap: str, topics: Topics, sent: Mapping[tuple[str, int], int]
) -> tuple[list[Effect], int]:
    """What came of every record, in the topic's order, once all is there; how many came twice.

    What was published twice under one id counts once: that is what readers make of it.
    """
    consumer = AIOKafkaConsumer(
        topics.counted.TOPIC,
        bootstrap_servers=bootstrap,
        auto_offset_reset="earliest",
        enable_auto_commit=False,
    )
    await consumer.start()
    effects: list[Effect] = []
    ids: set[bytes] = set()
    known: set[tuple[str, int]] = set()
    doubled = 0

    async def all_there() -> bool:
        nonlocal doubled
        for records in (await consumer.getmany(timeout_ms=200)).values():
            for record in records:
                event_id = dict(record.headers)["ce_id"]
                if event_id in ids:
                    continue
                ids.add(event_id)
                event = orjson.loads(record.value)
                place = event["till_id"], event["number"]
                doubled += place in known
                known.add(place)
                effects.append(Effect(*place, sent[place], record.timestamp))
        return len(known) == len(sent)

    try:
        await until(all_there, within=_LONGEST_SECONDS, what="the effect of every record")
    finally:
        await consumer.stop()
    return effects, doubled


def phase_of(act: Act, end: int, effects: Sequence[Effect]) -> Phase:
    """The figures of one phase: of the records sent in it, and of keys' effects up to its end."""
    mine = [each for each in effects if act.began <= each.sent_at + _IN_HAND_MILLISECONDS < end]
    waits = [each.done_at - each.sent_at for each in mine]
    by_key: dict[str, list[int]] = {}
    for each in mine:
        by_key.setdefault(each.key, []).append(each.done_at)
    gaps = [
        later - earlier
        for times in map(sorted, by_key.values())
        for earlier, later in pairwise(times)
    ]
    stalled = {each.key for each in mine if each.done_at - each.sent_at > GOAL_MILLISECONDS}
    return Phase(
        act.name,
        len(mine),
        percentile(waits, 500),
        max(waits, default=0),
        max(gaps, default=0),
        len(stalled),
        act.joined,
        act.settled,
        act.moved,
    )


def out_of_order(effects: Sequence[Effect]) -> int:
    """How many effects of a key came out after a later one's."""
    newest: dict[str, int] = {}
    found = 0
    for each in effects:
        found += each.number < newest.get(each.key, 0)
        newest[each.key] = max(each.number, newest.get(each.key, 0))
    return found


def show_stalls(stalls: Stalls, output: Console) -> None:
    """The table for people."""
    load = stalls.load
    table = Table(
        title=f"{load.members} members, {load.partitions} partitions, {load.keys} keys, "
        f"{load.per_second} records/s, {load.assignor} assignor (ms)"
    )
    table.add_column("")
    for title in ("records", "median", "longest", "gap", "> 3 s", "joins", "last join", "moved"):
        table.add_column(title, justify="right")
    for phase in stalls.phases:
        table.add_row(*map(str, asdict(phase).values()))
    output.print(table)
    output.print(
        f"lost {stalls.lost}, doubled {stalls.doubled}, out of order {stalls.out_of_order}"
    )
