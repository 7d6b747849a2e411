"""Every record of one real run, kept in a cache, so that a stage can be measured without the rest.

The cache is keyed by what the records mean (published contracts, simulators, how many and which
encounters), not by the services' sources: while a service is made faster, its input stays the same.
"""

import os
import tempfile
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

import msgspec

from claimstream.lineage.history import read_history
from claimstream.stack.control import Stack
from claimstream.stack.errors import StackError
from schemas.encounter import EncounterDocumented
from services.chassis.record import Record
from tests.bench.run import Say, measure
from tests.bench.traffic import traffic

_CHECKOUT = Path(__file__).resolve().parents[2]
_SOURCES = ("schemas/published", "simulators")
_SUFFIXES = frozenset({".json", ".py", ".toml", ".yaml"})
_WARM_UP = 60


@dataclass(frozen=True, slots=True)
class Captured:
    """Records as read from all topics, in the order in which the broker took them.

    ``prepared`` came before the first of the measured ``encounters``: references and warm-up.
    """

    encounters: int
    seed: int
    prepared: tuple[Record, ...]
    records: tuple[Record, ...]

    def of(self, topics: Collection[str]) -> tuple[list[Record], list[Record]]:
        """What a consumer of ``topics`` reads: of ``prepared``, and of ``records``."""
        return (
            [each for each in self.prepared if each.topic in topics],
            [each for each in self.records if each.topic in topics],
        )


def captured(encounters: int, seed: int, say: Say, *, again: bool = False) -> Captured:
    """The records of a run of that traffic: from the cache, else made by a run of the real stack.

    ``again`` makes them anew. Raises ``StackError`` when the stack does not start, or a run is not
    whole.
    """
    kept = _folder() / f"{encounters}-{seed}-{_digest()}.capture"
    if kept.exists() and not again:
        return msgspec.msgpack.decode(kept.read_bytes(), type=Captured)
    say(f"Capturing a run of {encounters} encounters (once; kept in {kept.parent})")
    made = _run(encounters, seed, say)
    unfinished = kept.with_suffix(f".{os.getpid()}")
    unfinished.write_bytes(msgspec.msgpack.encode(made))
    unfinished.replace(kept)
    return made


def _run(encounters: int, seed: int, say: Say) -> Captured:
    records: list[Record] = []

    async def read(_stack: Stack, bootstrap: str) -> None:
        history = await read_history(bootstrap)
        records.extend(fact.record for fact in history.facts)

    with tempfile.TemporaryDirectory(prefix="claimstream-bench-") as scratch:
        load = traffic(encounters, seed)
        warm_up = traffic(_WARM_UP, seed + 1)
        run = measure("ours", Path(scratch) / "state", warm_up, load, say, on_rest=read)
    if not run.complete or run.balanced.arrived * 2 < encounters:
        raise StackError(
            f"The captured run is not whole: {run.balanced.arrived} of {encounters} encounters "
            "reached a balance."
        )
    records.sort(key=lambda each: each.recorded_at)
    first = next(
        place
        for place, each in enumerate(records)
        if each.topic == EncounterDocumented.TOPIC and _text(each.key) in load.keys
    )
    return Captured(encounters, seed, tuple(records[:first]), tuple(records[first:]))


def _text(key: bytes | None) -> str:
    return (key or b"").decode()


def _folder() -> Path:
    folder = Path(tempfile.gettempdir()) / f"claimstream-bench-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder


def _digest() -> str:
    digest = blake2b(digest_size=8)
    for path in _sources():
        digest.update(str(path.relative_to(_CHECKOUT)).encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _sources() -> Iterator[Path]:
    for name in _SOURCES:
        for path in sorted((_CHECKOUT / name).rglob("*")):
            if path.suffix in _SUFFIXES:
                yield path
