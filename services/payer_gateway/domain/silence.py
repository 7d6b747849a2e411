"""What to do when a payer does not answer: deadlines of a file that was sent, and of its claims.

A TA1 or 999 is expected within hours, a 277CA within days, an 835 within the payer's own limit
(X12 005010X231A1, X214 and X221A1; how long is agreed with each partner). A file that nobody
acknowledges is sent again, the same bytes under the same name and number, so that a partner that
has it sees a duplicate (TA105 025) and nothing is paid twice. What stays silent goes to a person.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from services.payer_gateway.domain.trading_partner import TradingPartner

_LOOKED_AT_AGAIN = timedelta(days=1)


class Kind(StrEnum):
    """What did not come."""

    ACKNOWLEDGEMENT = "acknowledgement"
    CLAIM_ACKNOWLEDGEMENT = "claim_acknowledgement"
    REMITTANCE = "remittance"


class Action(StrEnum):
    """What is done about it."""

    RESENT = "resent"
    ALERTED = "alerted"


@dataclass(frozen=True, slots=True)
class SentFile:
    """A file as the gateway knows it: its state, uploads so far, and the state of each claim."""

    name: str
    state: str
    sent_at: datetime
    uploads: int
    claims: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Silence:
    """Something that is overdue. ``subject`` is the file's name or a claim id."""

    kind: Kind
    subject: str
    since: datetime
    action: Action


@dataclass(frozen=True, slots=True)
class Look:
    """What is overdue now, and when to look again; None where nothing is waited for."""

    silences: tuple[Silence, ...]
    again_at: datetime | None


def first_look(partner: TradingPartner, sent_at: datetime) -> datetime:
    """When a file that was just sent is looked at for the first time."""
    return sent_at + (_acknowledged_within(partner) or timedelta(days=1))


def look(partner: TradingPartner, file: SentFile, now: datetime) -> Look:
    """What a file and its claims wait for in vain at ``now``."""
    if file.state == "rejected":
        return Look((), None)
    if _is_unanswered(partner, file):
        return _unanswered(partner, file, now)
    waited_for = list(_expected(partner, file))
    if not waited_for:
        return Look((), None)
    silences = tuple(
        Silence(kind, claim_id, file.sent_at, Action.ALERTED)
        for claim_id, kind, due in waited_for
        if due <= now
    )
    ahead = [due for _, _, due in waited_for if due > now]
    return Look(silences, min([*ahead, now + _LOOKED_AT_AGAIN]))


def _acknowledged_within(partner: TradingPartner) -> timedelta:
    return timedelta(hours=partner.acknowledgement_hours)


def _is_unanswered(partner: TradingPartner, file: SentFile) -> bool:
    """Whether nothing at all says that the partner has the file."""
    expects = partner.acknowledgement_hours > 0
    return expects and file.state == "sent" and set(file.claims.values()) <= {"filed"}


def _unanswered(partner: TradingPartner, file: SentFile, now: datetime) -> Look:
    within = _acknowledged_within(partner)
    due = file.sent_at + within * file.uploads
    if now < due:
        return Look((), due)
    is_sent_again = file.uploads <= partner.resends
    action = Action.RESENT if is_sent_again else Action.ALERTED
    silence = Silence(Kind.ACKNOWLEDGEMENT, file.name, file.sent_at, action)
    return Look((silence,), now + (within if is_sent_again else _LOOKED_AT_AGAIN))


def _expected(partner: TradingPartner, file: SentFile) -> Iterator[tuple[str, Kind, datetime]]:
    """What each claim waits for, and until when."""
    for claim_id, state in sorted(file.claims.items()):
        if state in {"filed", "received"} and partner.claim_acknowledgement_days:
            days, kind = partner.claim_acknowledgement_days, Kind.CLAIM_ACKNOWLEDGEMENT
        elif state in {"filed", "received", "accepted"} and partner.remittance_days:
            days, kind = partner.remittance_days, Kind.REMITTANCE
        else:
            continue
        yield claim_id, kind, file.sent_at + timedelta(days=days)
