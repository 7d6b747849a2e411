"""835: what is written is read back; what is broken is found, and costs one claim at most."""

import gc
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.payer_gateway.x12 import (
    Adjustment,
    BankAccount,
    Delimiters,
    Name,
    Party,
    Procedure,
    QualifiedDate,
    Reference,
    Remittance,
    RemittanceClaim,
    ServicePayment,
    Transaction,
    balance,
    claims_in_error,
    is_refused,
    read_interchanges,
    remittance_reader,
    write_835,
)
from services.payer_gateway.x12.adjustment import by_group
from services.payer_gateway.x12.remittance import ProviderSummary
from tests.unit.payer_gateway.x12.builders import (
    envelope,
    medicare_claim,
    only_transaction,
    paid_claim,
    remittance,
    service,
)


def three_claims() -> Remittance:
    claims = [
        paid_claim("C1", "1", service(10_000, 8_000, Adjustment("CO", "45", 2_000))),
        medicare_claim(),
        paid_claim("C5", "1", service(5_000, 5_000)),
    ]
    return remittance(8_000 + 10_976 + 5_000 - 1_200, claims, [("WO", 1_200)])


def changed(old: bytes, new: bytes) -> bytes:
    data = write_835(envelope(), [three_claims()])
    assert data.count(old) >= 1
    return data.replace(old, new, 1)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"SVC*HC:99213:25*250*78.4", b"SVC*HC:99213:25*2x0*78.4"),
        (b"SVC*HC:99213:25*250*78.4", b"SVC*HC:99213:25*250*"),
        (b"SVC*HC:99213:25*250*78.4", b"SVC*HC:99213:25*250*78.405"),
        (b"CLP*C3*19*310*109.76*78", b"CLP*C3*19*310*109.76*7 8"),
        (b"CLP*C3*19*310*109.76*78", b"CLP*C3*19**109.76*78"),
        (b"CAS*CO*45*100**253*1.6", b"CAS*CO*45*1e2**253*1.6"),
        (b"CAS*CO*45*100**253*1.6", b"CAS*CO*45"),
        (b"AMT*B6*250~", b"AMT*B6*NaN~"),
    ],
)
def test_an_amount_that_cannot_be_read_makes_its_claim_unreadable_and_no_other(
    old: bytes, new: bytes
) -> None:
    transaction = only_transaction(changed(old, new))
    read, findings = remittance_reader.read(transaction)
    assert [claim.claim_id for claim in read.claims] == ["C1", "C5"]
    (unreadable,) = read.unreadable
    assert (unreadable.claim_id, unreadable.index) == ("C3", 1)
    assert claims_in_error(findings) == {1}
    raw = transaction.text(unreadable.position, unreadable.last_position)
    assert raw.startswith("CLP*C3")
    assert "CLP*C5" not in raw
    assert is_refused(balance.check(read)), "money that is not read cannot be balanced"


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        (b"BPR*I*227.76", b"BPR*I*227.7.6", "remittance.bpr-amount"),
        (b"BPR*I", b"XPR*I", "remittance.bpr-missing"),
        (b"TRN*1*TRACE1*1999999999", b"TRN*1*TRACE1", "remittance.trace-missing"),
        (b"TRN*1*TRACE1*", b"TRN*1**", "remittance.trace-missing"),
        (b"*WO:REF1*12", b"*WO:REF1*twelve", "remittance.plb-amount"),
        (b"*WO:REF1*12", b"*WO:REF1*", "remittance.plb-amount"),
    ],
)
def test_what_spoils_the_payment_refuses_the_remittance(old: bytes, new: bytes, rule: str) -> None:
    read, findings = remittance_reader.read(only_transaction(changed(old, new)))
    assert rule in [finding.rule for finding in findings if finding.is_error]
    assert is_refused(findings)
    assert len(read.claims) == 3, "what can be read is read all the same"


