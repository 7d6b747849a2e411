"""Answers before adjudication move claims forward, once, and never past a rejection."""

from datetime import UTC, datetime
from uuid import UUID

import pytest

from schemas.claim import ClaimAcknowledged
from services.payer_gateway.domain.acknowledgement_match import (
    AcknowledgementContext,
    Matcher,
    SentFile,
    outcome_of,
)
from services.payer_gateway.domain.answer_file import AnswerFile, AnswerInterchange
from services.payer_gateway.domain.claim_state import ClaimRecord
from services.payer_gateway.domain.quarantine import discriminator_of, released_event
from services.payer_gateway.x12.acknowledgement import (
    ElementError,
    FunctionalAcknowledgement,
    InterchangeAcknowledgement,
    SegmentError,
    TransactionAcknowledgement,
)
from services.payer_gateway.x12.claim_status import ClaimStatus, Status, StatusCode
from services.payer_gateway.x12.parties import Name

FILE = UUID(int=1)


def record(claim_id: str = "CLM1", state: str = "sent") -> ClaimRecord:
    return ClaimRecord("P1", claim_id, f"E-{claim_id}", "A", state)


def sent(*records: ClaimRecord) -> SentFile:
    return SentFile(FILE, "sent", records or (record(),))


def matcher() -> Matcher:
    at = datetime(2026, 3, 3, tzinfo=UTC)
    return Matcher(AcknowledgementContext("A", at, "0" * 64, UUID(int=7)))


def ta1(code: str, note: str) -> InterchangeAcknowledgement:
    return InterchangeAcknowledgement("000000001", None, None, code, note)


def group(
    code: str, *segments: SegmentError, errors: tuple[str, ...] = ()
) -> FunctionalAcknowledgement:
    verdict = TransactionAcknowledgement(
        "837", "0001", "005010X222A1", code, errors, tuple(segments)
    )
    return FunctionalAcknowledgement("HC", "1", "005010X222A1", code, 1, 1, 0, (verdict,))


def status(*categories: str, number: str = "") -> ClaimStatus:
    return ClaimStatus(
        "CLM1",
        Name.person("X"),
        "M1",
        tuple(Status((StatusCode(each, "20"),)) for each in categories),
        payer_claim_number=number,
    )


def events(used: Matcher) -> list[tuple[str, str, str]]:
    return [(e.claim_id, e.stage, e.outcome) for e in used.outcome.events]


def test_an_interchange_refused_as_a_duplicate_moves_nothing() -> None:
    used = matcher()
    used.interchange(ta1("R", "025"), sent())
    assert (events(used), used.outcome.claims) == ([], {})
    assert used.outcome.answers == {FILE: ("sent", "TA1 R 025")}


def test_an_interchange_refused_for_anything_else_gives_every_claim_back() -> None:
    used = matcher()
    used.interchange(ta1("R", "022"), sent(record("CLM1"), record("CLM2")))
    assert events(used) == [("CLM1", "TA1", "rejected"), ("CLM2", "TA1", "rejected")]
    assert used.outcome.answers[FILE][0] == "rejected"


def test_a_refused_set_names_segment_and_element_and_never_the_bad_value() -> None:
    used = matcher()
    element = ElementError("9", "7", bad_value="QUILLFEATHER")
    used.group(group("R", SegmentError("NM1", 12, "2010", "8", elements=(element,))), sent())
    (event,) = used.outcome.events
    assert [(r.code, r.message) for r in event.reasons] == [
        ("IK4:7", "element 9 of segment NM1 at 12 is refused")
    ]
    assert "QUILLFEATHER" not in event.to_json().decode()


def test_a_refusal_without_a_reason_still_has_a_code() -> None:
    used = matcher()
    used.group(group("R"), sent())
    assert [r.code for r in used.outcome.events[0].reasons] == ["IK5:R"]


@pytest.mark.parametrize("code", ["A", "E"])
def test_a_set_accepted_with_or_without_errors_is_noted_and_says_nothing_of_its_claims(
    code: str,
) -> None:
    used = matcher()
    used.group(group(code), sent())
    assert (events(used), used.outcome.claims) == ([], {})
    assert used.outcome.answers == {FILE: ("accepted", f"999 {code}")}


@pytest.mark.parametrize("code", ["A", "E"])
def test_a_file_that_is_not_known_to_be_sent_is_still_to_be_sent_once_a_set_is_accepted(
    code: str,
) -> None:
    used = matcher()
    used.group(group(code), SentFile(FILE, "created", ()))
    assert used.outcome.answers == {FILE: ("created", f"999 {code}")}


