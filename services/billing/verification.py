"""Proof over billing's whole database that the ledger holds, and where the money is."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple, TypeAlias

import asyncpg

from schemas.claim import ClaimSubmitted
from schemas.patient_account import PatientBalanceDue
from services.billing import stored
from services.billing.domain.claim_settlement import UNAPPLIED
from services.billing.domain.claim_state import ACCEPTED, DRAFT, SUBMITTED
from services.billing.domain.encounter_account import EncounterAccount
from services.billing.domain.ledger import Posting
from services.billing.domain.ledger_proof import Finding, check_account, check_ledger
from services.billing.projection import Figures, figures_of, open_by_claim
from services.billing.queries import postings_of
from services.chassis.told import Told

__all__ = [
    "Finding",
    "insurance_cash",
    "ledger_findings",
    "money_in_flight",
    "published",
    "standing_claims",
    "unapplied_cash",
]

Connection: TypeAlias = asyncpg.Connection

_POSTINGS = """
select practice_id, ledger, number, ordinal, source, entries from billing.journal
where ledger like $1 || ':%' order by practice_id, ledger, number
"""
_ACCOUNTS = """
select e.*, coalesce(c.open_cents, 0)::bigint as claims_open_cents
from billing.encounter_account e
left join (select practice_id, encounter_id, sum(open_cents) open_cents
    from billing.claim group by 1, 2) c using (practice_id, encounter_id)
