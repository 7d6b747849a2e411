"""A billing desk for tests: one patient, their payers, and whatever may arrive, in memory."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any, TypeVar

from pydantic import BaseModel

from schemas.claim import (
    AcknowledgementReason,
    AdjudicatedLine,
    ClaimAcknowledged,
    ClaimAdjudicated,
    ClaimStateChanged,
    ClaimSubmitted,
)
from schemas.coding import CodedDiagnosis, CodedLine, EncounterCoded, EncounterStateChanged
from schemas.event import Event
from schemas.event_id import root_event_id
from schemas.patient_account import PatientBalanceDue, PatientPaymentReceived, PaymentAllocation
from schemas.reference import CoverageRegistered, PatientRegistered, Policy
from schemas.values import Address, Adjustment
from services.billing.app import service_under
from services.billing.domain import ledger_account as accounts
from services.billing.domain.charge_master import ChargeMaster
from services.billing.domain.encounter_account import EncounterAccount
from services.billing.domain.fee_schedule import FeeSchedule
from services.billing.domain.ledger import Posting
from services.billing.domain.rules import Rules
from services.billing.rule_files import read_rules
from services.billing.workspace import BillingWorkspace
from services.chassis.effects import Deadline, Effects
from services.chassis.incoming import DeadlineDue, Incoming

E = TypeVar("E", bound=Event)
DAY = date(2026, 3, 2)
NOON = datetime(2026, 3, 3, 12, tzinfo=UTC)
PRICES = {"99213": 25_000, "36415": 6_000, "99214": 40_000, "93000": 10_000, "85025": 3_300}

_PROGRAMMES = {
    "BLUERIVER": "commercial",
    "SUMMIT": "commercial",
    "MEDICARE_B": "medicare",
    "STATE_MEDICAID": "medicaid",
    "MEDIGAP_PLUS": "medigap",
}


def test_rules(**changes: Any) -> Rules:
    """The shipped rules with round prices and no contract: a test sees only what it asks."""
    shipped = read_rules(write_off_limits={"biller": 5_000, "billing_manager": 100_000})
    values: dict[str, Any] = {"charges": ChargeMaster(PRICES, {}), "fees": FeeSchedule({})}
    return replace(shipped, **(values | changes))


test_rules.__test__ = False  # type: ignore[attr-defined]


def policy(payer_id: str, rank: int = 1, **changes: Any) -> Policy:
    """A policy in force through 2025 and 2026."""
    values: dict[str, Any] = {
        "coverage_id": f"COV-{payer_id}",
        "payer_id": payer_id,
        "payer_name": payer_id.title(),
        "programme": _PROGRAMMES[payer_id],
        "rank": rank,
        "member_id": f"M{rank}1234567",
        "effective_from": date(2025, 1, 1),
    }
    return Policy(**(values | changes))


def line(number: int, code: str, **changes: Any) -> CodedLine:
    """A coded line that points to the first diagnosis."""
    return CodedLine(**({"line": number, "code": code, "diagnosis_pointers": (1,)} | changes))


def cas(*reasons: tuple[str, str, int]) -> tuple[Adjustment, ...]:
    """CAS triplets as (group, reason, cents)."""
    return tuple(
        Adjustment.model_validate({"group": group, "reason": reason, "amount_cents": cents})
        for group, reason, cents in reasons
    )


def decided(
    number: int, charge: int, paid: int, *reasons: tuple[str, str, int], **changes: Any
) -> AdjudicatedLine:
    """An adjudicated line, by our own line number."""
    return AdjudicatedLine(
        **(
            {
                "line": number,
                "code": "99213",
                "charge_cents": charge,
                "paid_cents": paid,
                "adjustments": cas(*reasons),
            }
            | changes
        )
    )


def negated(event: ClaimAdjudicated, **changes: Any) -> ClaimAdjudicated:
    """The reversal of a payer's decision: CLP02 22, every amount negated."""

    def mirror(adjustments: Sequence[Adjustment]) -> tuple[Adjustment, ...]:
        return tuple(
            each.model_copy(update={"amount_cents": -each.amount_cents}) for each in adjustments
        )

    values: dict[str, Any] = {
        "claim_status_code": "22",
        "charge_cents": -event.charge_cents,
        "paid_cents": -event.paid_cents,
        "patient_responsibility_cents": -event.patient_responsibility_cents,
        "adjustments": mirror(event.adjustments),
        "remittance_id": f"{event.remittance_id}-R",
        "trace_number": f"{event.trace_number}-R",
        "paid_on": event.paid_on + timedelta(days=20),
        "lines": tuple(
            each.model_copy(
                update={
                    "charge_cents": -each.charge_cents,
                    "paid_cents": -each.paid_cents,
                    "adjustments": mirror(each.adjustments),
                }
            )
            for each in event.lines
        ),
    }
    return event.model_copy(update=values | changes)


