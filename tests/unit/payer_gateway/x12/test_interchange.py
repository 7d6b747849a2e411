"""Envelopes: what cannot be split is said, what is miscounted is found at its place."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.payer_gateway.x12 import (
    Delimiters,
    Scope,
    WriteError,
    read_interchanges,
    segments,
    write_835,
    write_837p,
)
from services.payer_gateway.x12.delimiters import DelimiterError
from services.payer_gateway.x12.envelope import Envelope
from services.payer_gateway.x12.segments import Element
from tests.unit.payer_gateway.x12.builders import (
    claim,
    envelope,
    header,
    medicare_claim,
    only_interchange,
    only_transaction,
    remittance,
)


def sent() -> bytes:
    return write_835(envelope(), [remittance(10_976, [medicare_claim()])])


def rules(data: bytes) -> list[str]:
    return [finding.rule for i in read_interchanges(data) for finding in i.all_findings]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"   \r\n",
        b"hello",
        b"GS*HP*A*B~",
        b"ISA",
        b"ISA*00*",
        b"ISA*00*   *01~",
        b"\x00" * 500,
    ],
)
def test_a_file_without_an_interchange_is_one_finding(data: bytes) -> None:
    (interchange,) = read_interchanges(data)
    assert not interchange.readable
    (finding,) = interchange.findings
    assert finding.rule == "envelope.not-x12"
    assert finding.scope is Scope.FILE
    assert finding.is_error


def test_an_isa_whose_delimiters_are_letters_is_refused() -> None:
    data = sent().replace(b":~GS", b"*~GS", 1)
    assert rules(data)[0] == "envelope.not-x12"


@pytest.mark.parametrize(
    ("old", "new", "rule", "scope"),
    [
        (b"SE*", b"SE*9", "envelope.se-count", Scope.TRANSACTION),
        (b"*0001~GE", b"*0002~GE", "envelope.se-control", Scope.TRANSACTION),
        (b"ST*835", b"ST*837", "envelope.functional-id", Scope.TRANSACTION),
        (b"GE*1*11", b"GE*2*11", "envelope.ge-count", Scope.GROUP),
        (b"GE*1*11", b"GE*1*12", "envelope.ge-control", Scope.GROUP),
        (b"GE*1*11~", b"", "envelope.ge-missing", Scope.GROUP),
        (b"IEA*1*", b"IEA*2*", "envelope.iea-count", Scope.INTERCHANGE),
        (b"IEA*1*000000007", b"IEA*1*000000008", "envelope.iea-control", Scope.INTERCHANGE),
        (b"IEA*1*000000007~", b"", "envelope.iea-missing", Scope.INTERCHANGE),
        (b"IEA*1*000000007~", b"IEA*1*000000007~X*1~", "envelope.stray-segment", Scope.INTERCHANGE),
        (b"GS*HP", b"XX*1~GS*HP", "envelope.stray-segment", Scope.INTERCHANGE),
        (b"ISA*", b"junk ISA*", "envelope.leading-data", Scope.INTERCHANGE),
        (b"CLP*C3", b"CLP*C\x003", "envelope.control-character", Scope.TRANSACTION),
        (b"ST*835", b"ST*8\x0035", "envelope.control-character", Scope.TRANSACTION),
        (b"*CLINIC ", b"*CLIN\x00C ", "envelope.control-in-envelope", Scope.INTERCHANGE),
        (b"GS*HP", b"TA1*\x00~GS*HP", "envelope.control-in-envelope", Scope.INTERCHANGE),
        (b"GS*HP*", b"GS*HP*\x1b", "envelope.control-in-envelope", Scope.INTERCHANGE),
        (b"CLP*C3", b"CLP*" + b"C" * 301, "envelope.element-too-long", Scope.TRANSACTION),
        (b"First Health", b"First H\xe4lth", "envelope.encoding", Scope.INTERCHANGE),
    ],
)
def test_a_broken_envelope_is_found_where_it_is(
    old: bytes, new: bytes, rule: str, scope: Scope
) -> None:
    data = sent()
    assert old in data
    (interchange,) = read_interchanges(data.replace(old, new, 1))
    assert rule in [finding.rule for finding in interchange.all_findings]
    assert next(f for f in interchange.all_findings if f.rule == rule).scope is scope


def test_no_control_character_gets_into_the_name_of_a_transaction_set() -> None:
    (interchange,) = read_interchanges(sent().replace(b"ST*835*0001", b"ST*8\x005*00\x0001"))
    (transaction,) = interchange.transactions
    assert (transaction.set_id, transaction.control_number) == ("8?5", "00?01")


def test_a_file_cut_inside_a_segment_leaves_that_segment_out_and_says_so() -> None:
    data = sent()
    cut = data[: data.index(b"SVC*") + 12]
    (interchange,) = read_interchanges(cut)
    found = {finding.rule for finding in interchange.all_findings}
    expected = {"envelope.unterminated-segment", "envelope.se-missing", "envelope.ge-missing"}
    assert expected <= found
    (transaction,) = interchange.transactions
    assert not any(raw.startswith("SVC") for raw in transaction.raw)


def test_only_the_last_terminator_missing_is_no_loss_but_said() -> None:
    assert rules(sent()[:-1]) == ["envelope.terminator-missing"]


def test_a_segment_without_end_stops_the_reading_with_bounded_memory() -> None:
    data = sent()[:-20] + b"X" * (3 << 20)
    assert "envelope.segment-too-long" in rules(data)


def test_interchanges_of_one_file_may_have_delimiters_of_their_own() -> None:
    second = write_835(envelope(Delimiters("|", "!", ">", "\n")), [remittance(0, [])])
    first, other = read_interchanges(sent() + b"\r\n" + second)
    assert (first.delimiters.element, other.delimiters.element) == ("*", "|")
    assert not first.all_findings
    assert [f.rule for f in other.all_findings] == ["envelope.isa-repeated"]


def test_an_unreadable_interchange_does_not_take_the_next_one_down() -> None:
    broken = sent().replace(b"*:~GS", b"***GS", 1)
    states = [i.readable for i in read_interchanges(broken + sent())]
    assert states[-1]


def test_white_space_between_segments_is_no_data() -> None:
    pretty = sent().replace(b"~", b"~\r\n   ")
    assert rules(pretty) == []
    assert only_transaction(pretty).raw == only_transaction(sent()).raw


def test_a_file_wrapped_at_eighty_columns_is_read() -> None:
    data = sent()
    wrapped = b"\n".join(data[n : n + 80] for n in range(0, len(data), 80))
    assert only_transaction(wrapped).raw == only_transaction(data).raw


@given(st.integers(1, 500))
def test_a_file_in_pieces_is_read_as_one_in_whole(size: int) -> None:
    data = sent() + sent()
    pieces = [data[n : n + size] for n in range(0, len(data), size)]
    assert list(read_interchanges(pieces)) == list(read_interchanges(data))


def test_the_isa_segment_is_106_bytes_and_declares_its_delimiters() -> None:
    marks = Delimiters("|", "!", ">", "'")
    data = write_835(envelope(marks), [remittance(0, [])])
    assert data[103:107] == b"|>'G"
    assert data[82:83] == b"!"
    assert only_interchange(data).control_number == "000000007"


@pytest.mark.parametrize("mark", ["*", ":", "~", "^", "\n", "\x00"])
def test_a_value_that_holds_a_delimiter_is_never_written(mark: str) -> None:
    bad = replace(claim(), references=(*claim().references,), claim_id=f"C{mark}1")
    with pytest.raises(WriteError) as caught:
        write_837p(envelope(), header(), [bad])
    assert caught.value.segment == "CLM"
    assert caught.value.element == 1


@pytest.mark.parametrize("number", [0, -1, 1_000_000_000])
def test_a_control_number_out_of_range_is_never_written(number: int) -> None:
    bad: Envelope = replace(envelope(), control_number=number)
    with pytest.raises(ValueError, match="control number"):
        write_835(bad, [remittance(0, [])])


@pytest.mark.parametrize("marks", ["**:~", "*^*~", "a^:~", "*^ ~", "*^:\u20ac"])
def test_delimiters_must_differ_and_be_no_data(marks: str) -> None:
    with pytest.raises(DelimiterError):
        Delimiters(*marks)


_VALUES = st.text('AB 9*:~^\n\x7f\\"é', max_size=4)
_SEGMENTS = st.lists(
    st.lists(_VALUES | st.lists(_VALUES, min_size=1, max_size=3).map(tuple), max_size=4).map(
        lambda elements: ("NM1", *elements)
    ),
    max_size=4,
)


@given(_SEGMENTS, st.sampled_from([Delimiters(), Delimiters("|", "", ">", "\n")]))
def test_segments_tested_together_are_written_or_refused_as_each_alone_is(
    written: list[tuple[Element, ...]], delimiters: Delimiters
) -> None:
    assert _written(segments.render, written, delimiters) == _written(
        segments._render_each, written, delimiters
    )


def _written(
    write: Callable[[list[tuple[Element, ...]], Delimiters], str],
    given_segments: list[tuple[Element, ...]],
    delimiters: Delimiters,
) -> object:
    try:
        return write(given_segments, delimiters)
    except WriteError as refused:
        return refused.segment, refused.element
