"""An answer has the names, traces and order of its question."""

from collections.abc import Iterator
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from services.payer_gateway.x12 import (
    Benefit,
    ClaimInquiry,
    ClaimReport,
    Coverage,
    EligibilityRequest,
    Rejection,
    Said,
    answer_eligibility,
    answer_status,
    match_answers,
    read_271,
    read_277,
    write_271,
    write_277,
)
from tests.unit.payer_gateway.x12.builders import DAY, envelope, only_transaction
from tests.unit.payer_gateway.x12.inquiry_builders import (
    JANE,
    JANE_MEMBER,
    KIM,
    KIM_MEMBER,
    PAYER,
    PROVIDER,
    claim_inquiry,
    claim_report,
    eligibility_inquiry,
    eligibility_request,
    status_inquiry,
)

JOHN = replace(JANE, identifier="M0002")
JOHN_MEMBER = replace(JANE_MEMBER, identifier="M0002")


def found(claim: ClaimInquiry) -> Iterator[ClaimReport]:
    """A payer that knows every claim but those whose trace ends in a zero."""
    if not claim.trace.endswith("0"):
        yield claim_report(claim.trace)


_CLAIMS = st.builds(
    replace,
    st.just(claim_inquiry()),
    trace=st.integers(1, 99).map("T{}".format),
    source=st.sampled_from([PAYER, replace(PAYER, identifier="60002")]),
    provider=st.sampled_from([PROVIDER, replace(PROVIDER, identifier="1987654328")]),
    subscriber=st.sampled_from([JANE, JOHN]),
    dependent=st.sampled_from([None, KIM]),
)


@settings(max_examples=60)
@given(st.lists(_CLAIMS, min_size=1, max_size=8, unique_by=lambda claim: claim.trace))
def test_every_question_gets_its_answer_and_no_other(claims: list[ClaimInquiry]) -> None:
    inquiry = status_inquiry(*claims)
    response = answer_status(inquiry, "ANS1", found)
    data = write_277(envelope(), [response])
    read, findings = read_277(only_transaction(data))
    assert findings == []
    assert read.sources == response.sources
    answers, unasked = match_answers(inquiry, read)
    assert unasked == []
    assert [answer.is_answered for answer in answers] == [
        not claim.trace.endswith("0") for claim in claims
    ]


def test_a_dependents_claims_stand_below_the_subscriber() -> None:
    inquiry = status_inquiry(
        claim_inquiry("T1", KIM), claim_inquiry("T2"), claim_inquiry("T3", KIM)
    )
    (provider,) = answer_status(inquiry, "ANS1", found).providers
    (subscriber,) = provider.subscribers
    assert [claim.trace for claim in subscriber.claims] == ["T2"]
    (dependent,) = subscriber.dependents
    assert [claim.trace for claim in dependent.claims] == ["T1", "T3"]


def covered(request: EligibilityRequest) -> Said:
    """A payer that does not know the second member."""
    if request.subscriber.identifier == "M0002":
        return Said(rejections=(Rejection("75", "C"),))
    return Said((Benefit("1", service_types=request.questions[0].service_types),))


_REQUESTS = st.builds(
    replace,
    st.just(eligibility_request()),
    source=st.sampled_from([PAYER, replace(PAYER, identifier="60002")]),
    subscriber=st.sampled_from([JANE_MEMBER, JOHN_MEMBER]),
    dependent=st.sampled_from([None, KIM_MEMBER]),
)


@settings(max_examples=60)
@given(st.lists(_REQUESTS, min_size=1, max_size=6))
def test_every_person_asked_about_is_answered_for(requests: list[EligibilityRequest]) -> None:
    response = answer_eligibility(eligibility_inquiry(*requests), covered)
    read, findings = read_271(only_transaction(write_271(envelope(), [response])))
    assert findings == []
    assert read.sources == response.sources
    said = [member for member in response.members if member.benefits or member.rejections]
    assert [member.member.name for member in said] == [r.patient.name for r in requests]
    assert {trace.kind for member in said for trace in member.member.traces} == {"2"}


def test_an_answer_is_found_by_the_trace_asked() -> None:
    response = answer_eligibility(
        eligibility_inquiry(eligibility_request(), eligibility_request(KIM_MEMBER)), covered
    )
    dependent = response.answer_to("T2")
    assert dependent is not None
    assert dependent.coverage(DAY) is Coverage.ACTIVE
    assert response.reference == "ASK1"
    (subscriber,) = response.sources[0].receivers[0].subscribers
    assert subscriber.dependents == (dependent,)
