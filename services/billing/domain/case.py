"""An account while one cause is being decided: the working copy, and what follows from it.

A case starts from an immutable account and ends in one; a refusal leaves the account as it was.
"""

from datetime import date, datetime, timedelta
from typing import NamedTuple

from msgspec.structs import replace

from schemas.claim import ClaimStateChanged, PassedState
from schemas.event import Event
from services.billing.domain import ledger_account as accounts
from services.billing.domain.adjudication import Adjudication
from services.billing.domain.claim import Claim
from services.billing.domain.claim_id import short_id
from services.billing.domain.claim_state import check_transition
from services.billing.domain.encounter_account import EncounterAccount
from services.billing.domain.filing_limit import DAY_ENDS
from services.billing.domain.ledger import Ledger, Posting
from services.billing.domain.rules import Rules
from services.billing.domain.work_item import WorkItem, WorkKind


class _Move(NamedTuple):
    """One step of a claim, with what is open at that moment in cents."""

    from_state: str
    to_state: str
    reason: str
    open_insurance_cents: int
    open_patient_cents: int


class Case:
    """One encounter's account in the middle of a decision.

    source: names the cause; its postings carry it, and no cause is posted twice.
    """

    __slots__ = (
        "account",
        "adjudications",
        "applied",
        "claims",
        "deadlines",
        "events",
        "items",
        "ledger",
        "moves",
        "now",
        "rules",
        "source",
    )

    def __init__(self, account: EncounterAccount, rules: Rules, now: datetime, source: str) -> None:
        self.account = account
        self.rules = rules
        self.now = now
        self.source = source
        self.ledger = Ledger(account.ledger, source)
        self.claims: dict[str, Claim] = {}
        for claim in account.claims:
            self.claims[claim.claim_id] = claim
        self.adjudications: dict[str, Adjudication] = {}
        for each in account.adjudications:
            self.adjudications[each.key] = each
        self.items: dict[str, WorkItem] = {}
        for item in account.items:
            self.items[item.item_id] = item
        self.applied: dict[int, int] = dict(account.applied)
        self.moves: dict[str, list[_Move]] = {}
        self.events: list[Event] = []
        self.deadlines: list[tuple[str, str, datetime]] = []

    @property
    def today(self) -> date:
        """The day of the decision."""
        return self.now.date()

    @property
    def postings(self) -> list[Posting]:
        """What was posted so far."""
        return self.ledger.new

    def closed(self) -> EncounterAccount:
        """The account as the decision leaves it."""
        account = self.account
        applied = account.applied
        if self.applied:
            applied = {line: cents for line, cents in self.applied.items() if cents}
        return replace(
            account,
            claims=tuple(self.claims.values()),
            adjudications=tuple(self.adjudications.values()),
            items=tuple(self.items.values()) if self.items else (),
            ledger=self.ledger.state(),
            applied=applied,
        )

    def current_claim(self, level: int) -> Claim | None:
        """The claim version of a level that no other replaces."""
        found = None
        for claim in self.claims.values():
            if claim.level == level and not claim.replaced_by:
                found = claim
        return found

    def current_claims(self) -> list[Claim]:
        """The claims that no other replaces, by level."""
        every = [claim for claim in self.claims.values() if not claim.replaced_by]
        if len(every) < 2:
            return every
        return sorted(every, key=lambda claim: (claim.level, claim.version))

    def standing(self, level: int) -> Adjudication | None:
        """The payer's decision that stands for a level."""
        for each in self.adjudications.values():
            if each.standing and each.level == level:
                return each
        return None

    def move(self, claim: Claim, to_state: str, reason: str, *, quiet: bool = False) -> Claim:
        """Move a claim to another state; it will be told of, unless another event says it.

        Raises ``Refused("illegal_transition")``.
        """
        if claim.state == to_state:
            return claim
        check_transition(claim.state, to_state)
        moved = replace(claim, state=to_state)
        self.claims[claim.claim_id] = moved
        if not quiet:
            self.moves.setdefault(claim.claim_id, []).append(
                _Move(
                    claim.state,
                    to_state,
                    reason,
                    self.open_insurance_cents(),
                    self.ledger.total(accounts.AR_PATIENT),
                )
            )
        return moved

    def published(self) -> list[Event]:
        """What is to be published: how each claim moved, then everything else, in order."""
        if not self.moves:
            return self.events
        moved: list[Event] = [self._moved(*each) for each in self.moves.items()]
        return moved + self.events

    def _moved(self, claim_id: str, moves: list[_Move]) -> ClaimStateChanged:
        last = moves[-1]
        return ClaimStateChanged(
            practice_id=self.account.practice_id,
            encounter_id=self.account.encounter_id,
            claim_id=claim_id,
            from_state=moves[0].from_state,
            to_state=last.to_state,
            reason=last.reason,
            open_insurance_cents=last.open_insurance_cents,
            open_patient_cents=last.open_patient_cents,
            changed_at=self.now,
            passed=tuple(
                PassedState(state=each.to_state, reason=each.reason) for each in moves[:-1]
            ),
        )

    def open_insurance_cents(self) -> int:
        """What all payers together still owe."""
        total = self.ledger.total
        return total(accounts.AR_INS_1) + total(accounts.AR_INS_2) + total(accounts.AR_INS_3)

    def open_item(
        self,
        kind: WorkKind,
        claim_id: str,
        subject: str,
        reason: str,
        *,
        line: int = 0,
        level: int = 0,
        group: str = "",
        carc: str = "",
        remark_codes: tuple[str, ...] = (),
        amount_cents: int = 0,
        action: str = "",
        due_on: date | None = None,
    ) -> WorkItem:
        """Open a work item, or open it again; the same subject, line and reason is the same item.

        A denial of the same line for the same reason by a later decision is a new item.
        """
        item_id = short_id(
            self.account.practice_id,
            self.account.encounter_id,
            kind,
            claim_id,
            subject,
            str(line),
            group,
            carc,
            reason,
        )
        known = self.items.get(item_id)
        item = WorkItem(
            item_id,
            kind,
            claim_id,
            subject,
            reason,
            known.opened_at if known is not None else self.now,
            line,
            level,
            group,
            carc,
            remark_codes,
            amount_cents,
            action,
            due_on,
            known.state if known is not None and known.is_open else "open",
        )
        self.items[item_id] = item
        if (known is None or not known.is_open) and due_on is not None:
            self.watch("work_item_due", item_id, due_on + timedelta(days=1), after=DAY_ENDS)
        return item

    def close_item(self, item: WorkItem, state: str, resolution: str) -> None:
        """Close one work item, saying what came of it."""
        self.items[item.item_id] = replace(
            item, state=state, resolution=resolution, closed_at=self.now
        )

    def close_items(
        self, kind: WorkKind, resolution: str, *, claim_id: str = "", subject: str = ""
    ) -> None:
        """Close every open item of a kind, of one claim or subject where it is named."""
        if not self.items:
            return
        for item in list(self.items.values()):
            if (
                item.kind == kind
                and item.is_open
                and (not claim_id or item.claim_id == claim_id)
                and (not subject or item.subject == subject)
            ):
                self.close_item(item, "closed", resolution)

    def open_items(self, *kinds: WorkKind) -> list[WorkItem]:
        """The open items of those kinds, or all."""
        if not self.items:
            return []
        return [
            item
            for item in self.items.values()
            if item.is_open and (not kinds or item.kind in kinds)
        ]

    def watch(self, kind: str, subject: str, on: date, *, after: timedelta = timedelta()) -> None:
        """Come back at the start of that day in UTC, or so long after it."""
        at = datetime(on.year, on.month, on.day, tzinfo=self.now.tzinfo) + after
        self.deadlines.append((kind, subject, at))
