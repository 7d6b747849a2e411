"""One table says which reader reads which set; nothing in a file can make any of them raise."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.payer_gateway.x12 import (
    TRANSACTION_SETS,
    Transaction,
    acknowledge,
    read_interchanges,
    read_transaction,
    transaction_set_of,
    write_270,
    write_271,
    write_276,
    write_277,
    write_277ca,
    write_278,
    write_835,
    write_837i,
    write_837p,
    write_999,
)
from services.payer_gateway.x12.checks.set_check import check_set
from tests.unit.payer_gateway.x12.builders import (
    claim,
    claim_acknowledgement,
    claim_status,
    envelope,
    header,
    medicare_claim,
    only_interchange,
    only_transaction,
    remittance,
    secondary_claim,
)
from tests.unit.payer_gateway.x12.inquiry_builders import (
    KIM,
    KIM_MEMBER,
    claim_inquiry,
    claim_report,
    eligibility_inquiry,
    eligibility_request,
    eligibility_response,
    service_review,
    status_inquiry,
    status_response,
)
from tests.unit.payer_gateway.x12.institutional_builders import everything_institutional


def acknowledged() -> bytes:
    data = write_837p(envelope(), header(), [claim()])
    return write_999(envelope(), [acknowledge(only_interchange(data).groups[0], {})])


FILES: dict[str, Callable[[], bytes]] = {
    "270": lambda: write_270(
        envelope(), [eligibility_inquiry(eligibility_request(), eligibility_request(KIM_MEMBER))]
    ),
    "271": lambda: write_271(envelope(), [eligibility_response()]),
    "276": lambda: write_276(
        envelope(), [status_inquiry(claim_inquiry(), claim_inquiry("T2", KIM))]
    ),
    "277": lambda: write_277(envelope(), [status_response(dependents=(claim_report("T2"),))]),
    "277CA": lambda: write_277ca(
        envelope(), [claim_acknowledgement(claim_status("C1", "A2", "WQ", 100))]
    ),
    "278": lambda: write_278(envelope(), [service_review()]),
    "835": lambda: write_835(envelope(), [remittance(10_976, [medicare_claim()])]),
    "837I": lambda: write_837i(envelope(), header(), [everything_institutional()]),
    "837P": lambda: write_837p(envelope(), header(), [secondary_claim()]),
    "999": acknowledged,
}


def test_every_set_of_the_table_is_tried() -> None:
    assert sorted(FILES) == sorted(known.name for known in TRANSACTION_SETS)


@pytest.mark.parametrize("name", sorted(FILES))
def test_each_set_finds_its_reader(name: str) -> None:
    transaction = only_transaction(FILES[name]())
    known = transaction_set_of(transaction)
    assert known is not None
    assert known.name == name
    value, findings = read_transaction(transaction)
    assert value == known.read(transaction)[0]
    assert [f for f in findings if f.is_error] == []


@pytest.mark.parametrize("name", sorted({*FILES} - {"277CA"}))
def test_what_is_written_keeps_its_guide(name: str) -> None:
    findings = check_set(only_transaction(FILES[name]())).findings
    assert [f for f in findings if f.is_error] == []


def test_a_guide_that_is_not_known_is_said_and_nothing_is_read() -> None:
    data = FILES["278"]().replace(b"005010X217", b"005010X215")
    value, (finding,) = read_transaction(only_transaction(data))
    assert value is None
    assert (finding.rule, finding.is_error) == ("envelope.unknown-set", True)


@pytest.mark.parametrize("name", sorted(FILES))
def test_a_set_is_read_by_its_own_reader_alone(name: str) -> None:
    transaction = only_transaction(FILES[name]())
    for known in TRANSACTION_SETS:
        _, findings = known.read(transaction)
        refuses = any(".not-" in f.rule and f.is_error for f in findings)
        assert refuses is (known.name != name), known.name


def _mutated(raw: tuple[str, ...], draw: st.DataObject) -> list[str]:
    """The segments with a few things done to them: dropped, doubled, moved, cut, overwritten."""
    segments = list(raw)
    for _ in range(draw.draw(st.integers(1, 4))):
        if len(segments) < 2:
            break
        place = draw.draw(st.integers(0, len(segments) - 1))
        elements = segments[place].split("*")
        number = draw.draw(st.integers(0, len(elements) - 1))
        match draw.draw(st.integers(0, 6)):
            case 0:
                del segments[place]
            case 1:
                segments.insert(place, segments[place])
            case 2:
                segments.insert(draw.draw(st.integers(0, len(segments))), segments.pop(place))
            case 3:
                segments[place] = "*".join(elements[:number]) or elements[0]
            case 4:
                elements[number] = draw.draw(st.text("19AZ:^.-\u00e9 ", max_size=12))
                segments[place] = "*".join(elements)
            case 5:
                elements.insert(number, "")
                segments[place] = "*".join(elements)
            case _:
                segments[place:] = segments[place : place + 1]
    return segments


@pytest.mark.parametrize("name", sorted(FILES))
@settings(max_examples=120, deadline=None)
@given(data=st.data())
def test_whatever_is_done_to_a_set_is_said_with_a_place_and_nothing_raises(
    name: str, data: st.DataObject
) -> None:
    whole = only_transaction(FILES[name]())
    raw = tuple(_mutated(whole.raw, data))
    broken = Transaction(whole.set_id, "0001", whole.version, raw, whole.delimiters)
    _, findings = read_transaction(broken)
    for finding in findings:
        assert finding.message
        assert 0 <= finding.segment <= len(raw) + 1


WRITERS: dict[str, Callable[[Any], bytes]] = {
    "270": lambda value: write_270(envelope(), [value]),
    "271": lambda value: write_271(envelope(), [value]),
    "276": lambda value: write_276(envelope(), [value]),
    "277": lambda value: write_277(envelope(), [value]),
    "278": lambda value: write_278(envelope(), [value]),
    "837I": lambda value: write_837i(envelope(), value.header, value.claims),
}


@pytest.mark.parametrize("name", sorted(WRITERS))
@settings(max_examples=80, deadline=None)
@given(data=st.data())
def test_whatever_is_accepted_is_written_and_read_again_as_it_was(
    name: str, data: st.DataObject
) -> None:
    whole = only_transaction(FILES[name]())
    raw = (whole.raw[0], *_mutated(whole.raw[1:-1], data), whole.raw[-1])
    given_transaction = Transaction(whole.set_id, "0001", whole.version, raw, whole.delimiters)
    value, findings = read_transaction(given_transaction)
    if name == "837I":
        findings += check_set(given_transaction).findings
    if any(f.is_error for f in findings):
        return
    again, found = read_transaction(only_transaction(WRITERS[name](value)))
    assert again == value
    assert not any(f.is_error for f in found)


def test_a_code_left_out_among_twelve_is_found_and_not_puzzled_over() -> None:
    whole = only_transaction(FILES["837I"]())
    raw = tuple(segment.replace("*ABF:I113", "**ABF:I113") for segment in whole.raw)
    assert raw != whole.raw
    broken = Transaction(whole.set_id, "0001", whole.version, raw, whole.delimiters)
    assert any(f.is_error and f.path.endswith("/HI") for f in check_set(broken).findings)


@pytest.mark.parametrize("name", sorted(FILES))
def test_a_set_cut_short_anywhere_is_read_as_far_as_it_goes(name: str) -> None:
    whole = only_transaction(FILES[name]())
    for length in range(1, len(whole.raw)):
        cut = Transaction(whole.set_id, "1", whole.version, whole.raw[:length], whole.delimiters)
        read_transaction(cut)


def test_the_same_value_is_read_whatever_the_case_of_line_ends() -> None:
    for name, write in FILES.items():
        data = write()
        wrapped = data.replace(b"~", b"~\r\n")
        (interchange,) = read_interchanges(wrapped)
        (transaction,) = interchange.transactions
        again = read_transaction(transaction)
        assert again == read_transaction(only_transaction(data)), name
