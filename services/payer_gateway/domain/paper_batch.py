"""A batch of forms after it was printed into the outbox: printed, mailed, and what came back.

No payer acknowledges paper: a person says what became of it. What was mailed is what was sent; the
day of mailing is the proof of timely filing.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from services.chassis.effects import Refused


@dataclass(frozen=True, slots=True)
class Word:
    """When something was done, by whom, and how or with what number of the post."""

    at: datetime
    by: str
    how: str = ""


@dataclass(frozen=True, slots=True)
class PaperBatch:
    """A batch as it stands. ``claims``: ids with those of their encounters, withdrawn ones too."""

    file_id: UUID
    practice_id: str
    payer_id: str
    name: str
    number: int
    state: str
    made_at: datetime
    claims: tuple[tuple[str, str], ...]
    withdrawn: tuple[str, ...] = ()
    printed: Word | None = None
    mailed: Word | None = None

    @property
    def going(self) -> tuple[tuple[str, str], ...]:
        """The claims that are mailed with it."""
        return tuple(claim for claim in self.claims if claim[0] not in self.withdrawn)


def note_printed(batch: PaperBatch, word: Word) -> PaperBatch:
    """The forms are printed; again after a jam is no error."""
    _check_laid_out(batch)
    if batch.mailed is not None:
        raise Refused("paper_mailed", f"{batch.name} was mailed on {batch.mailed.at:%Y-%m-%d}")
    return replace(batch, printed=batch.printed or word)


def note_mailed(batch: PaperBatch, word: Word, now: datetime) -> PaperBatch:
    """The forms are on their way, once; not before they were made, nor in days to come."""
    _check_laid_out(batch)
    if batch.mailed is not None:
        raise Refused("paper_mailed", f"{batch.name} was mailed on {batch.mailed.at:%Y-%m-%d}")
    if not batch.going:
        raise Refused("paper_empty", f"every claim of {batch.name} was taken out of it")
    if word.at > now:
        raise Refused("paper_day", "it cannot have been mailed in days to come")
    if word.at.date() < batch.made_at.date():
        raise Refused("paper_day", f"{batch.name} was made on {batch.made_at:%Y-%m-%d}, not before")
    return replace(batch, printed=batch.printed or word, mailed=word, state="sent")


def without(batch: PaperBatch, claim_id: str) -> PaperBatch:
    """The batch once a claim was taken out; one that was mailed went with it and came back."""
    if batch.mailed is not None or claim_id in batch.withdrawn:
        return batch
    return replace(batch, withdrawn=(*batch.withdrawn, claim_id))


def _check_laid_out(batch: PaperBatch) -> None:
    if batch.state == "created":
        raise Refused("paper_not_laid_out", f"{batch.name} does not lie in the outbox yet")
