"""Proof that an account's money adds up, from its postings alone (money invariants I1 to I16)."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from services.billing.domain import ledger_account as accounts
from services.billing.domain.encounter_account import EncounterAccount
from services.billing.domain.ledger import Balances, LedgerState, Posting, replayed


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that does not hold: which rule, about what, and how. Ids and cents only."""

    rule: str
    subject: str
    message: str


@dataclass(frozen=True, slots=True)
class LineProof:
    """Where every cent of one line's charge is (I2). Cents.

    charge = insurance paid + write-offs + patient paid + open insurance + open patient.
    open_denied is the part of open insurance that a payer refused. A negative open insurance is
    the payer's credit; the patient's credit belongs to the encounter and not to a line.
    """

    line: int
    charge_cents: int
    insurance_paid_cents: int
    write_off_cents: int
    patient_paid_cents: int
    open_insurance_cents: int
    open_denied_cents: int
    open_patient_cents: int

    @property
    def difference_cents(self) -> int:
        """0 when the line adds up."""
        return (
            self.charge_cents
            - self.insurance_paid_cents
            - self.write_off_cents
            - self.patient_paid_cents
            - self.open_insurance_cents
            - self.open_patient_cents
        )


def prove_lines(balances: Balances, account: EncounterAccount) -> tuple[LineProof, ...]:
    """One proof a line of the encounter, from ledger balances."""

    def of(name: str, line: int) -> int:
        return balances.get(name, {}).get(line, 0)

    numbers = sorted({line for rows in balances.values() for line in rows if line})
    return tuple(
        LineProof(
            line,
            -of(accounts.REVENUE, line),
            of(accounts.CASH_INS, line),
            sum(of(name, line) for name in accounts.WRITE_OFFS),
            account.applied.get(line, 0),
            sum(of(name, line) for name in accounts.AR_INSURANCE),
            sum(
                item.amount_cents
                for item in account.items
                if item.is_open
                and item.line == line
                and item.kind in {"denial", "unknown_adjustment"}
            ),
            of(accounts.AR_PATIENT, line),
        )
        for line in numbers
    )


def check_account(account: EncounterAccount, postings: Sequence[Posting]) -> Iterator[Finding]:
    """Everything that does not hold about one encounter."""
    subject = f"encounter {account.practice_id}:{account.encounter_id}"
    yield from check_ledger(subject, account.ledger, postings)
    balances = replayed(postings).balances
    for proof in prove_lines(balances, account):
        if proof.difference_cents:
            yield Finding(
                "I2",
                subject,
                f"line {proof.line}: {proof.difference_cents} cents of the charge are nowhere",
            )
        if proof.open_patient_cents < 0:
            yield Finding("I8", subject, f"line {proof.line}: the patient owes less than nothing")
    if sum(balances.get(accounts.UNAPPLIED, {}).values()) > 0:
        yield Finding("I8", subject, "more patient money was applied than received")
    if sum(balances.get(accounts.REFUND_PAYABLE, {}).values()) > 0:
        yield Finding("I9", subject, "more was refunded than approved")
    yield from _check_patient_sources(subject, postings)
    yield from _check_adjudications(subject, account)


def check_ledger(
    subject: str, state: LedgerState, postings: Sequence[Posting]
) -> Iterator[Finding]:
    """The postings are whole, unaltered, and sum to the balances kept."""
    again = replayed(postings)
    if [posting.number for posting in postings] != list(range(1, len(postings) + 1)):
        yield Finding("I5", subject, "postings are missing or doubled")
    if len({(posting.source, posting.ordinal) for posting in postings}) != len(postings):
        yield Finding("I5", subject, "a cause was posted twice")
    for posting in postings:
        if posting.amount_cents <= 0 or posting.debit == posting.credit:
            yield Finding("I1", subject, f"posting {posting.number} moves nothing between accounts")
    if again.chain != state.chain:
        yield Finding("ledger_chain", subject, "the postings are not those that were made")
    if _nonzero(again.balances) != _nonzero(state.balances):
        yield Finding("I3", subject, "the postings do not sum to the balances kept")
    if sum(cents for rows in again.balances.values() for cents in rows.values()):
        yield Finding("I16", subject, "the accounts do not sum to zero")
    yield from _check_mirrors(subject, postings)


def _nonzero(balances: Balances) -> dict[tuple[str, int], int]:
    return {
        (name, line): cents
        for name, rows in balances.items()
        for line, cents in rows.items()
        if cents
    }


def _check_mirrors(subject: str, postings: Iterable[Posting]) -> Iterator[Finding]:
    by_number: dict[int, Posting] = {}
    mirrored: set[int] = set()
    for posting in postings:
        by_number[posting.number] = posting
        if not posting.reverses:
            continue
        original = by_number.get(posting.reverses)
        if (
            original is None
            or posting.reverses in mirrored
            or (original.debit, original.credit, original.amount_cents, original.line)
            != (posting.credit, posting.debit, posting.amount_cents, posting.line)
        ):
            yield Finding("I11", subject, f"posting {posting.number} is not an exact mirror")
        mirrored.add(posting.reverses)


def _check_patient_sources(subject: str, postings: Iterable[Posting]) -> Iterator[Finding]:
    for posting in postings:
        if (
            posting.debit == accounts.AR_PATIENT
            and posting.kind == "patient_responsibility"
            and not posting.reverses
            and not posting.detail.startswith("PR-")
        ):
            yield Finding("I7", subject, f"posting {posting.number} bills what is not PR")


def _check_adjudications(subject: str, account: EncounterAccount) -> Iterator[Finding]:
    standing: set[int] = set()
    for each in account.adjudications:
        if each.standing and each.level in standing:
            yield Finding("I11", subject, f"two decisions stand for payer {each.level}")
        if each.standing:
            standing.add(each.level)
        if each.standing and each.reversed_by:
            yield Finding("I11", subject, "a decision stands that was taken back")
        for line in each.matched:
            adjusted = sum(part.amount_cents for part in line.adjustments)
            if line.charge_cents - adjusted != line.paid_cents:
                yield Finding("I4", subject, f"line {line.line} of a decision does not balance")
