"""277CA: every claim's verdict is read, and a rejection outranks what came before it."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.payer_gateway.x12 import (
    ClaimStatus,
    LineStatus,
    Procedure,
    Status,
    StatusCode,
    Transaction,
    read_277ca,
    read_interchanges,
    write_277ca,
)
from tests.unit.payer_gateway.x12.builders import (
    DAY,
    SENT,
    claim_acknowledgement,
    claim_status,
    envelope,
    only_transaction,
)


def sent(*claims: ClaimStatus) -> bytes:
    given_claims = claims or (
        claim_status("C1", "A2", "WQ", 31_000),
        claim_status("C2", "A7", "U", 6_000),
    )
    return write_277ca(envelope(), [claim_acknowledgement(*given_claims)])


def transaction(data: bytes) -> Transaction:
    return next(t for i in read_interchanges(data) for t in i.transactions)


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        (b"005010X214~BHT", b"005010X212~BHT", "status.not-277ca"),
        (b"*19*1~", b"*18*1~", "status.hierarchy"),
        (b"TRN*2*C1", b"TRN*2*", "status.claim-id-missing"),
        (b"STC*A2:20:PR*20260201*WQ*310", b"REF*D9*1", "status.missing"),
        (b"STC*A2:20:PR*20260201*WQ", b"STC*P1:20:PR*20260201*WQ", "status.category"),
        (b"STC*A2:20:PR*20260201*WQ", b"STC*A2:20:PR*20260201*XX", "status.action"),
        (b"STC*A2:20:PR*20260201*WQ", b"STC*A2:20:PR*20260201*U", "status.contradiction"),
        (b"*WQ*310~REF", b"*WQ*31O~REF", "status.amount"),
        (b"REF*1K*ICN1", b"ZZZ*1K*ICN1", "status.unexpected-segment"),
    ],
)
def test_a_broken_acknowledgement_is_found(old: bytes, new: bytes, rule: str) -> None:
    data = sent()
    assert old in data
    _, findings = read_277ca(transaction(data.replace(old, new, 1)))
    assert rule in [finding.rule for finding in findings]


def test_one_claims_fault_leaves_its_neighbour_alone() -> None:
    read, findings = read_277ca(transaction(sent().replace(b"TRN*2*C1", b"TRN*2*", 1)))
    assert [claim.claim_id for claim in read.claims] == ["", "C2"]
    assert {finding.claim_index for finding in findings} == {0}


def test_accepted_and_rejected_claims_are_told_apart() -> None:
    read, findings = read_277ca(only_transaction(sent()))
    assert findings == []
    first, second = read.claims
    assert first.is_accepted
    assert not first.is_rejected
    assert second.is_rejected
    assert not second.is_accepted
    assert first.payer_claim_number == "ICN1"
    assert read.receivers[0].batch_id == "BATCH1"


def test_a_receipt_alone_is_neither_accepted_nor_rejected() -> None:
    receipt = claim_status("C1", "A1", "WQ", 100)
    assert not receipt.is_accepted
    assert not receipt.is_rejected


def test_a_rejection_leads_whatever_else_was_said() -> None:
    statuses = tuple(
        Status((StatusCode(category, "20"),), SENT, action)
        for category, action in (("A1", "WQ"), ("A7", "U"), ("A2", "WQ"))
    )
    both = replace(claim_status("C1", "A1", "WQ", 0), statuses=statuses)
    assert both.is_rejected
    assert not both.is_accepted
    assert both.leading is not None
    assert both.leading.category == "A7"


def test_a_rejected_line_rejects_its_claim_and_names_our_line() -> None:
    rejected = Status(
        (StatusCode("A7", "507", "82"), StatusCode("A7", "21")), SENT, "U", message="CODE"
    )
    line = LineStatus(
        Procedure("99213", ("25",)),
        25_000,
        (rejected,),
        Decimal(1),
        line_control_number="L1",
        service_from=DAY,
        service_to=date(2026, 1, 6),
    )
    written = replace(claim_status("C1", "A2", "WQ", 31_000), lines=(line,), bill_type="731")
    read, _ = read_277ca(only_transaction(sent(written)))
    assert read.claims == (written,)
    assert read.claims[0].is_rejected
    assert read.claims[0].lines[0].line_control_number == "L1"


@given(
    st.lists(
        st.tuples(
            st.text("ABC123-", min_size=1, max_size=20),
            st.sampled_from([("A1", "WQ"), ("A2", "WQ"), ("A3", "U"), ("A6", "U")]),
            st.integers(0, 10**9),
        ),
        max_size=6,
    )
)
def test_what_is_written_is_read_back(claims: list[tuple[str, tuple[str, str], int]]) -> None:
    written = claim_acknowledgement(
        *(claim_status(name, category, action, cents) for name, (category, action), cents in claims)
    )
    read, findings = read_277ca(only_transaction(write_277ca(envelope(), [written])))
    assert findings == []
    assert read == written
