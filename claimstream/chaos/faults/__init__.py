"""Every kind of fault, and the drawing of them."""

import random
from collections.abc import Iterable, Iterator, Sequence

from claimstream.chaos.faults.base import Fault
from claimstream.chaos.faults.payers import FilesOutOfOrder, FileTwice, SftpCut, SftpDown, SftpSlow
from claimstream.chaos.faults.processes import (
    KillAtMoment,
    KillEhr,
    KillInDrain,
    KillInLoad,
    KillInMigration,
    KillInRebalance,
    KillInUpload,
    KillPayer,
    KillService,
    SameInstanceTwice,
    SecondInstance,
    Zombie,
)
from claimstream.chaos.faults.replays import ClockBack, ClockJump, Replay, TopicsRestored
from claimstream.chaos.faults.servers import (
    KillKafka,
    KillPostgres,
    ReadOnly,
    RefusedWrite,
    RestartKafka,
    RestartPostgres,
    TerminateBackends,
)

KINDS: tuple[type[Fault], ...] = (
    KillService,
    KillAtMoment,
    KillInUpload,
    KillInLoad,
    KillPayer,
    KillEhr,
    KillInDrain,
    KillInMigration,
    KillInRebalance,
    Zombie,
    SecondInstance,
    SameInstanceTwice,
    KillKafka,
    RestartKafka,
    KillPostgres,
    RestartPostgres,
    TerminateBackends,
    RefusedWrite,
    ReadOnly,
    Replay,
    TopicsRestored,
    ClockJump,
    ClockBack,
    SftpDown,
    SftpSlow,
    SftpCut,
    FileTwice,
    FilesOutOfOrder,
)
KIND_BY_NAME = {kind.name: kind for kind in KINDS}


class UnknownFaultError(ValueError):
    """A name that no kind of fault has."""


def chosen_kinds(names: Iterable[str]) -> tuple[type[Fault], ...]:
    """The kinds of these names; all when there are none. Raises ``UnknownFaultError``."""
    wanted = list(names)
    for name in wanted:
        if name not in KIND_BY_NAME:
            raise UnknownFaultError(f"There is no fault {name}: see --list-faults.")
    return tuple(kind for kind in KINDS if not wanted or kind.name in wanted)


def drawn(count: int, seed: int, kinds: Sequence[type[Fault]]) -> Iterator[Fault]:
    """``count`` faults by their weights, the same ones for the same seed, count and kinds.

    Each kind comes once before any comes by chance, in a drawn order, as far as ``count`` goes:
    a long run leaves none out.
    """
    rng = random.Random(seed)  # noqa: S311 - repeatable, not secret
    once = list(kinds)
    rng.shuffle(once)
    left = {kind: kind.most for kind in kinds}
    for number in range(count):
        if once and count >= 2 * len(kinds):
            kind = once.pop()
        else:
            still = [kind for kind in kinds if left[kind]] or list(kinds)
            kind = rng.choices(still, [kind.weight for kind in still])[0]
        left[kind] = max(left[kind] - 1, 0)
        yield kind(random.Random(f"{seed}/{number}"))  # noqa: S311
