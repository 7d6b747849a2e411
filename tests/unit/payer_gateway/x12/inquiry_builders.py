"""Questions to a payer and their answers (270 to 278), to write and to break."""

from datetime import date, time
from decimal import Decimal

from services.payer_gateway.x12 import (
    Benefit,
    ClaimInquiry,
    ClaimReport,
    Contact,
    Decision,
    EligibilityInquiry,
    EligibilityRequest,
    EligibilityResponse,
    Insured,
    LineInquiry,
    LineReport,
    Member,
    MemberEligibility,
    Name,
    Participant,
    Party,
    PatientReport,
    Procedure,
    ProviderReport,
    QualifiedDate,
    Question,
    ReceiverEligibility,
    ReceiverReport,
    Reference,
    Rejection,
    Requester,
    ReviewedPatient,
    ReviewedService,
    Reviewer,
    ReviewInformation,
    ReviewItem,
    ReviewProvider,
    ServiceReview,
    SourceEligibility,
    SourceReport,
    StatusCode,
    StatusInquiry,
    StatusReport,
    StatusResponse,
    Trace,
)
from tests.unit.payer_gateway.x12.builders import ADDRESS, DAY, NPI, SENT

PAYER = Party("PR", Name.organization("First Health"), "PI", "60001")
CLEARINGHOUSE = Party("41", Name.organization("Billing Agency"), "46", "AG1")
PROVIDER = Party("1P", Name.organization("Springfield Clinic"), "XX", NPI)
JANE = Insured(Name.person("Doe", "Jane"), "M0001", "MI", date(1980, 5, 17), "F")
KIM = Insured(Name.person("Doe", "Kim"), birth_date=date(2015, 3, 9), sex="M")


def claim_inquiry(trace: str = "T1", dependent: Insured | None = None) -> ClaimInquiry:
    return ClaimInquiry(
        trace=trace,
        source=PAYER,
        receiver=CLEARINGHOUSE,
        provider=PROVIDER,
        subscriber=JANE,
        dependent=dependent,
        charge_cents=31_000,
        references=(Reference("1K", "ICN1"), Reference("EJ", "ACC1")),
        service_from=DAY,
        service_to=SENT,
        lines=(
            LineInquiry(Procedure("99213", ("25",)), 25_000, Decimal(1), "", "L1", DAY),
            LineInquiry(Procedure("0300", qualifier="NU"), 6_000, Decimal("0.5"), service_from=DAY),
        ),
    )


def status_inquiry(*claims: ClaimInquiry) -> StatusInquiry:
    return StatusInquiry("ASK1", SENT, time(9, 30), claims or (claim_inquiry(),))


def status(category: str, code: str = "20", **changes: object) -> StatusReport:
    given: dict[str, object] = {"charge_cents": 31_000, "paid_cents": 0, **changes}
    codes = (StatusCode(category, code, "PR"),)
    return StatusReport(codes, SENT, **given)  # type: ignore[arg-type]


def claim_report(trace: str = "T1", category: str = "F1") -> ClaimReport:
    paid = status(
        category,
        "65",
        paid_cents=24_800,
        adjudicated=SENT,
        payment_date=SENT,
        payment_trace="TRACE1",
    )
    return ClaimReport(
        trace=trace,
        statuses=(paid, status("F1", "104", paid_cents=None)),
        references=(Reference("1K", "ICN1"), Reference("EJ", "ACC1")),
        service_from=DAY,
        lines=(
            LineReport(
                Procedure("99213"),
                25_000,
                24_800,
                (StatusReport((StatusCode("F1", "65", "PR"),), SENT),),
                Decimal(1),
                "",
                "L1",
                DAY,
            ),
        ),
    )


def status_response(
    *claims: ClaimReport, dependents: tuple[ClaimReport, ...] = ()
) -> StatusResponse:
    below = (PatientReport(KIM.name, claims=dependents),) if dependents else ()
    patient = PatientReport(JANE.name, "M0001", "MI", claims or (claim_report(),), below)
    provider = ProviderReport((PROVIDER,), subscribers=(patient,))
    contact = Contact("IC", "Desk", (("TE", "2175550101"),))
    payer = Party("PR", PAYER.name, "PI", "60001", contacts=(contact,))
    receiver = ReceiverReport(CLEARINGHOUSE, providers=(provider,))
    return StatusResponse("ANS1", SENT, time(9, 30), (SourceReport(payer, (receiver,)),))


ASKING = Participant(
    Party("1P", Name.organization("Springfield Clinic"), "XX", NPI, address=ADDRESS),
    ("PRV", "BI", "PXC", "207Q00000X"),
)
JANE_MEMBER = Member(
    name=Name.person("Doe", "Jane"),
    identifier="M0001",
    identifier_qualifier="MI",
    traces=(Trace("T1", "9CLINIC001"),),
    references=(Reference("6P", "G77"),),
    address=ADDRESS,
    birth_date=date(1980, 5, 17),
    sex="F",
    insured=("INS", "Y", "18"),
    dates=(QualifiedDate("291", DAY),),
    extra=(("PRV", "RF", "PXC", "207Q00000X"), ("HI", ("ABK", "I10"), ("ABF", "E119"))),
)
KIM_MEMBER = Member(
    name=Name.person("Doe", "Kim"),
    traces=(Trace("T2", "9CLINIC001", part="DESK"),),
    birth_date=date(2015, 3, 9),
    insured=("INS", "N", "19"),
)


