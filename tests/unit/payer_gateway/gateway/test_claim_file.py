"""The file that a partner gets is as it was agreed."""

from dataclasses import replace
from datetime import datetime

import pytest

from services.payer_gateway.domain.claim_file import write_file
from services.payer_gateway.domain.partner_check import partner_problems
from services.payer_gateway.domain.reference_data import PostalAddress, Practice
from services.payer_gateway.domain.trading_partner import TradingPartner
from services.payer_gateway.partners import load_partners
from services.payer_gateway.x12 import read_837p, read_interchanges
from services.payer_gateway.x12.difference import differences
from services.payer_gateway.x12.professional_claim_writer import claim_text
from tests.support import NOON
from tests.unit.payer_gateway.x12.mutation.samples import SAMPLES

PARTNER = load_partners(None)["BLUERIVER"]
CLAIMS = [
    claim
    for interchange in read_interchanges(SAMPLES["837P"].encode())
    for transaction in interchange.transactions
    for claim in read_837p(transaction)[0].claims
]


def _file(partner: TradingPartner, practice: Practice, at: datetime = NOON) -> bytes:
    return write_file([claim_text(each) for each in CLAIMS], practice, partner, 7, at)


@pytest.fixture
def practice() -> Practice:
    address = PostalAddress("12 Elm St", "", "Columbus", "OH", "43004")
    return Practice(
        "Elm Family Medicine", "1234567893", "123456789", "207Q00000X", address, "6145550100"
    )


@pytest.mark.parametrize("delimiters", ["*^:~", "|^>~", "*^:\n", "^*~:", "\x1d\x1e\x1f\x1c"])
def test_a_partner_gets_the_delimiters_it_wants_and_the_same_claims(
    delimiters: str, practice: Practice
) -> None:
    wanted = _file(replace(PARTNER, delimiters=delimiters), practice)
    (one,) = read_interchanges(wanted)
    assert one.delimiters.all == delimiters
    (other,) = read_interchanges(_file(PARTNER, practice))
    assert list(differences(one.transactions, other.transactions)) == []


def test_a_partner_may_want_a_line_a_segment(practice: Practice) -> None:
    lines = _file(replace(PARTNER, line_breaks=True), practice).decode().splitlines()
    assert all(line.endswith("~") for line in lines)
    assert lines[-1] == "IEA*1*000000007~"


@pytest.mark.parametrize(
    ("delimiters", "said"),
    [
        ("*^:", "four characters"),
        ("**:~", "same character"),
        ("A^:~", "no letter"),
        ("*\n:~", "line end"),
    ],
)
def test_delimiters_that_cannot_be_used_are_refused(delimiters: str, said: str) -> None:
    (problem,) = partner_problems(replace(PARTNER, delimiters=delimiters))
    assert said in problem
