"""Every segment is explained, none is left out."""

import pytest

from services.payer_gateway.x12.explanation import Explained, explain
from services.payer_gateway.x12.finding import Finding
from services.payer_gateway.x12.guides.dictionary import SEGMENTS
from services.payer_gateway.x12.segment_words import SEGMENT_WORDS
from tests.unit.payer_gateway.x12.mutation.samples import SAMPLES


@pytest.mark.parametrize("kind", sorted(SAMPLES))
def test_every_segment_comes_in_its_order_and_has_words(kind: str) -> None:
    said = [each for each in explain(SAMPLES[kind].encode()) if isinstance(each, Explained)]
    written = [line.partition("*")[0] for line in SAMPLES[kind].strip().split("\n")]
    assert [each.segment for each in said] == written
    assert all(each.words for each in said)


def test_a_segment_stands_in_its_loop_and_its_codes_mean_something() -> None:
    said = [each for each in explain(SAMPLES["835"].encode()) if isinstance(each, Explained)]
    claim = next(each for each in said if each.segment == "CLP")
    assert (claim.loop, claim.loop_words) == ("2100", "claim's payment")
    meanings = {each.designator: each.meaning for each in claim.elements}
    assert meanings["CLP02"] == "processed as primary"


def test_every_segment_of_the_guides_has_words() -> None:
    assert set(SEGMENTS) - set(SEGMENT_WORDS) == set()


def test_what_is_no_file_of_x12_is_said_to_be_none() -> None:
    (found,) = explain(b"\x00\x01nothing")
    assert isinstance(found, Finding)
