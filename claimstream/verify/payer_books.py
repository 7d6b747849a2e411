"""The simulated payer's own books beside billing's cash, to the cent.

The payer knows nothing of the gateway or of billing: its books say what it believes it paid. What
differs must have a reason that can be named: not delivered yet, not read yet, or set aside and not
released; and must then be exactly that much.
"""

import asyncio
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from pathlib import Path
from typing import Any, cast

import asyncpg
import msgspec

from claimstream.topics.summary import dollars
from claimstream.verify.database import connected_database
from claimstream.verify.finding import Finding, Report
from simulators.payer.books import Books

PAYMENTS = "each payment in the payer's own books is deposited, to the cent"
CLAIMS = "what the payer's own books paid for a claim is its insurance cash, to the cent"
_LOOKS = 4
_BETWEEN_LOOKS_S = 1
TOTAL = "all that the payer's own books paid is billing's insurance cash, PLB included"


@dataclass(frozen=True, slots=True)
class BelievedPayment:
    """One payment as the payer made it: BPR02, and cents by claim (CLP04)."""

    trace_number: str
    payment_cents: int
    claims: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Believed:
    """The payer's books. not_delivered: 835 files that are written and still to come."""

    payments: tuple[BelievedPayment, ...] = ()
    not_delivered: tuple[bytes, ...] = ()
    not_fetched: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True)
class HeldClaim:
    """A claim of a payment that is set aside; ``paid_cents`` None where it cannot be read."""

    trace_number: str
    claim_id: str
    reason: str
    paid_cents: int | None


@dataclass(frozen=True, slots=True)
class Posted:
    """What gateway and billing hold.

    deposits: billing's payments by trace. cash: billing's insurance cash by claim. total: all of
    CASH_INS. held: claims set aside. set_aside: traces of whole remittances, with the reason.
    unread: files that were received and not read. unapplied: cents by claim that billing was told
    of and keeps off the ledger by an open work item.
    """

    deposits: Mapping[str, int] = field(default_factory=dict)
    cash: Mapping[str, int] = field(default_factory=dict)
    total_cents: int = 0
    held: tuple[HeldClaim, ...] = ()
    set_aside: Mapping[str, str] = field(default_factory=dict)
    unread: tuple[bytes, ...] = ()
    unapplied: Mapping[str, int] = field(default_factory=dict)


def read_books(folder: Path) -> Believed | None:
    """The books in a payer's folder; None where there are none."""
    path = folder / "books.sqlite"
    if not path.exists():
        return None
    kept = Books(path)
    try:
        payments = tuple(
            BelievedPayment(
                str(each["trace_number"]),
                cast("int", each["payment_cents"]),
                tuple(
                    (claim["claim_id"], claim["paid_cents"])
                    for claim in cast("list[dict[str, Any]]", each["claims"])
                ),
            )
            for each in kept.paid()
        )
        not_delivered = tuple(kept.undelivered())
    finally:
        kept.close()
    return Believed(payments, not_delivered, tuple(_lying(folder)))


def _lying(folder: Path) -> Iterable[bytes]:
    """Files that the payer delivered and nobody fetched yet."""
    for path in sorted(folder.glob("logins/*/*/out/*.835")):
        try:
            yield path.read_bytes()
        except FileNotFoundError:
            continue


async def read_posted(billing: asyncpg.Connection, gateway: asyncpg.Connection) -> Posted:
    """What both databases hold; connections whose search path finds each service's own tables."""
    from services.billing.verification import unapplied_cash

    deposits = await billing.fetch(
        "select trace_number, sum(payment_cents)::bigint cents from billing.remittance group by 1"
    )
    cash = await billing.fetch(
        "select claim_id, "
        "sum(case when debit = 'CASH_INS' then amount_cents else -amount_cents end)::bigint cents "
        "from billing.posting where 'CASH_INS' in (debit, credit) group by 1"
    )
    unapplied: Counter[str] = Counter()
    for (_, claim_id), cents in (await unapplied_cash(billing)).items():
        unapplied[claim_id] += cents
    aside = await gateway.fetch(
        "select kind, subject, reason, held from quarantine "
        "where state <> 'released' and kind in ('adjudication', 'remittance')"
    )
    unread = await gateway.fetch("select content from inbound_file where state = 'received'")
    return Posted(
        {row["trace_number"]: row["cents"] for row in deposits},
        {row["claim_id"]: row["cents"] for row in cash if row["claim_id"]},
        sum(row["cents"] for row in cash),
        tuple(_held(row) for row in aside if row["kind"] == "adjudication"),
        {row["subject"]: row["reason"] for row in aside if row["kind"] == "remittance"},
        tuple(row["content"] for row in unread),
        dict(unapplied),
    )


async def held_of_remittances(gateway: asyncpg.Connection) -> dict[str, int | None]:
    """By remittance id, cents of its claims in quarantine; None where some cannot be read."""
    held: dict[str, int | None] = {}
    for row in await gateway.fetch(
        "select q.held, r.remittance_id from quarantine q "
        "left join remittance r on r.file_sha256 = q.file_sha256 "
        "where q.state <> 'released' and q.kind = 'adjudication'"
    ):
        event = _event(row["held"])
        if event is None:
            held[row["remittance_id"] or ""] = None
        else:
            of = event["remittance_id"]
            if row["remittance_id"] in {of, None}:
                before = held.get(of, 0)
                held[of] = None if before is None else before + event["paid_cents"]
    return held


def _event(held: Any) -> dict[str, Any] | None:
    """The adjudication that an item holds."""
    document = msgspec.json.decode(held) if isinstance(held, str | bytes) else held
    for _, value in document.get("events", ()):
        event: dict[str, Any] = msgspec.json.decode(value)
        if "paid_cents" in event:
            return event
    return None