@pytest.mark.parametrize(
    ("old", "new", "rule", "element"),
    [
        (b"*20260201~TRN", b"*20261301~TRN", "remittance.bpr-date", "BPR16"),
        (b"PER*BL", b"PER*CX", "remittance.payer-contact-missing", "PER01"),
        (b"N1*PE", b"N1*XX", "remittance.payee-missing", ""),
        (b"LX*1~", b"", "remittance.lx-missing", ""),
        (b"CLP*C3*19", b"CLP*C3*99", "remittance.claim-status", "CLP02"),
        (b"CAS*PR*2*8", b"CAS*CR*2*8", "remittance.adjustment-group", "CAS01"),
        (b"CAS*PR*2*8", b"CAS*PR**8", "remittance.adjustment-reason-missing", "CAS02"),
        (b"NM1*QC", b"NM1*IL", "remittance.patient-missing", ""),
        (b"SVC*HC:99213:25*250", b"SVC*HC*250", "remittance.procedure-missing", "SVC01-2"),
        (b"DTM*472*20260105", b"DTM*472*20260230", "remittance.date", "DTM02"),
        (
            b"*109.76*78*MB*ICN1*11",
            b"*109.76*78*MB**11",
            "remittance.payer-claim-number-missing",
            "CLP07",
        ),
        (b"REF*6R*L2", b"ZZZ*6R*L2", "remittance.unexpected-claim-segment", ""),
    ],
)
def test_what_does_not_touch_the_money_is_said_and_stops_nothing(
    old: bytes, new: bytes, rule: str, element: str
) -> None:
    read, findings = remittance_reader.read(_transaction(changed(old, new)))
    finding = next(f for f in findings if f.rule == rule)
    assert finding.element == element
    assert not finding.is_error
    assert len(read.claims) == 3


def _transaction(data: bytes) -> Transaction:
    """The transaction set, whatever its envelope says of segment counts."""
    return next(t for i in read_interchanges(data) for t in i.transactions)


def test_findings_stand_at_the_segment_they_speak_of() -> None:
    transaction = only_transaction(changed(b"CLP*C3*19", b"CLP*C3*99"))
    _, findings = remittance_reader.read(transaction)
    finding = next(f for f in findings if f.rule == "remittance.claim-status")
    assert transaction.raw[finding.segment - 1].startswith("CLP*C3")
    assert (finding.claim, finding.claim_index) == ("C3", 1)


def test_a_claim_without_a_number_is_nobodys() -> None:
    _, findings = remittance_reader.read(only_transaction(changed(b"CLP*C3", b"CLP*")))
    assert "remittance.claim-id-missing" in [f.rule for f in findings if f.is_error]


def test_another_transaction_set_is_refused() -> None:
    data = changed(b"ST*835", b"ST*820").replace(b"GS*HP", b"GS*RA")
    _, findings = remittance_reader.read(_transaction(data))
    assert findings[0].rule == "remittance.not-835"


def test_no_finding_repeats_what_may_be_phi() -> None:
    data = changed(
        b"NM1*QC*1*Doe*Jane****MI*M0001", b"DTM*232*JaneDoe~NM1*QC*1*Doe*Jane****MI*M0001"
    )
    _, findings = remittance_reader.read(_transaction(data))
    assert findings
    assert "Jane" not in repr(findings)


