"""Folders of partners who write in place, or are not there, cost no file of anyone."""

import os
import shutil

import pytest

from services.payer_gateway.files import folder, large_inbound
from services.payer_gateway.files.inbound import Receiver
from services.payer_gateway.x12 import write_277ca
from tests.integration.payer_gateway.conftest import Gateway
from tests.integration.payer_gateway.stories import (
    claim,
    coverage,
    patient,
    policy,
    practice,
    provider,
)
from tests.unit.payer_gateway.x12.builders import claim_acknowledgement, claim_status, envelope


async def _received(gateway: Gateway) -> list[tuple[str, bytes, int]]:
    rows = await gateway.rows("select name, content, deliveries from inbound_file order by name")
    return [(row["name"], row["content"], row["deliveries"]) for row in rows]


async def test_a_file_written_in_place_is_taken_whole_and_only_then_removed(
    gateway: Gateway,
) -> None:
    file = gateway.wire.outgoing("SUMMIT") / "a.835"
    receiver = Receiver(gateway.partners, gateway.transports)
    for content in (b"ISA", b"ISA*00*  ", b"ISA*00*          *00*"):
        file.write_bytes(content)
        await receiver.step(gateway.runtime)
        assert file.exists()
        assert await _received(gateway) == []
    await receiver.step(gateway.runtime)
    assert not file.exists()
    assert await _received(gateway) == [("a.835", b"ISA*00*          *00*", 1)]


@pytest.mark.parametrize("is_large", [False, True])
async def test_a_file_whose_writing_pauses_in_mid_way_is_taken_once_it_is_whole(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch, is_large: bool
) -> None:
    monkeypatch.setattr(folder, "_LOOKS_AT_WHAT_IS_LEFT", 5)
    if is_large:
        monkeypatch.setattr(large_inbound, "LARGE_BYTES", 0)
    whole = write_277ca(envelope(), [claim_acknowledgement(claim_status("C1", "A2", "20", 100))])
    file = gateway.wire.outgoing("SUMMIT") / "a.277"
    receiver = Receiver(gateway.partners, gateway.transports, patience_seconds=None)
    for length in (0, len(whole) // 2, len(whole) - 1):
        file.write_bytes(whole[:length])
        for _ in range(4):
            await receiver.step(gateway.runtime)
        assert file.exists()
        assert await _received(gateway) == []
    file.write_bytes(whole)
    for _ in range(2):
        await receiver.step(gateway.runtime)
    assert not file.exists()
    (stored,) = await gateway.rows(
        "select coalesce(p.content, f.content) from inbound_file f "
        "left join inbound_piece p using (sha256)"
    )
    assert stored[0] == whole


async def test_a_file_that_is_listed_after_its_removal_is_not_fetched_at_each_look(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folder, "_LOOKS_AT_WHAT_IS_LEFT", 5)
    transport = await gateway.transports.get(gateway.partners["SUMMIT"].connection)

    async def says_so_and_keeps_it(*_: object) -> None:
        return

    monkeypatch.setattr(transport, "remove", says_so_and_keeps_it)
    (gateway.wire.outgoing("SUMMIT") / "a.835").write_bytes(b"x")
    receiver = Receiver(gateway.partners, gateway.transports, patience_seconds=None)
    for _ in range(6):
        await receiver.step(gateway.runtime)
    assert await _received(gateway) == [("a.835", b"x", 1)]


@pytest.mark.parametrize("is_large", [False, True])
async def test_a_file_that_stays_cut_is_taken_as_it_is(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch, is_large: bool
) -> None:
    monkeypatch.setattr(folder, "_LOOKS_AT_WHAT_IS_LEFT", 5)
    if is_large:
        monkeypatch.setattr(large_inbound, "LARGE_BYTES", 0)
    whole = write_277ca(envelope(), [claim_acknowledgement(claim_status("C1", "A2", "20", 100))])
    file = gateway.wire.outgoing("SUMMIT") / "a.277"
    file.write_bytes(whole[: whole.index(b"IEA*")])
    receiver = Receiver(gateway.partners, gateway.transports, patience_seconds=None)
    for _ in range(7):
        await receiver.step(gateway.runtime)
    assert not file.exists()
    assert await gateway.quarantined() == [("file", "a.277", "envelope.iea-missing")]


async def test_a_missing_folder_keeps_no_other_payers_answers_back(gateway: Gateway) -> None:
    shutil.rmtree(gateway.wire.outgoing("BLUERIVER"))
    (gateway.wire.outgoing("SUMMIT") / "a.835").write_bytes(b"x")
    await gateway.receive()
    assert [name for name, _, _ in await _received(gateway)] == ["a.835"]


async def test_a_missing_folder_keeps_no_other_payers_claims_back(gateway: Gateway) -> None:
    await gateway.hear(
        practice(),
        provider(),
        patient("PT1"),
        patient("PT2"),
        coverage(policy("BLUERIVER", "M100"), patient_id="PT1"),
        coverage(policy("SUMMIT", "M200"), patient_id="PT2"),
        claim("CLM1"),
        claim("CLM2", "SUMMIT", patient_id="PT2"),
    )
    gateway.clock.advance(gateway.partners["BLUERIVER"].batch_window)
    shutil.rmtree(gateway.wire.incoming("BLUERIVER"))
    await gateway.send()
    rows = await gateway.rows("select payer_id, state from outbound_file order by payer_id")
    assert [tuple(row) for row in rows] == [("BLUERIVER", "created"), ("SUMMIT", "sent")]


async def test_many_small_files_are_stored_once_by_content_and_counted(gateway: Gateway) -> None:
    folder = gateway.wire.outgoing("SUMMIT")
    for number in range(120):
        (folder / f"{number:03d}.999").write_bytes(b"same" if number < 2 else b"%d" % number)
    await gateway.receive()
    found = await _received(gateway)
    assert len(found) == 119
    assert [deliveries for _, _, deliveries in found if deliveries != 1] == [2]
    assert list(folder.iterdir()) == []


async def test_a_name_that_is_no_text_keeps_no_file_of_its_folder_back(gateway: Gateway) -> None:
    folder = gateway.wire.outgoing("SUMMIT")
    (folder / os.fsdecode(b"caf\xe9.835")).write_bytes(b"x")
    (folder / "plain.835").write_bytes(b"y")
    await gateway.receive()
    assert [name for name, _, _ in await _received(gateway)] == ["caf\\xe9.835", "plain.835"]
    assert list(folder.iterdir()) == []
