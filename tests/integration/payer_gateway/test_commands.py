"""What a person does at the desk, by the commands of ``docs/connect-a-payer.md``."""

import asyncio
import json
import re
import subprocess
import sys
import tomllib
from importlib.resources import files
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from schemas.claim import RemittanceReceived
from services.payer_gateway.commands.payer import DATABASE_VARIABLE, app
from services.payer_gateway.commands.payers import app as payers
from services.payer_gateway.domain.partner_check import partner_problems
from services.payer_gateway.domain.reference_data import PostalAddress
from services.payer_gateway.domain.trading_partner import TradingPartner
from services.payer_gateway.partners import parse_partners
from services.payer_gateway.transport.connections import parse_connections
from simulators.payer.scenario import DESCRIPTIONS, scenario_of
from tests.integration.payer_gateway.conftest import Gateway
from tests.integration.payer_gateway.stories import claim, references
from tests.unit.payer_gateway.x12.mutation.samples import SAMPLES

DOCUMENT = Path(__file__).resolve().parents[3] / "docs" / "connect-a-payer.md"


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", DOCUMENT.read_text(), re.DOTALL | re.MULTILINE)


async def desk(gateway: Gateway, *arguments: str, app: typer.Typer = app) -> Result:
    """Run ``claimstream payer ...`` as a person would, in a thread with a loop of its own."""
    environment = {
        DATABASE_VARIABLE: gateway.url,
        "CLAIMSTREAM_PAYER_GATEWAY_CONNECTIONS_FILE": str(gateway.wire.connections),
    }
    return await asyncio.to_thread(CliRunner(env=environment).invoke, app, list(arguments))


async def _unbalanced(gateway: Gateway) -> str:
    await gateway.hear(*references(member_id="UNBALANCED-TOTAL-1"), claim())
    gateway.clock.advance(gateway.partners["BLUERIVER"].batch_window)
    await gateway.exchange(16)
    (row,) = await gateway.rows("select item_id from quarantine")
    return str(row["item_id"])


async def test_a_supervisor_sees_why_a_payment_waits_and_releases_it(gateway: Gateway) -> None:
    item = await _unbalanced(gateway)
    assert item in (await desk(gateway, "quarantine", "list")).output
    shown = (await desk(gateway, "quarantine", "show", item)).output
    assert "remittance.transaction-balance" in shown
    assert re.search(r"expected \d+ cents, found \d+ cents", shown)
    assert "Quillfeather" not in shown
    by = ("--reason", "agreed by phone", "--actor", "jo")
    refused = await desk(gateway, "quarantine", "release", item, "--role", "clerk", *by)
    assert (refused.exit_code, "role_not_allowed" in refused.output) == (1, True)
    released = await desk(gateway, "quarantine", "release", item, "--role", "supervisor", *by)
    assert released.output == "released: 2 events published\n"
    assert len(await gateway.said(RemittanceReceived)) == 1
    (entry,) = await gateway.rows("select actor, role, reason from delivery.audit")
    assert tuple(entry) == ("jo", "supervisor", "agreed by phone")
    again = await desk(gateway, "quarantine", "release", item, "--role", "supervisor", *by)
    assert "item_settled" in again.output
    assert (await desk(gateway, "quarantine", "list")).output == "nothing is in quarantine\n"


async def test_a_rejected_item_publishes_nothing_and_is_listed_with_all(gateway: Gateway) -> None:
    item = await _unbalanced(gateway)
    by = ("--role", "administrator", "--reason", "the payer sends it anew")
    assert (await desk(gateway, "quarantine", "reject", item, *by)).output == "rejected\n"
    assert item in (await desk(gateway, "quarantine", "list", "--all")).output
    assert await gateway.said(RemittanceReceived) == []


