"""What to do when a payer does not answer: deadlines of a file that was sent, and of its claims.

A TA1 or 999 is expected within hours, a 277CA within days, an 835 within the payer's own limit
(X12 005010X231A1, X214 and X221A1; how long is agreed with each partner). A file that nobody
acknowledges is sent again, the same bytes under the same name and number, so that a partner that
has it sees a duplicate (TA105 025) and nothing is paid twice. A claim that is overdue is asked
about (276, 005010X212) where that was agreed. What stays silent goes to a person.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple
from uuid import UUID

from services.payer_gateway.domain.question import DECIDED, WORKED_ON, Answer, Asked, in_words
from services.payer_gateway.domain.trading_partner import TradingPartner

_LOOKED_AT_AGAIN = timedelta(days=1)

UNMAILED = "forms: print and mail them, and say so (claimstream payer mailed)"


class Kind(StrEnum):
    """What did not come."""

    ACKNOWLEDGEMENT = "acknowledgement"
    CLAIM_ACKNOWLEDGEMENT = "claim_acknowledgement"
    REMITTANCE = "remittance"


class Action(StrEnum):
    """What is done about it."""

    RESENT = "resent"
    INQUIRED = "inquired"
    ALERTED = "alerted"


@dataclass(frozen=True, slots=True)
class SentFile:
    """A file as the gateway knows it: its state, uploads so far, and the state of each claim.

    ``asked`` has the latest question about a claim, where one was asked. ``is_paper``: forms, which
    are in state ``outbox``, and ``sent_at`` when they were made, until a person says that they were
    mailed.
    """

    name: str
    state: str
    sent_at: datetime
    uploads: int
    claims: Mapping[str, str]
    asked: Mapping[str, Asked] = field(default_factory=dict)
    is_paper: bool = False


@dataclass(frozen=True, slots=True)
class Silence:
    """Something that is overdue. ``subject`` is the file's name or a claim id.

    ``reason`` is what the payer said when it was asked.
    """

    kind: Kind
    subject: str
    since: datetime
    action: Action
    reason: str = ""


class SilenceKey(NamedTuple):
    """What stays silent: the file, what of it is waited for, and a file name or claim id."""

    file_id: UUID
    kind: str
    subject: str


@dataclass(frozen=True, slots=True)
class KeptSilence:
    """A silence as it was noticed; ``settled`` once a person took it in hand."""

    key: SilenceKey
    practice_id: str
    payer_id: str
    action: str
    settled_at: datetime | None = None
    settled_by: str = ""
    settled_because: str = ""


@dataclass(frozen=True, slots=True)
class Look:
    """What is overdue now, and when to look again; None where nothing is waited for.

    ``to_ask`` are the claims that are to be asked about now.
    """

    silences: tuple[Silence, ...]
    again_at: datetime | None
    to_ask: frozenset[str] = frozenset()

    def unasked(
        self, claim_ids: frozenset[str], why: Mapping[str, str] = MappingProxyType({})
    ) -> "Look":
        """The same where these claims cannot be asked about: a person is told of them, and why."""
        silences = tuple(
            replace(each, action=Action.ALERTED, reason=_unasked(why.get(each.subject, "")))
            if each.subject in claim_ids
            else each
            for each in self.silences
        )
        return replace(self, silences=silences, to_ask=self.to_ask - claim_ids)


def _unasked(why: str) -> str:
    return f"what is known of it does not make a 276: {why}".removesuffix(": ")


def first_look(partner: TradingPartner, sent_at: datetime) -> datetime:
    """When a file that was just sent is looked at for the first time."""
    return sent_at + (_acknowledged_within(partner) or timedelta(days=1))


def look(partner: TradingPartner, file: SentFile, now: datetime) -> Look:
    """What a file and its claims wait for in vain at ``now``."""
    if file.state == "rejected":
        return Look((), None)
    if file.is_paper:
        if file.state == "outbox":
            return _unmailed(partner, file, now)
        partner = replace(partner, inquires=False, claim_acknowledgement_days=0)
    elif _is_unanswered(partner, file):
        return _unanswered(partner, file, now)
    waited_for = list(_expected(partner, file))
    if not waited_for:
        return Look((), None)
    silences: list[Silence] = []
    to_ask: set[str] = set()
    for claim_id, kind, due in waited_for:
        course = _course(partner, file, file.asked.get(claim_id), now, is_overdue=due <= now)
        if course is None:
            continue
        silences.append(Silence(kind, claim_id, file.sent_at, course.action, course.reason))
        if course.is_to_ask:
            to_ask.add(claim_id)
    ahead = [due for _, _, due in waited_for if due > now]
    again_at = min([*ahead, now + _LOOKED_AT_AGAIN])
    return Look(tuple(silences), again_at, frozenset(to_ask))


@dataclass(frozen=True, slots=True)
class _Course:
    """What is done about one claim."""

    action: Action
    reason: str = ""
    is_to_ask: bool = False


_ASKS = _Course(Action.INQUIRED, "asked, no answer yet", is_to_ask=True)


def _course(
    partner: TradingPartner, file: SentFile, asked: Asked | None, now: datetime, *, is_overdue: bool
) -> _Course | None:
    """What to do about a claim; None where there is time left and no bad news."""
    if asked is None:
        never = _ASKS if partner.inquires else _Course(Action.ALERTED)
        return never if is_overdue else None
    answer = asked.answer
    if answer is None:
        return _without_answer(asked, now) if is_overdue else None
    if answer.outcome not in WORKED_ON | DECIDED:
        return _Course(Action.ALERTED, in_words(answer))
    return _answered(partner, file, asked, answer, now) if is_overdue else None


def _without_answer(asked: Asked, now: datetime) -> _Course:
    if asked.is_refused:
        return _Course(Action.ALERTED, "the payer did not take the question about it")
    if asked.is_fresh or now - asked.asked_at < _LOOKED_AT_AGAIN:
        return replace(_ASKS, is_to_ask=False)
    return _Course(Action.ALERTED, f"asked on {asked.asked_at:%Y-%m-%d}, no answer")


def _answered(
    partner: TradingPartner, file: SentFile, asked: Asked, answer: Answer, now: datetime
) -> _Course:
    """The payer has the claim: ask again while it works on it, wait for the 835 once it decided."""
    between = timedelta(days=partner.inquiry_days)
    said = in_words(answer)
    if answer.outcome in DECIDED:
        until = file.sent_at + timedelta(days=partner.remittance_days)
        is_waited_for = now < max(until, answer.received_at + between)
        return _Course(Action.INQUIRED if is_waited_for else Action.ALERTED, said)
    if not partner.inquires:
        return _Course(Action.ALERTED, said)
    is_time = now >= asked.asked_at + between and not asked.is_fresh
    return _Course(Action.INQUIRED, said, is_to_ask=is_time)


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


def _unmailed(partner: TradingPartner, file: SentFile, now: datetime) -> Look:
    """Forms that nobody has mailed; they are not laid out again, a person is told."""
    within = _acknowledged_within(partner)
    if not within:
        return Look((), None)
    due = file.sent_at + within
    if now < due:
        return Look((), due)
    silence = Silence(Kind.ACKNOWLEDGEMENT, file.name, file.sent_at, Action.ALERTED, UNMAILED)
    return Look((silence,), now + _LOOKED_AT_AGAIN)


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