def test_a_set_refused_after_the_277ca_accepted_a_claim_gives_it_back() -> None:
    used = matcher()
    used.group(group("R"), sent(record(state="accepted")))
    assert events(used) == [("CLM1", "999", "rejected")]


@pytest.mark.parametrize(
    ("ta1s", "groups", "refused"),
    [
        ([("A", "000")], ["A"], False),
        ([], ["E"], False),
        ([("R", "025")], [], False),
        ([("R", "022")], [], True),
        ([("A", "000")], ["R"], True),
    ],
)
def test_the_claims_of_a_file_are_asked_for_only_where_an_answer_refuses_it(
    ta1s: list[tuple[str, str]], groups: list[str], refused: bool
) -> None:
    answer = AnswerInterchange("PAYER", "CLINIC", "000000009")
    answer.interchanges += [ta1(*each) for each in ta1s]
    answer.groups += [group(each) for each in groups]
    file = AnswerFile([answer])
    assert file.answered_numbers() == {("CLINIC", "PAYER", 1)}
    assert file.refused_numbers() == (file.answered_numbers() if refused else set())


@pytest.mark.parametrize("state", ["rejected", "adjudicated", "refused"])
def test_nothing_moves_a_claim_that_is_final(state: str) -> None:
    used = matcher()
    used.claim(status("A2"), [record(state=state)])
    used.claim(status("A3"), [record(state=state)])
    used.group(group("R"), sent(record(state=state)))
    assert (events(used), used.outcome.claims) == ([], {})


@pytest.mark.parametrize(
    ("categories", "outcome"),
    [
        (("A1",), None),
        (("A0",), "forwarded"),
        (("A1", "A2"), "accepted"),
        (("A5",), "accepted"),
        (("A1", "A3"), "rejected"),
        (("A6",), "rejected"),
        (("A7",), "rejected"),
        (("A2", "A8"), "rejected"),
    ],
)
def test_the_furthest_category_of_a_277ca_decides(
    categories: tuple[str, ...], outcome: str | None
) -> None:
    assert outcome_of(status(*categories)) == outcome


def test_a_rejection_after_a_receipt_is_said_and_is_final() -> None:
    used = matcher()
    used.claim(status("A1"), [record()])
    used.claim(status("A3"), [record()])
    used.claim(status("A2"), [record()])
    assert events(used) == [("CLM1", "277CA", "rejected")]


def test_two_acceptances_are_said_once_and_the_payers_number_is_kept() -> None:
    used = matcher()
    used.claim(status("A2", number="ICN1"), [record()])
    used.claim(status("A2"), [record()])
    assert events(used) == [("CLM1", "277CA", "accepted")]
    assert used.outcome.claims["P1", "CLM1"].payer_control_number == "ICN1"


def test_a_claim_the_payer_does_not_find_waits_for_a_person_and_stands_as_it_stood() -> None:
    used = matcher()
    used.claim(status("A4"), [record()])
    assert (events(used), used.outcome.claims) == ([], {})
    (item,) = used.outcome.items
    assert (item.practice_id, item.subject, item.reason) == (
        "P1",
        "CLM1",
        "gateway.claim-not-found",
    )
    held = released_event(*item.held.events[0])
    assert isinstance(held, ClaimAcknowledged)
    assert (held.outcome, held.reasons[0].code) == ("rejected", "A4:20")


@pytest.mark.parametrize("categories", [(), ("X9",), ("F1", "")])
def test_a_claim_of_which_nothing_known_is_said_waits_for_a_person(
    categories: tuple[str, ...],
) -> None:
    used = matcher()
    used.claim(status(*categories, number="ICN1"), [record()])
    assert (events(used), used.outcome.claims) == ([], {})
    (item,) = used.outcome.items
    assert (item.subject, item.reason) == ("CLM1", "gateway.status-unclear")
    assert item.held.events == ()


def test_an_acceptance_that_brings_the_payers_number_later_is_said_too() -> None:
    used = matcher()
    used.claim(status("A2"), [record()])
    used.claim(status("A2", number="ICN1"), [record()])
    used.claim(status("A2", number="ICN1"), [record()])
    assert [e.payer_control_number for e in used.outcome.events] == ["", "ICN1"]
    assert len({discriminator_of(e) for e in used.outcome.events}) == 2


def test_a_claim_that_two_practices_have_is_nobodys_until_a_person_says_whose() -> None:
    used = matcher()
    used.claim(status("A2"), [record(), record()])
    assert events(used) == []
    assert [(i.kind, i.subject, i.reason) for i in used.outcome.items] == [
        ("277CA", "CLM1", "gateway.claim-unknown")
    ]
