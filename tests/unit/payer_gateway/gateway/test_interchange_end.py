"""A file that a partner is still writing is told by its end from one that is whole."""

import pytest

from services.payer_gateway.domain.interchange_end import may_go_on
from services.payer_gateway.x12 import write_835
from tests.unit.payer_gateway.x12.builders import envelope, paid_claim, remittance, service

WHOLE = write_835(
    envelope(), [remittance(15_000, [paid_claim("C1", "1", service(15_000, 15_000, number="1"))])]
)


def goes_on(content: bytes) -> bool:
    return may_go_on(content[:512], content[-512:])


def test_nothing_is_in_it_yet() -> None:
    assert goes_on(b"")
    assert goes_on(b"\r\n")


def test_it_is_whole_at_its_end_alone() -> None:
    first = WHOLE.index(b"GS*")
    whole = [length for length in range(first, len(WHOLE) + 1) if not goes_on(WHOLE[:length])]
    assert {WHOLE[:length].strip() for length in whole} == {WHOLE.strip()}


@pytest.mark.parametrize("after", [b"\n", b"\r\n", b"  ", b"\x1a", b"\0\0"])
def test_what_pads_a_file_is_no_part_of_it(after: bytes) -> None:
    assert not goes_on(WHOLE + after)


@pytest.mark.parametrize("mark", [b"\n", b"\r", b"|", b"\x1c"])
def test_a_segment_may_end_with_any_mark(mark: bytes) -> None:
    whole = WHOLE.replace(b"\n", b"").replace(b"~", mark)
    assert not goes_on(whole)
    assert goes_on(whole[: whole.index(b"IEA")])
    assert not goes_on(WHOLE.replace(b"\n", b"").replace(b"~", mark + b"\n"))


def test_a_second_interchange_that_is_cut_goes_on() -> None:
    assert goes_on(WHOLE + WHOLE[:-40])
    assert not goes_on(WHOLE + WHOLE)


@pytest.mark.parametrize("content", [b"no X12", b"ISA", b"ISA" * 100, b"%PDF-1.7" * 100])
def test_what_is_no_x12_is_taken_as_it_is(content: bytes) -> None:
    assert not goes_on(content)
