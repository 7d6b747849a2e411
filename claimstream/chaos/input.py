"""What must be there by the input alone, and by the books of others."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, cast

from claimstream.chaos.options import ChaosOptions
from claimstream.chaos.outcome import Outcome
from claimstream.topics.summary import dollars
from claimstream.verify.finding import Finding
from schemas.encounter import EncounterDocumented
from schemas.event import key_of
from simulators.ehr.clinic.schedule import FIRST_DAY, generate
from simulators.payer.books import Books

PAID = "the ledger's insurance cash is what the payer's own books say, per claim"
DOCUMENTED = "every encounter of the input was taken in, and no other"


def documented(options: ChaosOptions) -> Iterator[str]:
    """The encounters that the EHR's schedule documents, as subjects; some more than once."""
    for item in generate(options.encounters, options.seed, FIRST_DAY, options.days):
        if isinstance(item.event, EncounterDocumented):
            yield f"encounter {key_of(item.event.practice_id, item.event.encounter_id)}"


def check_input(options: ChaosOptions, outcome: Outcome) -> list[Finding]:
    """The encounters that coding knows are those of the schedule."""
    expected = set(documented(options))
    found = {subject for subject, state in outcome.states.items() if "coding" in state}
    return [
        *(Finding(DOCUMENTED, each, "was documented and is gone") for each in expected - found),
        *(Finding(DOCUMENTED, each, "was never documented") for each in found - expected),
    ]


def paid_by_claim(books: Path) -> dict[str, int]:
    """What the payer believes it paid for each claim, in cents; reversals taken off."""
    kept = Books(books)
    try:
        paid: dict[str, int] = {}
        for remittance in kept.paid():
            for each in cast("list[dict[str, Any]]", remittance["claims"]):
                paid[each["claim_id"]] = paid.get(each["claim_id"], 0) + each["paid_cents"]
    finally:
        kept.close()
    return paid


def check_books(paid: Mapping[str, int], ledger: Mapping[tuple[str, str], int]) -> list[Finding]:
    """``paid``: by claim, in cents; ``ledger``: insurance cash by practice and claim."""
    posted: dict[str, int] = {}
    for (_, claim_id), cents in ledger.items():
        posted[claim_id] = posted.get(claim_id, 0) + cents
    return [
        Finding(
            PAID,
            f"claim {claim_id}",
            f"the payer paid {dollars(paid.get(claim_id, 0))}, "
            f"the ledger has {dollars(posted.get(claim_id, 0))}",
        )
        for claim_id in sorted(paid.keys() | posted.keys())
        if paid.get(claim_id, 0) != posted.get(claim_id, 0)
    ]
