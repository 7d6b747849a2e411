"""A second ledger, computed from the events alone, against which billing's is held to the cent.

It shares no code with billing: what was coded times its price is the charge; what payers decided,
less what they took back, is cash, write-offs and the patient's share; what patients paid is theirs.
No history of postings, no states of claims: what an account must come to, and nothing else.

Not judged, and counted as such: encounters about which people decided (their orders are no
events), those with a decision that fits no claim or line, and those of which several decisions of
one payer are about, since which of them stands is a matter of more than arithmetic.
"""

from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import TypeAlias
from uuid import UUID

from claimstream.lineage.history import Fact
from claimstream.topics.summary import dollars
from claimstream.verify.finding import Report
from claimstream.verify.reference_rules import ReferenceRules
from schemas.claim import ClaimAdjudicated, ClaimSubmitted
from schemas.coding import EncounterCoded, EncounterStateChanged
from schemas.event import key_of
from schemas.patient_account import PatientPaymentReceived
from schemas.values import Adjustment

EXACT = "each account's ledger is what a second ledger makes of the events alone"
NOT_JUDGED = "the second ledger: encounters that people or several decisions are about"

Place: TypeAlias = tuple[str, str]
Balances: TypeAlias = dict[str, int]
"""Debit-positive cents by account. ``PATIENT`` stands for all that is the patient's matter."""

_PATIENT = frozenset({"AR_PATIENT", "COST_SHARING_WO", "UNAPPLIED", "REFUND_PAYABLE"})
_REVERSAL = "22"
_NO_DECISION = frozenset({"5", "13", "15", "16", "17", "23", "25"})
"""CLP02: pending, not ours, predetermination."""
_MOST_LEVELS = 3


@dataclass(frozen=True, slots=True)
class LedgerState:
    """What billing's database holds: balances by encounter, and what is not to be judged.

    ``undecided``: events that were set aside or wait, so that nothing was posted for them.
    """

    balances: Mapping[Place, Balances]
    by_people: Set[Place] = frozenset()
    undecided: Set[UUID] = frozenset()


@dataclass(frozen=True, slots=True)
class _Decision:
    """One CLP that decides something. ``share_cents``: the patient's."""

    claim_id: str
    payer_id: str
    is_reversal: bool
    charge_cents: int
    paid_cents: int
    written_off: tuple[tuple[str, int], ...]
    share_cents: int

    def takes_back(self, other: "_Decision") -> bool:
        return (self.claim_id, self.payer_id, self.charge_cents, self.paid_cents) == (
            other.claim_id,
            other.payer_id,
            -other.charge_cents,
            -other.paid_cents,
        )


@dataclass(slots=True)
class _Account:
    """What the events said of one encounter."""

    version: int = 0
    charge_cents: int = 0
    withdrawn: bool = False
    patient_cents: int = 0
    decisions: dict[bytes, _Decision] = field(default_factory=dict)


