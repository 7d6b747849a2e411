"""270 and 271: whether a person is covered, for what, and what they pay themselves."""

from dataclasses import replace
from datetime import date, time
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.payer_gateway.x12 import (
    Benefit,
    Coverage,
    Delimiters,
    EligibilityInquiry,
    EligibilityRequest,
    EligibilityResponse,
    Finding,
    Member,
    MemberEligibility,
    Name,
    QualifiedDate,
    Question,
    ReceiverEligibility,
    Rejection,
    SourceEligibility,
    Trace,
    Transaction,
    read_270,
    read_271,
    read_interchanges,
    write_270,
    write_271,
)
from services.payer_gateway.x12.segments import WriteError
from tests.unit.payer_gateway.x12.builders import DAY, SENT, envelope, only_transaction
from tests.unit.payer_gateway.x12.inquiry_builders import (
    ASKING,
    JANE_MEMBER,
    KIM_MEMBER,
    PAYER,
    answered,
    benefits,
    eligibility_inquiry,
    eligibility_request,
    eligibility_response,
)


def transaction(data: bytes) -> Transaction:
    return next(t for i in read_interchanges(data) for t in i.transactions)


def rules(findings: list[Finding]) -> list[tuple[str, str, str]]:
    return [(f.rule, f.path, f.element) for f in findings]


_MEMBER = "2000A/2000B/2000C"


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (b"*005010X279A1~BHT", b"*005010X212~BHT", ("eligibility.not-x279", "ST", "ST03")),
        (b"BHT*0022", b"BHX*0022", ("eligibility.header", "BHT", "")),
        (b"NM1*IL*1", b"NM1*IL*", ("eligibility.required", f"{_MEMBER}/NM1", "NM102")),
        (b"DMG*D8", b"DMG*RD8", ("eligibility.date", f"{_MEMBER}/DMG", "DMG01")),
        (b"D8*19800517", b"D8*19801317", ("eligibility.date", f"{_MEMBER}/DMG", "DMG02")),
        (b"DTP*291*D8*2026", b"DTP*291*D8*XX26", ("eligibility.date", f"{_MEMBER}/DTP", "DTP03")),
        (b"AMT*R*37.5", b"AMT*R*37.x", ("eligibility.amount", f"{_MEMBER}/2110C/AMT", "AMT02")),
        (b"*1:2~AMT", b"*1:x~AMT", ("eligibility.amount", f"{_MEMBER}/2110C/EQ", "EQ05")),
        (b"III*ZZ", b"IV*ZZ", ("eligibility.unexpected-segment", f"{_MEMBER}/2110C", "")),
        (b"~DMG*", b"~AAA*N**75*C~DMG*", ("eligibility.unexpected-segment", _MEMBER, "")),
        (b"HL*3*2*22", b"HL*3*1*22", ("hierarchy.level", "HL", "HL02")),
    ],
)
def test_one_fault_of_a_question_is_found_at_its_place(
    old: bytes, new: bytes, expected: tuple[str, str, str]
) -> None:
    data = write_270(envelope(), [eligibility_inquiry()])
    assert old in data
    _, findings = read_270(transaction(data.replace(old, new, 1)))
    assert expected in rules(findings)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (b"*005010X279A1~BHT", b"*005010X212~BHT", ("eligibility.not-x279", "ST", "ST03")),
        (b"EB*1*", b"EB*ZZ*", ("eligibility.code", f"{_MEMBER}/2110C/EB", "EB01")),
        (b"*27*25*", b"*27*2S*", ("eligibility.amount", f"{_MEMBER}/2110C/EB", "EB07")),
        (b"*.125*", b"*.12345*", ("eligibility.percent", f"{_MEMBER}/2110C/EB", "EB08")),
        (b"*.125*", b"*12.5*", ("eligibility.percent", f"{_MEMBER}/2110C/EB", "EB08")),
        (b"*.125*", b"*half*", ("eligibility.percent", f"{_MEMBER}/2110C/EB", "EB08")),
        (b"AAA*N**54", b"AAA*X**54", ("eligibility.code", f"{_MEMBER}/2110C/AAA", "AAA01")),
        (b"AAA*N**54", b"AAA*N**00", ("eligibility.code", f"{_MEMBER}/2110C/AAA", "AAA03")),
        (b"**54*C", b"**54*Q", ("eligibility.code", f"{_MEMBER}/2110C/AAA", "AAA04")),
        (b"MSG*", b"MSH*", ("eligibility.unexpected-segment", f"{_MEMBER}/2110C", "")),
        (b"LS*2120", b"LS*2121", ("eligibility.unexpected-segment", f"{_MEMBER}/2110C", "")),
    ],
)
def test_one_fault_of_an_answer_is_found_at_its_place(
    old: bytes, new: bytes, expected: tuple[str, str, str]
) -> None:
    data = write_271(envelope(), [eligibility_response()]).replace(b"*0.125*", b"*.125*")
    assert old in data
    _, findings = read_271(transaction(data.replace(old, new, 1)))
    assert expected in rules(findings)


