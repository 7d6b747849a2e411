"""What a statement says: facts only, amounts in integer cents; wording is ``statement_text``'s.

A statement is taken once, as of one revision of its account, and never changes: rendering it again
gives the same bytes. Its total is the sum of the balances on it at that revision (I14).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from services.patient_statements.domain.account import Account
from services.patient_statements.domain.cycle import NOTICES, Notice, notice_after
from services.patient_statements.domain.encounter_balance import EncounterBalance, Service
from services.patient_statements.domain.policy import StatementPolicy
from services.patient_statements.domain.responsible_party import (
    Channel,
    Party,
    Patient,
    Practice,
    addressee,
)
from services.patient_statements.domain.statement_id import statement_id

OwedKind = Literal["deductible", "coinsurance", "copay", "self_pay", "other"]


@dataclass(frozen=True, slots=True)
class Owed:
    """A part of the patient's share, by kind."""

    kind: OwedKind
    amount_cents: int


@dataclass(frozen=True, slots=True)
class StatementEncounter:
    """One visit: charge = insurance + adjustments + in progress + paid + balance, in cents.

    ``version`` is billing's report that the balance comes from; ``pending_cents`` of ``paid_cents``
    were paid here and are not in that report.
    """

    encounter_id: str
    version: int
    patient_name: str
    service_date: date
    services: tuple[Service, ...]
    payer_names: tuple[str, ...]
    charge_cents: int
    insurance_paid_cents: int
    adjusted_cents: int
    in_progress_cents: int
    owed: tuple[Owed, ...]
    paid_cents: int
    pending_cents: int
    balance_cents: int
    notice: Notice


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement as decided, with everything that its rendering needs."""

    statement_id: str
    practice_id: str
    account_id: str
    number: int
    revision: int
    notice: Notice
    issued_on: date
    due_on: date
    practice: Party
    phone: str
    payment_address: str
    addressee: Party
    channel: Channel
    encounters: tuple[StatementEncounter, ...]
    total_cents: int
    unapplied_cents: int


def owed_by_kind(encounter: EncounterBalance) -> tuple[Owed, ...]:
    """The patient's share of one encounter by kind; the parts sum to balance plus payments.

    Billing's kinds are taken in turn until the share is used up, for a programme's cap may have
    lowered it; what no kind explains is ``other``.
    """
    share = encounter.share
    left = encounter.due_cents + encounter.paid_cents
    parts: dict[OwedKind, int] = {}
    kinds: tuple[tuple[OwedKind, int], ...] = (
        ("deductible", share.deductible_cents),
        ("coinsurance", share.coinsurance_cents),
        ("copay", share.copay_cents),
        ("self_pay", share.self_pay_cents),
        ("other", share.other_cents),
    )
    for kind, amount_cents in kinds:
        parts[kind] = min(left, amount_cents)
        left -= parts[kind]
    parts["other"] += left
    return tuple(Owed(kind, amount_cents) for kind, amount_cents in parts.items() if amount_cents)


def _section(encounter: EncounterBalance, patient: Patient) -> StatementEncounter:
    return StatementEncounter(
        encounter_id=encounter.encounter_id,
        version=encounter.version,
        patient_name=patient.party.name,
        service_date=encounter.service_date,
        services=encounter.services,
        payer_names=encounter.payer_names,
        charge_cents=encounter.charge_cents,
        insurance_paid_cents=encounter.insurance_paid_cents,
        adjusted_cents=encounter.adjusted_cents,
        in_progress_cents=encounter.in_progress_cents,
        owed=owed_by_kind(encounter),
        paid_cents=encounter.paid_cents,
        pending_cents=encounter.reported_cents - encounter.due_cents,
        balance_cents=encounter.due_cents,
        notice=notice_after(encounter.notices),
    )


def notice_of(encounters: Sequence[EncounterBalance]) -> Notice:
    """The notice that a statement as a whole is: the latest that any balance on it has reached.

    A balance past its final notice is shown and does not make the whole one.
    """
    counts = [each.notices for each in encounters if each.notices < len(NOTICES)]
    return notice_after(max(counts)) if counts else "past_due"


def taken(
    account: Account,
    billable: Sequence[str],
    *,
    people: Mapping[str, Patient],
    practice: Practice,
    policy: StatementPolicy,
    now: datetime,
) -> Statement:
    """The account's next statement over the ``billable`` encounters, at least one.

    ``people`` are the patients by id. ``account`` is as of the statement's revision.
    """
    chosen = [each for each in account.encounters if each.encounter_id in set(billable)]
    patients = sorted({each.patient_id for each in chosen})
    party, channel = addressee([people[patient_id] for patient_id in patients])
    number = account.statements + 1
    issued_on = now.astimezone(policy.zone).date()
    return Statement(
        statement_id=statement_id(account.practice_id, account.account_id, number),
        practice_id=account.practice_id,
        account_id=account.account_id,
        number=number,
        revision=account.revision,
        notice=notice_of(chosen),
        issued_on=issued_on,
        due_on=issued_on + timedelta(days=policy.payment_term_days),
        practice=practice.party,
        phone=practice.phone,
        payment_address=policy.payment_address,
        addressee=party,
        channel=channel,
        encounters=tuple(_section(each, people[each.patient_id]) for each in chosen),
        total_cents=sum(each.due_cents for each in chosen),
        unapplied_cents=account.unapplied_cents,
    )
