"""What may be said of a batch of forms, and when."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.chassis.effects import Refused
from services.payer_gateway.domain.paper_batch import (
    PaperBatch,
    Word,
    note_mailed,
    note_printed,
    without,
)
from tests.support import NOON

DAY = timedelta(days=1)
BATCH = PaperBatch(
    file_id=UUID(int=1),
    practice_id="P1",
    payer_id="BLUERIVER",
    name="B1.pdf",
    number=1,
    state="outbox",
    made_at=NOON,
    claims=(("C1", "E1"), ("C2", "E2")),
)
WORD = Word(NOON + DAY, "jo", "certified")


def test_mailing_says_that_it_was_printed_too() -> None:
    mailed = note_mailed(BATCH, WORD, NOON + DAY)
    assert (mailed.printed, mailed.mailed, mailed.state) == (WORD, WORD, "sent")


def test_who_printed_it_first_is_kept() -> None:
    once = note_printed(BATCH, Word(NOON, "ann"))
    assert note_printed(once, WORD).printed == Word(NOON, "ann")
    assert note_mailed(once, WORD, NOON + DAY).printed == Word(NOON, "ann")


@pytest.mark.parametrize(
    ("batch", "word", "reason"),
    [
        (replace(BATCH, state="created"), WORD, "paper_not_laid_out"),
        (replace(BATCH, mailed=WORD), WORD, "paper_mailed"),
        (replace(BATCH, withdrawn=("C1", "C2")), WORD, "paper_empty"),
        (BATCH, Word(NOON + 3 * DAY, "jo"), "paper_day"),
        (BATCH, Word(NOON - DAY, "jo"), "paper_day"),
    ],
)
def test_what_cannot_have_been_mailed_is_refused(
    batch: PaperBatch, word: Word, reason: str
) -> None:
    with pytest.raises(Refused) as refused:
        note_mailed(batch, word, NOON + 2 * DAY)
    assert refused.value.reason == reason


@given(st.lists(st.sampled_from(["C1", "C2"]), max_size=5), st.booleans())
def test_every_claim_is_mailed_or_taken_out_and_none_both(
    taken: list[str], is_mailed: bool
) -> None:
    batch = replace(BATCH, mailed=WORD) if is_mailed else BATCH
    for claim_id in taken:
        batch = without(batch, claim_id)
    going = [claim_id for claim_id, _ in batch.going]
    assert sorted([*going, *batch.withdrawn]) == ["C1", "C2"]
    if is_mailed:
        assert going == ["C1", "C2"]
