"""From what comes in to what follows: each handler finds the account, decides, and keeps it."""

from dataclasses import dataclass
from datetime import datetime

from msgspec.structs import replace

from schemas.claim import (
    ClaimAcknowledged,
    ClaimAdjudicated,
    RemittanceReceived,
)
from schemas.coding import EncounterCoded, EncounterStateChanged
from schemas.event_id import text_of
from schemas.patient_account import PatientPaymentReceived
from schemas.reference import CoverageRegistered, PatientRegistered
from services.billing.domain import acknowledgement, coding_change, denial
from services.billing.domain.case import Case
from services.billing.domain.conclusion import conclude
from services.billing.domain.coverage import PatientCoverage, PolicyCopy, snapshot
from services.billing.domain.encounter_account import CodedService, EncounterAccount
from services.billing.domain.patient_account import (
    PatientAccount,
    move_prepaid,
    take_back_prepaid,
    take_payment,
)
from services.billing.domain.patient_settlement import receive_payment
from services.billing.domain.payer_decision import posting_key, take_adjudication
from services.billing.domain.provider_level import ProviderAdjustmentCopy
from services.billing.domain.readings import CodedEncounter, DecidedClaim
from services.billing.domain.remittance import Remittance, check_deposit, post_provider_level
from services.billing.domain.rules import Rules
from services.billing.domain.scrub import service_fingerprint
from services.billing.keeping import NOT_BILLABLE, SEPARATOR, is_open_to_coverage, is_receipt, keep
from services.billing.workspace import BillingWorkspace
from services.chassis.effects import Effects, Refused, Waiting, reference
from services.chassis.incoming import DeadlineDue, Incoming


