"""``claimstream payers check`` says of a broken profile which entry and field, and what to do."""

import json
import re
from contextlib import suppress
from dataclasses import fields
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner, Result

from services.payer_gateway.commands.payers import app
from services.payer_gateway.domain.payer_rule import PayerRule
from services.payer_gateway.domain.trading_partner import TradingPartner
from services.payer_gateway.partners import PartnersError, parse_partners
from tests.unit.payer_gateway.gateway.test_partners import ONE

TWO = ONE.replace('"A"', '"B"')
PAPER = ONE + 'transport = "paper"\n'
ADDRESS = (
    'mailing_address = { line1 = "PO Box 1", city = "Ames", state = "IA", postal_code = %s }\n'
)


def _rule(text: str) -> str:
    return f'{ONE}\n[[partners.rules]]\nid = "own"\nmessage = "do so"\n{text}\n'


def _changed(field: str, value: str) -> str:
    """The profile with another value of a field that it has."""
    return re.sub(rf"^{field} = .*$", lambda _: f"{field} = {value}", ONE, flags=re.MULTILINE)


BROKEN = {
    "empty": ("", "it holds no [[partners]]"),
    "no TOML": ("[[partners]\n", "is not TOML"),
    "quotes missing": (ONE + "usage = P\n", "is not TOML"),
    "a field twice": (ONE + 'name = "B"\n', "is not TOML"),
    "no table": ("partners = 3", "one [defaults] and [[partners]]"),
    "a field outside": ('usage = "T"\n' + ONE, "usage is neither [defaults] nor [[partners]]"),
    "one bracket": (ONE.replace("[[partners]]", "[partner]"), "partner is neither"),
    "unknown field": (ONE + "batch_windows = 3\n", "is batch_window_minutes meant?"),
    "field missing": (ONE.replace('name = "A"\n', "", 1), "partner A: name is missing"),
    "field empty": (_changed("receiver_name", '" "'), "receiver_name must not be empty"),
    "text for number": (ONE + 'claims_per_file = "5"\n', "claims_per_file must be a whole number"),
    "number for text": (_changed("receiver_id", "12"), "receiver_id must be text in quotes"),
    "fraction": (ONE + "resends = 1.5\n", "resends must be a whole number"),
    "yes for true": (ONE + 'inquires = "yes"\n', "inquires must be true or false"),
    "too many claims": (ONE + "claims_per_file = 6000\n", "claims_per_file must be 1 to 5000"),
    "negative": (ONE + "remittance_days = -1\n", "remittance_days must not be negative"),
    "beyond reason": (
        ONE + "batch_window_minutes = 999999\n",
        "batch_window_minutes must be 44640",
    ),
    "usage": (ONE + 'usage = "test"\n', "usage must be P (production) or T (test)"),
    "qualifier": (ONE + 'receiver_qualifier = "ZZZ"\n', "receiver_qualifier must be one of 01"),
    "filing indicator": (ONE + 'filing_indicator = "PPO"\n', "(SBR09)"),
    "insurance type": (ONE + 'insurance_type = "1"\n', "(SBR05)"),
    "id too long": (_changed("receiver_id", '"A123456789012345"'), "at most 15 characters"),
    "id with a delimiter": (_changed("receiver_id", '"A*B"'), "none of the delimiters"),
    "id with a space": (_changed("receiver_id", '"A "'), "must not begin or end with a space"),
    "id not ASCII": (_changed("x12_payer_id", '"Ä"'), "x12_payer_id must be plain letters"),
    "payer id": (_changed("payer_id", '"BLUE RIVER"'), "payer_id must be letters, digits"),
    "delimiters": (ONE + 'delimiters = "*^:"\n', "delimiters must be four characters"),
    "same delimiters": (ONE + 'delimiters = "*^*~"\n', "two delimiters are the same"),
    "twice": (ONE + ONE, "partner A: stands twice"),
    "shared folder": (
        ONE + ONE.replace('payer_id = "A"', 'payer_id = "B"', 1),
        "partner B: receiver_id and inbound_folder are those of A",
    ),
    "own outbox read": (_changed("inbound_folder", '"in"'), "must not be outbound_folder"),
    "own outbox read, written otherwise": (
        _changed("inbound_folder", '"./in/"'),
        "must not be outbound_folder",
    ),
    "name of two lines": (_changed("name", '"A\\nB"'), "name must be one line"),
    "other's outbox read": (
        ONE
        + TWO.replace('outbound_folder = "in"', 'outbound_folder = "b"').replace(
            'inbound_folder = "out"', 'inbound_folder = "in"'
        ),
        "partner B: inbound_folder is the outbound_folder of A",
    ),
    "way out": (_changed("outbound_folder", '"../in"'), "without .."),
    "backslash": (_changed("outbound_folder", "'a\\b'"), "divided by /"),
    "no inbox": (ONE.replace('inbound_folder = "out"\n', ""), "inbound_folder must not be empty"),
    "transport": (ONE + 'transport = "fax"\n', "transport must be x12 or paper"),
    "paper without address": (PAPER, "mailing_address must be given for paper"),
    "bad postal code": (PAPER + ADDRESS % '"123"', "postal_code must be five or nine digits"),
    "address field": (PAPER + 'mailing_address = { street = "x" }\n', "street is no field"),
    "paper asked": (PAPER + ADDRESS % '"50010"' + "inquires = true\n", "inquires must be false"),
    "rule for nothing": (_rule(""), "rule own: it asks for nothing"),
    "rule unknown": (
        _rule("max_lines = 6"),
        "max_lines is no field of a rule: is most_lines",
    ),
    "rule level": (_rule("most_lines = 6\nlevel = 4"), "level must be 6"),
    "rule codes": (_rule('drug = true\nprocedures = ["J1"]'), "codes of five characters"),
    "rule text": (_rule('references = "G1"'), "must be a list in [ ]"),
    "rule id missing": (ONE + "\n[[partners.rules]]\nmessage = 'x'\ndrug = true", "id is missing"),
}