def test_everything_a_remittance_says_is_read_back() -> None:
    claim = replace(
        medicare_claim(),
        group_number="4",
        drg=("470", "1.5", "0.8"),
        adjustments=(),
        parties=(
            Party("QC", Name.person("Doe", "Jane", "Q", "JR"), "MI", "M0001"),
            Party("IL", Name.person("Doe", "Sam"), "MI", "M0002"),
            Party("74", Name.person("", ""), "C", "M0003"),
            Party("82", Name.person("Hill", "Ann"), "XX", "1234567893"),
            Party("TT", Name.organization("Next Payer"), "PI", "60002"),
        ),
        adjudication=(("MOA", "", "", "MA01", "MA18"),),
        references=(Reference("F8", "ICN0"), Reference("EA", "MR1")),
        dates=(QualifiedDate("232", date(2026, 1, 5)), QualifiedDate("050", date(2026, 1, 9))),
        amounts=(("AU", 11_200), ("I", 37)),
        quantities=(("CA", Decimal(3)),),
    )
    line = replace(
        claim.services[0],
        procedure=Procedure("99213", ("25", "59"), "HC", "visit"),
        revenue_code="0510",
        submitted_procedure=Procedure("99214"),
        submitted_units=Decimal("1.5"),
        remark_codes=(("HE", "N14"), ("HE", "M15")),
        quantities=(("ZK", Decimal(2)),),
        dates=(QualifiedDate("150", date(2026, 1, 5)), QualifiedDate("151", date(2026, 1, 6))),
    )
    claim = replace(claim, services=(line, claim.services[1]))
    written = replace(
        three_claims(),
        claims=(claim,),
        payment_cents=10_976 - 1_200,
        payment_format="CCP",
        payer_account=BankAccount("01", "071000013", "DA", "12345"),
        originator_id="1999999999",
        payee_account=BankAccount("01", "071000039", "DA", "67890"),
        trace_supplement="SUB1",
        references=(Reference("EV", "R1"), Reference("F2", "V1")),
        summaries=(ProviderSummary("4", ("TS3", "1234567893", "11", "20261231", "1", "310")),),
    )
    read, findings = remittance_reader.read(only_transaction(write_835(envelope(), [written])))
    assert findings == []
    assert read == written
    (read_claim,) = read.claims
    assert read_claim.remark_codes == ("MA01", "MA18")
    assert read_claim.is_forwarded
    assert not read_claim.is_reversal
    first = read_claim.services[0]
    assert first.line_control_number == "L1"
    assert first.allowed_cents == 25_000
    assert (first.service_from, first.service_to) == (date(2026, 1, 5), date(2026, 1, 6))


def test_more_than_six_reasons_and_pairs_are_spread_over_segments() -> None:
    reasons = tuple(Adjustment("CO", str(n), 100) for n in range(13))
    claim = paid_claim("C1", "1", service(10_000, 8_700, *reasons))
    plb = [("WO", 1)] * 13
    data = write_835(envelope(), [remittance(8_687, [claim], plb)])
    assert data.count(b"~CAS*") == 3
    assert data.count(b"~PLB*") == 3
    read, _ = remittance_reader.read(only_transaction(data))
    assert read.claims[0].services[0].adjustments == reasons
    assert balance.check(read) == []


def test_groups_without_claims_keep_their_places_among_those_with_claims() -> None:
    written = replace(
        three_claims(),
        claims=tuple(replace(c, group_number="2") for c in three_claims().claims),
        summaries=tuple(
            ProviderSummary(number, ("TS3", "1234567893", "11", "20261231", "1", "310"))
            for number in ("1", "2", "3")
        ),
    )
    read, findings = remittance_reader.read(only_transaction(write_835(envelope(), [written])))
    assert findings == []
    assert read == written


def test_how_a_remittance_is_delivered_is_kept_whatever_the_delimiters() -> None:
    payee = replace(three_claims().payee, delivery=("RDM", "EM", "DESK", "A", ("A9", "B7")))
    written = replace(three_claims(), payee=payee)
    for marks in (Delimiters(), Delimiters("|", "!", ">", "'")):
        data = write_835(envelope(marks), [written])
        assert remittance_reader.read(only_transaction(data))[0] == written


def test_several_remittances_stand_in_transaction_sets_of_their_own() -> None:
    data = write_835(envelope(), [three_claims(), remittance(0, [])])
    (interchange,) = read_interchanges(data)
    assert [t.control_number for t in interchange.transactions] == ["0001", "0002"]
    assert interchange.all_findings == []


