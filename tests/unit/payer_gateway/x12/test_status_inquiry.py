"""276 and 277: a question about a claim finds its answer, whatever else is in the file."""

from dataclasses import replace
from datetime import date, time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.payer_gateway.x12 import (
    ClaimInquiry,
    Delimiters,
    Finding,
    Insured,
    Name,
    Party,
    PatientReport,
    ProviderReport,
    ReceiverReport,
    SourceReport,
    StatusCode,
    StatusInquiry,
    StatusReport,
    StatusResponse,
    Transaction,
    match_answers,
    read_276,
    read_277,
    read_277ca,
    read_interchanges,
    write_276,
    write_277,
)
from tests.unit.payer_gateway.x12.builders import SENT, envelope, only_transaction
from tests.unit.payer_gateway.x12.inquiry_builders import (
    CLEARINGHOUSE,
    JANE,
    KIM,
    PAYER,
    PROVIDER,
    claim_inquiry,
    claim_report,
    status,
    status_inquiry,
    status_response,
)


def asked(*claims: ClaimInquiry) -> bytes:
    return write_276(envelope(), [status_inquiry(*claims)])


def answered(response: StatusResponse) -> bytes:
    return write_277(envelope(), [response])


def transaction(data: bytes) -> Transaction:
    return next(t for i in read_interchanges(data) for t in i.transactions)


def rules(findings: list[Finding]) -> list[tuple[str, str, str]]:
    return [(f.rule, f.path, f.element) for f in findings]


_CLAIM = "2000A/2000B/2000C/2000D/2200D"


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (b"*005010X212~BHT", b"*005010X214~BHT", ("claim-status.not-x212", "ST", "ST03")),
        (b"BHT*0010", b"BHX*0010", ("claim-status.header", "BHT", "")),
        (b"TRN*1*T1", b"TRN*1*", ("claim-status.required", f"{_CLAIM}/TRN", "TRN02")),
        (b"AMT*T3*310", b"AMT*T3*31O", ("claim-status.amount", f"{_CLAIM}/AMT", "AMT02")),
        (
            b"*1~REF*FJ",
            b"*I~REF*FJ",
            ("claim-status.amount", f"{_CLAIM[:-1].replace('2200', '2210')}D/SVC", "SVC07"),
        ),
        (b"DTP*472*RD8", b"DTP*472*D8", ("claim-status.date", f"{_CLAIM}/DTP", "DTP03")),
        (b"D8*19800517", b"D8*1980517", ("claim-status.date", f"{_CLAIM[:-6]}/DMG", "DMG02")),
        (b"REF*1K", b"RFF*1K", ("claim-status.unexpected-segment", _CLAIM, "")),
        (b"NM1*1P*", b"N1*1P*", ("claim-status.required", f"{_CLAIM[:17]}/NM1", "NM109")),
        (b"HL*4*3*22", b"HL*4*9*22", ("hierarchy.level", "HL", "HL02")),
        (b"HL*4*3*22", b"HL*4*1*22", ("hierarchy.level", "HL", "HL02")),
        (b"HL*4*3*22", b"HL*5*3*22", ("hierarchy.level", "HL", "HL01")),
        (b"HL*4*3*22", b"HL*4*3*XX", ("hierarchy.level", "HL", "HL03")),
        (b"HL*4*3*22*0", b"HL*4*3*22*1", ("hierarchy.child-code", f"{_CLAIM[:-6]}/HL", "HL04")),
        (b"HL*4*3*22*0", b"HL*4*3*22*7", ("hierarchy.level", "HL", "HL04")),
        (b"HL*1**20", b"HL*1*1*20", ("hierarchy.level", "HL", "HL02")),
        (b"HL*1**20*1", b"HL*1**21*1", ("hierarchy.orphan", "2000B/HL", "HL02")),
    ],
)
def test_one_fault_of_a_question_is_found_at_its_place(
    old: bytes, new: bytes, expected: tuple[str, str, str]
) -> None:
    data = asked(claim_inquiry())
    assert old in data
    _, findings = read_276(transaction(data.replace(old, new, 1)))
    assert expected in rules(findings)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (b"*005010X212~BHT", b"*005010X214~BHT", ("claim-status.not-x212", "ST", "ST03")),
        (b"TRN*2*T1", b"TRN*2*", ("claim-status.required", f"{_CLAIM}/TRN", "TRN02")),
        (b"STC*F1:65", b"STC*ZZ:65", ("claim-status.category", f"{_CLAIM}/STC", "STC01-1")),
        (b"*310*248*", b"*31O*248*", ("claim-status.amount", f"{_CLAIM}/STC", "STC04")),
        (b"*310*248*", b"*310*248.123*", ("claim-status.amount", f"{_CLAIM}/STC", "STC05")),
        (
            b":PR*20260201**310*248*20260201**",
            b":PR*20260201**310*248*20260231**",
            ("claim-status.date", f"{_CLAIM}/STC", "STC06"),
        ),
        (b"REF*EJ", b"REG*EJ", ("claim-status.unexpected-segment", _CLAIM, "")),
    ],
)
def test_one_fault_of_an_answer_is_found_at_its_place(
    old: bytes, new: bytes, expected: tuple[str, str, str]
) -> None:
    data = answered(status_response())
    assert old in data
    _, findings = read_277(transaction(data.replace(old, new, 1)))
    assert expected in rules(findings)


