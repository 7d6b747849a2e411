"""What must be there by the input alone, and by the books of others."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

from claimstream.chaos.outcome import Outcome
from claimstream.chaos.written_schedule import Expected
from claimstream.topics.summary import dollars
from claimstream.verify.finding import Finding, Report
from claimstream.verify.payer_books import CLAIMS, PAYMENTS, TOTAL
from simulators.payer.books import Books

PAID = "the ledger's insurance cash is what the payer's own books say, per claim"
ASIDE = "what waits for a reference longer than its limit is set aside"
CALM = "a run without faults refuses nothing"
DOCUMENTED = "every encounter of the input was taken in, and no other"

_WAITED = frozenset({"reference_missing", "parked"})


def check_input(expected: Expected, outcome: Outcome) -> list[Finding]:
    """The encounters that coding knows are those of the schedule.

    Those of patients whose coverage nobody registers are set aside instead, once their limit is
    met.
    """
    found = {
        subject.removeprefix("encounter ")
        for subject, state in outcome.states.items()
        if "coding" in state
    }
    aside = {
        subject.partition("|")[2] for subject in outcome.states if subject.startswith("lane coding")
    }
    known = expected.whole | expected.cut
    return [
        *(
            Finding(DOCUMENTED, f"encounter {each}", "was documented and is gone")
            for each in sorted(expected.whole - expected.unregistered - found)
        ),
        *(
            Finding(DOCUMENTED, f"encounter {each}", "was never documented")
            for each in sorted(found - known)
        ),
        *(
            Finding(ASIDE, f"encounter {each}", "waits for coverage and was never set aside")
            for each in sorted((expected.whole & expected.unregistered) - aside)
        ),
    ]


def check_calm(outcome: Outcome) -> list[Finding]:
    """Without faults nothing is set aside but what waits for a reference that never comes, and no
    file is held: a reference of refusals would prove nothing."""
    return [
        Finding(CALM, subject, f"{reason}, without any fault")
        for subject, state in sorted(outcome.states.items())
        if subject.startswith(("lane ", "quarantine "))
        for reason in state
        if reason not in _WAITED
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


def check_compared(report: Report) -> list[Finding]:
    """At rest ``verify`` has no reason to leave the payer's books out."""
    return [
        Finding(check, "all payers", "was not compared, with nothing under way")
        for check in (PAYMENTS, CLAIMS, TOTAL)
        if not report.checked.get(check)
    ]
