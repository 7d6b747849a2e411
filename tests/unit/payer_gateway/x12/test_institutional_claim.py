"""837I: what is written is read back, and one bad claim leaves its neighbours alone."""

from dataclasses import replace
from datetime import date, time
from itertools import groupby
from typing import TypeVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.payer_gateway.x12 import (
    Delimiters,
    Finding,
    InpatientProcedure,
    InstitutionalBatch,
    InstitutionalClaim,
    InstitutionalDiagnosis,
    InstitutionalLine,
    Occurrence,
    OccurrenceSpan,
    Procedure,
    Reference,
    Transaction,
    ValueAmount,
    claims_in_error,
    read_837i,
    read_837p,
    read_interchanges,
    write_837i,
)
from tests.unit.payer_gateway.x12.builders import envelope, header, only_transaction
from tests.unit.payer_gateway.x12.institutional_builders import (
    everything_institutional,
    inpatient_claim,
    outpatient_claim,
    secondary_institutional_claim,
)


def written(*claims: InstitutionalClaim, delimiters: Delimiters | None = None) -> bytes:
    return write_837i(envelope(delimiters), header(), claims)


def transaction(data: bytes) -> Transaction:
    return next(t for i in read_interchanges(data) for t in i.transactions)


def read(data: bytes) -> tuple[InstitutionalBatch, list[Finding]]:
    return read_837i(transaction(data))


def ids(data: bytes) -> list[str]:
    return [segment[0] for segment in transaction(data).split()]


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        (b"CLM*I1*8432.1", b"CLM*I1*84x2.1", "claim.amount"),
        (b"SV2*0250**432.1", b"SV2*0250**", "claim.amount"),
        (b"HI*BE:A2:::15.31", b"HI*BE:A2:::15.3.1", "claim.amount"),
    ],
)
def test_a_claim_whose_money_cannot_be_read_is_set_aside_alone(
    old: bytes, new: bytes, rule: str
) -> None:
    first = replace(inpatient_claim("I1"), value_amounts=(ValueAmount("A2", 1_531),))
    data = written(first, replace(outpatient_claim("I2"), patient=None))
    assert old in data
    given_transaction = transaction(data.replace(old, new, 1))
    batch, findings = read_837i(given_transaction)
    assert [claim.claim_id for claim in batch.claims] == ["I2"]
    (unreadable,) = batch.unreadable
    assert unreadable.claim_id == "I1"
    assert rule in [finding.rule for finding in findings]
    assert claims_in_error(findings) == {0}
    assert given_transaction.text(unreadable.position, unreadable.last_position).startswith(
        "CLM*I1"
    )


@pytest.mark.parametrize(
    ("old", "new", "rule", "element"),
    [
        (b"DTP*096*TM*1100", b"DTP*096*TM*2500", "claim.date", "DTP03"),
        (b"DTP*096*TM*1100", b"DTP*096*D8*20260109", "claim.date", "DTP03"),
        (b"DTP*434*RD8*20260105", b"DTP*434*RD8*20260135", "claim.date", "DTP03"),
        (b"DTP*435*DT*202601051430", b"DTP*435*DT*202601059930", "claim.date", "DTP03"),
        (b"HI*ABK:J189", b"HI*ABK*J189", "claim.diagnosis-format", "HI01"),
        (b"HI*ABK:J189", b"HI*XYZ:J189", "claim.health-information", "HI01-1"),
        (b"HI*BH:11:D8:20260105", b"HI*BH:11:D8:2026010", "claim.date", "HI01-4"),
        (b"HI*BG:09", b"HI*BG", "claim.health-information", "HI01"),
        (b"SV2*0120", b"SV1*0120", "claim.service-missing", ""),
        (b"CL1*1", b"CL9*1", "claim.unexpected-segment", ""),
        (b"*UN*1~REF*6R*L2", b"*UN*one~REF*6R*L2", "claim.quantity", "SV205"),
        (b"HL*2*1*22*0", b"HL*2*7*22*0", "claim.hierarchy", "HL02"),
        (b"005010X223A2~BHT", b"005010X222A1~BHT", "claim.not-837i", "ST03"),
    ],
)
def test_one_fault_is_found_at_its_place(old: bytes, new: bytes, rule: str, element: str) -> None:
    given_claim = replace(
        inpatient_claim(), occurrences=(Occurrence("11", date(2026, 1, 5)),), conditions=("09",)
    )
    data = written(given_claim)
    assert old in data
    _, findings = read(data.replace(old, new, 1))
    assert (rule, element) in [(f.rule, f.element) for f in findings if f.is_error]


