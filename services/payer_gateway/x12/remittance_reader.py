"""Reads an 835 (005010X221A1) into a Remittance.

Only what makes money unreadable is an error, and of the smallest part: an amount that is not one
makes its claim unreadable, not its neighbours. Balancing is ``balance.check``'s.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from services.payer_gateway.x12.envelope import Transaction
from services.payer_gateway.x12.finding import Finding, Scope, error, warning
from services.payer_gateway.x12.remittance import (
    Payee,
    Payer,
    ProviderAdjustment,
    ProviderSummary,
    Remittance,
    RemittanceClaim,
)
from services.payer_gateway.x12.remittance_feed import RemittanceFeed, RemittancePart
from services.payer_gateway.x12.unreadable_claim import UnreadableClaim

WRONG_SET = error("remittance.not-835", 1, Scope.TRANSACTION, "ST01, GS08 005010X221A1")
TOO_MANY = warning("remittance.many-claims", 2, Scope.TRANSACTION, "835 1.3.2")

CLAIMS_PER_TRANSACTION = 10_000

_NOTHING_READ = Remittance("", 0, "", "", None, "", "", Payer(""), Payee(""))


def read(transaction: Transaction) -> tuple[Remittance, list[Finding]]:
    """The remittance of an 835 transaction set, and what is wrong with it.

    Never raises. Claims whose money cannot be read are in ``unreadable`` with the positions of
    their segments. The findings of the envelope stay on the transaction.
    """
    findings = wrong_set(transaction.set_id, transaction.version)
    feed = RemittanceFeed(transaction.delimiters, findings)
    remittance = remittance_of(feed, _parts(feed, transaction))
    findings += too_many(len(remittance.claims))
    return remittance, findings


def remittance_of(feed: RemittanceFeed, parts: Iterable[RemittancePart]) -> Remittance:
    """The remittance of the parts that the feed gives."""
    claims: list[RemittanceClaim] = []
    unreadable: list[UnreadableClaim] = []
    provider_adjustments: list[ProviderAdjustment] = []
    summaries: list[ProviderSummary] = []
    header = _NOTHING_READ
    for part in parts:
        match part:
            case RemittanceClaim():
                claims.append(part)
            case UnreadableClaim():
                unreadable.append(part)
            case ProviderAdjustment():
                provider_adjustments.append(part)
            case ProviderSummary():
                summaries.append(part)
            case Remittance():
                header = part
    return replace(
        header,
        claims=tuple(claims),
        provider_adjustments=tuple(provider_adjustments),
        summaries=tuple(summaries),
        unreadable=tuple(unreadable),
        provider_adjustments_complete=feed.are_adjustments_complete,
    )


def wrong_set(set_id: str, version: str) -> list[Finding]:
    """What is wrong where a transaction set is no 835 of 005010X221A1."""
    if set_id != "835":
        message = "this is not an 835: give it to the reader of its transaction set"
        return [WRONG_SET.found(message, segment=1, element="ST01", value=set_id[:3])]
    if not version.startswith("005010X221"):
        return [WRONG_SET.found("the guide is not 005010X221A1: check GS08", element="GS08")]
    return []


def too_many(claims: int) -> list[Finding]:
    """What is wrong where there are more claims than the guide recommends."""
    if claims <= CLAIMS_PER_TRANSACTION:
        return []
    return [TOO_MANY.found("more than 10000 claims stand in one transaction set")]


def iter_claims(
    transaction: Transaction, findings: list[Finding]
) -> Iterator[RemittanceClaim | UnreadableClaim]:
    """The claims one by one, held by nobody else: for transaction sets of any size."""
    feed = RemittanceFeed(transaction.delimiters, findings)
    for part in _parts(feed, transaction):
        if isinstance(part, RemittanceClaim | UnreadableClaim):
            yield part


def _parts(feed: RemittanceFeed, transaction: Transaction) -> Iterator[RemittancePart]:
    yield from feed.feed(transaction.text_within())
    yield from feed.close()
