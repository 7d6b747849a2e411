"""One question that must not be asked keeps no other back."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial

import pytest

from services.payer_gateway.domain.question import CLAIM_STATUS, Question
from services.payer_gateway.domain.question_file import unaskable, unsound, write_status_questions
from services.payer_gateway.partners import load_partners
from services.payer_gateway.x12.professional_claim import Claim
from tests.support import NOON
from tests.unit.payer_gateway.x12.builders import NPI, claim

CLAIMS = {name: claim(name) for name in ("C1", "C2", "C3")}


def questions(*subjects: str) -> list[Question]:
    return [
        Question(
            kind=CLAIM_STATUS,
            practice_id="P1",
            payer_id="BLUERIVER",
            subject=subject,
            provider_npi=NPI,
            trace=f"{place:032}",
        )
        for place, subject in enumerate(subjects)
    ]


def written(
    numbers: Mapping[str, str], sender: str, asked: Sequence[Question], number: int
) -> bytes:
    return write_status_questions(
        [CLAIMS[each.subject] for each in asked],
        [each.trace for each in asked],
        numbers,
        partner=load_partners(None)["BLUERIVER"],
        sender=sender,
        number=number,
        created=NOON,
    )


@pytest.mark.parametrize("number", ["X" * 51, "ICN\x01", "7*7", "7~7:7"])
def test_a_question_with_a_fault_is_left_out_with_why(number: str) -> None:
    found = unsound(questions("C1", "C2", "C3"), partial(written, {"C2": number}, NPI))
    assert list(found) == ["C2"]
    assert found["C2"]
    assert number not in found["C2"]


def test_sound_questions_all_go() -> None:
    assert unsound(questions("C1", "C2"), partial(written, {"C2": "ICN2"}, NPI)) == {}


def test_a_fault_of_the_file_itself_keeps_all_back() -> None:
    found = unsound(questions("C1", "C2"), partial(written, {}, "\x01"))
    assert set(found) == {"C1", "C2"}


def test_a_claim_of_whom_too_little_is_known_is_named_with_why() -> None:
    nobody = replace(CLAIMS["C2"].subscriber, birth_date=None)
    claims: list[Claim] = [CLAIMS["C1"], replace(CLAIMS["C2"], subscriber=nobody)]
    found = unaskable(claims, {}, NPI)
    assert list(found) == ["C2"]
    assert found["C2"]