def test_a_finding_stands_at_its_segment() -> None:
    data = written(inpatient_claim()).replace(b"HI*ABK:J189", b"HI*ABK*J189")
    given_transaction = transaction(data)
    _, findings = read_837i(given_transaction)
    finding = next(f for f in findings if f.rule == "claim.diagnosis-format")
    assert given_transaction.raw[finding.segment - 1].startswith("HI*ABK")
    assert (finding.path, finding.claim, finding.claim_index) == ("2300/HI", "I1", 0)


def test_a_professional_claim_is_not_taken_for_an_institutional_one() -> None:
    _, findings = read_837p(only_transaction(written(inpatient_claim())))
    assert next(finding.rule for finding in findings if finding.is_error) == "claim.not-837p"


def test_a_batch_without_claims_is_not_written() -> None:
    with pytest.raises(ValueError, match="needs a claim"):
        written()


@pytest.mark.parametrize(
    "given_claim",
    [
        inpatient_claim(),
        outpatient_claim(),
        secondary_institutional_claim(),
        everything_institutional(),
    ],
    ids=["inpatient", "outpatient", "secondary", "everything"],
)
@pytest.mark.parametrize("delimiters", [Delimiters(), Delimiters("|", "!", ">", "\n")])
def test_a_claim_written_is_read_back(
    given_claim: InstitutionalClaim, delimiters: Delimiters
) -> None:
    data = written(given_claim, delimiters=delimiters)
    batch, findings = read_837i(only_transaction(data))
    assert findings == []
    assert batch.claims == (given_claim,)
    assert batch.header == header()


def test_a_file_that_calls_its_guide_by_another_edition_is_read() -> None:
    data = written(inpatient_claim()).replace(b"005010X223A2", b"005010X223A3")
    batch, findings = read_837i(only_transaction(data))
    assert findings == []
    assert batch.claims == (inpatient_claim(),)


def test_segments_of_a_claim_stand_in_the_guides_order() -> None:
    data = written(everything_institutional())
    names = ids(data)
    start = names.index("CLM")
    body = [name for name, _ in groupby(names[start : names.index("SBR", start)])]
    assert body[:13] == [
        "CLM", "DTP", "CL1", "PWK", "CN1", "AMT", "REF", "K3", "NTE", "CRC", "HI", "HCP", "NM1",
    ]  # fmt: skip
    kinds = [s[1].split(":")[0] for s in transaction(data).split() if s[0] == "HI"]
    assert [kind for kind, _ in groupby(kinds)] == [
        "ABK", "ABJ", "ABN", "DR", "ABF", "BBR", "BBQ", "BI", "BH", "BE", "BG", "TC",
    ]  # fmt: skip


def test_twelve_codes_stand_in_a_segment_and_the_rest_in_the_next() -> None:
    sizes = [
        (segment[1].split(":")[0], len(segment) - 1)
        for segment in transaction(written(everything_institutional())).split()
        if segment[0] == "HI"
    ]
    assert [size for kind, size in sizes if kind == "ABF"] == [12, 12]
    assert [size for kind, size in sizes if kind == "BBQ"] == [12, 1]
    assert ("ABK", 1) in sizes


def test_segments_out_of_the_guides_order_are_read_into_it() -> None:
    data = written(replace(inpatient_claim(), conditions=("09",)))
    moved = data.replace(b"~HI*BG:09", b"", 1).replace(b"~HI*ABK", b"~HI*BG:09~HI*ABK", 1)
    batch, findings = read(moved)
    assert findings == []
    assert batch.claims == (replace(inpatient_claim(), conditions=("09",)),)