async def test_files_are_listed_shown_and_saved_as_they_were(
    gateway: Gateway, tmp_path: Path
) -> None:
    await _unbalanced(gateway)
    listed = (await desk(gateway, "files", "list", "--payer", "BLUERIVER")).output
    assert sorted(each.split()[2] for each in listed.splitlines()) == ["in", "in", "in", "out"]
    (row,) = await gateway.rows("select name, content from outbound_file")
    shown = (await desk(gateway, "files", "show", row["name"])).output
    assert shown.splitlines()[1].startswith("GS*HC*")
    target = tmp_path / "claim.837"
    await desk(gateway, "files", "save", row["name"], str(target))
    assert target.read_bytes() == row["content"]
    missing = await desk(gateway, "files", "show", "nothing.837")
    assert (missing.exit_code, missing.output) == (1, "no file nothing.837 is known\n")


async def test_partners_are_listed_and_checked_without_sending(gateway: Gateway) -> None:
    assert "SUMMIT" in (await desk(gateway, "list", app=payers)).output
    assert (await desk(gateway, "check", app=payers)).output.count("reached") == 5
    gateway.wire.incoming("SUMMIT").rename(gateway.wire.incoming("SUMMIT").with_name("gone"))
    checked = await desk(gateway, "check", app=payers)
    assert (checked.exit_code, checked.output.count("reached")) == (1, 4)
    assert (await desk(gateway, "check", "BLUERIVER", app=payers)).exit_code == 0


async def test_a_partner_is_shown_whole_and_an_unknown_one_named(gateway: Gateway) -> None:
    shown = json.loads((await desk(gateway, "show", "SUMMIT", "--json", app=payers)).output)
    assert (shown["payer_id"], shown["acknowledgement_hours"]) == ("SUMMIT", 24)
    unknown = await desk(gateway, "show", "NOBODY", app=payers)
    assert (unknown.exit_code, "BLUERIVER" in unknown.output) == (2, True)


async def test_a_test_file_is_sent_only_if_it_says_that_it_is_one(
    gateway: Gateway, tmp_path: Path
) -> None:
    file = tmp_path / "test.837"
    file.write_text(SAMPLES["837P"])
    refused = await desk(gateway, "send-test", "SUMMIT", str(file), app=payers)
    assert (refused.exit_code, "ISA15" in refused.output) == (1, True)
    assert list(gateway.wire.incoming("SUMMIT").iterdir()) == []
    file.write_text(SAMPLES["837P"].replace("*0*P*:", "*0*T*:", 1))
    sent = await desk(gateway, "send-test", "SUMMIT", str(file), app=payers)
    assert sent.exit_code == 0, sent.output
    (there,) = gateway.wire.incoming("SUMMIT").iterdir()
    assert there.read_bytes() == file.read_bytes()
    assert await gateway.rows("select 1 from outbound_file") == []
    file.write_text("no X12")
    assert (await desk(gateway, "send-test", "SUMMIT", str(file), app=payers)).exit_code == 1


