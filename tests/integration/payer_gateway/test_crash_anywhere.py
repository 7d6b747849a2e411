"""The process ends at any point of sending: each file arrives, and arrives once.

The ends are counted, not named: before each statement, commit and step at the partner in turn, so
that a step which is added is among them.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from asyncpg.transaction import Transaction

from schemas.claim import ClaimTransmitted
from services.payer_gateway.files.outbound import Sender
from services.payer_gateway.files.watch import Watch
from services.payer_gateway.transport.connections import Transports
from services.payer_gateway.transport.directory import DirectoryTransport
from services.payer_gateway.transport.sftp import SftpTransport
from services.payer_gateway.verification import transmission_findings
from tests.integration.payer_gateway.conftest import Gateway
from tests.integration.payer_gateway.faulty_partner import Partner, faulty_partner
from tests.integration.payer_gateway.paper_room import Outbox, cover_of, take_paper
from tests.integration.payer_gateway.stories import claim, references

_STATEMENTS = ("execute", "executemany", "fetch", "fetchrow", "fetchval")
_BOUNDS = ("BEGIN", "COMMIT", "ROLLBACK")
"""What begins and ends a transaction: its end is a point by itself, its begin is none."""


class KilledError(BaseException):
    """Stands for the process ending at that point; nothing may catch it."""


class Ends:
    """Counts down the points, and ends the process at the one that is due."""

    def __init__(self) -> None:
        self.left = -1

    def pass_by(self) -> None:
        if self.left == 0:
            self.left = -1
            raise KilledError
        self.left -= self.left > 0


@pytest.fixture
def ends(monkeypatch: pytest.MonkeyPatch) -> Ends:
    """Every statement, commit and step at a partner is a point from now on."""
    found = Ends()

    def put_before(owner: Any, name: str) -> None:
        original = getattr(owner, name)

        async def passing(*args: Any, **kwargs: Any) -> Any:
            if not str(args[1]).startswith(_BOUNDS):
                found.pass_by()
            return await original(*args, **kwargs)

        monkeypatch.setattr(owner, name, passing)

    for statement in _STATEMENTS:
        put_before(asyncpg.Connection, statement)
    for transport in (SftpTransport, DirectoryTransport):
        put_before(transport, "write")
        put_before(transport, "finish")

    async def kept(_connection: asyncpg.Connection, **_: Any) -> None:
        """No statement when a connection goes back to its pool, as in the service."""

    monkeypatch.setattr(asyncpg.Connection, "reset", kept)
    leave = Transaction.__aexit__

    async def leaving(transaction: Transaction, kind: Any, error: Any, trace: Any) -> Any:
        try:
            found.pass_by()
        except KilledError as killed:
            await leave(transaction, KilledError, killed, killed.__traceback__)
            raise
        return await leave(transaction, kind, error, trace)

    monkeypatch.setattr(Transaction, "__aexit__", leaving)
    return found


@pytest.fixture
async def partner(gateway: Gateway) -> AsyncIterator[Partner]:
    async with faulty_partner(gateway) as made:
        yield made


@contextmanager
def _ended_at(ends: Ends, point: int) -> Iterator[list[bool]]:
    """The process ends at that point; whether it came so far."""
    ends.left = point
    has_ended: list[bool] = []
    try:
        yield has_ended
    except KilledError:
        has_ended.append(True)
    ends.left = -1


async def _started_anew(gateway: Gateway) -> None:
    await gateway.transports.close()
    gateway.transports = Transports(gateway.wire.connections)


async def _sent(gateway: Gateway) -> list[str]:
    """The claims that were told to be sent; each file is sent, and what is stored agrees."""
    files = await gateway.rows("select state from outbound_file where kind = '837'")
    assert {file["state"] for file in files} <= {"sent"}
    async with gateway.pool.acquire() as connection:
        assert await transmission_findings(connection) == []
    return sorted(each.claim_id for each in await gateway.said(ClaimTransmitted))


@pytest.mark.parametrize("takes_at_once", [True, False])
async def test_a_file_arrives_once_wherever_the_process_ends(
    partner: Partner, ends: Ends, *, takes_at_once: bool
) -> None:
    gateway = partner.gateway
    await gateway.hear(*references())
    claims: list[str] = []
    for point in count():
        claims.append(f"CLM{point}")
        await gateway.hear(claim(claims[-1]))
        gateway.clock.advance(gateway.partners["BLUERIVER"].batch_window)
        with _ended_at(ends, point) as has_ended:
            await gateway.send()
        if takes_at_once:
            for file in gateway.wire.incoming("BLUERIVER").glob("*.837"):
                await asyncio.to_thread(file.unlink)
        await _started_anew(gateway)
        await gateway.send()
        assert await _sent(gateway) == sorted(claims), f"after an end at point {point}"
        if not has_ended:
            break
    assert len(claims) > 10, "points were passed"
    names = await gateway.rows("select name, interchange_control_number from outbound_file")
    assert partner.faults.arrived == Counter(row["name"] for row in names)
    assert sorted(row[1] for row in names) == list(range(1, len(claims) + 1))


async def _made(gateway: Gateway, claims: list[str]) -> None:
    """A file of each claim lies ready and is not sent yet."""
    for each in claims:
        await gateway.hear(claim(each))
        gateway.clock.advance(gateway.partners["BLUERIVER"].batch_window)
        await Sender(gateway.partners, Transports(None)).step(gateway.runtime)


@pytest.mark.parametrize("takes_at_once", [True, False])
async def test_files_that_go_together_arrive_once_each_wherever_the_process_ends(
    partner: Partner, ends: Ends, *, takes_at_once: bool
) -> None:
    gateway = partner.gateway
    await gateway.hear(*references())
    claims: list[str] = []
    for point in count():
        new = [f"CLM{point}N{number}" for number in range(3)]
        claims += new
        await _made(gateway, new)
        with _ended_at(ends, point) as has_ended:
            await gateway.send()
        if takes_at_once:
            for file in gateway.wire.incoming("BLUERIVER").glob("*.837"):
                await asyncio.to_thread(file.unlink)
        await _started_anew(gateway)
        await gateway.send()
        assert await _sent(gateway) == sorted(claims), f"after an end at point {point}"
        if not has_ended:
            break
    assert point > 12, "points were passed"
    names = await gateway.rows("select name from outbound_file")
    assert partner.faults.arrived == Counter(row["name"] for row in names)


async def test_a_file_that_is_sent_again_for_want_of_an_answer_is_sent_again_once(
    partner: Partner, ends: Ends
) -> None:
    gateway = partner.gateway
    await gateway.hear(*references())
    names: list[str] = []
    for point in count():
        await gateway.hear(claim(f"CLM{point}"))
        gateway.clock.advance(gateway.partners["BLUERIVER"].batch_window)
        await gateway.send()
        (row,) = await gateway.rows(
            "select name, file_id from outbound_file order by interchange_control_number desc "
            "limit 1"
        )
        names.append(row["name"])
        await gateway.rows(
            "update outbound_file set watch_at = null where file_id <> $1", row["file_id"]
        )
        gateway.clock.advance(timedelta(days=1))
        with _ended_at(ends, point) as has_ended:
            await _watch(gateway)
        for file in gateway.wire.incoming("BLUERIVER").glob("*.837"):
            await asyncio.to_thread(file.unlink)
        await _started_anew(gateway)
        await _watch(gateway)
        assert partner.faults.arrived[names[-1]] == 2, f"after an end at point {point}"
        if not has_ended:
            break
    assert len(names) > 8, "points were passed"
    uploads = await gateway.rows("select uploads from outbound_file")
    assert {row["uploads"] for row in uploads} == {2}


async def _watch(gateway: Gateway) -> None:
    await Watch(gateway.partners, gateway.transports, quiet_seconds=0).step(gateway.runtime)


async def test_forms_and_their_list_are_laid_out_once_wherever_the_process_ends(
    gateway: Gateway, ends: Ends, tmp_path: Path
) -> None:
    outbox = take_paper(gateway, tmp_path)
    await gateway.hear(*references())
    for point in count():
        await gateway.hear(claim(f"CLM{point}"))
        gateway.clock.advance(gateway.partners["BLUERIVER"].batch_window)
        with _ended_at(ends, point) as has_ended:
            await gateway.send()
        found = _carried_away(outbox)
        await _started_anew(gateway)
        await gateway.send()
        found += _carried_away(outbox)
        files = await gateway.rows(
            "select name, state from outbound_file order by interchange_control_number"
        )
        assert {file["state"] for file in files} == {"outbox"}
        name = files[-1]["name"]
        assert sorted(found) == sorted([name, cover_of(name)]), f"after an end at point {point}"
        if not has_ended:
            break
    assert point > 10, "points were passed"


def _carried_away(outbox: Outbox) -> list[str]:
    """What a person finds finished in the outbox, and takes."""
    names = [name for name in outbox.files() if not name.endswith(".part")]
    for name in names:
        (outbox.folder / name).unlink()
    return names


@pytest.mark.parametrize("change", ["host", "folder"])
async def test_a_file_that_was_written_elsewhere_is_written_where_the_partner_is_now(
    partner: Partner, ends: Ends, change: str
) -> None:
    gateway = partner.gateway
    await gateway.hear(*references(), claim())
    gateway.clock.advance(gateway.partners["BLUERIVER"].batch_window)
    steps: Iterator[int] = count()

    async def is_staged() -> bool:
        rows = await gateway.rows("select 1 from outbound_file where staged_place <> ''")
        return bool(rows)

    while not await is_staged():
        with _ended_at(ends, next(steps)):
            await gateway.send()
    moved: dict[str, Callable[[], object]] = {
        "host": lambda: partner.point_to(partner.port, host="localhost"),
        "folder": lambda: gateway.agree("BLUERIVER", outbound_folder="elsewhere"),
    }
    (partner.root / "elsewhere").mkdir()
    for file in gateway.wire.incoming("BLUERIVER").iterdir():
        file.unlink()
    moved[change]()
    await _started_anew(gateway)
    await gateway.send()
    assert await _sent(gateway) == ["CLM1"]
    folder = (
        partner.root / "elsewhere"
        if change == "folder"
        else partner.gateway.wire.incoming("BLUERIVER")
    )
    assert [file.suffix for file in folder.iterdir()] == [".837"]