def test_a_finding_stands_at_its_segment_and_names_its_claim() -> None:
    data = asked(claim_inquiry("T1"), claim_inquiry("T2")).replace(b"AMT*T3*310", b"AMT*T3*x", 1)
    given_transaction = transaction(data)
    inquiry, findings = read_276(given_transaction)
    (finding,) = findings
    assert given_transaction.raw[finding.segment - 1].startswith("AMT")
    assert (finding.claim, finding.claim_index, finding.snip_level) == ("T1", 0, 1)
    assert [c.charge_cents for c in inquiry.claims] == [None, 31_000]


def test_no_finding_repeats_what_may_be_phi() -> None:
    data = asked(claim_inquiry()).replace(b"D8*19800517", b"D8*JaneDoe")
    _, findings = read_276(transaction(data))
    assert findings
    assert "Jane" not in repr(findings)


def test_an_inquiry_about_no_claim_is_not_written() -> None:
    with pytest.raises(ValueError, match="needs a claim"):
        write_276(envelope(), [StatusInquiry("A", None, None, ())])


@pytest.mark.parametrize("delimiters", [Delimiters(), Delimiters("|", "!", ">", "\n")])
def test_a_question_written_is_read_back(delimiters: Delimiters) -> None:
    given_inquiry = status_inquiry(claim_inquiry("T1"), claim_inquiry("T2", KIM))
    data = write_276(envelope(delimiters), [given_inquiry])
    assert read_276(only_transaction(data)) == (given_inquiry, [])


@pytest.mark.parametrize("delimiters", [Delimiters(), Delimiters("|", "!", ">", "\n")])
def test_an_answer_written_is_read_back(delimiters: Delimiters) -> None:
    pharmacy = StatusReport((StatusCode("F2", "80", "", "RX"),), SENT, 8_500, 0, message="CALL")
    claims = (claim_report("T1"), replace(claim_report("T2"), statuses=(pharmacy,)))
    given_response = status_response(*claims, dependents=(claim_report("T3"),))
    data = write_277(envelope(delimiters), [given_response])
    assert read_277(only_transaction(data)) == (given_response, [])


def test_people_are_named_once_for_the_claims_that_follow_each_other() -> None:
    data = asked(claim_inquiry("T1"), claim_inquiry("T2"), claim_inquiry("T3", KIM))
    levels = [s[3] for s in transaction(data).split() if s[0] == "HL"]
    assert levels == ["20", "21", "19", "22", "23"]


def test_a_dependents_level_says_nothing_of_levels_below_it() -> None:
    data = asked(claim_inquiry("T1", KIM))
    levels = [s for s in transaction(data).split() if s[0] == "HL"]
    assert levels[-2:] == [["HL", "4", "3", "22", "1"], ["HL", "5", "4", "23"]]


def test_an_acknowledgement_of_claims_is_not_taken_for_an_answer() -> None:
    _, findings = read_277ca(only_transaction(answered(status_response())))
    assert [f.rule for f in findings] == ["status.not-277ca"]


def test_each_question_finds_its_answer_by_its_trace() -> None:
    inquiry = status_inquiry(*(claim_inquiry(f"T{n}") for n in range(1, 4)))
    response = status_response(claim_report("T2"), claim_report("T1", "F2"), claim_report("T9"))
    answers, unasked = match_answers(inquiry, response)
    assert [[r.statuses[0].category for r in a.reports] for a in answers] == [["F2"], ["F1"], []]
    assert [a.is_answered for a in answers] == [True, True, False]
    assert [claim.trace for claim in unasked] == ["T9"]
    assert answers[1].reports[0].payer_claim_number == "ICN1"
    assert answers[1].reports[0].statuses[0].payment_trace == "TRACE1"


def test_a_claim_that_was_split_answers_with_every_part() -> None:
    answers, _ = match_answers(
        status_inquiry(claim_inquiry("T1")), status_response(claim_report("T1"), claim_report("T1"))
    )
    assert len(answers[0].reports) == 2