def test_claims_can_be_read_one_by_one() -> None:
    transaction = only_transaction(write_835(envelope(), [three_claims()]))
    claims = remittance_reader.iter_claims(transaction, [])
    assert next(claims).claim_id == "C1"
    assert [claim.claim_id for claim in claims] == ["C3", "C5"]


_TEXT = st.text(st.characters(codec="ascii", categories=["L", "N"]), min_size=1, max_size=12)
_CENTS = st.integers(-(10**9), 10**9)
_ADJUSTMENTS = st.lists(
    st.builds(
        Adjustment,
        st.sampled_from(["CO", "PR", "OA", "PI"]),
        _TEXT,
        _CENTS,
        st.none() | st.integers(0, 99).map(Decimal),
    ),
    max_size=9,
).map(by_group)
_REFERENCES = st.lists(st.builds(Reference, st.sampled_from(["6R", "G1", "F8"]), _TEXT), max_size=2)
_SERVICES = st.builds(
    ServicePayment,
    procedure=st.builds(
        Procedure, _TEXT, st.lists(_TEXT, max_size=4).map(tuple), st.sampled_from(["HC", "N4"])
    ),
    charge_cents=_CENTS,
    paid_cents=_CENTS,
    units=st.none() | st.decimals(0, 999, places=2),
    submitted_procedure=st.none() | st.builds(Procedure, _TEXT),
    dates=st.lists(st.builds(QualifiedDate, st.just("472"), st.dates()), max_size=2).map(tuple),
    adjustments=_ADJUSTMENTS,
    references=_REFERENCES.map(tuple),
    amounts=st.lists(st.tuples(st.just("B6"), _CENTS), max_size=1).map(tuple),
    remark_codes=st.lists(st.tuples(st.just("HE"), _TEXT), max_size=2).map(tuple),
)
_CLAIMS = st.builds(
    RemittanceClaim,
    claim_id=_TEXT,
    status=st.sampled_from(["1", "2", "19", "22"]),
    charge_cents=_CENTS,
    paid_cents=_CENTS,
    patient_responsibility_cents=st.none() | _CENTS,
    payer_claim_number=_TEXT,
    adjustments=_ADJUSTMENTS,
    parties=st.just((Party("QC", Name.person("Doe")),)),
    references=_REFERENCES.map(tuple),
    services=st.lists(_SERVICES, max_size=3).map(tuple),
)
_DELIMITERS = st.permutations("*^:~|!>\n'\x1c\x1d").map(
    lambda c: Delimiters(*(x if x != "\n" or n == 3 else "%" for n, x in enumerate(c[:4])))
)


@given(claims=st.lists(_CLAIMS, max_size=4), payment=_CENTS, delimiters=_DELIMITERS)
def test_what_is_written_is_read_back_whatever_the_delimiters(
    claims: list[RemittanceClaim], payment: int, delimiters: Delimiters
) -> None:
    written = remittance(payment, claims, [("L6", -37), ("WO", 1_200)])
    read, _ = remittance_reader.read(only_transaction(write_835(envelope(delimiters), [written])))
    assert read == written


def _seconds(work: Callable[[], object]) -> float:
    gc.collect()
    start = time.process_time()
    work()
    return time.process_time() - start


def test_reading_time_grows_with_the_file_and_not_faster() -> None:
    claims = [replace(medicare_claim(), claim_id=f"C{n}") for n in range(400)]
    once = write_835(envelope(), [remittance(400 * 10_976, claims)])
    larger = write_835(envelope(), [remittance(1_600 * 10_976, claims * 4)])

    def read(data: bytes) -> int:
        return sum(len(remittance_reader.read(t)[0].claims) for t in [_transaction(data)])

    read(once)
    small = min(_seconds(lambda: read(once)) for _ in range(3))
    large = min(_seconds(lambda: read(larger)) for _ in range(3))
    assert large < small * 16
