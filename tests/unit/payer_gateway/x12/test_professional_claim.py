"""837P: claims are written in the guide's order and read back as they were."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from itertools import groupby

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.payer_gateway.x12 import (
    Claim,
    ClaimBatch,
    Delimiters,
    Diagnosis,
    Drug,
    Finding,
    Name,
    Party,
    Procedure,
    QualifiedDate,
    Reference,
    RelatedCauses,
    ServiceLine,
    Transaction,
    claims_in_error,
    read_837p,
    read_interchanges,
    write_837p,
)
from tests.unit.payer_gateway.x12.builders import (
    ADDRESS,
    DAY,
    claim,
    dependent_claim,
    envelope,
    header,
    line,
    only_transaction,
    secondary_claim,
)


def transaction(data: bytes) -> Transaction:
    """The transaction set, whatever its envelope says of segment counts."""
    return next(t for i in read_interchanges(data) for t in i.transactions)


def read(data: bytes) -> tuple[ClaimBatch, list[Finding]]:
    return read_837p(transaction(data))


def written(*claims: Claim) -> bytes:
    return write_837p(envelope(), header(), claims)


def ids(data: bytes) -> list[str]:
    return [raw.split("*")[0] for raw in transaction(data).raw]


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        (b"CLM*C1*310", b"CLM*C1*3 10", "claim.amount"),
        (b"SV1*HC:99213*250", b"SV1*HC:99213*250.001", "claim.amount"),
        (b"SV1*HC:99213*250", b"SV1*HC:99213*", "claim.amount"),
        (b"LX*1~SV1", b"LX*1~AMT*T*x~SV1", "claim.amount"),
        (b"LX*1~SV1", b"LX*1~SVD*P*x*HC:1**1~SV1", "claim.amount"),
        (b"LX*1~SV1", b"LX*1~SVD*P*1*HC:1**1~CAS*CO*45*x~SV1", "claim.amount"),
        (b"HI*ABK", b"SBR*P*18~CAS*CO*45*x~HI*ABK", "claim.amount"),
    ],
)
def test_money_that_cannot_be_read_costs_its_claim_and_no_other(
    old: bytes, new: bytes, rule: str
) -> None:
    data = written(claim("C1"), replace(claim("C2"), total_charge_cents=31_001))
    assert old in data
    given_transaction = transaction(data.replace(old, new, 1))
    batch, findings = read_837p(given_transaction)
    assert [c.claim_id for c in batch.claims] == ["C2"]
    (unreadable,) = batch.unreadable
    assert unreadable.claim_id == "C1"
    assert rule in [f.rule for f in findings]
    assert claims_in_error(findings) == {0}
    text = given_transaction.text(unreadable.position, unreadable.last_position)
    assert text.startswith("CLM*C1")
    assert "CLM*C2" not in text


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        (b"SV1*HC:99213*250*UN*1", b"SV1*HC:99213*250*UN*one", "claim.quantity"),
        (b"DTP*472*D8*20260105", b"DTP*472*D8*20260132", "claim.date"),
        (b"DTP*472*D8*20260105", b"DTP*472*RD8*20260105", "claim.date"),
        (b"HI*ABK:E119", b"HI*ABK*E119", "claim.diagnosis-format"),
        (b"*1:2~", b"*1:B~", "claim.pointer-format"),
        (b"SV1*HC:99213", b"SVX*HC:99213", "claim.service-missing"),
        (b"HI*ABK", b"ZZ*1~HI*ABK", "claim.unexpected-segment"),
        (b"REF*6R*L1", b"CLX*6R*L1", "claim.unexpected-segment"),
        (b"HL*2*1*22*0", b"HL*3*1*22*0", "claim.hierarchy"),
        (b"HL*2*1*22*0", b"HL*2*9*22*0", "claim.hierarchy"),
        (b"HL*2*1*22*0", b"HL*2*1*24*0", "claim.hierarchy"),
        (b"HL*1**20*1", b"HL*1*2*20*1", "claim.hierarchy"),
        (b"HL*1**20*1", b"XX*1**20*1", "claim.outside-hierarchy"),
        (b"NM1*40", b"NM1*99", "claim.header"),
        (b"BHT*", b"XXX*", "claim.header"),
        (b"*19800517*", b"*19801317*", "claim.birth-date"),
        (b"N3*1 Main", b"N9*1 Main", "claim.unexpected-level-segment"),
        (b"005010X222A1~BHT", b"005010X223A2~BHT", "claim.not-837p"),
    ],
)
def test_a_broken_claim_file_is_found(old: bytes, new: bytes, rule: str) -> None:
    data = written(claim())
    assert old in data
    _, findings = read(data.replace(old, new, 1))
    assert rule in [finding.rule for finding in findings if finding.is_error]


def test_a_finding_stands_at_its_segment() -> None:
    data = written(claim()).replace(b"UN*1**", b"UN*one**", 1)
    given_transaction = transaction(data)
    _, findings = read_837p(given_transaction)
    finding = next(f for f in findings if f.rule == "claim.quantity")
    assert given_transaction.raw[finding.segment - 1].startswith("SV1*")
    assert (finding.element, finding.claim, finding.claim_index) == ("SV104", "C1", 0)
    assert finding.snip_level == 1


def test_no_finding_repeats_what_may_be_phi() -> None:
    data = written(claim()).replace(b"DTP*472*D8*20260105", b"DTP*472*D8*JaneDoe", 1)
    _, findings = read(data)
    assert findings
    assert "Jane" not in repr(findings)


def test_a_batch_without_claims_is_not_written() -> None:
    with pytest.raises(ValueError, match="needs a claim"):
        written()


def test_the_line_control_number_is_always_sent() -> None:
    assert written(claim()).count(b"~REF*6R*") == 2


def test_parties_are_named_once_for_all_their_claims() -> None:
    other = replace(claim("C9"), billing_provider=replace(claim().billing_provider, tax_id="99"))
    data = written(claim("C1"), other, claim("C2"), dependent_claim("C3"), dependent_claim("C4"))
    names = ids(data)
    assert names.count("CLM") == 5
    levels = [s[3] for s in transaction(data).split() if s[0] == "HL"]
    assert levels == ["20", "22", "22", "23", "20", "22"]
    batch, findings = read(data)
    assert findings == []
    assert [c.claim_id for c in batch.claims] == ["C1", "C2", "C3", "C4", "C9"]


def test_a_subscriber_with_more_than_a_hundred_claims_gets_a_further_level() -> None:
    data = written(*(claim(f"C{n}") for n in range(205)))
    levels = [s for s in transaction(data).split() if s[0] == "HL"]
    assert [s[3] for s in levels] == ["20", "22", "22", "22"]
    batch, findings = read(data)
    assert findings == []
    assert len(batch.claims) == 205


def test_only_a_subscriber_who_is_the_patient_says_so() -> None:
    assert b"~SBR*P*18*" in written(claim())
    data = written(dependent_claim())
    assert b"~SBR*P**" in data
    assert b"~PAT*19~" in data


def test_segments_of_a_claim_stand_in_the_guides_order() -> None:
    full = everything()
    names = ids(write_837p(envelope(), header(), [full]))
    body = names[names.index("CLM") : names.index("LX")]
    runs = [name for name, _ in groupby(body)]
    assert runs[:12] == [
        "CLM", "DTP", "PWK", "CN1", "AMT", "REF", "K3", "NTE", "CR1", "CRC", "HI", "HCP",
    ]  # fmt: skip
    of_line = names[names.index("LX") : names.index("SE")]
    assert [name for name, _ in groupby(of_line)] == [
        "LX", "SV1", "DTP", "QTY", "REF", "AMT", "NTE", "LIN", "CTP", "REF", "NM1", "PRV",
        "NM1", "LQ", "FRM",
    ]  # fmt: skip


def everything() -> Claim:
    """A claim that uses nearly every field there is."""
    given_line = ServiceLine(
        control_number="L1",
        procedure=Procedure("J1550", ("JW", "59"), "HC", "gamma globulin"),
        charge_cents=5_337,
        units=Decimal("2.5"),
        pointers=(2, 1),
        service_from=DAY,
        service_to=date(2026, 1, 7),
        place_of_service="12",
        emergency="Y",
        epsdt="Y",
        family_planning="Y",
        copay_status="0",
        dates=(QualifiedDate("471", date(2026, 1, 2)),),
        references=(Reference("G1", "AUTH2"), Reference("9F", "REF2", "60002")),
        amounts=(("T", 337),),
        notes=(("ADD", "by hand"),),
        drug=Drug("00026063512", Decimal(10), "ML", references=(Reference("XZ", "RX1"),)),
        parties=(
            Party("82", Name.person("Hill", "Ann"), "XX", "1234567893", "207Q00000X"),
            Party("DK", Name.person("Order", "Ed"), "XX", "1234567893"),
        ),
        extra=(("QTY", "PT", "2"), ("LQ", "UT", "01.02"), ("FRM", "12", "N")),
    )
    return replace(
        claim("C7"),
        subscriber=secondary_claim().subscriber,
        total_charge_cents=5_337,
        lines=(given_line,),
        frequency="7",
        patient_signature="P",
        related_causes=RelatedCauses(("AA", "EM"), "IL"),
        special_program="02",
        delay_reason="11",
        dates=(QualifiedDate("431", DAY), QualifiedDate("439", DAY)),
        amounts=(("F5", 2_000),),
        references=(Reference("F8", "ICN1"), Reference("G1", "AUTH1"), Reference("D9", "X1")),
        notes=(("ADD", "see chart"),),
        diagnoses=(Diagnosis("S93401A", "ABK"), Diagnosis("V4352XA"), Diagnosis("I10")),
        parties=(
            Party("DN", Name.person("Ref", "Rae"), "XX", "1234567893"),
            Party("82", Name.person("Hill", "Ann"), "XX", "1234567893", "207Q00000X"),
            Party("77", Name.organization("Annex"), "XX", "1234567893", address=ADDRESS),
        ),
        extra=(
            ("PWK", "OZ", "BM"),
            ("CN1", "02", "550"),
            ("K3", "STATE DATA"),
            ("CR1", "LB", "140", "", "A", "DH", "12"),
            ("CRC", "07", "Y", "01"),
            ("HI", ("BG", "17")),
            ("HCP", "03", "100", "10"),
        ),
        other_payers=secondary_claim().other_payers,
    )


@pytest.mark.parametrize(
    "given_claim", [claim(), dependent_claim(), secondary_claim(), everything()]
)
@pytest.mark.parametrize("delimiters", [Delimiters(), Delimiters("|", "!", ">", "\n")])
def test_a_claim_written_is_read_back(given_claim: Claim, delimiters: Delimiters) -> None:
    data = write_837p(envelope(delimiters), header(), [given_claim])
    batch, findings = read_837p(only_transaction(data))
    assert findings == []
    assert batch.claims == (given_claim,)
    assert batch.header == header()


def test_what_corrects_a_claim_is_found_on_it() -> None:
    given_claim = everything()
    assert given_claim.original_claim_number == "ICN1"
    assert given_claim.reference("G1") == "AUTH1"
    assert given_claim.patient_paid_cents == 2_000


_WORD = st.text(st.characters(codec="ascii", categories=["L", "N"]), min_size=1, max_size=10)
_CENTS = st.integers(0, 10**9)
_LINES = st.builds(
    ServiceLine,
    control_number=_WORD,
    procedure=st.builds(Procedure, _WORD, st.lists(_WORD, max_size=4).map(tuple)),
    charge_cents=_CENTS,
    units=st.decimals("0.001", 999, places=3),
    pointers=st.lists(st.integers(1, 12), min_size=1, max_size=4, unique=True).map(tuple),
    service_from=st.dates(date(1900, 1, 1)),
    service_to=st.none() | st.dates(date(1900, 1, 1)),
    place_of_service=st.sampled_from(["", "12"]),
    references=st.lists(st.builds(Reference, st.just("G1"), _WORD, _WORD), max_size=2).map(tuple),
    amounts=st.lists(st.tuples(st.sampled_from(["T", "F4"]), _CENTS), max_size=2).map(tuple),
    drug=st.none() | st.builds(Drug, _WORD, st.decimals(1, 99, places=1), st.just("ML")),
)


@st.composite
def claims(draw: st.DrawFn) -> Claim:
    lines = tuple(draw(st.lists(_LINES, min_size=1, max_size=4)))
    base = draw(st.sampled_from([claim(), dependent_claim(), secondary_claim()]))
    return replace(
        base,
        claim_id=draw(_WORD),
        lines=lines,
        total_charge_cents=sum(x.charge_cents for x in lines),
        frequency=draw(st.sampled_from(["1", "7", "8"])),
        references=tuple(draw(st.lists(st.builds(Reference, st.just("F8"), _WORD), max_size=1))),
        notes=tuple(draw(st.lists(st.tuples(st.just("ADD"), _WORD), max_size=1))),
        diagnoses=tuple(draw(st.lists(st.builds(Diagnosis, _WORD), min_size=1, max_size=12))),
    )


@settings(max_examples=60)
@given(st.lists(claims(), min_size=1, max_size=5))
def test_every_claim_written_is_read_back(given_claims: list[Claim]) -> None:
    batch, findings = read_837p(only_transaction(written(*given_claims)))
    assert findings == []
    assert len(batch.claims) == len(given_claims)
    assert all(given_claim in batch.claims for given_claim in given_claims)
    again, _ = read_837p(only_transaction(written(*batch.claims)))
    assert again == batch


def test_more_diagnoses_than_a_segment_holds_are_still_read_back() -> None:
    many = tuple(Diagnosis(f"I1{n}") for n in range(14))
    given_claim = replace(claim(), diagnoses=many, lines=(line(1, 100),), total_charge_cents=100)
    batch, _ = read(written(given_claim))
    assert batch.claims[0].diagnoses == many