order by e.practice_id, 'encounter:' || e.encounter_id
"""
_SUBMITTED = """
select practice_id, claim_id, submitted_at from billing.claim where submitted_at is not null
"""
_BALANCES = "select practice_id, encounter_id, service_date, state from billing.encounter_account"
_STANDING = """
select c.practice_id, c.claim_id, c.state, c.submitted_at is not null, e.service_date
from billing.claim c left join billing.encounter_account e using (practice_id, encounter_id)
"""
_PAGE = 500


async def ledger_findings(connection: Connection) -> list[Finding]:
    """Everything that does not hold, over every ledger. Opens a transaction of its own if needed.

    Reads with cursors: memory does not grow with the database.
    """
    async with connection.transaction():
        return [
            *await _encounter_findings(connection),
            *await _patient_account_findings(connection),
            *await _remittance_findings(connection),
        ]


async def insurance_cash(connection: Connection) -> dict[tuple[str, str], int]:
    """Insurance cash on the ledger in cents, by (practice, claim)."""
    rows = await connection.fetch(
        "select practice_id, claim_id, "
        "sum(case when debit = 'CASH_INS' then amount_cents else -amount_cents end)::bigint cents "
        "from billing.posting where 'CASH_INS' in (debit, credit) and claim_id <> '' group by 1, 2"
    )
    return {(row["practice_id"], row["claim_id"]): row["cents"] for row in rows}


async def unapplied_cash(connection: Connection) -> dict[tuple[str, str], int]:
    """Cents that payers told of and that open work items keep off the ledger, by claim.

    A reversal of a payment that billing was never told of is below zero.
    """
    rows = await connection.fetch(
        "select practice_id, claim_id, sum(amount_cents)::bigint cents from billing.work_item "
        "where kind = 'unmatched_remittance' and closed_at is null and reason = any($1::text[]) "
        "group by 1, 2",
        list(UNAPPLIED),
    )
    return {(row["practice_id"], row["claim_id"]): row["cents"] for row in rows if row["cents"]}


async def money_in_flight(connection: Connection, practice_id: str | None = None) -> dict[str, int]:
    """Where every charged cent is; the values sum to the charges.

    ``claim:<state>``: open with payers, by the state of the claim that it waits for.
    ``claim:none``: charged, with no claim open (only while something is wrong).
    ``paid_by_insurance``, ``contractual``, ``sequestration``, ``other_write_offs``,
    ``paid_by_patient``, ``owed_by_patient``.
    """
    totals = await connection.fetchrow(
        "select coalesce(sum(insurance_paid_cents), 0)::bigint paid_by_insurance, "
        "coalesce(sum(contractual_cents), 0)::bigint contractual, "
        "coalesce(sum(sequestration_cents), 0)::bigint sequestration, "
        "coalesce(sum(other_write_off_cents), 0)::bigint other_write_offs, "
        "coalesce(sum(patient_applied_cents), 0)::bigint paid_by_patient, "
        "coalesce(sum(open_patient_cents), 0)::bigint owed_by_patient, "
        "coalesce(sum(open_insurance_cents), 0)::bigint open_insurance "
        "from billing.encounter_account where $1::text is null or practice_id = $1",
        practice_id,
    )
    money = dict(totals)
    unclaimed = money.pop("open_insurance")
    for row in await connection.fetch(
        "select state, sum(open_cents)::bigint cents from billing.claim "
        "where open_cents <> 0 and ($1::text is null or practice_id = $1) "
        "group by state order by state",
        practice_id,
    ):
        money[f"claim:{row['state']}"] = row["cents"]
        unclaimed -= row["cents"]
    if unclaimed:
        money["claim:none"] = unclaimed
    return money


@dataclass(slots=True)
class _Ledgers:
    """Postings of one kind of ledger, handed out ledger by ledger in the order of their names."""

    rows: AsyncIterator[asyncpg.Record]
    ahead: asyncpg.Record | None = None
    started: bool = False

    async def next_row(self) -> asyncpg.Record | None:
        return await anext(self.rows, None)

    async def take(self, practice_id: str, ledger: str) -> list[Posting]:
        if not self.started:
            self.started, self.ahead = True, await self.next_row()
        found: list[Posting] = []
        while self.ahead is not None and (
            self.ahead["practice_id"] == practice_id and self.ahead["ledger"] == ledger
        ):
            found.extend(postings_of(self.ahead))
            self.ahead = await self.next_row()
        return found


async def _encounter_findings(connection: Connection) -> list[Finding]:
    findings: list[Finding] = []
    ledgers = _Ledgers(connection.cursor(_POSTINGS, "encounter").__aiter__())
    async for row in connection.cursor(_ACCOUNTS):
        account = stored.ENCOUNTER_ACCOUNT.decode(row["state"])
        postings = await ledgers.take(row["practice_id"], f"encounter:{row['encounter_id']}")
        findings.extend(check_account(account, postings))
        findings.extend(_column_findings(row, account))
    if ledgers.ahead is not None:
        findings.append(
            Finding("I3", ledgers.ahead["ledger"], "postings belong to no encounter account")
        )
    return findings


def _column_findings(row: asyncpg.Record, account: EncounterAccount) -> Sequence[Finding]:
    subject = f"encounter {row['practice_id']}:{row['encounter_id']}"
    figures = figures_of(account)
    findings = [
        Finding("I3", subject, f"{name} is not what the ledger says")
        for name in Figures._fields
        if row[name] != getattr(figures, name)
    ]
    if row["claims_open_cents"] != sum(open_by_claim(account).values()):
        findings.append(Finding("I3", subject, "the claims' open cents are not the account's"))
    return findings


async def _patient_account_findings(connection: Connection) -> list[Finding]:
    findings: list[Finding] = []
    ledgers = _Ledgers(connection.cursor(_POSTINGS, "account").__aiter__())
    async for row in connection.cursor(
        "select * from billing.patient_account order by practice_id, 'account:' || account_id"
    ):
        account = stored.PATIENT_ACCOUNT.decode(row["state"])
        name = f"account:{row['account_id']}"
        postings = await ledgers.take(row["practice_id"], name)
        findings.extend(check_ledger(f"{row['practice_id']} {name}", account.ledger, postings))
        if row["unapplied_cents"] != account.unapplied_cents:
            findings.append(Finding("I3", name, "unapplied money is not what the ledger says"))
    return findings


async def _remittance_findings(connection: Connection) -> list[Finding]:
    findings: list[Finding] = []
    ledgers = _Ledgers(connection.cursor(_POSTINGS, "remittance").__aiter__())
    async for row in connection.cursor(
        "select r.*, coalesce(c.claims_cents, 0)::bigint claims_cents from billing.remittance r "
        "left join billing.remittance_cash c using (practice_id, remittance_id) "
        "order by r.practice_id, 'remittance:' || r.remittance_id"
    ):
        remittance = stored.REMITTANCE.decode(row["state"])
        name = f"remittance:{row['remittance_id']}"
        postings = await ledgers.take(row["practice_id"], name)
        findings.extend(check_ledger(name, remittance.ledger, postings))
        provider_cash = sum(
            posting.amount_cents if posting.debit == "CASH_INS" else -posting.amount_cents
            for posting in postings
        )
        if row["claims_paid_cents"] + provider_cash != row["payment_cents"]:
            findings.append(Finding("I4", name, "claims and provider level are not the deposit"))
        if (
            row["claims_cents"] == row["claims_paid_cents"]
            and row["claims_cents"] + provider_cash != row["payment_cents"]
        ):
            findings.append(Finding("I15", name, "posted cash is not the deposit"))
    for row in await connection.fetch(
        "select k.practice_id, k.remittance_id from billing.remittance_cash k "
        "full join (select practice_id, remittance_id, "
        "sum(case when debit = 'CASH_INS' then amount_cents else -amount_cents end) cents "
        "from billing.posting where 'CASH_INS' in (debit, credit) and claim_id <> '' "
        "group by 1, 2) p using (practice_id, remittance_id) "
        "where coalesce(k.claims_cents, 0) <> coalesce(p.cents, 0)"
    ):
        subject = f"remittance:{row['remittance_id']}"
        findings.append(Finding("I15", subject, "the running total is not the postings' sum"))
    return findings


async def published(connection: Connection) -> AsyncIterator[Told]:
    """Each submitted claim, by when; each version of a balance that was told, by date of service.

    How claims moved is told of by ``standing_claims``.
    """
    async with connection.transaction():
        async for practice_id, claim_id, at in connection.cursor(_SUBMITTED, prefetch=_PAGE):
            yield Told(ClaimSubmitted.TOPIC, practice_id, (claim_id,), at)
        async for practice_id, encounter_id, day, state in connection.cursor(
            _BALANCES, prefetch=_PAGE
        ):
            told = stored.ENCOUNTER_ACCOUNT.decode(state).balance_version
            for version in range(1, told + 1):
                name = (encounter_id, version)
                yield Told(PatientBalanceDue.TOPIC, practice_id, name, day)


class StandingClaim(NamedTuple):
    """Where a claim stands, and from where ``ClaimStateChanged`` told of its way there.

    begun: the states of which one is that from where. What brought the claim into it was said by
    another event: that it was submitted, and then that it was accepted. since: nothing was told of
    it before.
    """

    practice_id: str
    claim_id: str
    state: str
    begun: tuple[str, ...]
    since: date | None


async def standing_claims(connection: Connection) -> AsyncIterator[StandingClaim]:
    """Every version of every claim, as billing last left it."""
    async with connection.transaction():
        async for practice_id, claim_id, state, is_submitted, day in connection.cursor(
            _STANDING, prefetch=_PAGE
        ):
            begun = (SUBMITTED, ACCEPTED) if is_submitted else (DRAFT,)
            yield StandingClaim(practice_id, claim_id, state, begun, day)