@dataclass
class Desk:
    """Billing under test rules, with everything it published."""

    rules: Rules = field(default_factory=test_rules)
    now: datetime = NOON
    rows: BillingWorkspace = field(default_factory=BillingWorkspace)
    published: list[Event] = field(default_factory=list)
    deadlines: list[Deadline] = field(default_factory=list)
    _count: int = 0

    def __post_init__(self) -> None:
        self.service = service_under(self.rules)

    def take(self, event: BaseModel, *, topic: str = "") -> Effects:
        """Hand one input to its handler, as the chassis would: as what billing reads of it."""
        self._count += 1
        view = self.service.views.get(event.TOPIC) if isinstance(event, Event) else None
        taken = view.of(event) if view is not None and isinstance(event, Event) else event
        incoming: Incoming[Any] = Incoming(
            root_event_id(self.now, str(self._count)), topic, "key", taken, self.now
        )
        handler = (
            self.service.deadline_handlers[event.kind]
            if isinstance(event, DeadlineDue)
            else self.service.handlers[type(taken)]
        )
        with self.rows.deciding():
            effects: Effects = handler(self.rows, incoming, self.now)
        self.published.extend(emission.event for emission in effects.emissions)
        self.deadlines.extend(effects.deadlines)
        return effects

    def of(self, model: type[E]) -> list[E]:
        """What was published of one contract."""
        return [event for event in self.published if isinstance(event, model)]

    @property
    def claims(self) -> list[ClaimSubmitted]:
        """The claims sent."""
        return self.of(ClaimSubmitted)

    @property
    def balance(self) -> PatientBalanceDue:
        """The last balance told."""
        return self.of(PatientBalanceDue)[-1]

    def is_final(self) -> bool:
        """Whether the last balance told was final."""
        return self.balance.insurance_final

    @property
    def states(self) -> list[tuple[str, str]]:
        """Every step of a claim told, as (from, to)."""
        paths = (
            (each.from_state, *(step.state for step in each.passed), each.to_state)
            for each in self.of(ClaimStateChanged)
        )
        return [step for path in paths for step in pairwise(path)]

    def account(self, encounter_id: str = "E1") -> EncounterAccount:
        """The encounter's account."""
        found = self.rows.encounters.get(("P1", encounter_id))
        assert found is not None
        return found

    def postings(self, encounter_id: str = "E1") -> list[Posting]:
        """The encounter's postings, in order."""
        return [
            posting
            for row in self.rows.postings.all()
            if row.ledger == f"encounter:{encounter_id}"
            for posting in row.postings
        ]

    def total(self, account: str, encounter_id: str = "E1") -> int:
        """Debit-positive cents of a ledger account over the encounter's lines."""
        return sum(self.account(encounter_id).ledger.balances.get(account, {}).values())

    def totals(self) -> dict[str, int]:
        """All balances of the encounter that are not zero."""
        return {
            f"{name}:{number}": cents
            for name, lines in sorted(self.account().ledger.balances.items())
            for number, cents in sorted(lines.items())
            if cents
        }

    def register(self, *policies: Policy, qmb: bool = False) -> None:
        """Register the patient and how they are insured."""
        self.take(
            PatientRegistered(
                practice_id="P1",
                patient_id="PT1",
                account_id="A1",
                family_name="Rivera",
                birth_date=date(1950, 4, 5),
                sex="F",
                address=Address(line1="1 Elm St", city="Salem", state="OR", postal_code="97301"),
            )
        )
        self.cover(*policies, qmb=qmb)

    def cover(self, *policies: Policy, qmb: bool = False) -> None:
        """Register coverage."""
        self.take(
            CoverageRegistered(
                practice_id="P1",
                patient_id="PT1",
                policies=policies,
                qualified_medicare_beneficiary=qmb,
            )
        )

    def code(self, *lines: CodedLine, **changes: Any) -> EncounterCoded:
        """Code the encounter; returns the event."""
        event = self.coding(*lines, **changes)
        self.take(event)
        return event

    def coding(self, *lines: CodedLine, **changes: Any) -> EncounterCoded:
        """The encounter as coded, not yet handed in."""
        values: dict[str, Any] = {
            "practice_id": "P1",
            "encounter_id": "E1",
            "version": 1,
            "revision": 1,
            "patient_id": "PT1",
            "rendering_provider_id": "PR1",
            "service_date": DAY,
            "place_of_service": "11",
            "diagnoses": (CodedDiagnosis(code="I10"),),
            "lines": lines or (line(1, "99213"), line(2, "36415")),
            "rules_version": "1",
            "decided_by": "engine",
            "coded_at": self.now,
        }
        return EncounterCoded(**(values | changes))

    def withdraw(self) -> None:
        """Coding says that the encounter is not billable."""
        self.take(
            EncounterStateChanged(
                practice_id="P1",
                encounter_id="E1",
                from_state="coded",
                to_state="not_billable",
                reason="cancelled",
                changed_at=self.now,
            )
        )

    def adjudication(self, *lines: AdjudicatedLine, **changes: Any) -> ClaimAdjudicated:
        """A payer's decision about the last claim sent, not yet handed in."""
        claim = self.claims[-1] if self.claims else None
        claim_level = sum(each.amount_cents for each in changes.get("adjustments", ()))
        values: dict[str, Any] = {
            "practice_id": "P1",
            "encounter_id": "E1",
            "claim_id": claim.claim_id if claim else "UNKNOWN",
            "payer_id": claim.payer_id if claim else "BLUERIVER",
            "remittance_id": "R1",
            "trace_number": "T1",
            "sequence": 1,
            "paid_on": date(2026, 3, 20),
            "claim_status_code": "1",
            "payer_control_number": "ICN1",
            "charge_cents": sum(each.charge_cents for each in lines),
            "paid_cents": sum(each.paid_cents for each in lines) - claim_level,
            "lines": lines,
            "received_at": self.now,
        }
        return ClaimAdjudicated(**(values | changes))

    def adjudicate(self, *lines: AdjudicatedLine, **changes: Any) -> ClaimAdjudicated:
        """A payer's decision arrives; returns the event."""
        event = self.adjudication(*lines, **changes)
        self.take(event)
        return event

    def acknowledge(self, stage: str, outcome: str, *codes: str, **changes: Any) -> None:
        """An acknowledgement of the last claim sent arrives."""
        claim = self.claims[-1]
        values: dict[str, Any] = {
            "practice_id": "P1",
            "encounter_id": "E1",
            "claim_id": claim.claim_id,
            "payer_id": claim.payer_id,
            "stage": stage,
            "outcome": outcome,
            "reasons": tuple(AcknowledgementReason(code=code) for code in codes),
            "received_at": self.now,
        }
        self.take(ClaimAcknowledged(**(values | changes)))

    def pay(
        self, amount: int, payment_id: str = "PAY1", allocations: Mapping[str, int] | None = None
    ) -> None:
        """The patient pays."""
        self.take(self.payment(amount, payment_id, allocations))

    def payment(
        self, amount: int, payment_id: str = "PAY1", allocations: Mapping[str, int] | None = None
    ) -> PatientPaymentReceived:
        """A patient's payment, allocated to E1 unless said otherwise."""
        return PatientPaymentReceived(
            practice_id="P1",
            account_id="A1",
            payment_id=payment_id,
            amount_cents=amount,
            method="card",
            allocations=tuple(
                PaymentAllocation(encounter_id=encounter, amount_cents=cents)
                for encounter, cents in (
                    {"E1": amount} if allocations is None else allocations
                ).items()
            ),
            received_at=self.now,
        )

    def due(self, kind: str) -> None:
        """The first deadline of a kind comes due."""
        deadline = next(each for each in self.deadlines if each.kind == kind)
        self.deadlines.remove(deadline)
        self.now = max(self.now, deadline.due_at)
        self.take(
            DeadlineDue(
                kind=deadline.kind,
                practice_id=deadline.practice_id,
                key=deadline.key,
                due_at=deadline.due_at,
                payload=deadline.payload,
            )
        )

    def items(self, kind: str) -> list[Any]:
        """The open work items of a kind."""
        return [item for item in self.account().items if item.kind == kind and item.is_open]


CASH_INS, CONTRACTUAL = accounts.CASH_INS, accounts.CONTRACTUAL
AR_PATIENT, UNAPPLIED = accounts.AR_PATIENT, accounts.UNAPPLIED
SEQUESTRATION = accounts.SEQUESTRATION
