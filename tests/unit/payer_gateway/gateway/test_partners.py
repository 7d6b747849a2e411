"""Profiles and connections are checked before anything is sent."""

import json
from pathlib import Path

import pytest

from services.chassis.settings import SettingsError
from services.payer_gateway.partners import PartnersError, load_partners, parse_partners
from services.payer_gateway.settings import GatewaySettings
from services.payer_gateway.transport.connections import Transports, parse_connections
from services.payer_gateway.transport.directory import DirectoryTransport
from services.payer_gateway.transport.transport import TransportError

ONE = """
[[partners]]
payer_id = "A"
name = "A"
x12_payer_id = "A"
receiver_id = "A"
receiver_name = "A"
connection = "payer"
outbound_folder = "in"
inbound_folder = "out"
"""


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "holds no"),
        ("partners = [", "not TOML"),
        (ONE + "window = 3", "window"),
        (ONE.replace('connection = "payer"\n', ""), "connection"),
        (ONE + 'usage = "X"', "usage must be P"),
        (ONE + "claims_per_file = 0", "claims_per_file"),
        (ONE + "batch_window_minutes = -1", "batch_window_minutes"),
        (ONE + "inquiry_days = 0", "inquiry_days must be 1"),
        (ONE + "eligibility_hours = -1", "eligibility_hours must not"),
        (ONE + 'inquires = "yes"', "inquires"),
        (ONE + 'sender_id = "1234567890123456"', "at most 15"),
        (ONE + 'claims_per_file = "500"', "claims_per_file"),
        (ONE + "sender_id = 1234567893", "sender_id"),
        (ONE + "usage = true", "usage"),
        ("defaults = 1\n" + ONE, "one .defaults."),
        ("partners = 1", "one .defaults."),
        ("partners = [1]", "partner 1: is not"),
        (ONE + ONE, "stands twice"),
        (ONE + ONE.replace('payer_id = "A"', 'payer_id = "B"', 1), "are those of A"),
    ],
)
def test_a_profile_that_cannot_be_used_is_refused_by_entry_and_field(text: str, said: str) -> None:
    with pytest.raises(PartnersError, match=said):
        parse_partners(text)


def test_every_fault_of_a_file_is_said_at_once() -> None:
    with pytest.raises(PartnersError) as refused:
        parse_partners(ONE + 'usage = "X"\nclaims_per_file = 0')
    assert str(refused.value).count("partner A:") == 2


def test_the_profiles_that_come_with_the_gateway_can_be_used() -> None:
    partners = load_partners(None)
    assert set(partners) == {
        "BLUERIVER",
        "SUMMIT",
        "MEDICARE_B",
        "STATE_MEDICAID",
        "MEDIGAP_PLUS",
    }
    assert partners["SUMMIT"].sender_for("1234567893") == "1234567893"


def test_a_profile_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(PartnersError, match="cannot be read"):
        load_partners(tmp_path / "none.toml")


def test_a_setting_that_is_wrong_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLAIMSTREAM_PAYER_GATEWAY_POLL_MILLISECONDS", "soon")
    with pytest.raises(SettingsError, match="CLAIMSTREAM_PAYER_GATEWAY_POLL_MILLISECONDS"):
        GatewaySettings.read()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("{", "not JSON"),
        ('{"payer": {}}', "give directory, or host"),
        ('{"payer": {"host": "h", "user": "u", "host_key": "k"}}', "give password or key_file"),
        ('{"payer": {"directory": "/x", "pasword": "s3cret"}}', "pasword"),
    ],
)
def test_a_connection_that_cannot_be_used_is_said_without_its_secrets(
    content: str, said: str
) -> None:
    with pytest.raises(TransportError, match=said) as refused:
        parse_connections(content)
    assert "s3cret" not in str(refused.value)


async def test_connections_appear_and_change_without_a_restart(tmp_path: Path) -> None:
    file = tmp_path / "connections.json"
    transports = Transports(file)
    assert await transports.get("payer") is None
    file.write_text(json.dumps({"payer": {"directory": str(tmp_path)}}))
    first = await transports.get("payer")
    assert isinstance(first, DirectoryTransport)
    assert await transports.get("payer") is first
    file.write_text(json.dumps({"payer": {"directory": str(tmp_path / "moved")}}))
    assert await transports.get("payer") is not first
    await transports.close()