def test_an_unknown_provider_is_an_answer_to_each_of_its_questions() -> None:
    other = replace(claim_inquiry("T2"), provider=replace(PROVIDER, identifier="1987654328"))
    unknown = status("E0", "24")
    provider = ProviderReport((PROVIDER,), "0", (unknown,))
    receiver = ReceiverReport(CLEARINGHOUSE, providers=(provider,))
    response = StatusResponse("A", SENT, None, (SourceReport(PAYER, (receiver,)),))
    answers, unasked = match_answers(status_inquiry(claim_inquiry("T1"), other), response)
    assert [a.refusals for a in answers] == [(unknown,), ()]
    assert [a.is_answered for a in answers] == [True, False]
    assert unasked == []


def test_a_refusal_of_the_whole_inquiry_answers_every_question_of_that_inquiry_alone() -> None:
    refused = status("E0", "0")
    receiver = ReceiverReport(CLEARINGHOUSE, "ASK1", (refused,))
    response = StatusResponse("A", SENT, None, (SourceReport(PAYER, (receiver,)),))
    given_inquiry = status_inquiry(claim_inquiry("T1"), claim_inquiry("T2"))
    answers, _ = match_answers(given_inquiry, response)
    assert all(a.refusals == (refused,) for a in answers)
    answers, _ = match_answers(replace(given_inquiry, reference="ASK2"), response)
    assert not any(a.is_answered for a in answers)


_WORD = st.text(st.characters(codec="ascii", categories=["L", "N"]), min_size=1, max_size=8)
_CENTS = st.integers(0, 10**9)
_DAY = st.dates(date(1900, 1, 1), date(2100, 1, 1))
_PARTIES = st.sampled_from([PROVIDER, replace(PROVIDER, identifier="1987654328")])
_PEOPLE = st.builds(
    Insured, st.builds(Name.person, _WORD, _WORD), _WORD, st.just("MI"), st.none() | _DAY
)
_DEPENDENTS = st.none() | st.just(KIM) | st.builds(Insured, st.builds(Name.person, _WORD))
_INQUIRIES = st.builds(
    replace,
    st.just(claim_inquiry()),
    trace=_WORD,
    provider=_PARTIES,
    subscriber=st.just(JANE) | _PEOPLE,
    dependent=_DEPENDENTS,
    charge_cents=st.none() | _CENTS,
    service_from=_DAY,
    service_to=st.none() | _DAY,
)


@settings(max_examples=80)
@given(st.lists(_INQUIRIES, min_size=1, max_size=8))
def test_every_question_is_read_back_in_its_order(claims: list[ClaimInquiry]) -> None:
    given_inquiry = status_inquiry(*claims)
    read, findings = read_276(only_transaction(write_276(envelope(), [given_inquiry])))
    assert findings == []
    assert read == given_inquiry


_REPORTS = st.builds(
    StatusReport,
    codes=st.lists(
        st.builds(StatusCode, st.sampled_from(["F1", "P3", "E0"]), _WORD, _WORD),
        min_size=1,
        max_size=3,
    ).map(tuple),
    effective=_DAY,
    charge_cents=st.none() | _CENTS,
    paid_cents=st.none() | _CENTS,
    adjudicated=st.none() | _DAY,
    payment_trace=st.just("") | _WORD,
)
_STATUSES = st.lists(_REPORTS, min_size=1, max_size=3).map(tuple)
_CLAIMS = st.lists(
    st.builds(replace, st.just(claim_report()), trace=_WORD, statuses=_STATUSES), max_size=3
).map(tuple)
_PATIENTS = st.builds(
    PatientReport,
    st.builds(Name.person, _WORD),
    _WORD,
    st.just("MI"),
    _CLAIMS,
    st.lists(st.builds(PatientReport, st.just(KIM.name), claims=_CLAIMS), max_size=2).map(tuple),
)
_PROVIDERS = st.builds(
    ProviderReport,
    st.sampled_from([(PROVIDER,), (PROVIDER, PROVIDER)]),
    _WORD,
    st.just(()) | _STATUSES,
    st.lists(_PATIENTS, max_size=2).map(tuple),
)


@settings(max_examples=80)
@given(st.lists(_PROVIDERS, max_size=3).map(tuple), _STATUSES)
def test_every_answer_is_read_back(
    providers: tuple[ProviderReport, ...], statuses: tuple[StatusReport, ...]
) -> None:
    receiver = ReceiverReport(CLEARINGHOUSE, "ASK1", statuses, providers)
    payer = Party("PR", Name.organization("First Health"), "PI", "60001")
    sources = (SourceReport(payer, (receiver,)), SourceReport(payer))
    response = StatusResponse("ANS1", SENT, time(9, 30), sources)
    read, findings = read_277(only_transaction(answered(response)))
    assert findings == []
    assert read == response
