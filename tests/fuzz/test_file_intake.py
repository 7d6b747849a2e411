"""Whatever a partner leaves in its folder is taken in and settled; no file stops another."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from random import Random

import asyncpg
import pytest

from services.chassis.background import Runtime
from services.chassis.logs import configure_logs
from services.payer_gateway.app import NAME
from services.payer_gateway.files import folder as folders
from services.payer_gateway.files.inbound import Receiver
from services.payer_gateway.partners import load_partners
from services.payer_gateway.transport.connections import Transports
from tests.fixtures.postgres import MakeDatabase
from tests.fuzz.targets import named
from tests.integration.payer_gateway.conftest import _prepare
from tests.support import ManualClock

FILES = 120
PAYER = "BLUERIVER"
ODD_NAMES = (
    ".hidden",
    "-rf",
    " leading and trailing ",
    "two\nlines.835",
    "tab\t\x1b[31m.835",
    "quote'\"; drop table claim; --",
    "n\u0303ame \U0001f600.835",
    "%s%n.835",
    "x" * 255,
)
UNREADABLE_NAME = b"latin-1-\xe9\xff.835"


@dataclass
class Intake:
    """A gateway's receiving side on a folder and a database of the test's own."""

    folder: Path
    pool: asyncpg.Pool
    runtime: Runtime
    receiver: Receiver

    async def step(self) -> int:
        return await self.receiver.step(self.runtime)

    async def states(self) -> dict[str, str]:
        rows = await self.pool.fetch("select name, state from inbound_file")
        return {row["name"]: row["state"] for row in rows}


@pytest.fixture
async def intake(
    make_database: MakeDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Intake]:
    monkeypatch.setattr(folders, "_LOOKS_AT_WHAT_IS_LEFT", 0)
    partners = load_partners(None)
    root = tmp_path / "partners"
    for partner in partners.values():
        (root / partner.inbound_folder).mkdir(parents=True)
    connections = tmp_path / "connections.json"
    connections.write_text(json.dumps({"payer": {"directory": str(root)}}))
    transports = Transports(connections)
    pool = await asyncpg.create_pool(await make_database(NAME, _prepare), min_size=1, max_size=2)
    runtime = Runtime(
        NAME, pool, ManualClock(), asyncio.Event(), configure_logs(NAME, "test"), lambda: None
    )
    folder = root / partners[PAYER].inbound_folder
    yield Intake(folder, pool, runtime, Receiver(partners, transports, patience_seconds=None))
    await transports.close()
    await pool.close()


def left_by_a_partner(folder: Path, name: bytes, content: bytes) -> None:
    """Write a file under a name of any bytes."""
    path = bytes(folder) + b"/" + name
    with open(path, "wb") as file:  # noqa: PTH123 - no ``Path`` holds such a name
        file.write(content)


async def test_spoiled_files_of_any_name_are_all_taken_in_and_settled(intake: Intake) -> None:
    (target,) = named(["x12-answers"])
    draw, seeds = Random(7), list(target.seeds())
    names = [*ODD_NAMES, *(f"f{number}.x12" for number in range(FILES))]
    contents = {name: target.drawn(draw, seeds)[1] + name.encode() for name in names}
    for name, content in contents.items():
        (intake.folder / name).write_bytes(content)
    await intake.step()
    await intake.step()
    assert list(intake.folder.iterdir()) == []
    states = await intake.states()
    assert states.keys() == contents.keys()
    assert set(states.values()) <= {"loaded", "duplicate", "quarantined"}
    reasons = {row["reason"] for row in await intake.pool.fetch("select reason from quarantine")}
    assert "gateway.reader-failed" not in reasons


async def test_a_name_that_is_no_text_stops_no_other_file(intake: Intake) -> None:
    left_by_a_partner(intake.folder, UNREADABLE_NAME, b"ISA of another")
    left_by_a_partner(intake.folder, b"good.835", b"ISA")
    await intake.step()
    await intake.step()
    assert list(intake.folder.iterdir()) == []
    assert sorted(await intake.states()) == ["good.835", r"latin-1-\xe9\xff.835"]
