"""A claim asks its own questions: what became of it, and was its patient covered."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from services.payer_gateway.x12 import (
    Claim,
    InstitutionalClaim,
    Outcome,
    Reference,
    StatusCode,
    StatusReport,
    Trace,
    eligibility_question,
    eligibility_validate,
    match_answers,
    read_270,
    read_276,
    status_question,
    status_validate,
    write_270,
    write_276,
)
from tests.unit.payer_gateway.x12.builders import (
    DAY,
    NPI,
    claim,
    dependent_claim,
    envelope,
    line,
    only_transaction,
)
from tests.unit.payer_gateway.x12.inquiry_builders import (
    ASKING,
    CLEARINGHOUSE,
    claim_report,
    eligibility_inquiry,
    status_inquiry,
    status_response,
)
from tests.unit.payer_gateway.x12.institutional_builders import (
    ADMITTED,
    DISCHARGED,
    inpatient_claim,
    outpatient_claim,
)

CLAIMS = [claim(), dependent_claim(), inpatient_claim(), outpatient_claim()]
NAMES = ["own", "dependent", "inpatient", "outpatient"]


@pytest.mark.parametrize("given_claim", CLAIMS, ids=NAMES)
@pytest.mark.parametrize("with_lines", [False, True])
def test_the_question_about_a_claim_can_be_sent_and_is_read_back(
    given_claim: Claim | InstitutionalClaim, with_lines: bool
) -> None:
    question = status_question(given_claim, "T1", CLEARINGHOUSE, with_lines=with_lines)
    inquiry = status_inquiry(question)
    assert status_validate.check_inquiry(inquiry) == []
    assert read_276(only_transaction(write_276(envelope(), [inquiry]))) == (inquiry, [])
    answers, unasked = match_answers(inquiry, status_response(claim_report("T1")))
    assert answers[0].is_answered
    assert unasked == []


def test_the_question_says_what_the_payer_needs_to_find_the_claim() -> None:
    later = replace(line(2, 6_000, code="81002"), service_from=date(2026, 1, 7))
    given_claim = replace(
        claim("C7", (line(1, 25_000), later)), references=(Reference("D9", "CH1"),)
    )
    question = status_question(given_claim, "T1", CLEARINGHOUSE, payer_claim_number="ICN1")
    assert [(r.qualifier, r.value) for r in question.references] == [
        ("1K", "ICN1"),
        ("EJ", "C7"),
        ("D9", "CH1"),
    ]
    assert (question.service_from, question.service_to) == (DAY, date(2026, 1, 7))
    assert question.charge_cents == 31_000
    assert (question.provider.role, question.provider.npi) == ("1P", NPI)
    assert question.source.identifier == "60001"
    assert question.lines == ()


def test_the_question_about_a_bill_carries_its_type_and_statement() -> None:
    question = status_question(inpatient_claim(), "T1", CLEARINGHOUSE, with_lines=True)
    assert question.reference("BLT") == "111"
    assert (question.service_from, question.service_to) == (ADMITTED, DISCHARGED)
    room = question.lines[0]
    assert (room.procedure.qualifier, room.procedure.code, room.units) == ("NU", "0120", Decimal(4))


def test_a_sex_that_an_inquiry_does_not_know_is_left_out() -> None:
    question = status_question(dependent_claim(), "T1", CLEARINGHOUSE)
    assert question.dependent is not None
    assert question.dependent.sex == ""
    assert question.subscriber.identifier == "M0001"


@pytest.mark.parametrize("given_claim", CLAIMS, ids=NAMES)
def test_the_question_about_coverage_can_be_sent_and_is_read_back(
    given_claim: Claim | InstitutionalClaim,
) -> None:
    asked = eligibility_question(given_claim, Trace("T1", "9CLINIC001"), ASKING, ("30", "98"))
    inquiry = eligibility_inquiry(asked)
    assert eligibility_validate.check_inquiry(inquiry) == []
    assert read_270(only_transaction(write_270(envelope(), [inquiry]))) == (inquiry, [])
    assert asked.trace == "T1"
    assert [dated.first for dated in asked.patient.dates] == [DAY]
    assert (asked.dependent is None) is (given_claim.patient is None)


@pytest.mark.parametrize(
    ("category", "expected"),
    [
        ("A1", Outcome.RECEIVED),
        ("A3", Outcome.REJECTED),
        ("A7", Outcome.REJECTED),
        ("A4", Outcome.NOT_FOUND),
        ("D0", Outcome.NOT_FOUND),
        ("P3", Outcome.PENDING),
        ("R4", Outcome.WANTS_INFORMATION),
        ("F0", Outcome.FINAL),
        ("F1", Outcome.PAID),
        ("F2", Outcome.DENIED),
        ("F3", Outcome.FINAL),
        ("F4", Outcome.FINAL),
        ("E0", Outcome.ERROR),
        ("X9", Outcome.UNKNOWN),
        ("", Outcome.UNKNOWN),
    ],
)
def test_a_category_tells_what_became_of_the_claim(category: str, expected: Outcome) -> None:
    assert StatusReport((StatusCode(category, "20"),)).outcome is expected


def test_a_report_without_a_code_tells_nothing() -> None:
    assert StatusReport(()).outcome is Outcome.UNKNOWN
