"""Pieces of a file are whole files, and together they are the file."""

import re

import pytest

from services.payer_gateway.x12 import read_837p, read_interchanges
from services.payer_gateway.x12.checks.file_check import findings_of
from services.payer_gateway.x12.finding import Finding
from services.payer_gateway.x12.professional_claim import Claim
from services.payer_gateway.x12.splitting import NotSplitError, Piece, split
from tests.unit.payer_gateway.x12.mutation.samples import SAMPLES

_CLAIMS = SAMPLES["837P"].encode()
_NUMBERS = re.findall(r"\nCLM\*([^*]+)", SAMPLES["837P"])


def _pieces(data: bytes, **how: int) -> list[Piece]:
    found = list(split(data, **how))
    assert not [each for each in found if isinstance(each, Finding)]
    return [each for each in found if isinstance(each, Piece)]


def _claims(data: bytes) -> list[Claim]:
    return [
        claim
        for interchange in read_interchanges(data)
        for transaction in interchange.transactions
        for claim in read_837p(transaction)[0].claims
    ]


@pytest.mark.parametrize("kind", sorted(SAMPLES))
def test_each_transaction_set_becomes_a_sound_file(kind: str) -> None:
    data = SAMPLES[kind].encode()
    before = [each.finding.rule for each in findings_of(data)]
    for piece in _pieces(data):
        assert [each.finding.rule for each in findings_of(piece.text.encode())] == before


@pytest.mark.parametrize("most", [1, 2, 3, 100])
def test_claims_cut_apart_are_sound_and_say_the_same(most: int) -> None:
    pieces = _pieces(_CLAIMS, claims=most)
    assert [claim for piece in pieces for claim in piece.claims] == _NUMBERS
    assert all(len(piece.claims) <= most for piece in pieces)
    for piece in pieces:
        assert findings_of(piece.text.encode()) == []
    assert [c for piece in pieces for c in _claims(piece.text.encode())] == _claims(_CLAIMS)


def test_pieces_keep_their_numbers_or_are_numbered_anew() -> None:
    assert {each.interchange for each in _pieces(_CLAIMS, claims=1)} == {"000000007"}
    numbered = _pieces(_CLAIMS, claims=1, first_number=999_999_999)
    numbers = [piece.text.partition("IEA*1*")[2][:9] for piece in numbered]
    assert numbers[:3] == ["999999999", "000000001", "000000002"]
    assert len(set(numbers)) == len(_NUMBERS)


def test_a_payment_is_not_cut_by_claims() -> None:
    with pytest.raises(NotSplitError, match="one payment"):
        list(split(SAMPLES["835"].encode(), claims=1))


def test_claims_below_a_level_that_is_nowhere_are_not_given_to_somebody() -> None:
    with pytest.raises(NotSplitError, match="HL02"):
        list(split(_CLAIMS.replace(b"HL*5*1*22", b"HL*5*9*22"), claims=1))


def test_what_is_no_interchange_gives_its_finding_and_no_piece() -> None:
    (found,) = split(b"no file of X12")
    assert isinstance(found, Finding)
