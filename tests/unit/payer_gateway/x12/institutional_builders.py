"""Institutional claims to write and to break: an inpatient stay, an outpatient visit."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, time
from decimal import Decimal

from services.payer_gateway.x12 import (
    Address,
    Adjustment,
    BillingProvider,
    Drug,
    InpatientProcedure,
    InstitutionalClaim,
    InstitutionalDiagnosis,
    InstitutionalLine,
    LineAdjudication,
    Name,
    Occurrence,
    OccurrenceSpan,
    OtherPayer,
    Party,
    Procedure,
    QualifiedDate,
    Reference,
    ValueAmount,
)
from tests.unit.payer_gateway.x12.builders import ADDRESS, DAY, NPI, claim, dependent_claim

ADMITTED = date(2026, 1, 5)
DISCHARGED = date(2026, 1, 9)
ATTENDING = Party("71", Name.person("Hill", "Ann"), "XX", NPI, taxonomy="207Q00000X")


def hospital() -> BillingProvider:
    return BillingProvider(
        name=Name.organization("Springfield Hospital"),
        npi=NPI,
        address=ADDRESS,
        tax_id="371234567",
        taxonomy="282N00000X",
    )


def institutional_line(
    number: int, revenue_code: str, charge_cents: int, code: str = ""
) -> InstitutionalLine:
    return InstitutionalLine(
        control_number=f"L{number}",
        revenue_code=revenue_code,
        charge_cents=charge_cents,
        units=Decimal(1),
        procedure=Procedure(code) if code else None,
    )


def inpatient_claim(
    claim_id: str = "I1", lines: Sequence[InstitutionalLine] | None = None
) -> InstitutionalClaim:
    """Four nights in a hospital: room and board, and pharmacy."""
    lines = lines or (
        replace(institutional_line(1, "0120", 800_000), unit="DA", units=Decimal(4)),
        institutional_line(2, "0250", 43_210),
    )
    person = claim()
    return InstitutionalClaim(
        claim_id=claim_id,
        billing_provider=hospital(),
        subscriber=replace(person.subscriber, filing_indicator="MA"),
        payer=person.payer,
        total_charge_cents=sum(line.charge_cents for line in lines),
        facility_code="11",
        statement_from=ADMITTED,
        statement_to=DISCHARGED,
        patient_status="01",
        diagnoses=(
            InstitutionalDiagnosis("J189", "ABK", "Y"),
            InstitutionalDiagnosis("R0602", "ABJ"),
            InstitutionalDiagnosis("I10", "ABF", "Y"),
        ),
        lines=tuple(lines),
        admission_type="1",
        admission_source="1",
        admission_date=ADMITTED,
        admission_time=time(14, 30),
        discharge_time=time(11),
        parties=(ATTENDING,),
    )


def outpatient_claim(claim_id: str = "O1") -> InstitutionalClaim:
    """An emergency visit with a laboratory test, of a dependent."""
    day = ADMITTED
    lines = (
        replace(institutional_line(1, "0450", 60_000, "99283"), service_from=day),
        replace(institutional_line(2, "0300", 5_000, "85025"), service_from=day),
    )
    dependent = dependent_claim()
    return replace(
        inpatient_claim(claim_id, lines),
        subscriber=dependent.subscriber,
        patient=dependent.patient,
        facility_code="13",
        statement_to=day,
        admission_date=None,
        admission_time=None,
        discharge_time=None,
        diagnoses=(
            InstitutionalDiagnosis("S0990XA", "ABK"),
            InstitutionalDiagnosis("R51", "APR"),
            InstitutionalDiagnosis("W1830XA", "ABN"),
        ),
    )


def secondary_institutional_claim(claim_id: str = "S1") -> InstitutionalClaim:
    """Medicare paid first, by line; the amounts balance on each level."""
    given = inpatient_claim(claim_id)
    paid = date(2026, 1, 30)
    amounts = ((500_000, 300_000), (43_210, 0))
    lines = tuple(
        replace(
            line,
            adjudications=(
                LineAdjudication(
                    "MEDA",
                    paid_cents,
                    Procedure("", qualifier=""),
                    line.units,
                    paid,
                    (Adjustment("CO", "45", adjusted),) if adjusted else (),
                    revenue_code=line.revenue_code,
                ),
            ),
        )
        for line, (paid_cents, adjusted) in zip(given.lines, amounts, strict=True)
    )
    other = OtherPayer(
        payer_sequence="P",
        relationship="18",
        subscriber_name=given.subscriber.name,
        member_id="1EG4TE5MK73",
        payer_name="Medicare",
        payer_id="MEDA",
        filing_indicator="MA",
        paid_cents=543_210,
        paid_date=DAY,
        inpatient_adjudication=("MIA", "0", "", "", "5432.1"),
        adjudication=("MOA", "", "", "MA18"),
        parties=(
            Party("71", Name("1"), references=(Reference("G2", "A1"),)),
            Party("85", Name("2"), references=(Reference("G2", "B1"),)),
        ),
    )
    subscriber = replace(given.subscriber, payer_sequence="S")
    return replace(given, subscriber=subscriber, lines=lines, other_payers=(other,))


def everything_institutional() -> InstitutionalClaim:
    """A claim that uses nearly every field there is."""
    given = inpatient_claim("E1")
    drug = Drug("00026063512", Decimal(10), "ML", references=(Reference("XZ", "RX1"),))
    first = replace(
        given.lines[0],
        non_covered_cents=1_050,
        references=(Reference("9B", "P1"), Reference("9D", "P2")),
        amounts=(("GT", 105), ("N8", 90)),
        notes=(("TPO", "see contract"),),
        service_from=ADMITTED,
        service_to=DISCHARGED,
        procedure=Procedure("J1550", ("JW", "59"), "HC", "gamma globulin"),
        drug=drug,
        parties=(
            Party("72", Name.person("Blade", "Bo"), "XX", NPI),
            Party("82", Name.person("Hill", "Ann"), "XX", NPI),
        ),
        extra=(("HCP", "03", "100", "10"),),
    )
    address = Address("2 Side Street", "Springfield", "IL", "627010001")
    return replace(
        given,
        subscriber=replace(given.subscriber, payer_sequence="S"),
        lines=(first, given.lines[1]),
        frequency="7",
        delay_reason="11",
        diagnoses=(
            InstitutionalDiagnosis("J189", "ABK", "Y"),
            InstitutionalDiagnosis("R0602", "ABJ"),
            *(InstitutionalDiagnosis(f"W18{n}", "ABN", "W") for n in range(4)),
            *(InstitutionalDiagnosis(f"I1{n}", "ABF", "NUWY"[n % 4]) for n in range(24)),
        ),
        drg="193",
        procedures=(
            InpatientProcedure("0BJ08ZZ", ADMITTED, "BBR"),
            *(InpatientProcedure(f"0BJ{n:02d}ZZ", ADMITTED, "BBQ") for n in range(13)),
        ),
        occurrence_spans=(OccurrenceSpan("70", ADMITTED, DISCHARGED),),
        occurrences=(Occurrence("11", ADMITTED), Occurrence("A1", date(1980, 5, 17))),
        value_amounts=(ValueAmount("A2", 1_531), ValueAmount("80", 400)),
        conditions=("09", "C5"),
        treatments=("A01",),
        dates=(QualifiedDate("050", date(2026, 1, 11)),),
        amounts=(("F3", 20_000),),
        references=(Reference("G1", "AUTH1"), Reference("F8", "ICN1"), Reference("EA", "MRN1")),
        notes=(("DGN", "as charted"), ("ADD", "see chart")),
        parties=(
            ATTENDING,
            Party("72", Name.person("Blade", "Bo"), "XX", NPI),
            Party("77", Name.organization("Annex"), "XX", NPI, address=address),
            Party("DN", Name.person("Ref", "Rae"), "XX", NPI),
        ),
        other_payers=secondary_institutional_claim().other_payers,
        extra=(
            ("PWK", "OZ", "BM", "", "", "AC", "DMN1"),
            ("CN1", "02", "550"),
            ("K3", "STATE DATA"),
            ("CRC", "ZZ", "Y", "AV"),
            ("HCP", "03", "100", "10"),
        ),
    )