def eligibility_request(dependent: Member | None = None) -> EligibilityRequest:
    return EligibilityRequest(
        source=PAYER,
        receiver=ASKING,
        subscriber=JANE_MEMBER,
        dependent=dependent,
        questions=(
            Question(("30", "98", "UC")),
            Question(
                procedure=Procedure("99213", ("25",)),
                coverage_level="IND",
                pointers=(1, 2),
                amounts=(("R", 3_750), ("PB", 10_000)),
                facility=("III", "ZZ", "11"),
                references=(Reference("G1", "AUTH1"),),
                dates=(QualifiedDate("472", DAY, SENT),),
            ),
        ),
    )


def eligibility_inquiry(*requests: EligibilityRequest) -> EligibilityInquiry:
    given = requests or (eligibility_request(),)
    return EligibilityInquiry("ASK1", SENT, time(9, 30), given)


def answered(*benefits: Benefit, **changes: object) -> MemberEligibility:
    traces = (Trace("T1", "9CLINIC001", "2"),)
    member = Member(JANE_MEMBER.name, "M0001", "MI", traces, birth_date=date(1980, 5, 17))
    given: dict[str, object] = {"member": member, "benefits": benefits, **changes}
    return MemberEligibility(**given)  # type: ignore[arg-type]


def benefits() -> tuple[Benefit, ...]:
    """One of each kind, the last with everything in it."""
    doctor = Party("P3", Name.person("Hill", "Ann"), "XX", NPI, address=ADDRESS)
    return (
        Benefit("1", "IND", ("30",), "HM", "GOLD 123"),
        Benefit("B", "IND", ("98",), period="27", amount_cents=2_500, in_network="Y"),
        Benefit("B", "IND", ("98",), period="27", amount_cents=5_000, in_network="N"),
        Benefit("A", "IND", ("30",), period="27", share_basis_points=1_250, in_network="Y"),
        Benefit("C", "FAM", ("30",), period="23", amount_cents=200_000),
        Benefit("C", "FAM", ("30",), period="29", amount_cents=84_316),
        Benefit("I", service_types=("AL", "35")),
        Benefit(
            "F",
            service_types=("PT",),
            quantity_qualifier="VS",
            quantity=Decimal("20.5"),
            authorization="Y",
            in_network="W",
            procedure=Procedure("97110", ("GP",)),
            pointers=(1, 3),
            delivery=(("HSD", "VS", "30", "", "", "22"),),
            references=(Reference("G1", "AUTH1"), Reference("18", "PLAN")),
            dates=(QualifiedDate("348", DAY, SENT), QualifiedDate("472", DAY)),
            rejections=(Rejection("54", "C"),),
            messages=("twenty visits a year", "ask first"),
            additional=(("III", "ZZ", "11"), ("III", "", "", "44", "text")),
            entities=(Participant(doctor, ("PRV", "PE", "PXC", "207Q00000X")), Participant(PAYER)),
        ),
    )


def eligibility_response(*members: MemberEligibility) -> EligibilityResponse:
    receiver = ReceiverEligibility(ASKING, subscribers=members or (answered(*benefits()),))
    source = SourceEligibility(PAYER, receivers=(receiver,))
    return EligibilityResponse("ASK1", SENT, time(9, 30), (source,))


REVIEWER = Participant(Party("X3", Name.organization("First Health"), "PI", "60001"))
DOCTOR = Participant(
    Party("SJ", Name.person("Hill", "Ann"), "XX", NPI, address=ADDRESS),
    ("PRV", "PE", "PXC", "207Q00000X"),
)


def review_item(*services: ReviewItem, decision: Decision | None = None) -> ReviewItem:
    return ReviewItem(
        information=ReviewInformation("HS", "I", "3", "11", "B", ("AP",), "U", ("", "Y")),
        decision=decision,
        traces=(Trace("T1", "9CLINIC001"),),
        references=(Reference("NT", "ADM1"),),
        dates=(QualifiedDate("472", DAY, SENT),),
        health_information=(("HI", ("ABK", "I10"), ("ABF", "E119", "D8", "20260105")),),
        delivery=(("HSD", "VS", "12", "WK", "1"),),
        extra=(("PWK", "OZ", "EL", "", "", "AC", "DMN1"), ("CRC", "07", "Y", "01")),
        messages=("see chart",),
        providers=(ReviewProvider(DOCTOR),),
        services=services,
    )


def reviewed_service(decision: Decision | None = None, kind: str = "SV1") -> ReviewItem:
    service = ReviewedService(
        procedure=Procedure("97110", ("GP",)),
        charge_cents=12_050,
        quantity=Decimal("12"),
        kind=kind,
        revenue_code="0420" if kind == "SV2" else "",
        rest=("", "", ("1", "2")),
    )
    return ReviewItem(decision=decision, dates=(QualifiedDate("472", DAY),), service=service)


def service_review(*events: ReviewItem, purpose: str = "13") -> ServiceReview:
    given = events or (review_item(reviewed_service(), reviewed_service(kind="SV2")),)
    member = Member(JANE_MEMBER.name, "M0001", "MI", birth_date=date(1980, 5, 17), sex="F")
    requester = Requester(ASKING, subscribers=(ReviewedPatient(member, events=given),))
    reviewer = Reviewer(REVIEWER, requesters=(requester,))
    return ServiceReview("ASK1", SENT, time(9, 30), (reviewer,), purpose)
