"""Two files are compared by what they say."""

from collections.abc import Iterator

import pytest

from services.payer_gateway.x12 import Transaction, read_interchanges
from services.payer_gateway.x12.difference import Difference, differences
from tests.unit.payer_gateway.x12.mutation.samples import SAMPLES

_CLAIMS = SAMPLES["837P"]


def _sets(text: str) -> Iterator[Transaction]:
    for interchange in read_interchanges(text.encode()):
        yield from interchange.transactions


def _between(first: str, second: str) -> list[Difference]:
    return list(differences(_sets(first), _sets(second)))


@pytest.mark.parametrize("kind", sorted(SAMPLES))
def test_a_file_says_what_it_says(kind: str) -> None:
    assert _between(SAMPLES[kind], SAMPLES[kind]) == []


def test_delimiters_line_ends_and_control_numbers_make_no_difference() -> None:
    other = _CLAIMS.strip().replace("*", "|").replace(":", ">").replace("\n", "~\r\n") + "~"
    assert _between(_CLAIMS, other.replace("|000000007", "|000000077")) == []


def test_an_element_of_one_claim_is_named_with_its_place() -> None:
    (found,) = _between(_CLAIMS, _CLAIMS.replace("SV1*HC:81002*60", "SV1*HC:81002*65", 1))
    assert (found.claim, found.element, found.first, found.second) == ("C1", "SV102", "60", "65")
    assert found.path.endswith("2300/2400/SV1")


def test_a_segment_that_one_lacks_is_named_by_its_qualifier() -> None:
    (found,) = _between(_CLAIMS, _CLAIMS.replace("PAT*19\n", "", 1))
    assert (found.path.rpartition("/")[2], found.first, found.second) == ("PAT", "PAT*19", None)


def test_a_set_that_one_lacks_is_one_difference() -> None:
    found = _between(_CLAIMS, "")
    assert [(each.first, each.second) for each in found] == [("837", None)]
