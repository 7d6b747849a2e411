"""No question is sent (276, 270, 278) that a payer could not answer."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from services.payer_gateway.x12 import (
    ClaimInquiry,
    EligibilityRequest,
    Insured,
    LineInquiry,
    Member,
    Name,
    Participant,
    Procedure,
    QualifiedDate,
    Question,
    Reference,
    Requester,
    ReviewedPatient,
    ReviewedService,
    Reviewer,
    ReviewInformation,
    ReviewItem,
    ServiceReview,
    eligibility_validate,
    review_validate,
    status_validate,
)
from tests.unit.payer_gateway.x12.builders import DAY, SENT
from tests.unit.payer_gateway.x12.inquiry_builders import (
    ASKING,
    CLEARINGHOUSE,
    JANE,
    JANE_MEMBER,
    KIM,
    KIM_MEMBER,
    PAYER,
    PROVIDER,
    REVIEWER,
    claim_inquiry,
    eligibility_inquiry,
    eligibility_request,
    review_item,
    reviewed_service,
    service_review,
    status_inquiry,
)

WRONG_NPI = "1234567890"
NO_UNITS = ReviewedService(Procedure("97110"), quantity=Decimal(0))


def about_claim(**changes: object) -> ClaimInquiry:
    given = claim_inquiry("T1", KIM)
    lines = (given.lines[0],)
    return replace(replace(given, lines=lines), **changes)  # type: ignore[arg-type]


def about_line(**changes: object) -> ClaimInquiry:
    line: LineInquiry = replace(claim_inquiry().lines[0], **changes)  # type: ignore[arg-type]
    return about_claim(lines=(line,))


_CLAIM = "2000A/2000B/2000C/2000D/2000E"


@pytest.mark.parametrize(
    ("claim", "rule", "path", "element"),
    [
        (about_claim(trace=""), "claim-status.required", f"{_CLAIM}/2200E/TRN", "TRN02"),
        (
            about_claim(source=replace(PAYER, role="40")),
            "claim-status.code",
            "2000A/2100A/NM1",
            "NM101",
        ),
        (
            about_claim(receiver=replace(CLEARINGHOUSE, identifier="")),
            "claim-status.required",
            "2000A/2000B/2100B/NM1",
            "NM109",
        ),
        (
            about_claim(provider=replace(PROVIDER, identifier=WRONG_NPI)),
            "claim-status.npi",
            "2000A/2000B/2000C/2100C/NM1",
            "NM109",
        ),
        (
            about_claim(provider=replace(PROVIDER, identifier_qualifier="PI")),
            "claim-status.code",
            "2000A/2000B/2000C/2100C/NM1",
            "NM108",
        ),
        (
            about_claim(subscriber=replace(JANE, identifier="")),
            "claim-status.required",
            "2000A/2000B/2000C/2000D/2100D/NM1",
            "NM109",
        ),
        (
            about_claim(dependent=replace(KIM, birth_date=None)),
            "claim-status.patient",
            f"{_CLAIM}/DMG",
            "DMG02",
        ),
        (
            about_claim(dependent=Insured(Name.person(""), birth_date=DAY)),
            "claim-status.required",
            f"{_CLAIM}/2100E/NM1",
            "NM103",
        ),
        (
            about_claim(dependent=replace(KIM, sex="X")),
            "claim-status.code",
            f"{_CLAIM}/DMG",
            "DMG03",
        ),
        (about_claim(charge_cents=-1), "claim-status.amount", f"{_CLAIM}/2200E/AMT", "AMT02"),
        (
            about_claim(service_from=SENT, service_to=DAY),
            "claim-status.service-period",
            f"{_CLAIM}/2200E/DTP",
            "DTP03",
        ),
        (
            about_claim(service_from=None, service_to=None, lines=()),
            "claim-status.required",
            f"{_CLAIM}/2200E/DTP",
            "DTP03",
        ),
        (
            about_line(procedure=Procedure("")),
            "claim-status.required",
            f"{_CLAIM}/2200E/2210E/SVC",
            "SVC01",
        ),
        (
            about_line(charge_cents=None),
            "claim-status.required",
            f"{_CLAIM}/2200E/2210E/SVC",
            "SVC02",
        ),
        (about_line(units=None), "claim-status.required", f"{_CLAIM}/2200E/2210E/SVC", "SVC07"),
        (
            about_line(service_from=None),
            "claim-status.required",
            f"{_CLAIM}/2200E/2210E/DTP",
            "DTP03",
        ),
    ],
)
def test_one_fault_of_a_status_inquiry_is_found_at_its_place(
    claim: ClaimInquiry, rule: str, path: str, element: str
) -> None:
    found = status_validate.check_inquiry(status_inquiry(about_claim(trace="T0"), claim))
    assert [(f.rule, f.path, f.element, f.claim_index) for f in found] == [(rule, path, element, 1)]


def test_a_good_status_inquiry_has_no_findings() -> None:
    own = replace(about_claim(trace="T2"), dependent=None)
    assert status_validate.check_inquiry(status_inquiry(about_claim(), own)) == []


def test_two_questions_with_one_trace_are_both_found() -> None:
    inquiry = status_inquiry(about_claim(), about_claim(trace="T2"), about_claim())
    found = status_validate.check_inquiry(inquiry)
    assert [(f.rule, f.claim_index) for f in found] == [
        ("claim-status.trace-repeated", 0),
        ("claim-status.trace-repeated", 2),
    ]


def test_a_status_inquiry_needs_a_name_and_a_claim() -> None:
    inquiry = replace(status_inquiry(), reference="", claims=())
    found = status_validate.check_inquiry(inquiry)
    assert [f.element for f in found] == ["BHT03", "TRN02"]


def about_person(**changes: object) -> EligibilityRequest:
    return replace(eligibility_request(), **changes)  # type: ignore[arg-type]


_MEMBER = "2000A/2000B/2000C"
_NOBODY = Member(Name.person("Doe"))


@pytest.mark.parametrize(
    ("request_", "rule", "path", "element"),
    [
        (
            about_person(source=replace(PAYER, identifier="")),
            "eligibility.required",
            "2000A/2100A/NM1",
            "NM109",
        ),
        (
            about_person(receiver=Participant(replace(ASKING.party, identifier=WRONG_NPI))),
            "eligibility.npi",
            "2000A/2000B/2100B/NM1",
            "NM109",
        ),
        (
            about_person(receiver=Participant(replace(ASKING.party, role="41"))),
            "eligibility.code",
            "2000A/2000B/2100B/NM1",
            "NM101",
        ),
        (
            about_person(subscriber=_NOBODY),
            "eligibility.patient",
            f"{_MEMBER}/2100C/NM1",
            "NM109",
        ),
        (
            about_person(subscriber=replace(JANE_MEMBER, identifier_qualifier="XX")),
            "eligibility.code",
            f"{_MEMBER}/2100C/NM1",
            "NM108",
        ),
        (
            about_person(dependent=_NOBODY),
            "eligibility.patient",
            f"{_MEMBER}/2000D/2100D/NM1",
            "NM103",
        ),
        (
            about_person(dependent=replace(KIM_MEMBER, dates=(QualifiedDate("291", SENT, DAY),))),
            "eligibility.period",
            f"{_MEMBER}/2000D/2100D/DTP",
            "DTP03",
        ),
        (about_person(questions=()), "eligibility.question", f"{_MEMBER}/2110C/EQ", "EQ01"),
        (
            about_person(questions=(Question(),)),
            "eligibility.question",
            f"{_MEMBER}/2110C/EQ",
            "EQ01",
        ),
        (
            about_person(questions=(Question(("30",), coverage_level="ALL"),)),
            "eligibility.code",
            f"{_MEMBER}/2110C/EQ",
            "EQ03",
        ),
        (
            about_person(questions=(Question(("30",), amounts=(("R", -1),)),)),
            "eligibility.amount",
            f"{_MEMBER}/2110C/AMT",
            "AMT02",
        ),
    ],
)
def test_one_fault_of_an_eligibility_inquiry_is_found_at_its_place(
    request_: EligibilityRequest, rule: str, path: str, element: str
) -> None:
    found = eligibility_validate.check_inquiry(eligibility_inquiry(about_person(), request_))
    assert [(f.rule, f.path, f.element, f.claim_index) for f in found] == [(rule, path, element, 1)]


def test_a_good_eligibility_inquiry_has_no_findings() -> None:
    described = Member(Name.person("Doe", "Jane"), birth_date=date(1980, 5, 17))
    inquiry = eligibility_inquiry(
        about_person(), about_person(dependent=KIM_MEMBER), about_person(subscriber=described)
    )
    assert eligibility_validate.check_inquiry(inquiry) == []


def test_an_eligibility_inquiry_asks_about_somebody() -> None:
    inquiry = replace(eligibility_inquiry(), purpose="00", requests=())
    found = eligibility_validate.check_inquiry(inquiry)
    assert [f.element for f in found] == ["BHT02", "EQ01"]


def event(**changes: object) -> ServiceReview:
    given = review_item(reviewed_service())
    return service_review(replace(given, **changes))  # type: ignore[arg-type]


def of_patient(patient: ReviewedPatient) -> ServiceReview:
    requester = Requester(ASKING, subscribers=(patient,))
    return replace(service_review(), reviewers=(Reviewer(REVIEWER, requesters=(requester,)),))


_EVENT = f"{_MEMBER}/2000E"


@pytest.mark.parametrize(
    ("review", "rule", "path", "element"),
    [
        (
            replace(service_review(), reviewers=(Reviewer(ASKING),)),
            "review.nothing-asked",
            "2000E",
            "UM01",
        ),
        (replace(service_review(), reference=""), "review.header", "BHT", "BHT03"),
        (replace(service_review(), purpose="11"), "review.header", "BHT", "BHT02"),
        (event(information=None), "review.nothing-asked", f"{_EVENT}/UM", "UM01"),
        (event(information=ReviewInformation("QQ")), "review.code", f"{_EVENT}/UM", "UM01"),
        (event(information=ReviewInformation("HS", "Z")), "review.code", f"{_EVENT}/UM", "UM02"),
        (event(information=ReviewInformation("HS", "4")), "review.previous", _EVENT, "REF02"),
        (
            event(dates=(QualifiedDate("472", SENT, DAY),)),
            "review.period",
            f"{_EVENT}/DTP",
            "DTP03",
        ),
        (
            event(services=(ReviewItem(service=NO_UNITS),)),
            "review.amount",
            f"{_EVENT}/2000F/SV1",
            "SV104",
        ),
        (
            of_patient(ReviewedPatient(Member(Name.person("Doe")), events=(review_item(),))),
            "review.required",
            f"{_MEMBER}/2010C/NM1",
            "NM109",
        ),
        (
            of_patient(
                ReviewedPatient(
                    Member(Name.person("Doe"), "M1", "MI"),
                    dependents=(ReviewedPatient(_NOBODY, events=(review_item(),)),),
                )
            ),
            "review.patient",
            f"{_MEMBER}/2000D/2010D/NM1",
            "NM103",
        ),
    ],
)
def test_one_fault_of_a_review_is_found_at_its_place(
    review: ServiceReview, rule: str, path: str, element: str
) -> None:
    found = review_validate.check_request(review)
    assert (rule, element) in [(f.rule, f.element) for f in found if f.path.startswith(path)]


def test_a_good_review_has_no_findings() -> None:
    assert review_validate.check_request(service_review()) == []
    extended = event(
        information=ReviewInformation("HS", "4"), references=(Reference("BB", "AUTH1"),)
    )
    assert review_validate.check_request(extended) == []


def test_no_finding_repeats_what_may_be_phi() -> None:
    claim = about_claim(subscriber=replace(JANE, identifier=""), dependent=replace(KIM, sex="Doe"))
    findings = status_validate.check_inquiry(status_inquiry(claim))
    assert findings
    assert "Doe" not in repr(findings)
