"""Every public sample of 270, 271, 276 and 277 is read, as written here by hand."""

from datetime import date
from decimal import Decimal
from typing import NamedTuple

import pytest

from services.payer_gateway.x12 import (
    Coverage,
    EligibilityInquiry,
    EligibilityResponse,
    StatusInquiry,
    StatusResponse,
    Transaction,
    match_answers,
    read_270,
    read_271,
    read_276,
    read_277,
    read_278,
    read_interchanges,
    read_transaction,
    write_270,
    write_271,
    write_276,
    write_277,
    write_278,
)
from tests.shared_data import needs_shared_data, shared
from tests.unit.payer_gateway.x12.builders import envelope, only_transaction

_LFH = "linuxforhealth"
_ASKED = f"{_LFH}/276_005010X212"
_ANSWERED = f"{_LFH}/277_005010X212"


def transaction(name: str) -> Transaction:
    (interchange,) = read_interchanges(shared("x12", *name.split("/")).read_bytes())
    (only,) = interchange.transactions
    return only


class Asked(NamedTuple):
    """One question of a 276 by hand."""

    trace: str
    provider: str
    subscriber: str
    dependent: str
    cents: int | None
    account: str
    service: tuple[date | None, date | None]
    lines: int


_SMITH = Asked(
    "ABCXYZ1",
    "HOME HOSPITAL",
    "SMITH",
    "",
    851_388,
    "SM123456",
    (date(2005, 8, 31), date(2005, 9, 6)),
    0,
)
_JONES = Asked(
    "ABCXYZ2",
    "HOME HOSPITAL",
    "JONES",
    "",
    759_900,
    "J0234567",
    (date(2005, 7, 31), date(2005, 8, 9)),
    0,
)
_MANN = Asked(
    "ABCXYZ3", "HOME HOSPITAL PHYSICANS", "MANN", "JOSEPH", None, "MA345678", (None, None), 1
)


@needs_shared_data
@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("claim-level-status.276", [_SMITH, _JONES, _MANN]),
        (
            "provider-level-status.276",
            [_SMITH, _MANN._replace(provider="HOME HOSPITAL PHYSICIANS")],
        ),
        ("information-receiver-level-status.276", [_SMITH]),
        (
            "claim-level-status-ncpdp.276",
            [
                _SMITH._replace(
                    provider="HOME HOSPITAL PHARMACY",
                    cents=8_500,
                    account="",
                    service=(date(2006, 3, 1), None),
                )
            ],
        ),
    ],
)
def test_a_status_inquiry_is_read_as_it_stands(name: str, expected: list[Asked]) -> None:
    inquiry, findings = read_276(transaction(f"{_ASKED}/{name}"))
    assert findings == []
    assert inquiry.reference == "ABC276XXX"
    read = [
        Asked(
            claim.trace,
            claim.provider.name.last,
            claim.subscriber.name.last,
            claim.dependent.name.first if claim.dependent else "",
            claim.charge_cents,
            claim.reference("EJ"),
            (claim.service_from, claim.service_to),
            len(claim.lines),
        )
        for claim in inquiry.claims
    ]
    assert read == expected


@needs_shared_data
def test_a_prescription_is_asked_about_and_answered_with_a_pharmacys_code() -> None:
    inquiry, _ = read_276(transaction(f"{_ASKED}/claim-level-status-ncpdp.276"))
    response, findings = read_277(transaction(f"{_ANSWERED}/claim-level-status-ncpdp.277"))
    assert findings == []
    ((answer,), unasked) = match_answers(inquiry, response)
    assert unasked == []
    assert inquiry.claims[0].reference("XZ") == answer.reports[0].reference("XZ") == "7654321"
    (status,) = answer.reports[0].statuses
    (code,) = status.codes
    assert (code.category, code.status, code.code_list) == ("F2", "80", "RX")
    assert (status.charge_cents, status.paid_cents) == (8_500, 0)


@needs_shared_data
def test_claims_are_answered_one_by_one_and_a_trace_mistyped_is_not_guessed() -> None:
    inquiry, _ = read_276(transaction(f"{_ASKED}/claim-level-status.276"))
    response, findings = read_277(transaction(f"{_ANSWERED}/claim-level-status.277"))
    assert findings == []
    answers, unasked = match_answers(inquiry, response)
    said = [[(s.category, s.paid_cents) for r in a.reports for s in r.statuses] for a in answers]
    assert said == [[("P3", None)], [("F0", 759_900)], []]
    assert [a.reports[0].payer_claim_number for a in answers[:2]] == ["05347006051", "0529675341"]
    (other,) = unasked
    assert (other.trace, other.lines[0].statuses[0].codes[0].entity) == ("ABCXYC3", "QC")