@dataclass(frozen=True)
class Handlers:
    """Billing's handlers under one set of rules."""

    rules: Rules

    def patient_registered(
        self, rows: BillingWorkspace, incoming: Incoming[PatientRegistered], _now: datetime
    ) -> Effects:
        """Keep which account the patient belongs to; nothing else of the patient."""
        event = incoming.event
        rows.patients[event.practice_id, event.patient_id] = event.account_id
        effects = Effects()
        effects.arrived(reference("patient", event.practice_id, event.patient_id))
        return effects

    def coverage_registered(
        self, rows: BillingWorkspace, incoming: Incoming[CoverageRegistered], now: datetime
    ) -> Effects:
        """Keep who pays, and look again at the encounters that it may still change."""
        event = incoming.event
        key = (event.practice_id, event.patient_id)
        coverage = PatientCoverage(
            tuple(
                PolicyCopy(
                    policy.coverage_id,
                    policy.payer_id,
                    policy.payer_name,
                    policy.programme,
                    policy.rank,
                    policy.effective_from,
                    policy.effective_to,
                )
                for policy in event.policies
            ),
            event.qualified_medicare_beneficiary,
        )
        effects = Effects()
        if rows.coverages.get(key) != coverage:
            rows.coverages[key] = coverage
            for encounter_id in sorted(rows.open_to_coverage.get(key, ())):
                account = rows.encounters.get((event.practice_id, encounter_id))
                if account is not None and is_open_to_coverage(account):
                    case = self._case(account, incoming, now, "coverage")
                    coding_change.take_coverage(case, snapshot(coverage, account.service_date))
                    keep(rows, case, effects)
        effects.arrived(reference("coverage", event.practice_id, event.patient_id))
        return effects

    def encounter_coded(
        self,
        rows: BillingWorkspace,
        incoming: Incoming[EncounterCoded | CodedEncounter],
        now: datetime,
    ) -> Effects:
        """Charges and a claim, or a correction of both; waits for the patient and the coverage."""
        event = incoming.event
        patient = (event.practice_id, event.patient_id)
        account_id = rows.patients.get(patient)
        if account_id is None:
            raise Waiting(reference("patient", *patient))
        coverage = rows.coverages.get(patient)
        if coverage is None:
            raise Waiting(reference("coverage", *patient))
        known = rows.encounters.get((event.practice_id, event.encounter_id))
        if known is not None and known.patient_id not in {"", event.patient_id}:
            raise Refused("patient_changed", "a coded encounter cannot move to another patient")
        account = known or EncounterAccount(event.practice_id, event.encounter_id)
        if not account.patient_id:
            account = _opened(rows, account, event.patient_id, account_id, now)
        effects = Effects()
        case = Case(account, self.rules, now, f"coded:{event.version}")
        coded = coding_change.coded_service_of(event)
        if coding_change.is_news(case, coded):
            duplicate_of = _note_service(rows, account, coded)
            coding_change.take_codes(
                case, coded, snapshot(coverage, event.service_date), duplicate_of
            )
            keep(rows, case, effects)
        return effects

    def encounter_state_changed(
        self, rows: BillingWorkspace, incoming: Incoming[EncounterStateChanged], now: datetime
    ) -> Effects:
        """Only "not billable" concerns billing: cancel, or void what was sent."""
        event = incoming.event
        effects = Effects()
        if event.to_state != NOT_BILLABLE:
            return effects
        key = (event.practice_id, event.encounter_id)
        account = rows.encounters.get(key) or EncounterAccount(*key)
        case = Case(account, self.rules, now, NOT_BILLABLE)
        coding_change.take_not_billable(case)
        if account.coded is not None:
            _forget_service(rows, account, account.coded)
        keep(rows, case, effects)
        return effects

    def claim_acknowledged(
        self, rows: BillingWorkspace, incoming: Incoming[ClaimAcknowledged], now: datetime
    ) -> Effects:
        """TA1, 999, 277CA and the gateway's own edits; a receipt only names a known claim."""
        event = incoming.event
        effects = Effects()
        if is_receipt(event):
            _check_claim(rows, event.practice_id, event.encounter_id, event.claim_id)
            return effects
        account = _known_account(rows, event.practice_id, event.encounter_id)
        case = Case(account, self.rules, now, f"event:{text_of(incoming.event_id)}")
        if event.outcome == "rejected":
            codes = tuple(reason.code for reason in event.reasons if reason.code)
            acknowledgement.take_rejection(case, event.claim_id, event.stage, codes)
            conclude(case)
        else:
            acknowledgement.take_acceptance(
                case,
                event.claim_id,
                event.outcome,
                control_number=event.payer_control_number,
                at=event.received_at,
            )
        keep(rows, case, effects)
        return effects

    def claim_adjudicated(
        self,
        rows: BillingWorkspace,
        incoming: Incoming[ClaimAdjudicated | DecidedClaim],
        now: datetime,
    ) -> Effects:
        """Post a payer's decision."""
        event = incoming.event
        source = f"adjudicated:{posting_key(event)}"
        account = _known_account(rows, event.practice_id, event.encounter_id)
        case = Case(account, self.rules, now, source)
        effects = Effects()
        if take_adjudication(case, event):
            keep(rows, case, effects)
        return effects

    def remittance_received(
        self, rows: BillingWorkspace, incoming: Incoming[RemittanceReceived], now: datetime
    ) -> Effects:
        """Post a deposit's provider-level adjustments; the same deposit twice is one."""
        event = incoming.event
        key = (event.practice_id, event.remittance_id)
        if rows.remittances.get(key) is not None:
            return Effects()
        remittance = Remittance(
            event.practice_id,
            event.remittance_id,
            event.payer_id,
            event.trace_number,
            event.paid_on,
            event.payment_cents,
            event.claims_paid_cents,
            event.claim_count,
            tuple(
                ProviderAdjustmentCopy(each.reason, each.reference, each.amount_cents)
                for each in event.provider_adjustments
            ),
        )
        check_deposit(remittance)
        state, postings = post_provider_level(remittance)
        rows.remittances[key] = Remittance(
            remittance.practice_id,
            remittance.remittance_id,
            remittance.payer_id,
            remittance.trace_number,
            remittance.paid_on,
            remittance.payment_cents,
            remittance.claims_paid_cents,
            remittance.claim_count,
            remittance.adjustments,
            state,
        )
        rows.append_postings(event.practice_id, f"remittance:{event.remittance_id}", postings, now)
        return Effects()

    def patient_payment_received(
        self, rows: BillingWorkspace, incoming: Incoming[PatientPaymentReceived], now: datetime
    ) -> Effects:
        """Apply a payment to its encounters; what is allocated to none stays on the account.

        Money for an encounter that is not coded yet waits on it, so that the order does not matter.
        """
        event = incoming.event
        key = (event.practice_id, event.account_id)
        account = rows.patient_accounts.get(key) or PatientAccount(*key)
        effects = Effects()
        if event.payment_id in account.payments:
            return effects
        allocated = sum(each.amount_cents for each in event.allocations)
        if allocated > event.amount_cents:
            raise Refused(
                "allocations_exceed_payment", "a payment cannot be allocated more than once"
            )
        unallocated = event.amount_cents - allocated
        by_encounter: dict[str, int] = {}
        for each in event.allocations:
            by_encounter[each.encounter_id] = (
                by_encounter.get(each.encounter_id, 0) + each.amount_cents
            )
        for encounter_id, cents in sorted(by_encounter.items()):
            encounter = rows.encounters.get((event.practice_id, encounter_id))
            if encounter is None or not encounter.account_id:
                encounter = replace(
                    encounter or EncounterAccount(event.practice_id, encounter_id),
                    account_id=event.account_id,
                )
            if encounter.account_id != event.account_id:
                unallocated += cents
                continue
            case = Case(encounter, self.rules, now, f"payment:{event.payment_id}")
            receive_payment(case, cents)
            conclude(case)
            keep(rows, case, effects)
        changed, postings = take_payment(account, event.payment_id, event.amount_cents, unallocated)
        rows.patient_accounts[key] = changed
        rows.append_postings(event.practice_id, f"account:{event.account_id}", postings, now)
        return effects

    def deadline(
        self, rows: BillingWorkspace, incoming: Incoming[DeadlineDue], now: datetime
    ) -> Effects:
        """A day that was watched has come; a claim that has moved on since makes it nothing."""
        event = incoming.event
        encounter_id, subject = event.key.split(SEPARATOR, 2)[:2]
        effects = Effects()
        account = rows.encounters.get((event.practice_id, encounter_id))
        if account is None:
            return effects
        case = self._case(account, incoming, now, "deadline")
        if event.kind == "claim_silence":
            acknowledgement.take_silence(case, subject)
        elif event.kind == "work_item_due":
            denial.expire(case, subject)
        else:
            acknowledgement.take_hold_warning(case, subject, event.kind)
        conclude(case)
        keep(rows, case, effects)
        return effects

    def _case(
        self,
        account: EncounterAccount,
        incoming: Incoming[CoverageRegistered] | Incoming[DeadlineDue],
        now: datetime,
        kind: str,
    ) -> Case:
        return Case(account, self.rules, now, f"{kind}:{text_of(incoming.event_id)}")


