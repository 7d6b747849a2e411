"""Whatever stops in mid-way: a claim is in one file, a file goes out under one name."""

import asyncio
from datetime import timedelta

import asyncssh
import pytest

from schemas.claim import ClaimAcknowledged, ClaimAdjudicated, ClaimTransmitted
from services.payer_gateway.files.outbound import Sender
from services.payer_gateway.stores import file_store
from services.payer_gateway.verification import transmission_findings
from simulators.payer.books import Books
from simulators.payer.process import PayerProcess
from tests.integration.payer_gateway.conftest import Gateway
from tests.integration.payer_gateway.stories import claim, references


class KilledError(RuntimeError):
    """Stands for the process ending at that point."""


async def _ready(gateway: Gateway, *claims: str) -> None:
    await gateway.hear(*references(), *(claim(each) for each in claims))
    gateway.clock.advance(gateway.partners["BLUERIVER"].batch_window)


async def _kill_before_commit(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file reaches the payer; the gateway ends before it knows."""

    async def killed(*_: object) -> None:
        raise KilledError

    with monkeypatch.context() as patched:
        patched.setattr(file_store, "mark_files_sent", killed)
        with pytest.raises(KilledError):
            await gateway.send()


async def test_a_file_that_the_payer_took_before_a_kill_is_sent_once_and_known_to_be_sent(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    await _ready(gateway, "CLM1", "CLM2")
    await _kill_before_commit(gateway, monkeypatch)
    await asyncio.to_thread(gateway.wire.payer.step)
    assert list(gateway.wire.incoming("BLUERIVER").iterdir()) == []
    assert await gateway.said(ClaimTransmitted) == []
    await gateway.send()
    assert list(gateway.wire.incoming("BLUERIVER").iterdir()) == []
    assert [each.claim_id for each in await gateway.said(ClaimTransmitted)] == ["CLM1", "CLM2"]
    await gateway.exchange(16)
    assert not await gateway.rows("select 1 from inbound_file where kinds = 'TA1'")
    assert {a.outcome for a in await gateway.said(ClaimAcknowledged)} == {"accepted"}
    assert len(await gateway.said(ClaimAdjudicated)) == 2
    async with gateway.pool.acquire() as connection:
        assert await transmission_findings(connection) == []


async def test_a_999_that_is_read_between_a_kill_and_the_next_start_leaves_its_file_to_be_noted(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    await _ready(gateway, "CLM1")
    await _kill_before_commit(gateway, monkeypatch)
    await asyncio.to_thread(gateway.wire.payer.step)
    await gateway.receive()
    (file,) = await gateway.rows("select state, answer from outbound_file")
    assert tuple(file) == ("created", "999 A")
    await gateway.send()
    assert [each.claim_id for each in await gateway.said(ClaimTransmitted)] == ["CLM1"]
    (file,) = await gateway.rows(
        "select state, uploads, watch_at is not null as is_watched from outbound_file"
    )
    assert tuple(file) == ("accepted", 1, True)


async def test_a_999_to_a_number_that_is_given_anew_keeps_no_file_from_its_payer(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    await _ready(gateway, "CLM1")
    await _kill_before_commit(gateway, monkeypatch)
    await asyncio.to_thread(gateway.wire.payer.step)
    await gateway.rows("update outbound_file set staged_place = ''")
    await gateway.receive()
    await gateway.send()
    (file,) = await gateway.rows("select name, content, state from outbound_file")
    assert file["state"] == "accepted"
    lying = gateway.wire.incoming("BLUERIVER") / file["name"]
    assert lying.read_bytes() == file["content"]


async def test_a_kill_while_a_file_is_made_spends_no_control_number(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    await _ready(gateway, "CLM1")

    async def killed(*_: object) -> None:
        raise KilledError

    with monkeypatch.context() as patched:
        patched.setattr(file_store, "keep_files", killed)
        with pytest.raises(KilledError):
            await gateway.send()
    await gateway.send()
    (row,) = await gateway.rows("select interchange_control_number from outbound_file")
    assert row["interchange_control_number"] == 1


async def test_two_senders_at_once_send_each_claim_once(gateway: Gateway) -> None:
    await _ready(gateway, *(f"CLM{number}" for number in range(1, 8)))
    partner = gateway.partners["BLUERIVER"]
    object.__setattr__(partner, "claims_per_file", 2)
    both = [Sender(gateway.partners, gateway.transports) for _ in range(2)]
    for _ in range(4):
        await asyncio.gather(*(sender.step(gateway.runtime) for sender in both))
    sent = [each.claim_id for each in await gateway.said(ClaimTransmitted)]
    assert sorted(sent) == sorted(f"CLM{number}" for number in range(1, 8))
    numbers = await gateway.rows("select interchange_control_number from outbound_file order by 1")
    assert [row[0] for row in numbers] == [1, 2, 3, 4]
    async with gateway.pool.acquire() as connection:
        assert await transmission_findings(connection) == []


async def test_a_payer_killed_in_mid_work_answers_everything_once_afterwards(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    await _ready(gateway, "CLM1")
    await gateway.send()

    def killed(*_: object) -> None:
        raise KilledError

    payer = gateway.wire.payer
    with monkeypatch.context() as patched:
        patched.setattr(Books, "delivered", killed)
        with pytest.raises(KilledError):
            await asyncio.to_thread(payer.step)
    payer.books.close()
    gateway.wire.payer = PayerProcess(payer.options, payer.contract, payer.clock)
    await gateway.exchange(16)
    assert [a.stage for a in await gateway.said(ClaimAcknowledged)] == ["277CA"]
    (file,) = await gateway.rows("select state, answer from outbound_file")
    assert tuple(file) == ("accepted", "999 A")
    assert len(await gateway.said(ClaimAdjudicated)) == 1


async def test_a_payer_that_is_down_gets_the_file_when_it_is_up_again(gateway: Gateway) -> None:
    await _ready(gateway, "CLM1")
    folder = gateway.wire.incoming("BLUERIVER")
    folder.rename(folder.with_name("elsewhere"))
    assert await gateway.send() == 1
    assert await gateway.said(ClaimTransmitted) == []
    assert [r["state"] for r in await gateway.rows("select state from outbound_file")] == [
        "created"
    ]
    folder.with_name("elsewhere").rename(folder)
    await gateway.send()
    assert len(await gateway.said(ClaimTransmitted)) == 1
    (file,) = await gateway.rows("select state from outbound_file")
    assert file["state"] == "sent"


async def test_a_server_with_another_host_key_is_sent_nothing(gateway: Gateway) -> None:
    await _ready(gateway, "CLM1")
    text = gateway.wire.connections.read_text()
    other = asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode().strip()
    key = next(part for part in text.split('"') if part.startswith("ssh-ed25519"))
    gateway.wire.connections.write_text(text.replace(key, other))
    await gateway.send()
    assert list(gateway.wire.incoming("BLUERIVER").iterdir()) == []
    assert await gateway.said(ClaimTransmitted) == []
    gateway.wire.connections.write_text(text + " ")
    gateway.clock.advance(timedelta(hours=1))
    await gateway.send()
    assert len(await gateway.said(ClaimTransmitted)) == 1
