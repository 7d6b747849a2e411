"""Whether a patient is covered: the question (270), and what is kept of the answer (271)."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime

from services.payer_gateway.domain.claim_file import as_wanted, envelope_to
from services.payer_gateway.domain.professional_claim import RELATIONSHIP
from services.payer_gateway.domain.question import COVERAGE, Answer, Question
from services.payer_gateway.domain.question_match import AskedQuestions, Matched, Pair
from services.payer_gateway.domain.reference_data import Coverage as Policies
from services.payer_gateway.domain.reference_data import Person, Policy, Practice
from services.payer_gateway.domain.trading_partner import TradingPartner
from services.payer_gateway.domain.x12_text import x12_text
from services.payer_gateway.x12.dates import QualifiedDate
from services.payer_gateway.x12.eligibility_codes import ACTIVE, BENEFIT_INFORMATION, WHOLE_PLAN
from services.payer_gateway.x12.eligibility_inquiry import (
    EligibilityInquiry,
    EligibilityRequest,
)
from services.payer_gateway.x12.eligibility_inquiry import Question as Asking
from services.payer_gateway.x12.eligibility_inquiry_writer import write_270
from services.payer_gateway.x12.eligibility_response import (
    Benefit,
    Coverage,
    EligibilityResponse,
    MemberEligibility,
)
from services.payer_gateway.x12.member import Member, Participant, Trace
from services.payer_gateway.x12.parties import Name, Party
from services.payer_gateway.x12.rejection import Rejection

_ON_DAY = "291"
_OTHER_ADULT = "34"
_DEPENDENT = frozenset({"01", "19"})
_PATIENT_SHARES = ("B", "A", "C", "G")
"""EB01: copayment, coinsurance, deductible, out-of-pocket maximum."""

_PERIODS = {
    "6": "hour",
    "7": "day",
    "21": "years",
    "22": "service year",
    "23": "calendar year",
    "24": "year to date",
    "25": "contract",
    "26": "episode",
    "27": "visit",
    "28": "outlier",
    "29": "remaining",
    "32": "lifetime",
    "34": "month",
    "35": "week",
    "36": "admission",
}
"""EB06 (data element 615)."""


def policy_to_ask_about(policies: Policies, payer_id: str, day: date) -> Policy | None:
    """The patient's policy with the payer: the one that should be in force, or else any."""
    own = [policy for policy in policies.policies if policy.payer_id == payer_id]
    return next((policy for policy in own if policy.in_force(day)), own[0] if own else None)


def coverage_request(
    practice: Practice, patient: Person, policy: Policy, partner: TradingPartner, day: date
) -> EligibilityRequest:
    """The question about the whole plan (service type 30) on that day; its trace is still empty.

    INS02 knows spouse, child and other adult (005010X279A1 loop 2100D).
    """
    name = Name.organization(x12_text(practice.name, 60))
    holder = policy.subscriber if policy.relationship != "self" else None
    dates = (QualifiedDate(_ON_DAY, day),)
    about_holder = holder is None
    relationship = RELATIONSHIP[policy.relationship]
    return EligibilityRequest(
        source=Party(
            "PR", Name.organization(x12_text(partner.name, 60)), "PI", partner.x12_payer_id
        ),
        receiver=Participant(Party("1P", name, "XX", practice.npi)),
        subscriber=Member(
            name=_name(holder or patient),
            identifier=policy.member_id,
            identifier_qualifier="MI",
            birth_date=(holder or patient).birth_date,
            dates=dates if about_holder else (),
        ),
        questions=(Asking((WHOLE_PLAN,)),),
        dependent=None
        if about_holder
        else Member(
            name=_name(patient),
            birth_date=patient.birth_date,
            insured=("INS", "N", relationship if relationship in _DEPENDENT else _OTHER_ADULT),
            dates=dates,
        ),
    )


def _name(person: Person) -> Name:
    return Name.person(x12_text(person.family_name, 60), x12_text(person.given_name, 35))


def traced(request: EligibilityRequest, trace: str, practice: Practice) -> EligibilityRequest:
    """The question under its trace; TRN03 is 1 and the practice's tax id."""
    traces = (Trace(trace, f"1{practice.tax_id}"),)
    if request.dependent is None:
        return replace(request, subscriber=replace(request.subscriber, traces=traces))
    return replace(request, dependent=replace(request.dependent, traces=traces))


def write_coverage_question(
    request: EligibilityRequest,
    *,
    partner: TradingPartner,
    sender: str,
    number: int,
    created: datetime,
) -> bytes:
    """One 270 that asks it; BHT03 is the file's number."""
    envelope = envelope_to(partner, sender, number, created)
    inquiry = EligibilityInquiry(f"{number:09d}", envelope.created, envelope.created_at, (request,))
    return as_wanted(write_270(envelope, [inquiry]), partner)


def match_coverage(
    response: EligibilityResponse, pair: Pair, asked: AskedQuestions, received_at: datetime
) -> Matched:
    """The members of a 271 by their trace; a refusal of all of it (AAA of 2000A to 2100B) by BHT03.

    A member whose traces are none of ours answers nothing that was asked.
    """
    asked = asked.of_kind(COVERAGE)
    answers: list[Answer] = []
    strangers: list[str] = []
    for member in response.members:
        traces = [trace.number for trace in member.member.traces]
        questions = [asked.by_trace[trace] for trace in traces if trace in asked.by_trace]
        answers += [_answer(question, member, received_at) for question in questions]
        if traces and not questions:
            strangers.append(traces[0])
    if response.rejections:
        concerned = [
            question
            for number, question in asked.unanswered.get(pair, ())
            if response.reference in {"", number}
        ]
        answers += [_refused(each, response.rejections, received_at) for each in concerned]
    if not answers and not strangers:
        strangers.append(response.reference)
    return Matched(tuple(answers), tuple(dict.fromkeys(strangers)))


def _refused(question: Question, rejections: Sequence[Rejection], received_at: datetime) -> Answer:
    codes = " ".join(dict.fromkeys(each.reason for each in rejections))
    words = list(dict.fromkeys(each.words for each in rejections))
    return Answer(question.trace, received_at, Coverage.UNKNOWN.value, codes, {"reasons": words})


def _answer(question: Question, member: MemberEligibility, received_at: datetime) -> Answer:
    rejections = (*member.rejections, *(r for b in member.benefits for r in b.rejections))
    day = question.about_day
    coverage = member.coverage(day) if day else Coverage.UNKNOWN
    if coverage is Coverage.UNKNOWN and rejections:
        return _refused(question, rejections, received_at)
    plans = [b.plan for b in member.benefits if b.information in ACTIVE and b.plan]
    detail: dict[str, object] = {"plan": plans[0]} if plans else {}
    if shares := list(_shares(member.benefits)):
        detail["benefits"] = shares
    return Answer(question.trace, received_at, coverage.value, "", detail)


def _shares(benefits: Sequence[Benefit]) -> Iterator[dict[str, object]]:
    """What the patient pays: copayment, coinsurance, deductible, out-of-pocket maximum."""
    for benefit in benefits:
        if benefit.information not in _PATIENT_SHARES:
            continue
        said: dict[str, object] = {
            "kind": BENEFIT_INFORMATION[benefit.information],
            "amount_cents": benefit.amount_cents,
            "share_basis_points": benefit.share_basis_points,
            "period": _PERIODS.get(benefit.period, benefit.period),
            "service_types": " ".join(benefit.service_types),
            "in_network": {"Y": True, "N": False}.get(benefit.in_network),
        }
        yield {name: value for name, value in said.items() if value not in {None, ""}}
