"""Answer files that lie ready are read in one transaction, and say what they would say alone."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path

import asyncpg
import msgspec
import pytest

from schemas.claim import ClaimAcknowledged, ClaimAdjudicated, RemittanceReceived
from services.chassis.migrate import migrate
from services.payer_gateway.domain.answer_file import AnswerFile, read_answers
from services.payer_gateway.domain.batching import WaitingClaims
from services.payer_gateway.domain.professional_claim import ClaimParties, build_claim
from services.payer_gateway.domain.reference_data import (
    coverage_of,
    patient_of,
    practice_of,
    provider_of,
)
from services.payer_gateway.files import inbound
from services.payer_gateway.partners import load_partners
from services.payer_gateway.store import MIGRATIONS
from services.payer_gateway.stores import answer_store, file_store
from services.payer_gateway.verification import transmission_findings
from services.payer_gateway.x12.professional_claim import Claim
from services.payer_gateway.x12.professional_claim_writer import claim_text
from tests.fixtures.postgres import MakeDatabase
from tests.integration.payer_gateway.conftest import Gateway
from tests.integration.payer_gateway.stories import (
    claim,
    coverage,
    patient,
    policy,
    practice,
    provider,
    references,
)
from tests.support import NOON


async def _answers_lie_ready(gateway: Gateway) -> Path:
    """999, 277CA and 835 of two claims wait at the payer; the folder they wait in."""
    await gateway.hear(*references(), claim("CLM1"), claim("CLM2"))
    gateway.clock.advance(gateway.partners["BLUERIVER"].batch_window)
    await gateway.send()
    for _ in range(16):
        await asyncio.to_thread(gateway.wire.payer.step)
        gateway.clock.advance(timedelta(days=1))
    return gateway.wire.outgoing("BLUERIVER")


async def _file_states(gateway: Gateway) -> Mapping[str, list[str]]:
    rows = await gateway.rows("select kinds, state from inbound_file order by name")
    found: dict[str, list[str]] = {}
    for row in rows:
        found.setdefault(row["kinds"], []).append(row["state"])
    return found


@pytest.mark.parametrize("together", [1, 2, 50])
async def test_the_answers_to_a_claim_are_the_same_however_many_files_are_read_at_once(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch, together: int
) -> None:
    monkeypatch.setattr(inbound, "_MOST_FILES_READ", together)
    folder = await _answers_lie_ready(gateway)
    paid = min(folder.glob("*.835"))
    (folder / "zz-again.835").write_bytes(paid.read_bytes() + b"\n")
    await gateway.receive()
    stages = [(a.claim_id, a.stage) for a in await gateway.said(ClaimAcknowledged)]
    assert sorted(stages) == [("CLM1", "277CA"), ("CLM2", "277CA")]
    assert {a.claim_id for a in await gateway.said(ClaimAdjudicated)} == {"CLM1", "CLM2"}
    assert len({r.remittance_id for r in await gateway.said(RemittanceReceived)}) == 2
    assert len(await gateway.said(RemittanceReceived)) == 2
    assert await _file_states(gateway) == {
        "999": ["loaded"],
        "277CA": ["loaded"],
        "835": ["loaded", "loaded", "duplicate"],
    }
    rows = await gateway.rows("select distinct state from claim")
    assert [row["state"] for row in rows] == ["adjudicated"]
    (sent,) = await gateway.rows("select state, answer from outbound_file")
    assert (sent["state"], sent["answer"]) == ("accepted", "999 A")
    async with gateway.pool.acquire() as connection:
        assert await transmission_findings(connection) == []


async def test_a_file_at_fault_is_set_aside_alone_and_its_neighbours_are_read(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(content: bytes, name: str) -> AnswerFile:
        if name.endswith(".277"):
            raise RecursionError
        return read_answers(content, name)

    await _answers_lie_ready(gateway)
    monkeypatch.setattr(inbound, "read_answers", failing)
    await gateway.receive()
    assert [reason for _, _, reason in await gateway.quarantined()] == ["gateway.reader-failed"]
    assert await gateway.said(ClaimAcknowledged) == []
    assert len(await gateway.said(ClaimAdjudicated)) == 2
    assert await _file_states(gateway) == {
        "999": ["loaded"],
        "": ["quarantined"],
        "835": ["loaded", "loaded"],
    }


@pytest.mark.parametrize("together", [1, 50])
async def test_a_file_that_cannot_be_stored_is_set_aside_alone_and_its_neighbours_are_read(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch, together: int
) -> None:
    monkeypatch.setattr(inbound, "_MOST_FILES_READ", together)
    await _answers_lie_ready(gateway)
    await gateway.rows("alter table inbound_file add constraint refused check (kinds <> '277CA')")
    await gateway.receive()
    assert [reason for _, _, reason in await gateway.quarantined()] == ["gateway.storage-refused"]
    assert await gateway.said(ClaimAcknowledged) == []
    assert len(await gateway.said(ClaimAdjudicated)) == 2
    assert await _file_states(gateway) == {
        "999": ["loaded"],
        "": ["quarantined"],
        "835": ["loaded", "loaded"],
    }


async def test_what_is_not_the_files_fault_sets_no_file_aside(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def failing(*_: object) -> None:
        raise asyncpg.DeadlockDetectedError

    await _answers_lie_ready(gateway)
    monkeypatch.setattr(answer_store, "apply_intake", failing)
    with pytest.raises(asyncpg.DeadlockDetectedError):
        await gateway.receive()
    assert await gateway.quarantined() == []
    assert {state for each in (await _file_states(gateway)).values() for state in each} == {
        "received"
    }


async def test_a_file_is_not_set_aside_for_a_fault_that_passes(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inbound, "_MOST_FILES_READ", 1)
    faults = [asyncpg.CheckViolationError(), asyncpg.CheckViolationError()]
    apply_intake = answer_store.apply_intake

    async def failing(connection: asyncpg.Connection, read: Sequence[inbound.Read]) -> None:
        if faults:
            raise faults.pop()
        await apply_intake(connection, read)

    await _answers_lie_ready(gateway)
    monkeypatch.setattr(answer_store, "apply_intake", failing)
    await gateway.receive()
    assert await gateway.quarantined() == []
    assert len(await gateway.said(ClaimAdjudicated)) == 2


async def test_files_that_are_large_together_are_read_in_several_transactions(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inbound, "_MOST_BYTES", 1)
    await _answers_lie_ready(gateway)
    await gateway.receive()
    assert len(await gateway.said(ClaimAdjudicated)) == 2


def _claim() -> Claim:
    partner = load_partners(None)["BLUERIVER"]
    insured = coverage_of(coverage(policy("BLUERIVER", "M100")))
    parties = ClaimParties(
        practice_of(practice()), patient_of(patient()), insured, provider_of(provider())
    )
    return build_claim(claim("CLM1"), insured.policies[0], parties, partner)


async def test_a_claim_that_waited_before_the_upgrade_is_written_into_its_file(
    make_database: MakeDatabase, tmp_path: Path
) -> None:
    for name in ("0001_gateway.sql", "0002_stored_at.sql"):
        (tmp_path / name).write_text((MIGRATIONS / name).read_text())
    connection = await asyncpg.connect(await make_database())
    try:
        await migrate(connection, tmp_path)
        await connection.execute(
            "insert into reference values ('practice', 'P1', 'P1', '1', $1::jsonb)",
            msgspec.json.encode(practice_of(practice())).decode(),
        )
        await connection.execute(
            "insert into claim values "
            "('P1', 'CLM1', 'E1', 'BLUERIVER', 'waiting', '', 'S', $1, null, $2::jsonb)",
            NOON,
            msgspec.json.encode(_claim()).decode(),
        )
        await migrate(connection, MIGRATIONS)
        (waiting,) = await file_store.waiting_claims(connection, 10)
        assert waiting == WaitingClaims("BLUERIVER", "S", "P1", 1, NOON)
        wanted = [(waiting, "BLUERIVER", 10)]
        (batch,) = await file_store.take_batches(connection, wanted)
        assert (batch.claim_ids, batch.claims) == (["CLM1"], [claim_text(_claim())])
        assert batch.practice == practice_of(practice())
        assert await file_store.waiting_claims(connection, 10) == []
    finally:
        await connection.close()
