"""999 and TA1: what is written is read back; what is rejected is never taken for accepted."""

from datetime import date, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.payer_gateway.x12 import (
    FunctionalAcknowledgement,
    InterchangeAcknowledgement,
    TransactionAcknowledgement,
    acknowledge,
    read_837p,
    read_999,
    read_interchanges,
    read_ta1,
    write_837p,
    write_999,
    write_ta1,
)
from services.payer_gateway.x12.acknowledgement import ElementError, SegmentError
from tests.unit.payer_gateway.x12.builders import (
    claim,
    envelope,
    header,
    only_interchange,
    only_transaction,
)


def group(code: str, *transactions: TransactionAcknowledgement) -> FunctionalAcknowledgement:
    accepted = sum(t.is_accepted for t in transactions)
    count = len(transactions)
    return FunctionalAcknowledgement(
        "HC", "11", "005010X222A1", code, count, count, accepted, transactions
    )


def verdict(number: str, code: str, *segments: SegmentError) -> TransactionAcknowledgement:
    errors = ("5",) if segments else ()
    return TransactionAcknowledgement("837", number, "005010X222A1", code, errors, segments)


_NM1_ERROR = SegmentError(
    "NM1",
    17,
    "2010BA",
    "8",
    contexts=(("CTX", ("CLM01", "C1")),),
    elements=(
        ElementError("9", "7", reference="67", bad_value="M 1"),
        ElementError("5", "5", component="3", contexts=(("CTX", "SITUATIONAL TRIGGER", "CLM"),)),
    ),
)


@pytest.mark.parametrize("code", ["R", "M", "W", "X", "", "Z"])
def test_whatever_does_not_say_accepted_is_not_accepted(code: str) -> None:
    read, _ = read_999(only_transaction(write_999(envelope(), [group("R", verdict("0001", code))])))
    assert not read.accepts("0001")


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        (b"AK1*HC", b"AKX*HC", "acknowledgement.ak1-missing"),
        (b"AK9*A", b"AKX*A", "acknowledgement.ak9-missing"),
        (b"AK9*A", b"AK9*Q", "acknowledgement.code"),
        (b"IK5*A", b"IKX*A", "acknowledgement.ik5-missing"),
        (b"IK5*A", b"IK5*Q", "acknowledgement.code"),
        (b"AK9*A*1*1*1", b"AK9*A*x*1*1", "acknowledgement.count"),
        (b"ST*999", b"ST*997", "acknowledgement.not-999"),
    ],
)
def test_a_broken_acknowledgement_is_found(old: bytes, new: bytes, rule: str) -> None:
    data = write_999(envelope(), [group("A", verdict("0001", "A"))])
    assert old in data
    transaction = next(t for i in read_interchanges(data.replace(old, new)) for t in i.transactions)
    _, findings = read_999(transaction)
    assert rule in [finding.rule for finding in findings]


def test_a_partial_acceptance_accepts_only_what_it_names() -> None:
    given_group = group("P", verdict("0001", "A"), verdict("0002", "R", _NM1_ERROR))
    read, findings = read_999(only_transaction(write_999(envelope(), [given_group])))
    assert findings == []
    assert read == given_group
    assert read.accepts("0001")
    assert not read.accepts("0002")
    assert not read.accepts("0003"), "what a partial acceptance does not name was not accepted"
    assert not read.is_accepted


_CODES = st.sampled_from(["A", "E", "R"])
_WORD = st.text("ABC123", min_size=1, max_size=5)
_ELEMENTS = st.builds(ElementError, st.sampled_from(["1", "9"]), _WORD, reference=_WORD)
_SEGMENTS = st.builds(
    SegmentError,
    st.sampled_from(["NM1", "CLM"]),
    st.integers(1, 10**6),
    _WORD,
    st.sampled_from(["8", "I6"]),
    elements=st.lists(_ELEMENTS, max_size=3).map(tuple),
)


@given(st.lists(st.tuples(_CODES, st.lists(_SEGMENTS, max_size=3)), max_size=4))
def test_an_acknowledgement_written_is_read_back(
    given_verdicts: list[tuple[str, list[SegmentError]]],
) -> None:
    verdicts = [
        verdict(f"{n:04d}", code, *segments) for n, (code, segments) in enumerate(given_verdicts, 1)
    ]
    written = group("P", *verdicts)
    read, findings = read_999(only_transaction(write_999(envelope(), [written])))
    assert findings == []
    assert read == written


def test_a_receiver_accepts_a_good_group_and_rejects_a_broken_transaction_set() -> None:
    data = write_837p(envelope(), header(), [claim()])
    (good,) = only_interchange(data).groups
    assert acknowledge(good, {}).code == "A"
    broken = data.replace(b"SV1*HC:99213*250*UN*1", b"SV1*HC:99213*25o*UN*1")
    (bad,) = only_interchange(broken).groups
    _, findings = read_837p(bad.transactions[0])
    answer = acknowledge(bad, {"0001": findings})
    assert (answer.code, answer.accepted) == ("R", 0)
    (transaction,) = answer.transactions
    (segment,) = transaction.segments
    assert segment.segment == "SV1"
    assert [e.element for e in segment.elements] == ["2"]
    assert b"25o" not in write_999(envelope(), [answer])


def test_a_wrong_segment_count_is_answered_with_its_code() -> None:
    data = write_837p(envelope(), header(), [claim()]).replace(b"~SE*", b"~SE*9")
    (bad,) = only_interchange(data).groups
    answer = acknowledge(bad, {})
    assert answer.transactions[0].errors == ("4",)
    assert not answer.accepts("0001")


@pytest.mark.parametrize(("code", "note"), [("A", "000"), ("E", "025"), ("R", "001")])
def test_an_interchange_acknowledgement_is_read_back(code: str, note: str) -> None:
    written = InterchangeAcknowledgement("000000007", date(2026, 2, 1), time(9, 30), code, note)
    interchange = only_interchange(write_ta1(envelope(), [written]))
    read, findings = read_ta1(interchange)
    assert interchange.all_findings == []
    assert findings == []
    assert read == [written]
    assert read[0].is_accepted is (code != "R")


def test_an_unknown_interchange_verdict_is_found() -> None:
    written = InterchangeAcknowledgement("7", None, None, "Q", "999")
    read, findings = read_ta1(only_interchange(write_ta1(envelope(), [written])))
    assert [finding.element for finding in findings] == ["TA104", "TA105"]
    assert not read[0].is_accepted


def test_an_interchange_may_hold_acknowledgements_beside_groups() -> None:
    data = write_999(envelope(), [group("A", verdict("0001", "A"))])
    both = data.replace(b"~GS*FA", b"~TA1*000000007*260201*0930*A*000~GS*FA", 1)
    interchange = only_interchange(both)
    assert interchange.all_findings == []
    assert read_ta1(interchange)[0][0].control_number == "000000007"
    assert [t.raw for t in interchange.transactions] == [only_transaction(data).raw]
