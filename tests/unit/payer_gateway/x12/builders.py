"""Values to write and to break: a valid claim, remittance and acknowledgement of each kind."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, time
from decimal import Decimal

from services.payer_gateway.x12 import (
    Address,
    Adjustment,
    BatchHeader,
    BillingProvider,
    Claim,
    ClaimAcknowledgement,
    ClaimStatus,
    Contact,
    Delimiters,
    Diagnosis,
    Envelope,
    Interchange,
    LineAdjudication,
    Name,
    OtherPayer,
    Party,
    Patient,
    Payee,
    Payer,
    PayerName,
    Procedure,
    ProviderAdjustment,
    ProviderStatus,
    QualifiedDate,
    ReceiverStatus,
    Reference,
    Remittance,
    RemittanceClaim,
    ServiceLine,
    ServicePayment,
    Status,
    StatusCode,
    Submitter,
    Subscriber,
    Totals,
    TradingPartner,
    Transaction,
    read_interchanges,
)

NPI = "1234567893"
DAY = date(2026, 1, 5)
SENT = date(2026, 2, 1)
ADDRESS = Address("1 Main Street", "Springfield", "IL", "627010001")


def envelope(delimiters: Delimiters | None = None) -> Envelope:
    return Envelope(
        sender=TradingPartner("ZZ", "CLINIC"),
        receiver=TradingPartner("ZZ", "PAYER"),
        control_number=7,
        group_control_number=11,
        created=SENT,
        created_at=time(9, 30),
        delimiters=delimiters or Delimiters(),
    )


def header() -> BatchHeader:
    submitter = Submitter(
        Name.organization("Billing Agency"),
        "AG1",
        (Contact("IC", "Desk", (("TE", "2175550100"),)),),
    )
    return BatchHeader("BATCH1", SENT, time(9, 30), submitter, "First Health", "FH1")


def line(number: int, charge_cents: int, *pointers: int, code: str = "99213") -> ServiceLine:
    return ServiceLine(
        control_number=f"L{number}",
        procedure=Procedure(code),
        charge_cents=charge_cents,
        units=Decimal(1),
        pointers=pointers or (1,),
        service_from=DAY,
    )


def claim(claim_id: str = "C1", lines: Sequence[ServiceLine] | None = None) -> Claim:
    lines = lines or (line(1, 25_000, 1, 2), line(2, 6_000, 2, code="81002"))
    return Claim(
        claim_id=claim_id,
        billing_provider=BillingProvider(
            name=Name.organization("Springfield Clinic"),
            npi=NPI,
            address=ADDRESS,
            tax_id="371234567",
            taxonomy="207Q00000X",
        ),
        subscriber=Subscriber(
            payer_sequence="P",
            name=Name.person("Doe", "Jane", "Q"),
            member_id="M0001",
            filing_indicator="CI",
            group_number="G77",
            address=ADDRESS,
            birth_date=date(1980, 5, 17),
            sex="F",
        ),
        payer=PayerName("First Health", "60001"),
        total_charge_cents=sum(x.charge_cents for x in lines),
        place_of_service="11",
        diagnoses=(Diagnosis("E119", "ABK"), Diagnosis("I10")),
        lines=tuple(lines),
        parties=(Party("82", Name.person("Hill", "Ann"), "XX", NPI, taxonomy="207Q00000X"),),
    )


def dependent_claim(claim_id: str = "C2") -> Claim:
    given = claim(claim_id)
    subscriber = replace(given.subscriber, address=None, birth_date=None, sex="")
    patient = Patient("19", Name.person("Doe", "Kim"), ADDRESS, date(2015, 3, 9), "U")
    return replace(given, subscriber=subscriber, patient=patient)


def secondary_claim(claim_id: str = "C3") -> Claim:
    """Medicare paid first; the amounts are those of a worked example with two lines."""
    paid = date(2026, 1, 20)
    first = LineAdjudication(
        "MEDB",
        7_840,
        Procedure("99213"),
        Decimal(1),
        paid,
        (
            Adjustment("CO", "45", 10_000),
            Adjustment("CO", "253", 160),
            Adjustment("PR", "1", 5_000),
            Adjustment("PR", "2", 2_000),
        ),
    )
    second = LineAdjudication(
        "MEDB",
        3_136,
        Procedure("81002"),
        Decimal(1),
        paid,
        (Adjustment("CO", "45", 2_000), Adjustment("CO", "253", 64), Adjustment("PR", "2", 800)),
    )
    given = claim(claim_id)
    lines = (
        replace(given.lines[0], adjudications=(first,)),
        replace(given.lines[1], adjudications=(second,)),
    )
    other = OtherPayer(
        payer_sequence="P",
        relationship="18",
        subscriber_name=given.subscriber.name,
        member_id="1EG4TE5MK73",
        payer_name="Medicare",
        payer_id="MEDB",
        filing_indicator="MB",
        paid_cents=10_976,
        patient_liability_cents=7_800,
        claim_control_number="ICN1",
    )
    subscriber = replace(given.subscriber, payer_sequence="S")
    return replace(given, subscriber=subscriber, lines=lines, other_payers=(other,))


def service(charge: int, paid: int, *adjustments: Adjustment, number: str = "L1") -> ServicePayment:
    return ServicePayment(
        procedure=Procedure("99213", ("25",)),
        charge_cents=charge,
        paid_cents=paid,
        units=Decimal(1),
        dates=(QualifiedDate("472", DAY),),
        adjustments=adjustments,
        references=(Reference("6R", number),),
        amounts=(("B6", charge),),
    )


def paid_claim(claim_id: str, status: str, *services: ServicePayment) -> RemittanceClaim:
    responsibility = sum(a.amount_cents for s in services for a in s.adjustments if a.group == "PR")
    return RemittanceClaim(
        claim_id=claim_id,
        status=status,
        charge_cents=sum(s.charge_cents for s in services),
        paid_cents=sum(s.paid_cents for s in services),
        patient_responsibility_cents=responsibility,
        filing_indicator="MB",
        payer_claim_number="ICN1",
        facility_code="11",
        frequency="1",
        parties=(Party("QC", Name.person("Doe", "Jane"), "MI", "M0001"),),
        services=services,
    )


def remittance(
    payment_cents: int,
    claims: Sequence[RemittanceClaim],
    provider_adjustments: Sequence[tuple[str, int]] = (),
) -> Remittance:
    pays = payment_cents > 0
    return Remittance(
        handling="I" if pays else "H",
        payment_cents=payment_cents,
        credit_debit="C",
        method="CHK" if pays else "NON",
        payment_date=SENT,
        trace_number="TRACE1",
        payer_id="1999999999",
        payer=Payer(
            "First Health",
            address=ADDRESS,
            contacts=(Contact("BL", "Desk", (("TE", "2175550101"),)),),
        ),
        payee=Payee("Springfield Clinic", "XX", NPI, address=ADDRESS),
        claims=tuple(claims),
        provider_adjustments=tuple(
            ProviderAdjustment(NPI, date(2026, 12, 31), reason, "REF1", cents)
            for reason, cents in provider_adjustments
        ),
        production_date=SENT,
    )


def medicare_claim() -> RemittanceClaim:
    """Two lines paid after deductible, coinsurance and sequestration: 109.76 of 310.00."""
    return paid_claim(
        "C3",
        "19",
        service(
            25_000,
            7_840,
            Adjustment("CO", "45", 10_000),
            Adjustment("CO", "253", 160),
            Adjustment("PR", "1", 5_000),
            Adjustment("PR", "2", 2_000),
        ),
        service(
            6_000,
            3_136,
            Adjustment("CO", "45", 2_000),
            Adjustment("CO", "253", 64),
            Adjustment("PR", "2", 800),
            number="L2",
        ),
    )


def claim_status(claim_id: str, category: str, action: str, cents: int) -> ClaimStatus:
    return ClaimStatus(
        claim_id=claim_id,
        patient=Name.person("Doe", "Jane"),
        member_id="M0001",
        statuses=(Status((StatusCode(category, "20", "PR"),), SENT, action, cents),),
        payer_claim_number="ICN1" if action == "WQ" else "",
        service_from=DAY,
    )


def claim_acknowledgement(*claims: ClaimStatus) -> ClaimAcknowledgement:
    received = Status((StatusCode("A1", "19", "PR"),), SENT, "WQ", 31_000)
    provider = ProviderStatus(
        Name.organization("Springfield Clinic"),
        NPI,
        statuses=(received,),
        totals=Totals(accepted=len(claims)),
        claims=claims,
    )
    receiver = ReceiverStatus(
        Name.organization("Billing Agency"),
        "AG1",
        "BATCH1",
        (received,),
        Totals(1, 1, 31_000, 6_000),
        (provider,),
    )
    return ClaimAcknowledgement(
        reference="ACK1",
        created=SENT,
        created_at=time(9, 30),
        source=Name.organization("First Health"),
        source_id="60001",
        trace="T1",
        received=SENT,
        processed=SENT,
        receivers=(receiver,),
    )


def only_interchange(data: bytes) -> Interchange:
    (interchange,) = read_interchanges(data)
    return interchange


def only_transaction(data: bytes) -> Transaction:
    interchange = only_interchange(data)
    assert interchange.all_findings == []
    (transaction,) = interchange.transactions
    return transaction
