"""Every public sample of an 837I is read, as written here by hand; ours are accepted by pyx12."""

from dataclasses import replace
from datetime import date, time
from decimal import Decimal
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.payer_gateway.x12 import (
    Finding,
    InpatientProcedure,
    InstitutionalBatch,
    InstitutionalClaim,
    InstitutionalDiagnosis,
    Occurrence,
    OccurrenceSpan,
    Reference,
    Transaction,
    ValueAmount,
    read_837i,
    read_interchanges,
    write_837i,
)
from services.payer_gateway.x12 import institutional_validate as validate
from tests.contract.x12.test_oracles import pyx12_accepts
from tests.shared_data import needs_shared_data, shared
from tests.unit.payer_gateway.x12.builders import envelope, header, only_transaction
from tests.unit.payer_gateway.x12.institutional_builders import (
    ADMITTED,
    DISCHARGED,
    everything_institutional,
    inpatient_claim,
    outpatient_claim,
    secondary_institutional_claim,
)

_EVERY = (
    "institutional-claim",
    "out-of-network-repriced-claim",
    "ppo-repriced-claim",
    "two-claims-single-provider",
)
_I = "linuxforhealth/837_005010X223A3"


def transaction(name: str) -> Transaction:
    (interchange,) = read_interchanges(shared("x12", *name.split("/")).read_bytes())
    (only,) = interchange.transactions
    return only


def errors(findings: list[Finding]) -> list[tuple[str, str]]:
    """Rule and element of each error, once."""
    return list(dict.fromkeys((f.rule, f.element) for f in findings if f.is_error))


class Bill(NamedTuple):
    """One claim of an 837I by hand."""

    claim_id: str
    cents: int
    type_of_bill: str
    statement: tuple[date, date | None]
    lines: list[tuple[str, str, int]]
    diagnoses: list[str]
    attending: str


def bills(batch: InstitutionalBatch) -> list[Bill]:
    return [
        Bill(
            claim.claim_id,
            claim.total_charge_cents,
            claim.type_of_bill,
            (claim.statement_from or date.min, claim.statement_to),
            [
                (x.revenue_code, x.procedure.code, x.charge_cents)
                for x in claim.lines
                if x.procedure
            ],
            [diagnosis.code for diagnosis in claim.diagnoses],
            party.name.last if (party := claim.party("71")) else "",
        )
        for claim in batch.claims
    ]


_MARCH, _APRIL, _SEPTEMBER = date(2005, 3, 15), date(2005, 4, 1), date(1996, 9, 11)


@needs_shared_data
@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (
            "institutional-claim.837i",
            [
                Bill(
                    "756048Q",
                    8_993,
                    "0141",
                    (_SEPTEMBER, None),
                    [("0305", "85025", 1_339), ("0730", "93005", 7_654)],
                    ["3669", "4019", "79431"],
                    "JONES",
                )
            ],
        ),
        (
            "two-claims-single-provider.837i",
            [
                Bill(
                    "756048Q",
                    8_995,
                    "0131",
                    (_MARCH, _MARCH),
                    [("0305", "85025", 1_339), ("0730", "93005", 7_656)],
                    ["3669", "4019", "79431"],
                    "JONES",
                ),
                Bill(
                    "756049Q",
                    5_000,
                    "0131",
                    (_APRIL, _APRIL),
                    [("0300", "85087", 5_000)],
                    ["30000"],
                    "JONES",
                ),
            ],
        ),
    ],
)
def test_an_institutional_file_is_read_as_it_stands(name: str, expected: list[Bill]) -> None:
    batch, findings = read_837i(transaction(f"{_I}/{name}"))
    assert errors(findings) == []
    assert bills(batch) == expected


@needs_shared_data
def test_the_parts_of_an_institutional_claim_stand_where_they_belong() -> None:
    batch, _ = read_837i(transaction(f"{_I}/institutional-claim.837i"))
    (claim,) = batch.claims
    assert [(o.code, o.day) for o in claim.occurrences] == [
        ("A1", date(1926, 11, 11)),
        ("A2", date(1991, 11, 1)),
        ("B1", date(1926, 11, 11)),
        ("B2", date(1987, 1, 1)),
    ]
    assert [(v.code, v.amount_cents) for v in claim.value_amounts] == [("A2", 1_531)]
    assert claim.conditions == ("09",)
    assert (claim.admission_type, claim.admission_source, claim.patient_status) == ("3", "", "01")
    (other,) = claim.other_payers
    assert (other.payer_sequence, other.payer_name, other.group_number) == (
        "S",
        "STATE TEACHERS",
        "351630",
    )
    assert claim.lines[1].units == Decimal(3)


@needs_shared_data
def test_what_an_institutional_file_breaks_is_found_when_its_claims_are_checked() -> None:
    batch, _ = read_837i(transaction(f"{_I}/institutional-claim.837i"))
    assert errors(validate.check_batch(batch.claims)) == [
        ("claim.npi", "NM109"),
        ("claim.statement-period", "DTP02"),
        ("claim.required", "REF02"),
    ]