def _held(row: asyncpg.Record) -> HeldClaim:
    event = _event(row["held"])
    if event is None:
        return HeldClaim("", row["subject"], row["reason"], None)
    return HeldClaim(event["trace_number"], row["subject"], row["reason"], event["paid_cents"])


async def compare_payer_books(
    report: Report, folder: Path, databases: Mapping[str, str], *, is_moving: bool
) -> None:
    """Compare, once more a moment later where the payer or the gateway is still at work.

    While something is known to be on its way between the services, nothing is compared.
    """
    if is_moving or {"billing", "payer_gateway"} - databases.keys():
        return
    for attempt in range(_LOOKS):
        believed = await asyncio.to_thread(read_books, folder)
        if believed is None:
            return
        async with (
            connected_database(databases["billing"]) as billing,
            connected_database(databases["payer_gateway"]) as gateway,
        ):
            posted = await read_posted(billing, gateway)
        found = Report()
        check_payer_books(found, believed, posted)
        if not found.findings or attempt == _LOOKS - 1:
            break
        await asyncio.sleep(_BETWEEN_LOOKS_S)
    for check, count in found.checked.items():
        report.looked_at(check, count)
    report.findings += found.findings
    report.explained += found.explained


def check_payer_books(report: Report, believed: Believed, posted: Posted) -> None:
    """Compare, when nothing is on its way between gateway and billing any more."""
    arrived = _check_payments(report, believed, posted)
    aside = _check_claims(report, arrived, posted)
    report.looked_at(TOTAL, 1)
    expected = sum(each.payment_cents for each in arrived) - aside
    if expected != posted.total_cents:
        report.found(
            TOTAL,
            "all payers",
            f"the payers paid {dollars(expected)}, the ledger has {dollars(posted.total_cents)}",
        )


def _check_payments(
    report: Report, believed: Believed, posted: Posted
) -> Sequence[BelievedPayment]:
    """The payments that billing has; what became of each other one is said."""
    arrived = []
    for payment in believed.payments:
        report.looked_at(PAYMENTS, 1)
        subject = f"payment {payment.trace_number}"
        deposited = posted.deposits.get(payment.trace_number)
        if deposited is not None:
            arrived.append(payment)
            if deposited != payment.payment_cents:
                report.found(
                    PAYMENTS,
                    subject,
                    f"the payer paid {dollars(payment.payment_cents)}, "
                    f"billing has {dollars(deposited)}",
                )
            continue
        reason = _whereabouts(payment, believed, posted)
        message = f"{dollars(payment.payment_cents)}: {reason or 'nowhere to be found'}"
        if reason:
            report.explained.append(Finding(PAYMENTS, subject, message))
        else:
            report.found(PAYMENTS, subject, message)
    for trace in sorted(posted.deposits.keys() - {p.trace_number for p in believed.payments}):
        message = f"billing has {dollars(posted.deposits[trace])} that the payer never paid"
        report.found(PAYMENTS, f"payment {trace}", message)
    return arrived


def _whereabouts(payment: BelievedPayment, believed: Believed, posted: Posted) -> str:
    trace = payment.trace_number.encode("ascii", "replace")
    if payment.trace_number in posted.set_aside:
        return f"in quarantine, not released ({posted.set_aside[payment.trace_number]})"
    if any(trace in content for content in believed.not_delivered):
        return "the payer has not delivered it yet"
    if any(trace in content for content in (*believed.not_fetched, *posted.unread)):
        return "delivered, and not read yet"
    return ""


def _check_claims(report: Report, arrived: Sequence[BelievedPayment], posted: Posted) -> int:
    """What the ledger lacks for reasons that are known, in cents."""
    paid: dict[str, list[int]] = {}
    for payment in arrived:
        for claim_id, cents in payment.claims:
            paid.setdefault(claim_id, []).append(cents)
    held: dict[str, list[HeldClaim]] = {}
    for each in posted.held:
        if each.trace_number in posted.deposits or each.paid_cents is None:
            held.setdefault(each.claim_id, []).append(each)
    lacking = 0
    for claim_id in sorted(paid.keys() | posted.cash.keys() | posted.unapplied.keys()):
        report.looked_at(CLAIMS, 1)
        believed, cash = sum(paid.get(claim_id, ())), posted.cash.get(claim_id, 0)
        aside = held.get(claim_id, [])
        unapplied = posted.unapplied.get(claim_id, 0)
        waiting = unapplied + sum(each.paid_cents or 0 for each in aside)
        if believed == cash and not waiting:
            continue
        told = f"the payer paid {dollars(believed)}, the ledger has {dollars(cash)}"
        unreadable = sum(each.paid_cents is None for each in aside)
        off = believed - cash - waiting
        if off in _sums(paid.get(claim_id, ()), unreadable):
            lacking += believed - cash
            reasons = [each.reason for each in aside]
            said = f"in quarantine, not released ({', '.join(reasons)})" if reasons else ""
            if unapplied:
                work = f"{dollars(unapplied)} in a work item, to be matched"
                said = f"{said}, {work}" if said else work
            report.explained.append(Finding(CLAIMS, f"claim {claim_id}", f"{told}: {said}"))
        elif believed == cash:
            report.found(CLAIMS, f"claim {claim_id}", "more is set aside than was paid")
        else:
            report.found(CLAIMS, f"claim {claim_id}", told)
    return lacking


def _sums(payments: Sequence[int], most: int) -> set[int]:
    """What so many of the payments, or fewer, may come to."""
    return {sum(some) for count in range(most + 1) for some in combinations(payments, count)}
