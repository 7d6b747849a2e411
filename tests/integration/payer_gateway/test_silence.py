"""Payers that do not answer: noticed, sent again, told to a person, and over once they do."""

from datetime import timedelta
from pathlib import Path

from services.payer_gateway.files.watch import Watch
from services.payer_gateway.transport.connections import Transports
from services.payer_gateway.transport.transport import UNFINISHED, staging_place
from tests.integration.payer_gateway.conftest import Gateway
from tests.integration.payer_gateway.stories import claim, references
from tests.integration.payer_gateway.test_commands import desk

_SILENCES = "select kind, action, ended_at is null as is_open from silence order by kind, subject"


async def _watch(gateway: Gateway, quiet_seconds: int = 0) -> int:
    watch = Watch(gateway.partners, gateway.transports, quiet_seconds=quiet_seconds)
    return await watch.step(gateway.runtime)


async def _silences(gateway: Gateway) -> list[tuple[str, str, bool]]:
    return [tuple(row) for row in await gateway.rows(_SILENCES)]


async def _send(gateway: Gateway, member_id: str = "W-100200") -> Path:
    """A claim on its way; the folder it lies in."""
    await gateway.hear(*references(member_id=member_id), claim())
    gateway.clock.advance(gateway.partners["BLUERIVER"].batch_window)
    await gateway.send()
    return gateway.wire.incoming("BLUERIVER")


async def test_a_file_that_is_not_acknowledged_is_sent_again_as_it_was(gateway: Gateway) -> None:
    folder = await _send(gateway)
    (file,) = folder.iterdir()
    content = file.read_bytes()
    file.unlink()
    gateway.clock.advance(timedelta(hours=23))
    assert await _watch(gateway) == 0
    gateway.clock.advance(timedelta(hours=1))
    assert await _watch(gateway) == 1
    (again,) = folder.iterdir()
    assert (again.name, again.read_bytes()) == (file.name, content)
    assert await _silences(gateway) == [("acknowledgement", "resent", True)]
    gateway.clock.advance(timedelta(days=1))
    await _watch(gateway)
    assert await _silences(gateway) == [("acknowledgement", "alerted", True)]
    listed = (await desk(gateway, "silent")).output
    assert file.name in listed
    assert "alerted" in listed


async def _begun_again(gateway: Gateway) -> Path:
    """What lies there of a claim that is written once more and not named when the answer comes."""
    folder = await _send(gateway)
    gateway.clock.advance(timedelta(days=1))
    (sent,) = folder.iterdir()
    transport = await gateway.transports.get(gateway.partners["BLUERIVER"].connection)
    assert transport is not None
    await transport.write("BLUERIVER/in", sent.name, sent.read_bytes())
    place = staging_place(transport, "BLUERIVER/in", sent.name)
    await gateway.rows("update outbound_file set staged_place = $1", place)
    await gateway.exchange(1)
    unfinished = sent.with_name(f"{sent.name}{UNFINISHED}")
    assert unfinished.exists()
    gateway.clock.advance(timedelta(days=1))
    return unfinished


async def test_an_answer_that_comes_while_the_file_is_sent_again_leaves_nothing_behind(
    gateway: Gateway,
) -> None:
    unfinished = await _begun_again(gateway)
    await _watch(gateway)
    assert not unfinished.exists()
    (row,) = await gateway.rows("select uploads, staged_place from outbound_file")
    assert tuple(row) == (1, "")


async def test_a_partner_that_lets_nothing_be_removed_is_looked_at_all_the_same(
    gateway: Gateway,
) -> None:
    unfinished = await _begun_again(gateway)
    unfinished.unlink()
    unfinished.mkdir()
    assert await _watch(gateway) == 1
    (row,) = await gateway.rows("select uploads, staged_place from outbound_file")
    assert tuple(row) == (1, "")


async def test_a_payer_that_had_the_file_pays_once(gateway: Gateway) -> None:
    await _send(gateway)
    await gateway.exchange(1)
    gateway.clock.advance(timedelta(days=1))
    await gateway.exchange(30)
    await _watch(gateway)
    (row,) = await gateway.rows("select count(*) from remittance")
    assert row["count"] == 1
    assert await _silences(gateway) == []
    assert await gateway.rows("select 1 from outbound_file where watch_at is not null") == []


