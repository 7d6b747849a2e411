"""What payers are asked (276, 270), what they say (277, 271), and what a claim's answer means."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from services.payer_gateway.x12.codes import CLAIM_STATUS_CATEGORIES
from services.payer_gateway.x12.status_response import Outcome

CLAIM_STATUS = "276"
COVERAGE = "270"

QUIET_SECONDS = 60
"""Real seconds that a payer has in any case, however fast the service's clock is set to run."""

WORKED_ON = frozenset({Outcome.PENDING, Outcome.RECEIVED})
"""The payer has the claim and has not decided."""

DECIDED = frozenset({Outcome.PAID, Outcome.DENIED, Outcome.FINAL})
"""The payer has decided: the 835 says how."""

_MEANING = {
    Outcome.RECEIVED: "the payer has it",
    Outcome.REJECTED: "the payer rejected it: mend it and submit it again",
    Outcome.NOT_FOUND: "the payer does not find it: ask, or submit it again",
    Outcome.PENDING: "the payer works on it",
    Outcome.WANTS_INFORMATION: "the payer waits for information: send what it asks for",
    Outcome.PAID: "decided and paid: the remittance says how",
    Outcome.DENIED: "decided and denied: the remittance says why",
    Outcome.FINAL: "decided: the remittance says how",
    Outcome.ERROR: "the payer could not answer: ask again",
    Outcome.UNKNOWN: "the answer is not one that is known here: read it",
}


@dataclass(frozen=True, slots=True)
class Question:
    """Something that a payer was asked.

    ``subject`` is a claim id (276) or a patient id (270), ``about_file_id`` the file that the claim
    was sent in, ``about_day`` the day of coverage.
    """

    kind: str
    practice_id: str
    payer_id: str
    subject: str
    provider_npi: str
    about_file_id: UUID | None = None
    about_day: date | None = None
    trace: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a payer said to a question.

    ``codes`` is STC01 as ``category:status[:entity]`` of a claim, AAA03 of coverage. ``detail`` is
    what else was said, amounts in cents; it names nobody.
    """

    trace: str
    received_at: datetime
    outcome: str
    codes: str
    detail: dict[str, object]


@dataclass(frozen=True, slots=True)
class Asked:
    """The latest question about a claim. ``is_refused``: the payer did not take the file.

    ``is_fresh``: it was asked less than a real minute ago.
    """

    asked_at: datetime
    is_refused: bool
    answers: tuple[Answer, ...]
    is_fresh: bool = False

    @property
    def answer(self) -> Answer | None:
        """What was said last; of several claims of that description, one that is not decided."""
        latest = max((each.received_at for each in self.answers), default=None)
        said = [each for each in self.answers if each.received_at == latest]
        return min(said, key=_precedence, default=None)


def _precedence(answer: Answer) -> int:
    if answer.outcome in WORKED_ON:
        return 0
    return 1 if answer.outcome in DECIDED else 2


def in_words(answer: Answer) -> str:
    """What was said of a claim, and what follows, with the codes."""
    outcome = Outcome(answer.outcome)
    category = answer.codes.partition(":")[0]
    said = CLAIM_STATUS_CATEGORIES.get(category) if outcome is Outcome.REJECTED else None
    return f"{_MEANING[outcome]} ({answer.codes}{', ' + said if said else ''})"


def codes_of(parts: Iterable[str]) -> str:
    """Category, status and entity as one text."""
    return ":".join(part for part in parts if part)