def test_what_a_bill_is_can_be_asked_of_it() -> None:
    given_claim = everything_institutional()
    assert given_claim.type_of_bill == "0117"
    assert given_claim.original_claim_number == "ICN1"
    assert [d.code for d in given_claim.diagnoses_of("admitting")] == ["R0602"]
    attending = given_claim.party("71")
    assert attending is not None
    assert attending.taxonomy == "207Q00000X"
    assert given_claim.party("ZZ") is None


def test_the_attending_providers_specialty_is_written_as_such() -> None:
    assert b"~PRV*AT*PXC*207Q00000X~" in written(inpatient_claim())


_Value = TypeVar("_Value")
_WORD = st.text(st.characters(codec="ascii", categories=["L", "N"]), min_size=1, max_size=8)
_DAY = st.dates(date(1900, 1, 1), date(2100, 1, 1))
_CENTS = st.integers(0, 10**9)
_PRESENT = st.sampled_from(["", "Y", "N", "U", "W"])


def _many(values: st.SearchStrategy[_Value], most: int) -> st.SearchStrategy[tuple[_Value, ...]]:
    return st.lists(values, max_size=most).map(tuple)


_LINES = st.builds(
    InstitutionalLine,
    control_number=_WORD,
    revenue_code=st.sampled_from(["0120", "0250", "0450"]),
    charge_cents=_CENTS,
    units=st.decimals("0.001", 999, places=3),
    procedure=st.none() | st.builds(Procedure, _WORD, _many(_WORD, 4)),
    unit=st.sampled_from(["UN", "DA"]),
    non_covered_cents=st.none() | _CENTS,
    service_from=st.none() | _DAY,
    references=_many(st.builds(Reference, st.just("9D"), _WORD), 2),
    amounts=_many(st.tuples(st.sampled_from(["GT", "N8"]), _CENTS), 2),
)


@st.composite
def claims(draw: st.DrawFn) -> InstitutionalClaim:
    lines = tuple(draw(st.lists(_LINES, min_size=1, max_size=4)))
    base = draw(
        st.sampled_from([inpatient_claim(), outpatient_claim(), secondary_institutional_claim()])
    )
    diagnoses = [
        InstitutionalDiagnosis(code, qualifier, present)
        for qualifier, most in (("ABK", 1), ("ABJ", 1), ("APR", 5), ("ABN", 14), ("ABF", 26))
        for code, present in draw(st.lists(st.tuples(_WORD, _PRESENT), max_size=most))
    ]
    procedures = draw(st.lists(st.tuples(_WORD, _DAY), max_size=14))
    return replace(
        base,
        claim_id=draw(_WORD),
        lines=lines,
        total_charge_cents=draw(_CENTS),
        diagnoses=tuple(diagnoses),
        drg=draw(st.sampled_from(["", "193"])),
        admission_date=draw(_DAY),
        admission_time=draw(st.none() | st.builds(time, st.integers(0, 23), st.integers(0, 59))),
        procedures=tuple(
            InpatientProcedure(code, day, "BBQ" if number else "BBR")
            for number, (code, day) in enumerate(procedures)
        ),
        occurrences=draw(_many(st.builds(Occurrence, _WORD, _DAY), 13)),
        occurrence_spans=draw(_many(st.builds(OccurrenceSpan, _WORD, _DAY, _DAY), 3)),
        value_amounts=draw(_many(st.builds(ValueAmount, _WORD, _CENTS), 13)),
        conditions=draw(_many(_WORD, 13)),
        treatments=draw(_many(_WORD, 3)),
    )


@settings(max_examples=60)
@given(st.lists(claims(), min_size=1, max_size=4))
def test_every_claim_written_is_read_back(given_claims: list[InstitutionalClaim]) -> None:
    batch, findings = read_837i(only_transaction(written(*given_claims)))
    assert findings == []
    assert len(batch.claims) == len(given_claims)
    assert all(given_claim in batch.claims for given_claim in given_claims)
    again, _ = read_837i(only_transaction(written(*batch.claims)))
    assert again == batch
