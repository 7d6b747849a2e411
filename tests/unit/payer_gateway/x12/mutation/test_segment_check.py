"""What one expression tells at once of a segment is what looking at each element tells."""

from random import Random

import pytest

from services.payer_gateway.x12 import Delimiters, read_interchanges
from services.payer_gateway.x12.checks.segment_check import SegmentCheck
from services.payer_gateway.x12.checks.structure import Structure
from services.payer_gateway.x12.guides.catalog import GUIDES, guide_of
from services.payer_gateway.x12.guides.notation import (
    LoopUse,
    NotationError,
    SegmentUse,
    read_guide,
)
from tests.unit.payer_gateway.x12.mutation.samples import SAMPLES

_ENOUGH_TO_COMPILE = 30
_VALUES = (
    *(
        "",
        "1",
        "0",
        "-5",
        "12.5",
        "12.555",
        "1.",
        ".",
        "A",
        "ZZ",
        " A",
        "A ",
        " ",
        "é",
        "D8",
        "RD8",
    ),
    *("20260105", "20240229", "20250229", "20260105-20260107", "20260105-", "1130", "2560", "XX"),
    *("1234567893", "1234567890", "HC:99213", "HC", ":", "1:2", "ABK:E119", "x" * 40, "9" * 20),
    *("11:B:1", "11:A:1", "I10", "A2:20", "A2:20:PR", "^", "A^B", "M144", "45", "999", "IL"),
)


def uses_of(sample: str) -> list[tuple[SegmentUse, str]]:
    data = ("~".join(SAMPLES[sample].strip().split("\n")) + "~").encode()
    (transaction,) = next(iter(read_interchanges(data))).transactions
    guide = guide_of(transaction.set_id, transaction.version)
    assert guide is not None
    structure = Structure(transaction, guide)
    return list(
        {
            (frame.loop.slots[index].segment, transaction.raw[place - 1])
            for frame in structure.frames
            for index, place in frame.marks
        }
    )


@pytest.mark.parametrize("sample", [name for name in SAMPLES if name != "TA1"])
def test_the_quick_look_and_the_long_one_find_the_same(sample: str) -> None:
    draw = Random(sample)
    marks = Delimiters()
    for use, raw in sorted(uses_of(sample), key=lambda pair: pair[1]):
        quick = SegmentCheck(use, marks)
        for _ in range(_ENOUGH_TO_COMPILE):
            assert not quick.faults(raw)
        for _ in range(60):
            elements = raw.split("*")
            for _ in range(draw.choice((1, 1, 2))):
                elements[draw.randrange(1, len(elements))] = draw.choice(_VALUES)
            if draw.randrange(6) == 0:
                elements.append(draw.choice(_VALUES))
            spoiled = "*".join(elements)
            found, expected = quick.faults(spoiled), SegmentCheck(use, marks).faults(spoiled)
            assert list(found) == list(expected), spoiled


def test_every_use_of_every_guide_compiles_and_finds_an_empty_segment_wanting() -> None:
    marks = Delimiters("|", "!", ">", "\n")
    count = 0
    for guide in GUIDES:
        loops = [guide.root]
        while loops:
            for entry in loops.pop().entries:
                if isinstance(entry, LoopUse):
                    loops.append(entry.loop)
                    continue
                count += 1
                check = SegmentCheck(entry, marks)
                found = [list(check.faults(entry.id)) for _ in range(_ENOUGH_TO_COMPILE)]
                assert found.count(found[0]) == len(found)
                if any(element.usage == "!" for element in entry.elements):
                    assert found[0]
    assert count > 700


@pytest.mark.parametrize(
    "line", ["  NM1 R1 ! (", "loop 2000A R1 within .", "  NM1 R1 !a.b", "  N3 R1 ! ! ! !"]
)
def test_a_line_that_is_no_notation_is_refused(line: str) -> None:
    with pytest.raises((NotationError, LookupError, ValueError)):
        read_guide("999", ("005010X231A1",), line)


def test_a_state_of_another_country_is_none_of_this_one() -> None:
    (use, *_) = (use for use, raw in uses_of("837P") if raw.startswith("N4*"))
    check = SegmentCheck(use, Delimiters())
    for _ in range(_ENOUGH_TO_COMPILE):
        assert not check.faults("N4*Toronto*ZZ*M5V2T6*CA")
        assert not check.faults("N4*Salem*OR*97301")
        assert [fault.element for fault in check.faults("N4*Salem*ZZ*97301")] == ["N402"]


def test_a_providers_wrong_number_is_found_after_many_right_ones() -> None:
    (use, *_) = (use for use, raw in uses_of("837P") if raw.startswith("NM1*82"))
    check = SegmentCheck(use, Delimiters())
    for _ in range(_ENOUGH_TO_COMPILE):
        assert not check.faults("NM1*82*1*Hill*Ann****XX*1234567893")
        assert [f.element for f in check.faults("NM1*82*1*Hill*Ann****XX*1234567890")] == ["NM109"]
