"""What an event says in one line, without PHI: ids, codes, dates and dollars."""

from collections.abc import Callable
from typing import Any

from schemas import claim, coding, encounter, patient_account, reference
from schemas.event import Event


def dollars(cents: int) -> str:
    """``-123456`` -> ``-$1,234.56``."""
    whole, rest = divmod(abs(cents), 100)
    return f"{'-' if cents < 0 else ''}${whole:,}.{rest:02d}"


def _count(number: int, noun: str) -> str:
    plural = f"{noun[:-1]}ies" if noun.endswith("y") else f"{noun}s"
    return f"{number} {noun if number == 1 else plural}"


def _documented(event: encounter.EncounterDocumented) -> str:
    signed = "signed" if event.signature else "not signed"
    return (
        f"revision {event.revision} ({event.revision_reason}), {event.setting} on"
        f" {event.service_date}, patient {event.patient_id},"
        f" {_count(len(event.problems), 'problem')}, {signed}"
    )


def _coded(event: coding.EncounterCoded) -> str:
    diagnoses = " ".join(diagnosis.code for diagnosis in event.diagnoses)
    lines = " ".join(line.code for line in event.lines)
    return f"version {event.version}, {diagnoses} / {lines}, decided by {event.decided_by}"


def _submitted(event: claim.ClaimSubmitted) -> str:
    return (
        f"claim {event.claim_id} version {event.version} to {event.payer_id} (payer"
        f" {event.payer_level}), {_count(len(event.lines), 'line')},"
        f" {dollars(event.total_charge_cents)}"
    )


def _acknowledged(event: claim.ClaimAcknowledged) -> str:
    reasons = " ".join(reason.code for reason in event.reasons)
    return f"claim {event.claim_id} {event.outcome} by {event.stage} {reasons}".rstrip()


def _adjudicated(event: claim.ClaimAdjudicated) -> str:
    return (
        f"claim {event.claim_id} status {event.claim_status_code}, paid"
        f" {dollars(event.paid_cents)} of {dollars(event.charge_cents)}, patient's part"
        f" {dollars(event.patient_responsibility_cents)}, remittance {event.remittance_id}"
    )


def _remitted(event: claim.RemittanceReceived) -> str:
    return (
        f"{event.payer_id} paid {dollars(event.payment_cents)} on {event.paid_on} for"
        f" {_count(event.claim_count, 'claim')}, trace {event.trace_number}"
    )


def _claim_moved(event: claim.ClaimStateChanged) -> str:
    passed = "".join(f"{each.state} ({each.reason}) -> " for each in event.passed)
    return (
        f"claim {event.claim_id} {event.from_state} -> {passed}{event.to_state} ({event.reason}),"
        f" open {dollars(event.open_insurance_cents)} insurance"
        f" {dollars(event.open_patient_cents)} patient"
    )


def _balance(event: patient_account.PatientBalanceDue) -> str:
    return (
        f"encounter {event.encounter_id} version {event.version}: {dollars(event.balance_cents)}"
        f" due of {dollars(event.charge_cents)}"
    )


_SUMMARY: dict[type[Event], Callable[[Any], str]] = {
    reference.PracticeRegistered: lambda event: f"practice NPI {event.npi}",
    reference.ProviderRegistered: lambda event: f"provider {event.provider_id}, NPI {event.npi}",
    reference.PatientRegistered: lambda event: (
        f"patient {event.patient_id}, account {event.account_id}"
    ),
    reference.CoverageRegistered: lambda event: (
        f"patient {event.patient_id}: "
        + (", ".join(f"{policy.rank} {policy.payer_id}" for policy in event.policies) or "self-pay")
    ),
    encounter.EncounterDocumented: _documented,
    encounter.DocumentationQueryAnswered: lambda event: (
        f"query {event.query_id} answered by {event.answered_by}"
    ),
    coding.EncounterCoded: _coded,
    coding.DocumentationQueryOpened: lambda event: (
        f"query {event.query_id} to {event.provider_id}: {event.kind}, due {event.answer_due}"
    ),
    coding.EncounterStateChanged: lambda event: (
        f"{event.from_state} -> {event.to_state} ({event.reason})"
    ),
    claim.ClaimSubmitted: _submitted,
    claim.ClaimStateChanged: _claim_moved,
    claim.ClaimTransmitted: lambda event: (
        f"claim {event.claim_id} to {event.payer_id} in {event.file_name}"
    ),
    claim.ClaimAcknowledged: _acknowledged,
    claim.ClaimAdjudicated: _adjudicated,
    claim.RemittanceReceived: _remitted,
    patient_account.PatientBalanceDue: _balance,
    patient_account.PatientPaymentReceived: lambda event: (
        f"{dollars(event.amount_cents)} by {event.method}, payment {event.payment_id}"
    ),
    patient_account.StatementIssued: lambda event: (
        f"statement {event.statement_id}: {dollars(event.total_cents)} for"
        f" {_count(len(event.items), 'encounter')}, due {event.due_on}, by {event.channel}"
    ),
    patient_account.StatementSuppressed: lambda event: (
        f"not sent: {event.reason}, {dollars(event.balance_cents)}"
    ),
}


def summary(event: Event) -> str:
    """The event in one line; empty for an event that has no summary of its own."""
    describe = _SUMMARY.get(type(event))
    return "" if describe is None else describe(event)
