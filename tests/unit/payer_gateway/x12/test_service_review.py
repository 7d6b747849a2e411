"""278: an authorization is asked for, and the payer's decision is read."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.payer_gateway.x12 import (
    Decision,
    Delimiters,
    Finding,
    Member,
    Name,
    Party,
    Procedure,
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
    Transaction,
    read_278,
    read_interchanges,
    write_278,
)
from tests.unit.payer_gateway.x12.builders import envelope, only_transaction
from tests.unit.payer_gateway.x12.inquiry_builders import (
    ASKING,
    DOCTOR,
    KIM_MEMBER,
    REVIEWER,
    review_item,
    reviewed_service,
    service_review,
)


def transaction(data: bytes) -> Transaction:
    return next(t for i in read_interchanges(data) for t in i.transactions)


def rules(findings: list[Finding]) -> list[tuple[str, str, str]]:
    return [(f.rule, f.path, f.element) for f in findings]


def response(*events: ReviewItem) -> ServiceReview:
    return replace(service_review(*events, purpose="11"), kind="18")


_EVENT = "2000A/2000B/2000C/2000E"


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (b"*005010X217~BHT", b"*005010X215~BHT", ("review.not-x217", "ST", "ST03")),
        (b"BHT*0007", b"BHX*0007", ("review.header", "BHT", "")),
        (b"UM*HS*I", b"UM*QQ*I", ("review.code", f"{_EVENT}/UM", "UM01")),
        (b"UM*HS*I", b"UM*HS*Q", ("review.code", f"{_EVENT}/UM", "UM02")),
        (b"HCR*A1*AUTH1", b"HCR*A9*AUTH1", ("review.code", f"{_EVENT}/HCR", "HCR01")),
        (b"HCR*A1*AUTH1", b"HCR*A1", ("review.decision", f"{_EVENT}/HCR", "HCR02")),
        (b"*120.5*UN", b"*12O.5*UN", ("review.amount", f"{_EVENT}/2000F/SV1", "SV102")),
        (b"*UN*12*", b"*UN*l2*", ("review.amount", f"{_EVENT}/2000F/SV1", "SV104")),
        (b"DTP*472*RD8", b"DTP*472*D8", ("review.date", f"{_EVENT}/DTP", "DTP03")),
        (b"CRC*07", b"CRX*07", ("review.unexpected-segment", _EVENT, "")),
        (b"HL*4*3*EV", b"HL*4*2*EV", ("hierarchy.level", "HL", "HL02")),
        (b"HL*4*3*EV", b"HL*4*3*E", ("hierarchy.level", "HL", "HL03")),
        (b"HL*4*3*EV", b"HL*4*3*E", ("hierarchy.orphan", "2000F/HL", "HL02")),
    ],
)
def test_one_fault_is_found_at_its_place(
    old: bytes, new: bytes, expected: tuple[str, str, str]
) -> None:
    given_review = response(review_item(reviewed_service(), decision=Decision("A1", "AUTH1")))
    data = write_278(envelope(), [given_review])
    assert old in data
    _, findings = read_278(transaction(data.replace(old, new, 1)))
    assert expected in rules(findings)


@pytest.mark.parametrize("delimiters", [Delimiters(), Delimiters("|", "!", ">", "\n")])
@pytest.mark.parametrize(
    "given_review",
    [
        service_review(),
        response(
            review_item(
                reviewed_service(Decision("A1", "AUTH1")),
                reviewed_service(Decision("A3", reason="0V", second_opinion="N"), "SV2"),
                decision=Decision("A2", "AUTH1"),
            ),
            review_item(decision=Decision("A4")),
        ),
    ],
    ids=["request", "response"],
)
def test_a_review_written_is_read_back(given_review: ServiceReview, delimiters: Delimiters) -> None:
    data = write_278(envelope(delimiters), [given_review])
    assert read_278(only_transaction(data)) == (given_review, [])


def test_a_dependents_review_and_every_refusal_are_read_back() -> None:
    refused = Rejection("33", "C")
    provider = ReviewProvider(DOCTOR, (Rejection("43", "C"),))
    event = replace(review_item(), rejections=(refused,), providers=(provider,))
    dependent = ReviewedPatient(replace(KIM_MEMBER, extra=()), (refused,), (event,))
    subscriber = ReviewedPatient(
        Member(Name.person("Doe", "Jane"), "M0001", "MI"), (), (), (dependent,)
    )
    requester = Requester(ASKING, (Rejection("51", "N"),), (subscriber,))
    reviewer = Reviewer(REVIEWER, (Rejection("42", "Y"),), (Rejection("79", "N"),), (requester,))
    given_review = ServiceReview("A1", None, None, (reviewer,), "11", "19")
    read, findings = read_278(only_transaction(write_278(envelope(), [given_review])))
    assert findings == []
    assert read.reviewers == given_review.reviewers
    assert [r.reason for r in read.rejections] == ["42", "79", "51", "33"]
    assert read.is_response


def test_the_authorization_number_of_what_was_certified_is_told() -> None:
    certified = reviewed_service(Decision("A1", "AUTH1"))
    denied = reviewed_service(Decision("A3", "AUTH1"))
    given_review = response(review_item(certified, denied, decision=Decision("A2", "AUTH0")))
    read, _ = read_278(only_transaction(write_278(envelope(), [given_review])))
    (event,) = read.events
    assert event.authorization_number == "AUTH0"
    assert [s.authorization_number for s in event.services] == ["AUTH1", ""]
    assert [s.decision.is_certified for s in event.services if s.decision] == [True, False]


def test_an_earlier_authorization_is_told_where_nothing_was_decided_yet() -> None:
    item = replace(review_item(), references=(Reference("BB", "AUTH7"),))
    assert item.authorization_number == "AUTH7"


def test_diagnoses_of_an_event_are_told_with_their_qualifiers() -> None:
    read, _ = read_278(only_transaction(write_278(envelope(), [service_review()])))
    (event,) = read.events
    assert [(d.qualifier, d.code) for d in event.diagnoses] == [("ABK", "I10"), ("ABF", "E119")]


def test_an_institutional_service_has_its_revenue_code_before_its_procedure() -> None:
    given_review = service_review(review_item(reviewed_service(kind="SV2")))
    data = write_278(envelope(), [given_review])
    assert b"~SV2*0420*HC:97110:GP*120.5*UN*12***1:2~" in data


_WORD = st.text(st.characters(codec="ascii", categories=["L", "N"]), min_size=1, max_size=8)
_DECISIONS = st.none() | st.builds(Decision, st.sampled_from(["A1", "A2", "A6"]), _WORD, _WORD)
_SERVICES = st.builds(
    ReviewItem,
    information=st.none() | st.builds(ReviewInformation, st.just("SC"), st.just("R"), _WORD),
    decision=_DECISIONS,
    service=st.builds(
        ReviewedService,
        st.none() | st.builds(Procedure, _WORD),
        st.none() | st.integers(0, 10**9),
        st.sampled_from(["UN", "DA"]),
        st.none() | st.decimals("0.1", 99, places=1),
        revenue_code=_WORD,
        kind=st.just("SV2"),
    ),
    messages=st.lists(_WORD, max_size=2).map(tuple),
    providers=st.lists(st.just(ReviewProvider(DOCTOR)), max_size=2).map(tuple),
)
_EVENTS = st.builds(
    replace,
    st.just(review_item()),
    decision=_DECISIONS,
    services=st.lists(_SERVICES, max_size=3).map(tuple),
)


@settings(max_examples=60)
@given(st.lists(_EVENTS, min_size=1, max_size=3))
def test_every_review_is_read_back(events: list[ReviewItem]) -> None:
    given_review = response(*events)
    read, findings = read_278(only_transaction(write_278(envelope(), [given_review])))
    assert findings == []
    assert read == given_review
    assert isinstance(read.reviewers[0].reviewer.party, Party)
