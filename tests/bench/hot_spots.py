"""Part 3: processor time of each running service by stage, from stacks sampled in place."""

import tempfile
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from claimstream.stack.state import SERVICES
from tests.bench.capture import WARM_UP
from tests.bench.run import How, Measured, measure
from tests.bench.sampling import Stack, unfolded
from tests.bench.traffic import Say, traffic

STAGES = (
    "consume",
    "decode",
    "decide",
    "encode",
    "files",
    "database",
    "relay",
    "chassis",
    "event loop",
)
_RULES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("relay", ("services.chassis.relay", "aiokafka.producer")),
    (
        "files",
        (
            "services.payer_gateway.files.inbound",
            "services.payer_gateway.files.outbound",
            "services.payer_gateway.transport",
            "asyncssh",
        ),
    ),
    ("encode", ("services.chassis.outbox:outgoing", "schemas.envelope:encode")),
    ("decode", ("services.chassis.record", "schemas.envelope:decode")),
)
_DATABASE = (
    "asyncpg",
    "services.chassis.inbox",
    "services.chassis.outbox",
    "services.chassis.parking",
    "services.chassis.deadlines",
    "services.chassis.dead_letters",
)
_CONSUME = ("aiokafka", "faststream", "services.chassis.consumer")
_STATE_WORDS = ("store", "saving", "loading", "columns", "records", "rows")


def stage_of(stack: Stack) -> str:
    """Which stage a sampled stack belongs to; ``event loop`` where nothing tells.

    A decision is whatever of a service runs below the processor and is not its store. The answers
    of PostgreSQL and Kafka are read by compiled code without a Python frame: event loop.
    """
    for stage, starts in _RULES:
        if any(name.startswith(starts) for name in stack):
            return stage
    if any(name.startswith(_DATABASE) for name in stack):
        return "database"
    own = [
        name
        for name in stack
        if name.startswith("services.") and not name.startswith("services.chassis")
    ]
    if own:
        module = own[0].partition(":")[0].rpartition(".")[2]
        return "database" if any(word in module for word in _STATE_WORDS) else "decide"
    if any(name.startswith("services.chassis.processor") for name in stack):
        return "chassis"
    if any(name.startswith(_CONSUME) for name in stack):
        return "consume"
    return "event loop"


@dataclass(frozen=True, slots=True)
class HotSpots:
    """Processor time by service and stack, for flame graphs, and the run that it is from."""

    run: Measured
    stacks: Mapping[str, Counter[Stack]]

    def milliseconds(self, service: str) -> dict[str, float]:
        """Processor milliseconds an encounter by stage: the service's whole time, shared out."""
        samples: Counter[str] = Counter()
        for stack, count in self.stacks[service].items():
            samples[stage_of(stack)] += count
        whole = self.run.cpu_milliseconds.get(service, 0) / max(self.run.published, 1)
        every = max(samples.total(), 1)
        return {stage: whole * samples[stage] / every for stage in STAGES}


def measure_hot_spots(
    encounters: int, seed: int, say: Say, *, logs: Path | None = None
) -> HotSpots:
    """Send ``encounters`` through a stack with a live payer whose services are sampled."""
    with tempfile.TemporaryDirectory(prefix="claimstream-bench-") as scratch:
        folder = Path(scratch)
        how = How("live", profile=folder, keep_logs=logs)
        load, warm_up = traffic(encounters, seed), traffic(WARM_UP, seed + 1)
        run = measure(how, folder / "state", warm_up, load, say)
        stacks = {
            name: unfolded((folder / f"{name}.folded").read_text(encoding="utf-8"))
            for name in SERVICES
        }
    return HotSpots(run, stacks)