def _known_account(rows: BillingWorkspace, practice_id: str, encounter_id: str) -> EncounterAccount:
    account = rows.encounters.get((practice_id, encounter_id))
    if account is None:
        raise Refused("encounter_unknown", "billing has no claim for this encounter")
    return account


def _check_claim(
    rows: BillingWorkspace, practice_id: str, encounter_id: str, claim_id: str
) -> None:
    known = rows.claims.get((practice_id, encounter_id))
    if known is None:
        acknowledgement.known_claim(_known_account(rows, practice_id, encounter_id), claim_id)
    elif claim_id not in known:
        raise acknowledgement.claim_unknown(claim_id)


def _opened(
    rows: BillingWorkspace,
    account: EncounterAccount,
    patient_id: str,
    account_id: str,
    now: datetime,
) -> EncounterAccount:
    """The account of an encounter whose patient is now known, with the money that waited on it.

    Money of another account's goes back to that account, as if it had come later.
    """
    if account.account_id not in {"", account_id}:
        key = (account.practice_id, account.account_id)
        cents = account.prepaid_cents
        ledger, postings = move_prepaid(account, f"moved:{account.account_id}")
        rows.append_postings(key[0], f"encounter:{account.encounter_id}", postings, now)
        owner = rows.patient_accounts.get(key) or PatientAccount(*key)
        changed, received = take_back_prepaid(owner, account.encounter_id, cents)
        rows.patient_accounts[key] = changed
        rows.append_postings(key[0], f"account:{account.account_id}", received, now)
        account = replace(account, ledger=ledger)
    return replace(account, patient_id=patient_id, account_id=account_id)


def _note_service(rows: BillingWorkspace, account: EncounterAccount, coded: CodedService) -> str:
    """Keep what was done that day; returns the other encounter that has the same, or nothing."""
    if account.coded is not None:
        _forget_service(rows, account, account.coded)
    day = (account.practice_id, account.patient_id, coded.service_date)
    services = dict(rows.services.get(day) or {})
    own = service_fingerprint(coded.rendering_provider_id, coded.lines)
    twins = sorted(each for each, done in services.items() if done == own)
    services[account.encounter_id] = own
    rows.services[day] = services
    return next((each for each in twins if each != account.encounter_id), "")


def _forget_service(rows: BillingWorkspace, account: EncounterAccount, coded: CodedService) -> None:
    day = (account.practice_id, account.patient_id, coded.service_date)
    services = dict(rows.services.get(day) or {})
    services.pop(account.encounter_id, None)
    rows.services[day] = services
