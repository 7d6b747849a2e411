"""A fault plan spoils files of every kind; the gateway refuses each, and no money is lost."""

import json

import pytest

from simulators.payer.file_fault import FAULTS
from simulators.payer.occasion import OccasionError, Occasions, parse_occasions
from tests.integration.payer_simulator.conftest import Office

_PAYERS = ("BLUERIVER", "SUMMIT", "MEDICARE_B", "STATE_MEDICAID")


KINDS = (
    *("truncated", "no-end", "no-group-end", "no-set-end", "interchange-number", "group-count"),
    *("set-number", "not-x12", "another-set", "wrong-total", "no-date", "debit", "no-amount"),
    *("other-payee", "unknown-file", "no-verdict", "lost-levels", "leading-words", "set-twice"),
    *("no-payment", "claim-amount", "other-delimiters", "white-space"),
)
"""Some of each sort, as many as a month has files for; each alone is tried without a database."""


@pytest.fixture
def occasions() -> Occasions:
    """Every file meets a fault, each in its turn; two payers have ways of their own."""
    return parse_occasions(
        f"""
        [faults]
        share = 10000
        kinds = {json.dumps(KINDS)}
        [ways.SUMMIT]
        delimiters = "|^>!"
        wraps_lines = true
        [ways.MEDICARE_B]
        bare_lines = true
        [ways.MEDICARE_B.delays]
        payment_first = 3
        payment_last = 20
        """
    )


async def test_each_fault_is_refused_for_its_reason_and_both_sides_have_the_same_money(
    office: Office,
) -> None:
    for _ in range(4):
        for payer in _PAYERS:
            for member in range(3):
                await office.visit((payer, f"M{member}"), lines=(("99213", 1), ("36415", 1)))
        await office.days(1)
    await office.days(25)
    rows = await office.gateway.rows("select distinct state from inbound_file")
    items = await office.gateway.rows("select findings from quarantine")
    assert {row["state"] for row in rows} >= {"loaded", "quarantined"}
    rules = {finding["rule"] for item in items for finding in json.loads(item["findings"])}
    expected = {fault.refusal for name in KINDS if (fault := FAULTS[name]).refusal}
    assert expected - rules == set(), sorted(rules)
    report = await office.compared()
    assert report.findings == []
    assert report.explained == []


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("[scenarios]\nNOSUCH = 1", "NOSUCH"),
        ('[scenarios]\n"REVERSE" = 20000', "REVERSE"),
        ("[scenarios]\nREVERSE = 9000\nCROSS = 2000", "together"),
        ('[faults]\nshare = 1\nkinds = ["bad-luck"]', "bad-luck"),
        ('[ways.SUMMIT]\ndelimiters = "**"', "SUMMIT"),
        ("[ways.SUMMIT]\nshouts = true", "SUMMIT"),
        ("not toml", "TOML"),
    ],
)
def test_occasions_that_say_nothing_sensible_are_refused_by_name(text: str, named: str) -> None:
    with pytest.raises(OccasionError, match=named):
        parse_occasions(text)