async def test_a_test_file_that_breaks_the_payers_own_rules_is_sent_only_on_purpose(
    gateway: Gateway, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    profile = tmp_path / "partners.toml"
    packaged = files("services.payer_gateway").joinpath("data", "trading_partners.toml")
    rule = '[[partners.rules]]\nid = "one-line"\nmessage = "split it"\nmost_charge_cents = 1\n'
    profile.write_text(f"{packaged.read_text()}\n{rule}")
    monkeypatch.setenv("CLAIMSTREAM_PAYER_GATEWAY_PARTNERS_FILE", str(profile))
    file = tmp_path / "test.837"
    file.write_text(SAMPLES["837P"].replace("*0*P*:", "*0*T*:", 1))
    refused = await desk(gateway, "send-test", "MEDIGAP_PLUS", str(file), app=payers)
    assert refused.exit_code == 1
    assert "partner.one-line, 2300/CLM CLM02: level 7, rule of this payer: split it" in (
        refused.output
    )
    assert list(gateway.wire.incoming("MEDIGAP_PLUS").iterdir()) == []
    assert "rule one-line" in (await desk(gateway, "show", "MEDIGAP_PLUS", app=payers)).output
    words = ("send-test", "MEDIGAP_PLUS", str(file), "--despite-errors")
    assert (await desk(gateway, *words, app=payers)).exit_code == 0
    assert len(list(gateway.wire.incoming("MEDIGAP_PLUS").iterdir())) == 1


async def test_claims_are_held_to_a_payers_own_rules_without_sending_them(
    gateway: Gateway, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    profile = tmp_path / "partners.toml"
    packaged = files("services.payer_gateway").joinpath("data", "trading_partners.toml")
    rule = (
        '[[partners.rules]]\nid = "modifier"\nmessage = "say where"\nlevel = 6\n'
        'modifiers = ["95"]\n'
    )
    profile.write_text(f"{packaged.read_text()}\n{rule}")
    monkeypatch.setenv("CLAIMSTREAM_PAYER_GATEWAY_PARTNERS_FILE", str(profile))
    file = tmp_path / "claims.837"
    file.write_text(SAMPLES["837P"])
    tried = await desk(gateway, "try", "MEDIGAP_PLUS", str(file), "--json", app=payers)
    assert tried.exit_code == 1
    document = json.loads(tried.output)
    first = document["findings"][0]
    assert document["claims"] > 0
    assert (first["rule"], first["snip_level"], first["severity"]) == (
        *("partner.modifier", 6),
        "error",
    )
    segments = SAMPLES["837P"][SAMPLES["837P"].index("ST*") :].split("\n")
    assert segments[first["segment"] - 1].strip().startswith("SV1*")
    assert (first["path"], first["element"]) == ("2300/2400[1]/SV1", "SV101-3")
    kept = await desk(gateway, "try", "SUMMIT", str(file), app=payers)
    assert (kept.exit_code, "0 rules, 0 findings" in kept.output) == (0, True)
    absent = await desk(gateway, "try", "SUMMIT", str(tmp_path / "none"), app=payers)
    assert (absent.exit_code, "no such file" in absent.output) == (2, True)


async def test_every_command_of_the_document_runs(gateway: Gateway) -> None:
    ran = 0
    for line in "".join(blocks("sh")).splitlines():
        words = line.split()
        if words[:2] in (["claimstream", "payer"], ["claimstream", "payers"]):
            tree = app if words[1] == "payer" else payers
            result = await desk(gateway, *words[2:], app=tree)
            assert result.exit_code == 0, result.output
        else:
            assert words[:2] == ["python", "-m"]
            made = await asyncio.to_thread(
                subprocess.run, [sys.executable, *words[1:]], check=True, capture_output=True
            )
            assert made.stdout
        ran += 1
    assert ran == 7


def test_the_files_of_the_document_can_be_used() -> None:
    (profile,) = [block for block in blocks("toml") if "[[partners]]" in block]
    assert tomllib.loads(profile)
    (partner,) = parse_partners(profile).values()
    (connections,) = blocks("json")
    assert set(parse_connections(connections)) == {"blueriver", "carried-by-hand"}
    assert partner.connection in json.loads(connections)
    assert [rule.level for rule in partner.rules] == [6, 7]


def test_the_profile_for_paper_of_the_document_can_be_used() -> None:
    (profile,) = [block for block in blocks("toml") if "[[partners]]" in block]
    (paper,) = [block for block in blocks("toml") if 'transport = "paper"' in block]
    entry = tomllib.loads(profile)["partners"][0]
    changed = {**entry, **tomllib.loads(paper), "rules": ()}
    partner = TradingPartner(
        **{**changed, "mailing_address": PostalAddress(line2="", **changed["mailing_address"])}
    )
    assert partner_problems(partner) == []
    assert partner.is_paper


@pytest.mark.parametrize("member_id", re.findall(r"^\| `([^`]+)` \|", DOCUMENT.read_text(), re.M))
def test_the_member_ids_of_the_document_ask_for_something(member_id: str) -> None:
    assert scenario_of(member_id).request in DESCRIPTIONS