def test_a_finding_names_the_question_it_stands_in_and_no_person() -> None:
    data = write_270(envelope(), [eligibility_inquiry()]).replace(b"D8*19800517", b"D8*JaneDoe")
    given_transaction = transaction(data)
    _, (finding,) = read_270(given_transaction)
    assert (finding.claim, finding.claim_index) == ("T1", 0)
    assert "Jane" not in repr(finding)


@pytest.mark.parametrize("delimiters", [Delimiters(), Delimiters("|", "!", ">", "\n")])
def test_a_question_written_is_read_back(delimiters: Delimiters) -> None:
    given_inquiry = eligibility_inquiry(eligibility_request(), eligibility_request(KIM_MEMBER))
    data = write_270(envelope(delimiters), [given_inquiry])
    assert read_270(only_transaction(data)) == (given_inquiry, [])


@pytest.mark.parametrize("delimiters", [Delimiters(), Delimiters("|", "!", ">", "\n")])
def test_an_answer_written_is_read_back(delimiters: Delimiters) -> None:
    dependent = answered(*benefits()[:1], member=replace(KIM_MEMBER, extra=()))
    member = answered(*benefits(), rejections=(Rejection("75", "C"),), dependents=(dependent,))
    given_response = eligibility_response(member)
    data = write_271(envelope(delimiters), [given_response])
    assert read_271(only_transaction(data)) == (given_response, [])


def test_a_refusal_at_any_level_is_read_back() -> None:
    receiver = ReceiverEligibility(ASKING, (Rejection("50", "N", is_valid=True),))
    source = SourceEligibility(PAYER, (Rejection("42", "R"),), (Rejection("T4", "C"),), (receiver,))
    given_response = EligibilityResponse("ASK1", SENT, time(9, 30), (source,))
    read, findings = read_271(only_transaction(write_271(envelope(), [given_response])))
    assert findings == []
    assert read == given_response
    assert [r.reason for r in read.rejections] == ["42", "T4", "50"]
    assert read.rejections[2].words == "provider may not ask: do not send again"


def test_repetitions_need_a_mark_between_them() -> None:
    without = envelope(Delimiters(repetition=""))
    with pytest.raises(WriteError, match="EQ01"):
        write_270(without, [eligibility_inquiry()])
    one = replace(eligibility_request(), questions=(Question(("30",)),))
    data = write_270(without, [eligibility_inquiry(one)])
    assert read_270(only_transaction(data))[0].requests == (one,)


def test_an_inquiry_without_a_request_is_not_written() -> None:
    with pytest.raises(ValueError, match="needs a request"):
        write_270(envelope(), [EligibilityInquiry("A", None, None, ())])


def test_an_answer_is_found_by_the_trace_of_its_question() -> None:
    other = answered(member=replace(KIM_MEMBER, traces=(Trace("T2", kind="2"),)))
    response = eligibility_response(answered(*benefits()), other)
    assert response.answer_to("T2") == other
    assert response.answer_to("T3") is None
    assert eligibility_request().trace == "T1"
    assert eligibility_request(KIM_MEMBER).trace == "T2"


def test_what_the_patient_pays_is_told_by_service_and_network() -> None:
    member = answered(*benefits())
    assert [b.amount_cents for b in member.benefits_of("B", "98")] == [2_500, 5_000]
    assert [b.amount_cents for b in member.benefits_of("B", "98", in_network="Y")] == [2_500]
    (coinsurance,) = member.benefits_of("A")
    assert coinsurance.share_basis_points == 1_250
    remaining = [b.amount_cents for b in member.benefits_of("C") if b.period == "29"]
    assert remaining == [84_316]


_BEGINS = QualifiedDate("346", DAY)
_ENDS = QualifiedDate("347", SENT)
ASKED_ABOUT = Member(Name.person("Doe"), dates=(QualifiedDate("307", DAY, DAY),))
_BEFORE, _WITHIN, _AFTER = date(2026, 1, 4), date(2026, 1, 20), date(2026, 2, 2)