@needs_shared_data
@pytest.mark.parametrize(
    ("name", "claim_id", "cents", "admitted", "lines"),
    [
        (
            "out-of-network-repriced-claim.837i",
            "W392-49141",
            1_484,
            (date(2005, 6, 17), time(8)),
            [("0301", 1_484)],
        ),
        (
            "ppo-repriced-claim.837i",
            "456DFH43",
            23_750,
            (date(2005, 7, 6), time(8)),
            [("0471", 17_800), ("0471", 5_950)],
        ),
    ],
)
def test_a_file_with_another_separator_than_it_declares_keeps_its_money_and_is_refused(
    name: str,
    claim_id: str,
    cents: int,
    admitted: tuple[date, time],
    lines: list[tuple[str, int]],
) -> None:
    batch, findings = read_837i(transaction(f"{_I}/{name}"))
    (claim,) = batch.claims
    assert (claim.claim_id, claim.total_charge_cents) == (claim_id, cents)
    assert (claim.admission_date, claim.admission_time) == admitted
    assert [(x.revenue_code, x.charge_cents) for x in claim.lines] == lines
    assert errors(findings) == [("claim.diagnosis-format", "HI01")]
    assert ("claim.bill-type", "CLM05-1") in errors(validate.check_batch(batch.claims))


@needs_shared_data
@pytest.mark.parametrize("name", _EVERY)
def test_a_sample_read_can_be_written_and_read_again(name: str) -> None:
    batch, _ = read_837i(transaction(f"{_I}/{name}.837i"))
    again, findings = read_837i(
        only_transaction(write_837i(envelope(), batch.header, batch.claims))
    )
    assert findings == []
    assert again == batch


@pytest.mark.parametrize(
    "claim",
    [
        inpatient_claim(),
        outpatient_claim(),
        secondary_institutional_claim(),
        everything_institutional(),
    ],
    ids=["inpatient", "outpatient", "secondary", "everything"],
)
def test_pyx12_accepts_our_institutional_claims(claim: object) -> None:
    given_claims = [c for c in (claim,) if isinstance(c, type(inpatient_claim()))]
    assert pyx12_accepts(write_837i(envelope(), header(), given_claims))
    assert not pyx12_accepts(
        write_837i(envelope(), header(), given_claims).replace(b"~CL1*", b"~CL2*")
    )


_CODES = ("J189", "I10", "E119", "N179", "R0602", "Z7901")
_DAYS = st.sampled_from([ADMITTED, DISCHARGED])


def _of(kind: str, most: int) -> st.SearchStrategy[list[InstitutionalDiagnosis]]:
    present = st.sampled_from(["", "Y", "N", "U", "W"]) if kind in {"ABN", "ABF"} else st.just("")
    each = st.builds(InstitutionalDiagnosis, st.sampled_from(_CODES), st.just(kind), present)
    return st.lists(each, max_size=most)


@st.composite
def stays(draw: st.DrawFn) -> InstitutionalClaim:
    """Bills of every shape that the guide allows."""
    base = draw(
        st.sampled_from([inpatient_claim(), outpatient_claim(), secondary_institutional_claim()])
    )
    principal = InstitutionalDiagnosis("J189", "ABK", draw(st.sampled_from(["", "Y"])))
    diagnoses = [principal]
    for kind, most in (("ABJ", 1), ("APR", 3), ("ABN", 12), ("ABF", 24)):
        diagnoses += draw(_of(kind, most))
    procedures = [
        InpatientProcedure("0BJ08ZZ", draw(_DAYS), "BBQ" if number else "BBR")
        for number in range(draw(st.integers(0, 25)))
    ]
    count = draw(st.integers(0, 24))
    return replace(
        base,
        diagnoses=tuple(diagnoses),
        procedures=tuple(procedures),
        drg=draw(st.sampled_from(["", "193"])),
        occurrences=tuple(Occurrence("11", ADMITTED) for _ in range(count)),
        occurrence_spans=tuple(OccurrenceSpan("70", ADMITTED, DISCHARGED) for _ in range(count)),
        value_amounts=tuple(ValueAmount("A2", 100 * n + 1) for n in range(count)),
        conditions=("09",) * draw(st.integers(0, 24)),
        treatments=("A01",) * draw(st.integers(0, 24)),
        references=draw(st.sampled_from([(), (Reference("G1", "AUTH1"),)])),
        frequency=draw(st.sampled_from(["1", "2", "3", "4", "7", "8"])),
    )


@settings(max_examples=15, deadline=None)
@given(st.lists(stays(), min_size=1, max_size=3))
def test_pyx12_accepts_bills_of_every_shape(claims: list[InstitutionalClaim]) -> None:
    assert pyx12_accepts(write_837i(envelope(), header(), claims))
