"""Claims on paper where something fails, and at the desk: no form is lost, doubled or misled."""

import asyncio
import json
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from services.payer_gateway.app import Traffic, receive_files, send_files, watch_files
from services.payer_gateway.commands.payers import app as payers
from services.payer_gateway.domain.partner_check import partner_problems
from services.payer_gateway.domain.reference_data import PostalAddress
from services.payer_gateway.files.outbound import Sender
from services.payer_gateway.settings import GatewaySettings
from services.payer_gateway.stores import paper_store
from tests.integration.payer_gateway.conftest import Gateway
from tests.integration.payer_gateway.paper_room import (
    Outbox,
    findings,
    laid_out,
    take_paper,
)
from tests.integration.payer_gateway.stories import (
    claim,
    references,
)
from tests.integration.payer_gateway.test_commands import desk
from tests.integration.payer_gateway.test_crashes import KilledError


@pytest.fixture
def outbox(gateway: Gateway, tmp_path: Path) -> Outbox:
    """BLUERIVER takes paper from now on."""
    return take_paper(gateway, tmp_path)


async def test_a_kill_before_the_outbox_is_noted_lays_the_same_out_again(
    gateway: Gateway, outbox: Outbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def killed(*_: object) -> None:
        raise KilledError

    with monkeypatch.context() as patched:
        patched.setattr(paper_store, "note_laid_out", killed)
        with pytest.raises(KilledError):
            await laid_out(gateway, "CLM1")
    before = outbox.files()
    assert len(before) == 2
    await gateway.send()
    assert outbox.files() == before
    assert await gateway.send() == 0
    assert len(await gateway.rows("select 1 from outbound_file")) == 1


async def test_an_outbox_that_is_gone_holds_the_batch_until_it_is_back(
    gateway: Gateway, outbox: Outbox
) -> None:
    outbox.is_gone()
    name = await laid_out(gateway, "CLM1")
    assert "waits for the outbox" in (await desk(gateway, "paper", "list")).output
    assert "paper_not_laid_out" in (await desk(gateway, "mailed", name)).output
    outbox.is_back()
    await gateway.send()
    assert len(outbox.files()) == 2


async def test_two_senders_at_once_print_each_claim_once(gateway: Gateway, outbox: Outbox) -> None:
    gateway.agree("BLUERIVER", claims_per_file=2)
    claims = [claim(f"CLM{number}") for number in range(1, 6)]
    await gateway.hear(*references(), *claims)
    gateway.clock.advance(gateway.partners["BLUERIVER"].batch_window)
    both = [Sender(gateway.partners, gateway.transports) for _ in range(2)]
    for _ in range(3):
        await asyncio.gather(*(sender.step(gateway.runtime) for sender in both))
    rows = await gateway.rows("select claim_ids from outbound_file")
    assert sorted(each for row in rows for each in row["claim_ids"]) == [
        f"CLM{number}" for number in range(1, 6)
    ]
    assert len(outbox.files()) == 2 * len(rows)
    assert await findings(gateway) == []


async def test_forms_never_go_to_a_payer_that_takes_files_again(
    gateway: Gateway, outbox: Outbox
) -> None:
    outbox.is_gone()
    await laid_out(gateway, "CLM1")
    gateway.agree(
        "BLUERIVER",
        transport="x12",
        connection="payer",
        outbound_folder="BLUERIVER/in",
        inbound_folder="BLUERIVER/out",
    )
    await gateway.send()
    assert list(gateway.wire.incoming("BLUERIVER").iterdir()) == []
    (row,) = await gateway.rows("select state from outbound_file")
    assert row["state"] == "created"


async def test_the_service_by_itself_lays_forms_out_and_notices_that_nobody_mails_them(
    gateway: Gateway, outbox: Outbox
) -> None:
    await gateway.hear(*references(), claim())
    gateway.clock.advance(gateway.partners["BLUERIVER"].batch_window)
    settings = GatewaySettings(connections_file=gateway.wire.connections, poll_milliseconds=10)
    traffic = Traffic()
    tasks = [
        asyncio.create_task(work(gateway.runtime, partners=gateway.partners, settings=settings))
        for work in (
            partial(send_files, traffic=traffic),
            partial(receive_files, traffic=traffic),
            watch_files,
        )
    ]
    try:
        async with asyncio.timeout(60):
            while not await gateway.rows("select 1 from outbound_file where state = 'outbox'"):
                await gateway.runtime.pause(0)
            gateway.clock.advance(timedelta(days=2))
            await gateway.rows("update outbound_file set uploaded_at = now() - interval '1 hour'")
            while not await gateway.rows("select 1 from silence where action = 'alerted'"):
                await gateway.runtime.pause(0)
    finally:
        gateway.runtime.stopping.set()
        await asyncio.gather(*tasks)
    assert len(outbox.files()) == 2


async def test_a_cover_list_that_was_altered_is_found(gateway: Gateway, outbox: Outbox) -> None:
    await laid_out(gateway, "CLM1")
    await gateway.rows("update paper_batch set cover = cover || 'x'::bytea")
    assert [each.rule for each in await findings(gateway)] == ["file_altered"]


async def test_forms_are_saved_again_as_they_were_and_not_shown_as_text(
    gateway: Gateway, outbox: Outbox, tmp_path: Path
) -> None:
    name = await laid_out(gateway, "CLM1")
    for each, content in outbox.files().items():
        await desk(gateway, "files", "save", each, str(tmp_path / "saved.pdf"))
        assert (tmp_path / "saved.pdf").read_bytes() == content
    shown = await desk(gateway, "files", "show", name)
    assert (shown.exit_code, "files save" in shown.output) == (1, True)


async def test_a_partner_on_paper_is_checked_by_its_outbox_alone(
    gateway: Gateway, outbox: Outbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    profile = tmp_path / "partners.toml"
    profile.write_text(
        '[[partners]]\npayer_id = "PAPERLAND"\nname = "Paperland Mutual"\n'
        'x12_payer_id = "PL"\nreceiver_id = "PL"\nreceiver_name = "PAPERLAND"\n'
        'connection = "print-room"\noutbound_folder = "outbox"\ntransport = "paper"\n'
        'mailing_address = { line1 = "PO Box 1", city = "Ames", state = "IA", '
        'postal_code = "50010" }\n'
    )
    monkeypatch.setenv("CLAIMSTREAM_PAYER_GATEWAY_PARTNERS_FILE", str(profile))
    checked = await desk(gateway, "check", app=payers)
    assert (checked.exit_code, checked.output) == (0, "PAPERLAND: reached\n")
    sent = await desk(gateway, "send-test", "PAPERLAND", str(profile), app=payers)
    assert (sent.exit_code, "takes paper" in sent.output) == (1, True)
    shown = json.loads((await desk(gateway, "show", "PAPERLAND", "--json", app=payers)).output)
    assert shown["mailing_address"]["city"] == "Ames"


def test_a_profile_for_paper_says_what_it_lacks(gateway: Gateway, outbox: Outbox) -> None:
    partner = replace(
        gateway.partners["BLUERIVER"],
        mailing_address=PostalAddress("", "", "Ames", "XX", "123"),
        inquires=True,
        checks_eligibility=True,
    )
    said = " ".join(partner_problems(partner))
    for each in ("line1 and city", "state must be", "five or nine", "inquires must", "checks_elig"):
        assert each in said
