"""Reading what a batch needs, in a number of statements that does not depend on its size."""

from collections.abc import Sequence
from typing import Any

import asyncpg

from schemas.claim import ClaimAcknowledged, ClaimAdjudicated, RemittanceReceived
from schemas.coding import EncounterCoded, EncounterStateChanged
from schemas.patient_account import PatientPaymentReceived
from schemas.reference import CoverageRegistered
from services.billing import stored
from services.billing.columns import columns
from services.billing.decisions import EncounterDecision
from services.billing.domain.encounter_account import EncounterAccount
from services.billing.domain.readings import CodedEncounter, DecidedClaim
from services.billing.domain.remittance import Remittance
from services.billing.keeping import NOT_BILLABLE, SEPARATOR, is_open_to_coverage, is_receipt
from services.billing.workspace import BillingWorkspace, Key, ServiceDay
from services.chassis.incoming import DeadlineDue, Incoming

_CLAIMS = """
select e.practice_id, e.encounter_id, c.claim_id
from unnest($1::text[], $2::text[], $3::text[]) as k(practice_id, encounter_id, claim_id)
join billing.encounter_account e using (practice_id, encounter_id)
left join billing.claim c on c.practice_id = k.practice_id and c.claim_id = k.claim_id
    and c.encounter_id = k.encounter_id
"""
"""For what changes nothing: neither encounters nor claims ever go, so that none is locked."""

_COVERAGES = """
select c.practice_id, c.patient_id, c.state
from billing.coverage c
join unnest($1::text[], $2::text[]) as k(practice_id, patient_id) using (practice_id, patient_id)
order by c.practice_id, c.patient_id for update of c
"""
"""Held until the end: what is coded of a patient meanwhile is seen by new coverage and by what else
is coded of the patient, though no row of it was there to be locked."""

_OPEN_TO_COVERAGE = """
select e.practice_id, e.encounter_id
from billing.encounter_account e
join unnest($1::text[], $2::text[]) as k(practice_id, patient_id) using (practice_id, patient_id)
where e.open_to_coverage
"""

_KEPT = """
select kind, practice_id, own_id, state from (
    select 'encounter' kind, e.practice_id, e.encounter_id own_id, e.state
    from billing.encounter_account e
    join unnest($1::text[], $2::text[]) as k(practice_id, encounter_id)
        using (practice_id, encounter_id)
    order by e.practice_id, e.encounter_id for update of e
) encounters
union all
select 'remittance', r.practice_id, r.remittance_id, r.state
from billing.remittance r
join unnest($3::text[], $4::text[]) as k(practice_id, remittance_id)
    using (practice_id, remittance_id)
"""

_ACCOUNTS = """
select a.practice_id, a.account_id, a.state
from billing.patient_account a
join unnest($1::text[], $2::text[]) as k(practice_id, account_id) using (practice_id, account_id)
order by a.practice_id, a.account_id for update of a
"""
"""After the encounters, which say what other accounts the batch needs: all of them at once."""

_PATIENTS = """
select k.practice_id, k.patient_id, k.service_date, p.account_id, e.encounter_id, e.fingerprint
from unnest($1::text[], $2::text[], $3::date[]) as k(practice_id, patient_id, service_date)
left join billing.patient p using (practice_id, patient_id)
left join billing.encounter_account e on e.practice_id = k.practice_id
    and e.patient_id = k.patient_id and e.service_date = k.service_date and e.fingerprint <> ''
"""


async def load(connection: asyncpg.Connection, inputs: Sequence[Incoming[Any]]) -> BillingWorkspace:
    """Every row that the batch may need, locked kind by kind, each in the order of its keys:
    coverages of patients with encounters to code, encounters' accounts, then patients' accounts.
    """
    rows = BillingWorkspace()
    wanted = _Wanted.of(inputs)
    insured = wanted.covered | {(practice_id, own) for practice_id, own, _ in wanted.services}
    if insured:
        rows.coverages.fill(
            {
                (practice_id, patient_id): stored.COVERAGE.decode(state)
                for practice_id, patient_id, state in await connection.fetch(
                    _COVERAGES, *columns(sorted(insured), 2)
                )
            }
        )
    if wanted.covered:
        for row in await connection.fetch(_OPEN_TO_COVERAGE, *columns(sorted(wanted.covered), 2)):
            wanted.encounters.add((row["practice_id"], row["encounter_id"]))
    await _load_kept(connection, rows, wanted)
    await _load_claims(connection, rows, wanted)
    wanted.accounts |= {
        (account.practice_id, account.account_id)
        for account in rows.before.values()
        if account.account_id and not account.patient_id
    }
    await _load_accounts(connection, rows, wanted)
    await _load_patients(connection, rows, wanted)
    return rows


