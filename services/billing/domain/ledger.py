"""An append-only double-entry ledger in integer cents.

A posting names the account it debits and the one it credits, so that debits equal credits in every
batch (invariant I1) and all accounts sum to zero (I16). Each posting is bound to those before it
by a hash chain: the chain is the ledger's fingerprint, and an edit anywhere shows.
"""

from collections.abc import Iterable, Mapping
from hashlib import blake2b
from types import MappingProxyType

import msgspec

from services.billing.domain.kept import Kept


class PostingOrigin(Kept, frozen=True):
    """What a posting comes from: the payer, claim, remittance and payment, where there is one."""

    claim_id: str = ""
    payer_id: str = ""
    remittance_id: str = ""


NO_ORIGIN = PostingOrigin()
_NO_LINES: Mapping[int, int] = MappingProxyType({})


class Posting(Kept, frozen=True):
    """``amount_cents`` (always positive) from ``credit`` to ``debit`` on one service line.

    number: position in its ledger, from 1. line: 0 for the encounter as a whole. (source, ordinal)
    is unique within a ledger: the cause, and the position among the cause's postings (I5).
    reverses: the number of the posting that this one mirrors, or 0.
    """

    number: int
    line: int
    kind: str
    debit: str
    credit: str
    amount_cents: int
    source: str
    ordinal: int
    detail: str = ""
    origin: PostingOrigin = NO_ORIGIN
    reverses: int = 0


class Posted(Kept, frozen=True):
    """What is kept of a posting beside the ledger, so that it can be mirrored later."""

    number: int
    line: int
    kind: str
    debit: str
    credit: str
    amount_cents: int
    detail: str = ""


Balances = dict[str, dict[int, int]]


class LedgerState(Kept, frozen=True):
    """What is kept of a ledger besides its postings: balances by account and line, the chain."""

    balances: Balances = msgspec.field(default_factory=dict)
    postings: int = 0
    chain: str = ""


def chained(previous: str, posting: Posting) -> str:
    """The fingerprint of a ledger after ``posting``."""
    origin = posting.origin
    content = (
        f"{previous}|{posting.number}|{posting.line}|{posting.kind}|{posting.debit}|"
        f"{posting.credit}|{posting.amount_cents}|{posting.source}|{posting.ordinal}|"
        f"{posting.detail}|{origin.claim_id}|{origin.payer_id}|{origin.remittance_id}|"
        f"{posting.reverses}"
    )
    return blake2b(content.encode(), digest_size=16).hexdigest()


class Ledger:
    """A ledger while one cause is being posted; ``new`` holds what was added.

    Until the first posting it shares the balances of the state that it started from.
    """

    __slots__ = ("_balances", "_chain", "_count", "_source", "_state", "_totals", "new")

    def __init__(self, state: LedgerState, source: str) -> None:
        self._state = state
        self._balances = state.balances
        self._totals = {name: sum(rows.values()) for name, rows in state.balances.items()}
        self._count = state.postings
        self._chain = state.chain
        self._source = source
        self.new: list[Posting] = []

    def post(
        self,
        line: int,
        kind: str,
        debit: str,
        credit: str,
        amount_cents: int,
        *,
        detail: str = "",
        origin: PostingOrigin = NO_ORIGIN,
        reverses: int = 0,
    ) -> tuple[Posted, ...]:
        """Append one posting; a negative amount swaps the sides, zero posts nothing."""
        if amount_cents == 0:
            return ()
        if amount_cents < 0:
            debit, credit, amount_cents = credit, debit, -amount_cents
        new = self.new
        if not new:
            self._balances = {name: dict(rows) for name, rows in self._balances.items()}
        number = self._count = self._count + 1
        posting = Posting(
            number,
            line,
            kind,
            debit,
            credit,
            amount_cents,
            self._source,
            len(new) + 1,
            detail,
            origin,
            reverses,
        )
        self._chain = chained(self._chain, posting)
        balances, totals = self._balances, self._totals
        for account, cents in ((debit, amount_cents), (credit, -amount_cents)):
            rows = balances.get(account)
            if rows is None:
                balances[account] = {line: cents}
                totals[account] = cents
            else:
                rows[line] = rows.get(line, 0) + cents
                totals[account] += cents
        new.append(posting)
        return (Posted(number, line, kind, debit, credit, amount_cents, detail),)

    def mirror(self, original: Posted, *, origin: PostingOrigin = NO_ORIGIN) -> None:
        """Append the exact mirror of ``original``: sides swapped, same amount (I11)."""
        self.post(
            original.line,
            original.kind,
            original.credit,
            original.debit,
            original.amount_cents,
            detail=original.detail,
            origin=origin,
            reverses=original.number,
        )

    def balance(self, account: str, line: int) -> int:
        """Debit-positive cents of one account on one line."""
        rows = self._balances.get(account)
        return rows.get(line, 0) if rows is not None else 0

    def total(self, account: str) -> int:
        """Debit-positive cents of one account over all lines."""
        return self._totals.get(account, 0)

    def totals(self) -> Mapping[str, int]:
        """Debit-positive cents of every account that was ever posted to."""
        return self._totals

    def lines(self, account: str) -> Mapping[int, int]:
        """Balances of one account by line."""
        return self._balances.get(account, _NO_LINES)

    def accounts(self) -> Mapping[str, Mapping[int, int]]:
        """Balances by account and line."""
        return self._balances

    def state(self) -> LedgerState:
        """The ledger as it is to be kept."""
        if not self.new:
            return self._state
        return LedgerState(self._balances, self._count, self._chain)


def replayed(postings: Iterable[Posting]) -> LedgerState:
    """Balances and chain as the postings alone give them, in their order."""
    balances: Balances = {}
    count, chain = 0, ""
    for posting in postings:
        count += 1
        chain = chained(chain, posting)
        for account, signed in (
            (posting.debit, posting.amount_cents),
            (posting.credit, -posting.amount_cents),
        ):
            rows = balances.setdefault(account, {})
            rows[posting.line] = rows.get(posting.line, 0) + signed
    return LedgerState(balances, count, chain)