@pytest.mark.parametrize(
    ("member", "day", "expected"),
    [
        (answered(Benefit("1")), _WITHIN, Coverage.ACTIVE),
        (answered(Benefit("1", service_types=("30",))), _WITHIN, Coverage.ACTIVE),
        (answered(Benefit("6", service_types=("30",))), _WITHIN, Coverage.INACTIVE),
        (answered(Benefit("B", amount_cents=100)), _WITHIN, Coverage.UNKNOWN),
        (answered(), _WITHIN, Coverage.UNKNOWN),
        (answered(Benefit("1"), rejections=(Rejection("75", "C"),)), _WITHIN, Coverage.UNKNOWN),
        (answered(Benefit("1"), Benefit("6")), _WITHIN, Coverage.INACTIVE),
        (answered(Benefit("1", dates=(_BEGINS, _ENDS))), _WITHIN, Coverage.ACTIVE),
        (answered(Benefit("1", dates=(_BEGINS, _ENDS))), _BEFORE, Coverage.INACTIVE),
        (answered(Benefit("1", dates=(_BEGINS, _ENDS))), _AFTER, Coverage.INACTIVE),
        (answered(Benefit("6", dates=(_BEGINS,)), Benefit("1")), _BEFORE, Coverage.ACTIVE),
        (
            answered(Benefit("1", dates=(QualifiedDate("307", DAY, SENT),))),
            _AFTER,
            Coverage.INACTIVE,
        ),
        (
            answered(Benefit("1"), member=Member(Name.person("Doe"), dates=(_BEGINS,))),
            _BEFORE,
            Coverage.INACTIVE,
        ),
        (answered(Benefit("1"), member=ASKED_ABOUT), DAY, Coverage.ACTIVE),
        (answered(Benefit("1"), member=ASKED_ABOUT), _AFTER, Coverage.UNKNOWN),
    ],
)
def test_coverage_is_told_of_a_day(
    member: MemberEligibility, day: date, expected: Coverage
) -> None:
    assert member.coverage(day) is expected


def test_what_is_said_of_a_service_goes_before_what_is_said_of_the_plan() -> None:
    member = answered(Benefit("1", service_types=("30",)), Benefit("6", service_types=("PT", "AL")))
    assert member.coverage(_WITHIN, "PT") is Coverage.INACTIVE
    assert member.coverage(_WITHIN, "98") is Coverage.ACTIVE
    assert member.coverage(_WITHIN) is Coverage.ACTIVE


def test_who_the_patient_is_to_the_subscriber_is_told() -> None:
    assert JANE_MEMBER.relationship == "18"
    assert KIM_MEMBER.relationship == "19"
    assert Member(Name.person("Doe")).relationship == ""
    assert eligibility_request(KIM_MEMBER).patient is KIM_MEMBER


_WORD = st.text(st.characters(codec="ascii", categories=["L", "N"]), min_size=1, max_size=8)
_CENTS = st.integers(-(10**9), 10**9)
_DAY = st.dates(date(1900, 1, 1), date(2100, 1, 1))
_TYPES = st.lists(_WORD, max_size=4).map(tuple)
_DATES = st.lists(st.builds(QualifiedDate, st.just("472"), _DAY, st.none() | _DAY), max_size=3)
_QUESTIONS = st.lists(
    st.builds(
        Question,
        service_types=_TYPES,
        coverage_level=st.sampled_from(["", "FAM"]),
        amounts=st.lists(st.tuples(st.sampled_from(["R", "PB"]), _CENTS), max_size=2).map(tuple),
        dates=_DATES.map(tuple),
    ),
    min_size=1,
    max_size=3,
).map(tuple)
_MEMBERS = st.builds(
    Member,
    st.builds(Name.person, _WORD, _WORD),
    traces=st.lists(st.builds(Trace, _WORD, _WORD), max_size=2).map(tuple),
    birth_date=st.none() | _DAY,
    dates=_DATES.map(tuple),
)
_REQUESTS = st.builds(
    EligibilityRequest,
    source=st.just(PAYER) | st.just(replace(PAYER, identifier="60002")),
    receiver=st.just(ASKING),
    subscriber=st.just(JANE_MEMBER) | _MEMBERS,
    questions=_QUESTIONS,
    dependent=st.none() | st.just(KIM_MEMBER) | _MEMBERS,
)


@settings(max_examples=80)
@given(st.lists(_REQUESTS, min_size=1, max_size=6))
def test_every_question_is_read_back_in_its_order(requests: list[EligibilityRequest]) -> None:
    given_inquiry = eligibility_inquiry(*requests)
    read, findings = read_270(only_transaction(write_270(envelope(), [given_inquiry])))
    assert findings == []
    assert read == given_inquiry


_REJECTIONS = st.builds(Rejection, st.sampled_from(["15", "T4"]), st.just("C"))
_BENEFITS = st.builds(
    Benefit,
    information=st.sampled_from(["1", "6", "A", "B", "C", "MC"]),
    service_types=_TYPES,
    plan=st.just("") | _WORD,
    amount_cents=st.none() | _CENTS,
    share_basis_points=st.none() | st.integers(0, 10_000),
    quantity=st.none() | st.decimals("0.1", 999, places=1).map(Decimal),
    dates=_DATES.map(tuple),
    messages=st.lists(_WORD, max_size=2).map(tuple),
    rejections=st.lists(
        st.builds(Rejection, st.sampled_from(["15", "T4"]), st.just("C")), max_size=2
    ).map(tuple),
)


@settings(max_examples=80)
@given(
    st.lists(st.builds(MemberEligibility, _MEMBERS, st.just(()), st.lists(_BENEFITS).map(tuple)))
)
def test_every_answer_is_read_back(members: list[MemberEligibility]) -> None:
    given_response = eligibility_response(*(members or [answered()]))
    read, findings = read_271(only_transaction(write_271(envelope(), [given_response])))
    assert findings == []
    assert read == given_response