async def _load_kept(
    connection: asyncpg.Connection, rows: BillingWorkspace, wanted: "_Wanted"
) -> None:
    if not (wanted.encounters or wanted.remittances):
        return
    encounters: dict[Key, EncounterAccount] = {}
    remittances: dict[Key, Remittance] = {}
    for kind, practice_id, own_id, state in await connection.fetch(
        _KEPT,
        *columns(sorted(wanted.encounters), 2),
        *columns(sorted(wanted.remittances), 2),
    ):
        key = (practice_id, own_id)
        if kind == "encounter":
            account = encounters[key] = stored.ENCOUNTER_ACCOUNT.decode(state)
            if is_open_to_coverage(account):
                patient = (practice_id, account.patient_id)
                rows.open_to_coverage.setdefault(patient, set()).add(own_id)
        else:
            remittances[key] = stored.REMITTANCE.decode(state)
    rows.encounters.fill(encounters)
    rows.before |= encounters
    rows.remittances.fill(remittances)


async def _load_claims(
    connection: asyncpg.Connection, rows: BillingWorkspace, wanted: "_Wanted"
) -> None:
    named = [key for key in wanted.claims if key[:2] not in wanted.encounters]
    if named:
        for practice_id, encounter_id, claim_id in await connection.fetch(
            _CLAIMS, *columns(sorted(named), 3)
        ):
            rows.claims.setdefault((practice_id, encounter_id), set()).add(claim_id or "")


async def _load_accounts(
    connection: asyncpg.Connection, rows: BillingWorkspace, wanted: "_Wanted"
) -> None:
    if wanted.accounts:
        rows.patient_accounts.fill(
            {
                (practice_id, account_id): stored.PATIENT_ACCOUNT.decode(state)
                for practice_id, account_id, state in await connection.fetch(
                    _ACCOUNTS, *columns(sorted(wanted.accounts), 2)
                )
            }
        )


async def _load_patients(
    connection: asyncpg.Connection, rows: BillingWorkspace, wanted: "_Wanted"
) -> None:
    if not wanted.services:
        return
    patients: dict[Key, str] = {}
    services: dict[ServiceDay, dict[str, str]] = {}
    for (
        practice_id,
        patient_id,
        day,
        account_id,
        encounter_id,
        done,
    ) in await connection.fetch(_PATIENTS, *columns(sorted(wanted.services), 3)):
        key = (practice_id, patient_id)
        if account_id is not None:
            patients[key] = account_id
        if encounter_id is not None:
            services.setdefault((practice_id, patient_id, day), {})[encounter_id] = done
    rows.patients.fill(patients)
    rows.services.fill(services)


class _Wanted:
    """The keys that a batch names."""

    def __init__(self) -> None:
        self.encounters: set[Key] = set()
        self.covered: set[Key] = set()
        self.services: set[ServiceDay] = set()
        self.accounts: set[Key] = set()
        self.remittances: set[Key] = set()
        self.claims: set[tuple[str, str, str]] = set()

    @classmethod
    def of(cls, inputs: Sequence[Incoming[Any]]) -> "_Wanted":
        wanted = cls()
        for incoming in inputs:
            wanted._add(incoming.event)
        return wanted

    def _add(self, event: Any) -> None:
        """By exact kind, the frequent ones first: to ask a model what it is costs more."""
        kind = type(event)
        if kind is ClaimAcknowledged and is_receipt(event):
            self.claims.add((event.practice_id, event.encounter_id, event.claim_id))
        elif kind is ClaimAcknowledged or kind is DecidedClaim or kind is ClaimAdjudicated:
            self.encounters.add((event.practice_id, event.encounter_id))
        elif kind is CodedEncounter or kind is EncounterCoded:
            self.encounters.add((event.practice_id, event.encounter_id))
            self.services.add((event.practice_id, event.patient_id, event.service_date))
        elif kind is PatientPaymentReceived:
            self.accounts.add((event.practice_id, event.account_id))
            for each in event.allocations:
                self.encounters.add((event.practice_id, each.encounter_id))
        elif kind is CoverageRegistered:
            self.covered.add((event.practice_id, event.patient_id))
        elif kind is RemittanceReceived:
            self.remittances.add((event.practice_id, event.remittance_id))
        elif kind is DeadlineDue:
            self.encounters.add((event.practice_id, event.key.split(SEPARATOR, 1)[0]))
        elif kind is EncounterStateChanged:
            if event.to_state == NOT_BILLABLE:
                self.encounters.add((event.practice_id, event.encounter_id))
        elif isinstance(event, EncounterDecision):
            self.encounters.add((event.practice_id, event.encounter_id))
