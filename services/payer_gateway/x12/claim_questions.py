"""Questions that a claim raises: what became of it (276), and was its patient covered (270)."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date

from services.payer_gateway.x12.dates import QualifiedDate
from services.payer_gateway.x12.eligibility_inquiry import EligibilityRequest, Question
from services.payer_gateway.x12.institutional_claim import InstitutionalClaim
from services.payer_gateway.x12.member import Member, Participant, Trace
from services.payer_gateway.x12.parties import Name, Party, Reference
from services.payer_gateway.x12.procedure import Procedure
from services.payer_gateway.x12.professional_claim import Claim, Patient, PayerName, Subscriber
from services.payer_gateway.x12.status_inquiry import ClaimInquiry, Insured, LineInquiry

WHOLE_PLAN = ("30",)
_ON_DAY = "291"


def status_question(
    claim: Claim | InstitutionalClaim,
    trace: str,
    asking: Party,
    *,
    payer_claim_number: str = "",
    with_lines: bool = False,
) -> ClaimInquiry:
    """What to ask the claim's payer about it.

    ``asking`` is who sends the inquiry (NM101 41). The patient account number (EJ) is CLM01, the
    number of an institutional claim's type of bill goes with it (BLT). ``with_lines`` asks about
    every line too.
    """
    first, last = _days(claim)
    return ClaimInquiry(
        trace=trace,
        source=_payer(claim.payer),
        receiver=asking,
        provider=Party("1P", claim.billing_provider.name, "XX", claim.billing_provider.npi),
        subscriber=_insured(claim.subscriber),
        dependent=_dependent(claim.patient) if claim.patient else None,
        charge_cents=claim.total_charge_cents,
        references=tuple(_references(claim, payer_claim_number)),
        service_from=first,
        service_to=last if last != first else None,
        lines=tuple(_lines(claim)) if with_lines else (),
    )


def eligibility_question(
    claim: Claim | InstitutionalClaim,
    trace: Trace,
    asking: Participant,
    service_types: Sequence[str] = WHOLE_PLAN,
) -> EligibilityRequest:
    """Whether the claim's patient was covered on its first day of service, for these services.

    ``asking`` is the provider that asks (NM101 1P or FA).
    """
    subscriber, patient = claim.subscriber, claim.patient
    day, _ = _days(claim)
    dates = (QualifiedDate(_ON_DAY, day),) if day else ()
    covered = Member(
        name=subscriber.name,
        identifier=subscriber.member_id,
        identifier_qualifier=subscriber.member_id_qualifier,
        birth_date=subscriber.birth_date,
    )
    dependent: Member | None = None
    if patient is None:
        covered = replace(covered, traces=(trace,), dates=dates)
    else:
        dependent = Member(
            name=patient.name,
            traces=(trace,),
            birth_date=patient.birth_date,
            insured=("INS", "N", patient.relationship),
            dates=dates,
        )
    question = Question(tuple(service_types))
    return EligibilityRequest(_payer(claim.payer), asking, covered, (question,), dependent)


def _payer(payer: PayerName) -> Party:
    name = Name.organization(payer.name)
    return Party("PR", name, payer.identifier_qualifier, payer.identifier)


def _insured(subscriber: Subscriber) -> Insured:
    return Insured(
        name=subscriber.name,
        identifier=subscriber.member_id,
        identifier_qualifier=subscriber.member_id_qualifier,
        birth_date=subscriber.birth_date,
        sex=_sex(subscriber.sex),
    )


def _dependent(patient: Patient) -> Insured:
    return Insured(patient.name, birth_date=patient.birth_date, sex=_sex(patient.sex))


def _sex(code: str) -> str:
    """DMG03 of a 276, which knows F and M only."""
    return code if code in {"F", "M"} else ""


def _days(claim: Claim | InstitutionalClaim) -> tuple[date | None, date | None]:
    """The first and the last day of service, or of the statement."""
    if isinstance(claim, InstitutionalClaim):
        return claim.statement_from, claim.statement_to
    first = [line.service_from for line in claim.lines if line.service_from]
    last = [line.service_to for line in claim.lines if line.service_to]
    return min(first, default=None), max([*first, *last], default=None)


def _references(claim: Claim | InstitutionalClaim, payer_claim_number: str) -> Iterator[Reference]:
    if payer_claim_number:
        yield Reference("1K", payer_claim_number)
    if isinstance(claim, InstitutionalClaim):
        yield Reference("BLT", f"{claim.facility_code}{claim.frequency}")
    yield Reference("EJ", claim.claim_id)
    clearinghouse = claim.reference("D9")
    if clearinghouse:
        yield Reference("D9", clearinghouse)


def _lines(claim: Claim | InstitutionalClaim) -> Iterator[LineInquiry]:
    if isinstance(claim, InstitutionalClaim):
        for bill in claim.lines:
            yield LineInquiry(
                procedure=bill.procedure or Procedure(bill.revenue_code, qualifier="NU"),
                charge_cents=bill.charge_cents,
                units=bill.units,
                revenue_code=bill.revenue_code if bill.procedure else "",
                control_number=bill.control_number,
                service_from=bill.service_from or claim.statement_from,
                service_to=bill.service_to if bill.service_from else claim.statement_to,
            )
        return
    for line in claim.lines:
        yield LineInquiry(
            procedure=line.procedure,
            charge_cents=line.charge_cents,
            units=line.units,
            control_number=line.control_number,
            service_from=line.service_from,
            service_to=line.service_to,
        )
