"""Billing's composition root."""

from pathlib import Path

from schemas.catalogue import subscriptions
from schemas.claim import (
    ClaimAcknowledged,
    ClaimAdjudicated,
    RemittanceReceived,
)
from schemas.coding import EncounterCoded, EncounterStateChanged
from schemas.patient_account import PatientPaymentReceived
from schemas.reference import CoverageRegistered, PatientRegistered
from services.billing.decisions import DecideDenial, Decisions, FixHold, OverrideHold, Refund
from services.billing.domain.readings import CodedEncounter, DecidedClaim
from services.billing.domain.rules import Rules
from services.billing.handlers import Handlers
from services.billing.rule_files import read_rules
from services.billing.settings import BillingSettings
from services.billing.store import load, save
from services.billing.workspace import BillingWorkspace
from services.chassis.service import Service
from services.chassis.settings import read_settings

VIEWS = {view.CONTRACT.TOPIC: view for view in (CodedEncounter, DecidedClaim)}
DEADLINES = ("claim_silence", "work_item_due", "filing_limit_near", "hold_ageing")


def service(settings: BillingSettings | None = None) -> Service[BillingWorkspace]:
    """Billing as the chassis runs it. Raises ``RuleFileError`` for a rule file that is wrong."""
    settings = settings or read_settings(BillingSettings)
    rules = read_rules(
        settings.rules_folder,
        medicaid_copay_cents=settings.medicaid_copay_cents,
        silence_days=settings.silence_days,
        hold_days=settings.hold_days,
        write_off_limits=settings.write_off_limits,
    )
    return service_under(rules)


def service_under(rules: Rules) -> Service[BillingWorkspace]:
    """Billing under rules already read."""
    handlers, decisions = Handlers(rules), Decisions(rules)
    return Service(
        name="billing",
        subscriptions=subscriptions("billing"),
        handlers={
            PatientRegistered: handlers.patient_registered,
            CoverageRegistered: handlers.coverage_registered,
            EncounterCoded: handlers.encounter_coded,
            CodedEncounter: handlers.encounter_coded,
            EncounterStateChanged: handlers.encounter_state_changed,
            ClaimAcknowledged: handlers.claim_acknowledged,
            ClaimAdjudicated: handlers.claim_adjudicated,
            DecidedClaim: handlers.claim_adjudicated,
            RemittanceReceived: handlers.remittance_received,
            PatientPaymentReceived: handlers.patient_payment_received,
            FixHold: decisions.fix,
            OverrideHold: decisions.override,
            DecideDenial: decisions.decide_denial,
            Refund: decisions.refund,
        },
        deadline_handlers=dict.fromkeys(DEADLINES, handlers.deadline),
        migrations=Path(__file__).parent / "migrations",
        load=load,
        save=save,
        views=VIEWS,
    )