@needs_shared_data
def test_an_unknown_provider_answers_for_all_its_claims() -> None:
    inquiry, _ = read_276(transaction(f"{_ASKED}/provider-level-status.276"))
    response, findings = read_277(transaction(f"{_ANSWERED}/provider-level-status.277"))
    assert findings == []
    (first, second), unasked = match_answers(inquiry, response)
    assert (len(first.reports), first.refusals) == (1, ())
    assert [status.codes[0].status for status in second.refusals] == ["24"]
    assert (second.reports, unasked) == ((), [])


@needs_shared_data
def test_a_receiver_that_is_not_known_is_answered_once() -> None:
    inquiry, _ = read_276(transaction(f"{_ASKED}/information-receiver-level-status.276"))
    name = f"{_ANSWERED}/information-receiver-level-status.277"
    response, findings = read_277(transaction(name))
    assert findings == []
    ((answer,), _) = match_answers(inquiry, response)
    assert [status.category for status in answer.refusals] == ["E0"]


@needs_shared_data
def test_news_unasked_for_names_every_claim() -> None:
    response, findings = read_277(transaction("imsweb/277_5010/x12_277_x212.txt"))
    assert findings == []
    claims = [(c.trace, c.reference("EJ"), c.statuses[0].charge_cents) for c in response.claims]
    assert claims == [
        ("0000001", "12345", 60_000),
        ("0000002", "12346", 40_000),
        ("0000003", "12347", 10_000),
        ("0000004", "12348", 18_000),
        ("0000005", "12349", 10_000),
        ("0000006", "12340", 45_000),
        ("0000007", "12341", 10_000),
        ("0000008", "12342", 10_000),
    ]
    assert len(response.sources) == 8
    assert {c.statuses[0].message for c in response.claims} == {
        "PAYER ACKNOWLEDGED RECEIPT OF THE CLAIM"
    }


@needs_shared_data
@pytest.mark.parametrize(
    ("name", "patient", "born", "asking"),
    [
        (
            "subscriber-health-benefit-check.270",
            "ROBERT",
            date(1943, 5, 19),
            "BONE AND JOINT CLINIC",
        ),
        ("dependent-health-benefit-check.270", "MARY", date(1978, 10, 14), "JONES"),
    ],
)
def test_an_eligibility_inquiry_is_read_as_it_stands(
    name: str, patient: str, born: date, asking: str
) -> None:
    inquiry, findings = read_270(transaction(f"{_LFH}/270_005010X279A1/{name}"))
    assert findings == []
    assert (inquiry.reference, inquiry.purpose) == ("10001234", "13")
    (request,) = inquiry.requests
    assert (request.patient.name.first, request.patient.birth_date) == (patient, born)
    assert request.subscriber.identifier == "11122333301"
    assert (request.trace, request.receiver.party.name.last) == ("93175-012547", asking)
    assert [question.service_types for question in request.questions] == [("30",)]
    assert [(d.qualifier, d.first) for d in request.patient.dates] == [("291", date(2006, 5, 1))]


@needs_shared_data
@pytest.mark.parametrize(
    ("name", "patient", "relationship"),
    [
        ("subscriber-health-benefit-check.271", "JOHN", ""),
        ("dependent-health-benefit-check.271", "MARY", "19"),
    ],
)
def test_an_eligibility_answer_is_read_as_it_stands(
    name: str, patient: str, relationship: str
) -> None:
    response, findings = read_271(transaction(f"{_LFH}/271_005010X279A1/{name}"))
    assert findings == []
    answer = response.answer_to("93175-012547")
    assert answer is not None
    assert (answer.member.name.first, answer.member.relationship) == (patient, relationship)
    assert answer.coverage(date(2006, 5, 1)) is Coverage.ACTIVE
    assert answer.coverage(date(2005, 12, 31)) is Coverage.INACTIVE
    assert answer.benefits[0].plan == "GOLD 123 PLAN"
    (doctor,) = answer.benefits_of("L")[0].entities
    assert (doctor.party.role, doctor.party.name.last) == ("P3", "JONES")
    copays = [(b.amount_cents, b.in_network, b.period) for b in answer.benefits_of("B", "98")]
    assert copays == [(1_000, "Y", "27"), (3_000, "N", "27")]
    assert answer.benefits_of("B", "98")[0].service_types == (
        "1", "33", "35", "47", "86", "88", "98", "AL", "MH", "UC",
    )  # fmt: skip