async def test_what_comes_late_is_silent_no_more(gateway: Gateway) -> None:
    await _send(gateway)
    gateway.clock.advance(timedelta(days=1))
    await _watch(gateway)
    await gateway.exchange(20)
    gateway.clock.advance(timedelta(days=1))
    await _watch(gateway)
    assert await _silences(gateway) == [("acknowledgement", "resent", False)]
    assert (await desk(gateway, "silent")).output == "every answer came in its time\n"
    assert "came 20" in (await desk(gateway, "silent", "--all")).output


async def test_a_claim_that_nobody_speaks_of_is_told_to_a_person(gateway: Gateway) -> None:
    await _send(gateway, "SILENT-1")
    await gateway.exchange(3)
    await _watch(gateway)
    assert await _silences(gateway) == [("claim_acknowledgement", "alerted", True)]


async def test_a_partner_has_a_minute_however_fast_the_clock_runs(gateway: Gateway) -> None:
    await _send(gateway)
    gateway.clock.advance(timedelta(days=30))
    assert await _watch(gateway, quiet_seconds=60) == 0
    assert await _silences(gateway) == []


async def test_a_payer_out_of_reach_is_tried_again_at_the_next_look(gateway: Gateway) -> None:
    await _send(gateway)
    gateway.clock.advance(timedelta(days=1))
    nowhere = Watch(gateway.partners, Transports(None), quiet_seconds=0)
    assert await nowhere.step(gateway.runtime) == 0
    assert await _silences(gateway) == []
    assert await _watch(gateway) == 1


async def test_what_a_payer_out_of_reach_owes_is_told_to_a_person(gateway: Gateway) -> None:
    await _send(gateway, "SILENT-1")
    await gateway.exchange(3)
    await gateway.hear(claim("CLM2"))
    gateway.clock.advance(gateway.partners["BLUERIVER"].batch_window)
    await gateway.send()
    gateway.clock.advance(timedelta(days=1))
    await gateway.rows(
        "update outbound_file set watch_at = watch_at - interval '30 days' where state = 'sent'"
    )
    away = gateway.wire.incoming("BLUERIVER")
    away.rename(away.with_name("gone"))
    assert await _watch(gateway) == 1
    assert await _silences(gateway) == [("claim_acknowledgement", "alerted", True)]


async def test_what_a_payer_owes_is_not_forgotten_while_the_payer_is_not_set_up(
    gateway: Gateway,
) -> None:
    await _send(gateway)
    gateway.clock.advance(timedelta(days=1))
    nobody = Watch({}, gateway.transports, quiet_seconds=0)
    assert await nobody.step(gateway.runtime) == 0
    assert await _watch(gateway) == 1
    assert await _silences(gateway) == [("acknowledgement", "resent", True)]


async def test_timely_filing_is_proven_by_the_file_and_its_answers(gateway: Gateway) -> None:
    await _send(gateway)
    await gateway.exchange(20)
    (row,) = await gateway.rows("select claim_id from claim")
    proof = (await desk(gateway, "proof", row["claim_id"])).output.splitlines()
    kinds = [line.split(None, 3)[3].split("  ")[0].strip() for line in proof]
    assert kinds[0].startswith("sent, ISA13 000000001")
    assert [kind.removeprefix("received, ") for kind in kinds[1:]] == ["999", "277CA", "835"]
    assert all("sha256" in line for line in proof)
    unknown = await desk(gateway, "proof", "NOBODY")
    assert (unknown.exit_code, unknown.output) == (1, "no claim NOBODY is known\n")


async def test_a_payer_out_of_reach_keeps_nobody_from_looking_at_another(gateway: Gateway) -> None:
    await _send(gateway)
    await gateway.hear(*references("SUMMIT", "M200"), claim("CLM2", "SUMMIT"))
    gateway.clock.advance(gateway.partners["SUMMIT"].batch_window)
    await gateway.send()
    away = gateway.wire.incoming("BLUERIVER")
    away.rename(away.with_name("gone"))
    gateway.clock.advance(timedelta(days=1))
    assert await _watch(gateway) == 1
    (row,) = await gateway.rows("select payer_id, action from silence")
    assert tuple(row) == ("SUMMIT", "resent")