def _check(tmp_path: Path, profile: bytes | None) -> Result:
    file = tmp_path / "partners.toml"
    if profile is not None:
        file.write_bytes(profile)
    environment = {"CLAIMSTREAM_PAYER_GATEWAY_PARTNERS_FILE": str(file)}
    return CliRunner(env=environment).invoke(app, ["check"])


@pytest.mark.parametrize(("profile", "said"), BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_profile_is_said_in_a_sentence(tmp_path: Path, profile: str, said: str) -> None:
    checked = _check(tmp_path, profile.encode())
    assert checked.exit_code == 1
    assert said in checked.output
    assert "Traceback" not in checked.output
    assert "trading partners" in checked.output
    assert checked.output.count("\n") == 1 or "not TOML" in checked.output


def test_a_profile_that_is_no_text_or_not_there_is_said(tmp_path: Path) -> None:
    binary = _check(tmp_path, b"\xff\xfe\x00")
    assert (binary.exit_code, "not UTF-8 text (byte 0)" in binary.output) == (1, True)
    (tmp_path / "partners.toml").unlink()
    absent = _check(tmp_path, None)
    assert absent.exit_code == 1
    assert "CLAIMSTREAM_PAYER_GATEWAY_PARTNERS_FILE names it" in absent.output


def test_a_good_profile_without_a_connection_says_where_it_belongs(tmp_path: Path) -> None:
    checked = _check(tmp_path, b"\xef\xbb\xbf" + ONE.encode())
    assert checked.exit_code == 1
    assert "no connection named payer is given" in checked.output
    assert "CLAIMSTREAM_PAYER_GATEWAY_CONNECTIONS_FILE" in checked.output


_SCALARS = (
    st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=20)
    | st.integers(-(2**62), 2**62)
    | st.booleans()
    | st.floats(allow_nan=False, allow_infinity=False)
)
_FIELDS = sorted(each.name for each in fields(TradingPartner))
_RULES = sorted(each.name for each in fields(PayerRule))


@given(
    st.dictionaries(st.sampled_from(_FIELDS), _SCALARS | st.lists(_SCALARS, max_size=3)),
    st.dictionaries(st.sampled_from(_RULES), _SCALARS | st.lists(_SCALARS, max_size=3)),
)
def test_whatever_stands_in_a_profile_it_can_be_used_or_is_refused_in_a_sentence(
    values: dict[str, object], rule: dict[str, object]
) -> None:
    lines = [f"{name} = {json.dumps(value)}" for name, value in values.items()]
    if "rules" not in values:
        lines += ["[[partners.rules]]", *(f"{n} = {json.dumps(v)}" for n, v in rule.items())]
    given_names = {line.split(" = ")[0] for line in lines}
    usual = [line for line in ONE.splitlines() if line.split(" = ")[0] not in given_names]
    with suppress(PartnersError):
        parse_partners("\n".join([*usual, *lines]))


@pytest.mark.parametrize("command", ["try", "send-test"])
def test_help_shows_an_example_in_one_piece(command: str) -> None:
    said = CliRunner().invoke(app, [command, "--help"])
    assert f"claimstream payers {command} BLUERIVER " in said.output


def test_what_is_no_x12_is_not_taken_for_a_file_without_claims(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"\0" * 100)
    said = CliRunner().invoke(app, ["try", "BLUERIVER", str(file)])
    assert said.exit_code == 1
    assert "no interchange" in said.output