@needs_shared_data
def test_a_refused_eligibility_inquiry_says_why() -> None:
    name = f"{_LFH}/271_005010X279A1/subscriber-health-benefit-check-error.271"
    given_transaction = transaction(name)
    assert [f.rule for f in given_transaction.findings] == ["envelope.se-control"]
    response, findings = read_271(given_transaction)
    assert findings == []
    (rejection,) = response.rejections
    assert (rejection.reason, rejection.follow_up, rejection.is_valid) == ("50", "N", True)
    assert list(response.members) == []


_EVERY = [
    *(
        f"{_LFH}/{kind}_005010X212/{name}.{kind}"
        for kind in ("276", "277")
        for name in (
            "claim-level-status",
            "claim-level-status-ncpdp",
            "information-receiver-level-status",
            "provider-level-status",
        )
    ),
    *(
        f"{_LFH}/{kind}_005010X279A1/{name}.{kind}"
        for kind in ("270", "271")
        for name in ("subscriber-health-benefit-check", "dependent-health-benefit-check")
    ),
    f"{_LFH}/271_005010X279A1/subscriber-health-benefit-check-error.271",
    "imsweb/277_5010/x12_277_x212.txt",
]


def write_again(value: object) -> bytes:
    match value:
        case StatusInquiry():
            return write_276(envelope(), [value])
        case StatusResponse():
            return write_277(envelope(), [value])
        case EligibilityInquiry():
            return write_270(envelope(), [value])
        case EligibilityResponse():
            return write_271(envelope(), [value])
        case _:
            raise AssertionError(type(value))


@needs_shared_data
@pytest.mark.parametrize("name", _EVERY, ids=lambda name: name.rpartition("/")[2])
def test_a_sample_read_can_be_written_and_read_again(name: str) -> None:
    value, _ = read_transaction(transaction(name))
    again, findings = read_transaction(only_transaction(write_again(value)))
    assert findings == []
    assert again == value


REVIEW_RESPONSE = (
    b"ISA*00*          *00*          *ZZ*111222001      *ZZ*360373         *190718*1938*^*00501*"
    b"000000038*0*T*+~GS*HI*111222001*360373*20190718*19385828*121901*X*005010X217~"
    b"ST*278*121901*005010X217~BHT*0007*11*000121901*20190718*19385828*18~HL*1**20*1~"
    b"NM1*X3*2*REVIEWER*****PI*15004~HL*2*1*21*1~NM1*1P*2*HOME CARE*****XX*1427351956~"
    b"HL*3*2*22*1~NM1*IL*1*DOE*SUE****MI*513325515C1~HL*4*3*EV*1~TRN*1*FSP000000008824*9REVIEWER1~"
    b"UM*HS*I**32+A~HCR*A2*15H00000000336~HI*ABK+R130~MSG*HH07F~NM1*DK*1*HILL*ANN****XX*1285612259~"
    b"HL*5*4*SS*0~HCR*A1*15H00000000336~DTP*472*RD8*20190201-20190401~SV2**HC+G0299**UN*10~"
    b"HL*6*4*SS*0~HCR*A3~REF*NT*15H00000000336~DTP*472*RD8*20190201-20190401~SV2**HC+G0156**UN*4~"
    b"SE*25*121901~GE*1*121901~IEA*1*000000038~"
)
"""A response to a home health review as a Medicare contractor lays it out."""


def test_a_review_as_medicare_answers_it_is_read() -> None:
    given_transaction = only_transaction(REVIEW_RESPONSE)
    review, findings = read_278(given_transaction)
    assert findings == []
    (event,) = review.events
    assert (event.traces[0].number, event.authorization_number) == (
        "FSP000000008824",
        "15H00000000336",
    )
    assert [d.code for d in event.diagnoses] == ["R130"]
    decided = [
        (s.decision.action, s.service.procedure.code, s.service.quantity, s.authorization_number)
        for s in event.services
        if s.decision and s.service and s.service.procedure
    ]
    assert decided == [
        ("A1", "G0299", Decimal(10), "15H00000000336"),
        ("A3", "G0156", Decimal(4), ""),
    ]
    again, findings = read_278(only_transaction(write_278(envelope(), [review])))
    assert (again, findings) == (review, [])
