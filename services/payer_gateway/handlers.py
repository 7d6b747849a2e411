"""What the gateway decides about each event; pure, the database is behind the workspace."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta

from schemas.claim import AcknowledgementReason
from schemas.reference import (
    CoverageRegistered,
    PatientRegistered,
    PracticeRegistered,
    ProviderRegistered,
)
from services.chassis.effects import Effects, Refused, Waiting, reference
from services.chassis.incoming import Incoming
from services.payer_gateway.domain import filing_limit
from services.payer_gateway.domain.claim_events import given_back
from services.payer_gateway.domain.claim_state import ClaimRecord
from services.payer_gateway.domain.professional_claim import (
    ClaimParties,
    build_claim,
    without_subscriber,
)
from services.payer_gateway.domain.readings import AnyClaim
from services.payer_gateway.domain.reference_data import (
    Policy,
    Provider,
    coverage_of,
    patient_of,
    practice_of,
    provider_of,
)
from services.payer_gateway.domain.sending_check import sending_edits
from services.payer_gateway.domain.trading_partner import TradingPartner
from services.payer_gateway.state import GatewayWorkspace, NewClaim
from services.payer_gateway.x12.professional_claim import Claim
from services.payer_gateway.x12.professional_claim_writer import ClaimText, claim_text
from services.payer_gateway.x12.segments import WriteError

_DAY_ENDS = timedelta(hours=11)
"""A day is over once it is over everywhere in the country, at UTC-11 last."""


def on_practice(
    workspace: GatewayWorkspace, incoming: Incoming[PracticeRegistered], _now: datetime
) -> Effects:
    """Keep the practice; claims that waited for it go on."""
    event = incoming.event
    workspace.practices[event.practice_id, event.practice_id] = practice_of(event)
    return _arrived("practice", event.practice_id, event.practice_id)


def on_provider(
    workspace: GatewayWorkspace, incoming: Incoming[ProviderRegistered], _now: datetime
) -> Effects:
    """Keep the provider."""
    event = incoming.event
    workspace.providers[event.practice_id, event.provider_id] = provider_of(event)
    return _arrived("provider", event.practice_id, event.provider_id)


def on_patient(
    workspace: GatewayWorkspace, incoming: Incoming[PatientRegistered], _now: datetime
) -> Effects:
    """Keep who the patient is."""
    event = incoming.event
    workspace.patients[event.practice_id, event.patient_id] = patient_of(event)
    return _arrived("patient", event.practice_id, event.patient_id)


def on_coverage(
    workspace: GatewayWorkspace, incoming: Incoming[CoverageRegistered], _now: datetime
) -> Effects:
    """Keep how the patient is insured."""
    event = incoming.event
    workspace.coverages[event.practice_id, event.patient_id] = coverage_of(event)
    return _arrived("coverage", event.practice_id, event.patient_id)


def _arrived(kind: str, practice_id: str, own_id: str) -> Effects:
    effects = Effects()
    effects.arrived(reference(kind, practice_id, own_id))
    return effects


class ClaimDesk:
    """Takes submitted claims: builds the 837P claim, edits it, and lets it wait for its file."""

    def __init__(self, partners: Mapping[str, TradingPartner]) -> None:
        self._partners = partners

    def on_claim_submitted(
        self, workspace: GatewayWorkspace, incoming: Incoming[AnyClaim], now: datetime
    ) -> Effects:
        """Accept the claim for sending, or give it back with the reasons (stage ``gateway``).

        On the last day of its filing limit it waits for nothing: no other claims, no 271.

        Waits for practice, patient, coverage and providers that are not known yet. Raises
        ``Refused`` when the claim id was submitted before: a version is sent once.
        """
        event = incoming.event
        key = (event.practice_id, event.claim_id)
        if key in workspace.claims:
            raise Refused(
                "claim_submitted_before",
                f"claim {event.claim_id} was submitted before: a new version needs its own id",
            )
        partner = self._partners.get(event.payer_id)
        if partner is None:
            reason = AcknowledgementReason(
                code="gateway:payer_not_connected",
                message=f"no trading partner is set up for payer {event.payer_id}",
            )
            return _given_back(workspace, event, (reason,), now)
        last = filing_limit.last_day(partner, event)
        if last and (too_late := _too_late(workspace, event, last, now)):
            return _given_back(workspace, event, too_late, now)
        parties = _parties(workspace, event)
        policy = parties.coverage.policy(event.coverage_id)
        if policy is None:
            raise Waiting(reference("coverage", event.practice_id, event.patient_id))
        if missing := without_subscriber(event, policy, parties.coverage):
            return _given_back(workspace, event, _subscribers_missing(missing), now)
        claim = build_claim(event, policy, parties, partner, self._partners)
        text = written(claim)
        reasons = sending_edits(claim, text, partner.rules)
        if text is None or reasons:
            return _given_back(workspace, event, reasons, now)
        record = _record(event, "waiting")
        workspace.claims[key] = record
        sender = partner.sender_for(parties.practice.npi)
        checked = (event.patient_id, event.service_date) if partner.checks_eligibility else None
        since = now
        if last and last <= now.date():
            since, checked = now - partner.batch_window, None
        workspace.new_claims.append(NewClaim(record, sender, since, text, checked))
        return Effects()


def _too_late(
    workspace: GatewayWorkspace, event: AnyClaim, last: date, now: datetime
) -> tuple[AcknowledgementReason, ...]:
    """Why the payer takes the claim no more, with the proof that it had it in time; empty else."""
    today = (now - _DAY_ENDS).date()
    if today <= last:
        return ()
    own = (event.practice_id, event.encounter_id, event.payer_id)
    in_time = [each for each in workspace.filed.get(own, ()) if each.sent_at.date() <= last]
    proof = [
        filing_limit.filed_before(each.file_name, each.sha256, each.sent_at.date())
        for each in in_time[:1]
    ]
    return (filing_limit.past_limit(last, today), *proof)


def _subscribers_missing(policies: Iterable[Policy]) -> tuple[AcknowledgementReason, ...]:
    return tuple(
        AcknowledgementReason(
            code="gateway:subscriber_missing",
            message=f"coverage {policy.coverage_id} is another person's: register who holds it",
        )
        for policy in policies
    )


def _record(event: AnyClaim, state: str) -> ClaimRecord:
    return ClaimRecord(event.practice_id, event.claim_id, event.encounter_id, event.payer_id, state)


def _given_back(
    workspace: GatewayWorkspace,
    event: AnyClaim,
    reasons: tuple[AcknowledgementReason, ...],
    now: datetime,
) -> Effects:
    record = _record(event, "refused")
    workspace.claims[event.practice_id, event.claim_id] = record
    workspace.new_claims.append(NewClaim(record))
    return given_back([(record, reasons)], now)


def _parties(workspace: GatewayWorkspace, event: AnyClaim) -> ClaimParties:
    """Everyone the claim names; raises ``Waiting`` for the first who is not known."""
    practice = workspace.practices.get((event.practice_id, event.practice_id))
    if practice is None:
        raise Waiting(reference("practice", event.practice_id, event.practice_id))
    patient = workspace.patients.get((event.practice_id, event.patient_id))
    if patient is None:
        raise Waiting(reference("patient", event.practice_id, event.patient_id))
    coverage = workspace.coverages.get((event.practice_id, event.patient_id))
    if coverage is None:
        raise Waiting(reference("coverage", event.practice_id, event.patient_id))
    referring = event.referring_provider_id
    return ClaimParties(
        practice=practice,
        patient=patient,
        coverage=coverage,
        rendering=_provider(workspace, event.practice_id, event.rendering_provider_id),
        referring=_provider(workspace, event.practice_id, referring) if referring else None,
    )


def _provider(workspace: GatewayWorkspace, practice_id: str, provider_id: str) -> Provider:
    provider = workspace.providers.get((practice_id, provider_id))
    if provider is None:
        raise Waiting(reference("provider", practice_id, provider_id))
    return provider


def written(claim: Claim) -> ClaimText | None:
    """The claim as its file will hold it; ``None`` where it cannot be written."""
    try:
        return claim_text(claim)
    except WriteError:
        return None
