"""A file that a partner lost is sent again by a person's word: the same bytes, once."""

from pathlib import Path

from services.payer_gateway.files.watch import Watch
from services.payer_gateway.verification import transmission_findings
from tests.integration.payer_gateway.conftest import Gateway
from tests.integration.payer_gateway.paper_room import laid_out, take_paper
from tests.integration.payer_gateway.stories import claim, references
from tests.integration.payer_gateway.test_commands import desk

_BY = ("--reason", "never arrived", "--actor", "jo")


async def _sent(gateway: Gateway) -> str:
    await gateway.hear(*references(), claim())
    gateway.clock.advance(gateway.partners["BLUERIVER"].batch_window)
    await gateway.send()
    (row,) = await gateway.rows("select name from outbound_file")
    return str(row["name"])


async def _watch(gateway: Gateway) -> None:
    """A minute later, by the clock of the command that asks; written first, then given its name."""
    await gateway.rows(
        "update outbound_file set uploaded_at = uploaded_at - interval '61 seconds', "
        "watch_at = case when resend_asked then $1 else watch_at end",
        gateway.clock.now(),
    )
    for _ in range(2):
        await Watch(gateway.partners, gateway.transports).step(gateway.runtime)


async def _refused(gateway: Gateway, name: str, *more: str) -> str:
    answer = await desk(gateway, "resend", name, *_BY, *more)
    assert answer.exit_code == 1
    return answer.output


async def test_a_lost_file_goes_out_again_as_it_was_and_its_claims_are_sent_once(
    gateway: Gateway,
) -> None:
    name = await _sent(gateway)
    lost = gateway.wire.incoming("BLUERIVER") / name
    content = lost.read_bytes()
    lost.unlink()
    said = await gateway.rows("select count(*) as n from delivery.outbox")
    assert (await desk(gateway, "resend", name, *_BY)).output == f"{name} is sent again\n"
    await _watch(gateway)
    assert lost.read_bytes() == content
    (file,) = await gateway.rows("select uploads, resend_asked, state from outbound_file")
    assert tuple(file) == (2, False, "sent")
    lost.unlink()
    await _watch(gateway)
    assert not lost.exists()
    assert await gateway.rows("select count(*) as n from delivery.outbox") == said
    (audited,) = await gateway.rows(
        "select actor, role, action, subject, reason from delivery.audit"
    )
    assert tuple(audited) == ("jo", "supervisor", "ResendFile", f"P1:{name}", "never arrived")
    async with gateway.pool.acquire() as connection:
        assert await transmission_findings(connection) == []


async def test_what_the_payer_has_or_must_not_get_is_not_sent_again(gateway: Gateway) -> None:
    name = await _sent(gateway)
    assert "the role must be one of" in await _refused(gateway, name, "--role", "biller")
    assert "no file nothing.837 is known" in await _refused(gateway, "nothing.837")
    assert (await desk(gateway, "resend", name, "--reason", " ")).exit_code == 1
    for claim_state, state, why in (
        ("accepted", "accepted", "the payer has it"),
        ("adjudicated", "sent", "the payer has it"),
        ("rejected", "rejected", "went back to billing"),
        ("filed", "created", "for the first time"),
    ):
        await gateway.rows("update claim set state = $1", claim_state)
        await gateway.rows("update outbound_file set state = $1", state)
        assert why in await _refused(gateway, name)
    assert await gateway.rows("select from outbound_file where resend_asked") == []


async def test_forms_are_not_laid_out_again(gateway: Gateway, tmp_path: Path) -> None:
    take_paper(gateway, tmp_path)
    name = await laid_out(gateway, "CLM1")
    assert "print it and mail it anew" in await _refused(gateway, name)
