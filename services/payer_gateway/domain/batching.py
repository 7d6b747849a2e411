"""Which waiting claims go together into a file, and when the file is closed."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from services.payer_gateway.domain.trading_partner import MOST_CLAIMS_A_FILE, TradingPartner

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class WaitingClaims:
    """Claims of one sender that wait for one partner; counted no further than one file holds."""

    payer_id: str
    sender_id: str
    practice_id: str
    count: int
    oldest: datetime


def ready_batches(
    waiting: Iterable[WaitingClaims], partners: Mapping[str, TradingPartner], now: datetime
) -> list[WaitingClaims]:
    """Those whose file is closed: full, or the oldest has waited as long as the partner's window.

    The oldest first, so that no practice's claims starve behind another's.
    """
    ready = []
    for each in waiting:
        partner = partners.get(each.payer_id)
        if partner is None:
            continue
        if each.count >= partner.claims_per_file or now - each.oldest >= partner.batch_window:
            ready.append(each)
    return sorted(ready, key=lambda each: (each.oldest, each.payer_id, each.sender_id))


def together(
    items: Iterable[T], claims: Callable[[T], int], most: int = MOST_CLAIMS_A_FILE
) -> Iterator[list[T]]:
    """What goes into one transaction, in its order: no more claims than one large file holds.

    An item that alone has more goes alone.
    """
    group: list[T] = []
    count = 0
    for item in items:
        if group and count + claims(item) > most:
            yield group
            group, count = [], 0
        group.append(item)
        count += claims(item)
    if group:
        yield group