@dataclass(slots=True)
class ReferenceLedger:
    """Takes the facts in any order and is compared at the end."""

    report: Report
    rules: ReferenceRules
    state: LedgerState
    _accounts: dict[Place, _Account] = field(default_factory=dict)
    _claims: dict[Place, tuple[int, str]] = field(default_factory=dict)
    _payments: set[Place] = field(default_factory=set)

    def take(self, facts: Iterable[Fact]) -> None:
        """Look at some more facts; what billing has not decided on is passed over."""
        for fact in facts:
            event = fact.event
            if fact.delivery.identity in self.state.undecided:
                continue
            if isinstance(event, EncounterCoded):
                self._coded(event)
            elif isinstance(event, EncounterStateChanged):
                if event.to_state == "not_billable":
                    self._account(event.practice_id, event.encounter_id).withdrawn = True
            elif isinstance(event, ClaimSubmitted):
                claim = (event.payer_level, event.payer_id)
                self._claims[event.practice_id, event.claim_id] = claim
            elif isinstance(event, ClaimAdjudicated):
                account = self._account(event.practice_id, event.encounter_id)
                if event.claim_status_code not in _NO_DECISION:
                    account.decisions[_name(event)] = self._decision(event)
            elif isinstance(event, PatientPaymentReceived):
                self._paid(event)

    def _account(self, practice_id: str, encounter_id: str) -> _Account:
        return self._accounts.setdefault((practice_id, encounter_id), _Account())

    def _coded(self, event: EncounterCoded) -> None:
        account = self._account(event.practice_id, event.encounter_id)
        if event.version > account.version:
            account.version = event.version
            account.charge_cents = sum(
                self.rules.charge_cents(event.practice_id, line.code, line.units)
                for line in event.lines
            )

    def _paid(self, event: PatientPaymentReceived) -> None:
        payment = (event.practice_id, event.payment_id)
        if payment in self._payments:
            return
        self._payments.add(payment)
        for each in event.allocations:
            self._account(event.practice_id, each.encounter_id).patient_cents += each.amount_cents

    def close(self, waiting: int) -> None:
        """Compare every account, once nothing is on its way any more."""
        if waiting:
            return
        for place in sorted(self._accounts.keys() | self.state.balances.keys()):
            expected = self._expected(place)
            if place in self.state.by_people or not expected:
                self.report.looked_at(NOT_JUDGED, 1)
                continue
            self.report.looked_at(EXACT, 1)
            found = _gathered(self.state.balances.get(place, {}))
            if found not in expected:
                nearest = min(expected, key=lambda each: len(_unlike(each, found)))
                names = "; ".join(
                    f"{name} is {dollars(found.get(name, 0))} "
                    f"and should be {dollars(nearest.get(name, 0))}"
                    for name in _unlike(nearest, found)
                )
                self.report.found(EXACT, key_of(*place), names)

    def _expected(self, place: Place) -> list[Balances]:
        """What the account may come to; nothing where that is not judged.

        The last payer's share is the patient's, or the next payer's: one of the two, in full.
        """
        account = self._accounts.get(place, _Account())
        known = list(account.decisions.values())
        levels = [self._level(place[0], each) for each in known]
        if 0 in levels:
            return []
        charge = 0 if account.withdrawn else account.charge_cents
        sheet: Balances = {
            "REVENUE": -charge,
            "CASH_INS": sum(each.paid_cents for each in known),
            "CASH_PATIENT": account.patient_cents,
            "PATIENT": -account.patient_cents,
        }
        owed, last = charge, 0
        for level in range(1, _MOST_LEVELS + 1):
            own = [each for each, of in zip(known, levels, strict=True) if of == level]
            standing = _standing(own)
            cash = sum(each.paid_cents for each in own)
            if standing is None:
                return []
            if not standing:
                if cash or max(levels, default=0) > level:
                    return []
                break
            (stands,) = standing
            for name, cents in stands.written_off:
                sheet[name] = sheet.get(name, 0) + cents
            left = owed - cash - stands.share_cents
            left -= sum(cents for _, cents in stands.written_off)
            if level > 1 and left < 0:
                return []
            sheet[f"AR_INS_{level}"] = left
            owed, last = stands.share_cents, level
        return list(_either(sheet, owed, last, charge))

    def _level(self, practice_id: str, decision: _Decision) -> int:
        """Of the payer that decided: the claim's, or the next one; 0 where the claim is unknown."""
        level, payer_id = self._claims.get((practice_id, decision.claim_id), (0, ""))
        return level if not level or payer_id == decision.payer_id else level + 1

    def _decision(self, event: ClaimAdjudicated) -> _Decision:
        written_off: dict[str, int] = {}
        share = 0
        for adjustment, remarks in _adjustments(event):
            meaning, account = self.rules.meaning(
                adjustment.group, adjustment.reason, remarks, event.payer_id
            )
            if meaning == "write_off":
                written_off[account] = written_off.get(account, 0) + adjustment.amount_cents
            elif meaning == "patient_share":
                share += adjustment.amount_cents
        return _Decision(
            event.claim_id,
            event.payer_id,
            event.claim_status_code == _REVERSAL,
            event.charge_cents,
            event.paid_cents,
            tuple(written_off.items()),
            share,
        )


def _either(sheet: Balances, owed: int, last: int, charge: int) -> Iterator[Balances]:
    """The share that the last decision leaves, or the whole charge where no payer has decided, is
    the patient's or the next payer's."""
    if not last:
        owed = charge
    yield _gathered({**sheet, "PATIENT": sheet["PATIENT"] + owed})
    if last < _MOST_LEVELS:
        yield _gathered({**sheet, f"AR_INS_{last + 1}": owed})


def _name(event: ClaimAdjudicated) -> bytes:
    """What makes a CLP the same one however often it is delivered (TRN02, CLP01, 02 and 07)."""
    parts = (
        event.payer_id,
        event.remittance_id,
        event.trace_number,
        event.claim_id,
        event.payer_control_number,
        str(event.sequence),
        event.claim_status_code,
    )
    return blake2b("|".join(parts).encode(), digest_size=16).digest()


def _adjustments(event: ClaimAdjudicated) -> Iterator[tuple[Adjustment, tuple[str, ...]]]:
    """Each adjustment, of lines and of the claim, with the remarks beside it."""
    for line in event.lines:
        for adjustment in line.adjustments:
            yield adjustment, tuple(line.remark_codes)
    for adjustment in event.adjustments:
        yield adjustment, ()


def _standing(decisions: list[_Decision]) -> list[_Decision] | None:
    """The one decision that is left once reversals took theirs back; None where that is unclear."""
    left = [each for each in decisions if not each.is_reversal]
    for reversal in (each for each in decisions if each.is_reversal):
        original = next((each for each in left if reversal.takes_back(each)), None)
        if original is None:
            return None
        left.remove(original)
    return left if len(left) < 2 else None


def _gathered(balances: Mapping[str, int]) -> Balances:
    """Balances that are not zero, the patient's accounts as one."""
    sums: Balances = {}
    for name, cents in balances.items():
        account = "PATIENT" if name in _PATIENT else name
        sums[account] = sums.get(account, 0) + cents
    return {name: cents for name, cents in sums.items() if cents}


def _unlike(expected: Balances, found: Balances) -> list[str]:
    return sorted(
        name
        for name in expected.keys() | found.keys()
        if expected.get(name, 0) != found.get(name, 0)
    )
