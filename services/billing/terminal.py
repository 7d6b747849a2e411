"""Money and ledgers as text for a person at a terminal. No names; ids and cents only."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from services.billing.domain.encounter_account import EncounterAccount
from services.billing.domain.ledger import Posting
from services.billing.domain.ledger_proof import LineProof, check_account, prove_lines
from services.billing.queries import ListedItem


def dollars(cents: int) -> str:
    """Cents as dollars: ``-1,234.50``."""
    whole, part = divmod(abs(cents), 100)
    return f"{'-' if cents < 0 else ''}{whole:,}.{part:02d}"


def item_line(item: ListedItem) -> str:
    """One work item in one line."""
    due = item.due_on.isoformat() if item.due_on else "-"
    line = f" line {item.line}" if item.line else ""
    return (
        f"{item.item_id}  {item.practice_id}  {item.encounter_id}  {item.claim_id}{line}  "
        f"{item.kind}  {item.reason}  {dollars(item.amount_cents)}  {item.state}  "
        f"{item.action}  due {due}  {item.owner}"
    )


def ledger_text(
    account: EncounterAccount, postings: Iterable[tuple[Posting, datetime]]
) -> Iterator[str]:
    """An account's claims, postings, balances, and the proof of each line (I2)."""
    yield f"encounter {account.encounter_id} of practice {account.practice_id}"
    for claim in account.claims:
        yield (
            f"  claim {claim.claim_id}  payer {claim.level} {claim.content.payer_id}  "
            f"version {claim.version}  frequency {claim.frequency_code}  {claim.state}  "
            f"{dollars(claim.content.charge_cents)}"
        )
    yield "postings"
    rows = list(postings)
    for posting, at in rows:
        mirror = f"  mirrors {posting.reverses}" if posting.reverses else ""
        yield (
            f"  {posting.number:>4}  {at:%Y-%m-%d}  line {posting.line}  "
            f"{posting.debit:<18} / {posting.credit:<18} {dollars(posting.amount_cents):>12}  "
            f"{posting.kind} {posting.detail}{mirror}"
        )
    yield "balances (debit positive)"
    for name, lines in sorted(account.ledger.balances.items()):
        total = sum(lines.values())
        if total or any(lines.values()):
            yield f"  {name:<20} {dollars(total):>12}"
    yield "proof: charge = insurance + write-offs + patient + open insurance + open patient"
    for proof in prove_lines(account.ledger.balances, account):
        yield _proof_line(proof)
    findings = list(check_account(account, [posting for posting, _ in rows]))
    for finding in findings:
        yield f"  BROKEN {finding.rule}: {finding.message}"
    if not findings:
        yield "every invariant holds"


def _proof_line(proof: LineProof) -> str:
    mark = "ok" if not proof.difference_cents else f"OFF BY {dollars(proof.difference_cents)}"
    denied = f" (refused {dollars(proof.open_denied_cents)})" if proof.open_denied_cents else ""
    return (
        f"  line {proof.line}: {dollars(proof.charge_cents)} = "
        f"{dollars(proof.insurance_paid_cents)} + {dollars(proof.write_off_cents)} + "
        f"{dollars(proof.patient_paid_cents)} + {dollars(proof.open_insurance_cents)}{denied} + "
        f"{dollars(proof.open_patient_cents)}  {mark}"
    )
