"""What a fault does to a database is done though another fault has it restart meanwhile."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, cast

import asyncpg
import pytest

from claimstream.chaos import arena
from claimstream.chaos.arena import Arena
from claimstream.chaos.waiting import NeverCameError

NOTHING = cast("Any", None)


@dataclass(slots=True)
class Restarting(Arena):
    """An arena whose database raises these, one at a time, and answers after that."""

    faults: list[Exception] = field(default_factory=list)

    @asynccontextmanager
    async def database(self, service: str) -> AsyncIterator[asyncpg.Connection]:
        if self.faults:
            raise self.faults.pop(0)
        yield cast("asyncpg.Connection", service)


def restarting(*faults: Exception) -> Restarting:
    return Restarting(NOTHING, NOTHING, NOTHING, NOTHING, {}, faults=list(faults))


async def answered(_: asyncpg.Connection) -> str:
    return "done"


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arena, "_LOOK_S", 0)


@pytest.mark.parametrize(
    "fault",
    [
        asyncpg.CannotConnectNowError("the database system is starting up"),
        asyncpg.AdminShutdownError("terminating connection"),
        asyncpg.ConnectionDoesNotExistError("closed in the middle"),
        asyncpg.InterfaceError("closed"),
        ConnectionRefusedError(),
        TimeoutError(),
    ],
)
async def test_a_database_that_is_away_is_waited_for(fault: Exception) -> None:
    assert await restarting(fault, fault).on_database("billing", answered) == "done"


async def test_one_that_stays_away_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arena, "PATIENCE_S", -1)
    with pytest.raises(NeverCameError, match="the database of billing"):
        await restarting(ConnectionRefusedError()).on_database("billing", answered)


async def test_what_is_wrong_with_a_statement_is_not_tried_again() -> None:
    with pytest.raises(asyncpg.UndefinedTableError):
        await restarting(asyncpg.UndefinedTableError("x")).on_database("billing", answered)
