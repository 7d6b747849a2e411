"""What a run came to: where encounters stand, where the money is, what was denied, and samples."""

import asyncio
import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import asyncpg

from claimstream.lineage.history import Fact, History
from claimstream.lineage.standing import counted
from claimstream.topics.summary import dollars
from claimstream.verify.run import Verified
from schemas import claim, encounter, patient_account
from services.billing.verification import money_in_flight

_TRACED = 3
_INFORMATIONAL = frozenset({("OA", "23"), ("CO", "45"), ("CO", "253"), ("CO", "24")})


@dataclass(slots=True)
class Outcome:
    """Cents by state add up to ``charged_cents``; ``traced`` are keys ``practice:encounter``."""

    standing: list[tuple[str, int]]
    money_cents: dict[str, int]
    charged_cents: int
    denials: list[tuple[str, int, int]]
    traced: list[tuple[str, str]]
    samples: dict[str, Path] = field(default_factory=dict)

    @property
    def encounters(self) -> int:
        """How many were documented."""
        return sum(count for _, count in self.standing)

    def shortfalls(self, asked: int, *, settled: bool) -> list[str]:
        """What keeps the run from being what was asked for, a sentence each; empty if nothing."""
        explained = sum(self.money_cents.values())
        found: list[str] = []
        if self.encounters < asked:
            found.append(f"{self.encounters} encounters were documented and {asked} asked for.")
        if not settled:
            found.append("It did not come to rest: `claimstream status` says what is under way.")
        if explained != self.charged_cents:
            charged = dollars(self.charged_cents)
            found.append(f"{charged} were charged and {dollars(explained)} are explained.")
        return found


def denials(facts: Sequence[Fact]) -> list[tuple[str, int, int]]:
    """Reasons why payers refused to pay a line: reason, lines, cents; the most money first.

    A line counts when the payer paid nothing for it and left something to the provider.
    """
    lines: Counter[str] = Counter()
    cents: Counter[str] = Counter()
    for fact in facts:
        event = fact.event
        if not isinstance(event, claim.ClaimAdjudicated) or event.claim_status_code == "22":
            continue
        for line in event.lines:
            if line.paid_cents:
                continue
            for each in line.adjustments:
                if each.group == "PR" or (each.group, each.reason) in _INFORMATIONAL:
                    continue
                reason = f"{each.group}-{each.reason}"
                lines[reason] += 1
                cents[reason] += each.amount_cents
    return [(reason, lines[reason], total) for reason, total in cents.most_common()]


def interesting(facts: Sequence[Fact]) -> list[tuple[str, str]]:
    """Three encounters worth a look, if there are three: one paid to the end, one denied, one with
    two payers; in place of what there is none of, others."""
    found: dict[str, str] = {}
    payers: dict[str, set[str]] = {}
    statements: set[str] = set()
    documented: dict[str, None] = {}
    for fact in facts:
        event = fact.event
        if isinstance(event, encounter.EncounterDocumented):
            documented[event.key] = None
        elif isinstance(event, patient_account.StatementIssued):
            statements |= {f"{event.practice_id}:{item.encounter_id}" for item in event.items}
        elif isinstance(event, patient_account.PatientPaymentReceived):
            for part in event.allocations:
                found.setdefault(
                    "paid by insurance and patient", f"{event.practice_id}:{part.encounter_id}"
                )
        elif isinstance(event, claim.ClaimAdjudicated):
            payers.setdefault(event.key, set()).add(event.payer_id)
            if (
                event.paid_cents == 0
                and event.claim_status_code in ("1", "2", "3")
                and any(
                    each.group == "CO" and (each.group, each.reason) not in _INFORMATIONAL
                    for line in event.lines
                    for each in line.adjustments
                )
            ):
                found.setdefault("denied", event.key)
            if len(payers[event.key]) > 1:
                found.setdefault("primary and secondary payer", event.key)
    if len(found) < 3 and statements - set(found.values()):
        found["statement sent"] = min(statements - set(found.values()))
    shown: dict[str, str] = {}
    for title, key in found.items():
        shown.setdefault(key, title)
    for key in documented:
        if len(shown) < _TRACED:
            shown.setdefault(key, "another encounter")
    return [(title, key) for key, title in shown.items()]


async def gather(verified: Verified, history: History, billing: asyncpg.Connection) -> Outcome:
    """Read the outcome from topics and the ledger."""
    money = await money_in_flight(billing)
    charged = await billing.fetchval(
        "select coalesce(sum(charge_cents), 0)::bigint from billing.encounter_account"
    )
    return Outcome(
        standing=counted(history.facts, verified.set_aside),
        money_cents=money,
        charged_cents=charged,
        denials=denials(history.facts),
        traced=interesting(history.ordered()),
    )


async def save_samples(
    folder: Path, gateway: asyncpg.Connection, statements: asyncpg.Connection
) -> dict[str, Path]:
    """Write one 837, one 835 and one statement where a person can open them."""
    samples: dict[str, Path] = {}
    contents: dict[Path, bytes] = {}
    sent = await gateway.fetchrow(
        "select name, content from outbound_file where state <> 'created' "
        "order by claim_count desc, name limit 1"
    )
    received = await gateway.fetchrow(
        "select name, content from inbound_file where kinds like '%835%' "
        "order by length(content) desc limit 1"
    )
    statement = await statements.fetchrow(
        "select statement_id, pdf, html from statement where pdf is not null "
        "order by total_cents desc limit 1"
    )
    for kind, row in (("837 claim file", sent), ("835 remittance file", received)):
        if row is not None:
            samples[kind] = folder / Path(row["name"]).name
            contents[samples[kind]] = row["content"]
    if statement is not None:
        for kind, name in (("statement (PDF)", "pdf"), ("statement (HTML)", "html")):
            samples[kind] = folder / f"statement-{statement['statement_id']}.{name}"
            contents[samples[kind]] = statement[name]
    await asyncio.to_thread(_write, folder, contents)
    return samples


def _write(folder: Path, contents: dict[Path, bytes]) -> None:
    """Files with PHI in them: for their owner's eyes alone."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)
    for path, content in contents.items():
        path.unlink(missing_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
