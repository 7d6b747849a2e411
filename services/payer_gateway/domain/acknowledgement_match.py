"""Matching acknowledgements to claims: TA1 and 999 by control number, 277CA by CLM01.

Several come for one claim and in any order; only what moves a claim is published, and a rejection
is final for that submission.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import lru_cache
from types import MappingProxyType
from uuid import UUID

from schemas.claim import AcknowledgementReason, ClaimAcknowledged
from schemas.event_id import caused_event_id
from services.payer_gateway.domain.claim_state import ClaimRecord
from services.payer_gateway.domain.quarantine import Held, KeptFinding, QuarantineItem, held_event
from services.payer_gateway.x12.acknowledgement import (
    FunctionalAcknowledgement,
    InterchangeAcknowledgement,
    TransactionAcknowledgement,
)
from services.payer_gateway.x12.claim_status import ClaimStatus, StatusCode
from services.payer_gateway.x12.codes import CLAIM_STATUS_CATEGORIES

NOBODY = "unknown"
DUPLICATE_INTERCHANGE = "025"
"""TA105: the partner has this interchange already; a file sent again after a crash."""

_MOST_REASONS = 20


def refuses_interchange(ta1: InterchangeAcknowledgement) -> bool:
    """Whether nothing of the interchange was taken in."""
    return not ta1.is_accepted and ta1.note != DUPLICATE_INTERCHANGE


def refuses_group(group: FunctionalAcknowledgement) -> bool:
    """Whether our transaction set, the only one in its group, was refused."""
    if group.transactions:
        return not group.transactions[0].is_accepted
    return not group.is_accepted


@dataclass(frozen=True, slots=True)
class SentFile:
    """A file that was sent; the claims in it, where an answer refuses it."""

    file_id: UUID
    state: str
    claims: Sequence[ClaimRecord]


@dataclass(slots=True)
class AcknowledgementOutcome:
    """What an acknowledgement changes.

    answers: by file, its new state and the answer in short.
    """

    events: list[ClaimAcknowledged] = field(default_factory=list)
    claims: dict[tuple[str, str], ClaimRecord] = field(default_factory=dict)
    items: list[QuarantineItem] = field(default_factory=list)
    answers: dict[UUID, tuple[str, str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AcknowledgementContext:
    """From whom, when, and in which file the answer came."""

    payer_id: str
    received_at: datetime
    file_sha256: str
    cause: UUID


class Matcher:
    """Applies the acknowledgements of a file, in order, to the claims as they stand.

    ``moved`` are claims that earlier files moved since they were loaded, by practice and claim id.
    """

    def __init__(
        self,
        context: AcknowledgementContext,
        moved: Mapping[tuple[str, str], ClaimRecord] = MappingProxyType({}),
    ) -> None:
        self.context = context
        self.moved = moved
        self.outcome = AcknowledgementOutcome()

    def interchange(self, ta1: InterchangeAcknowledgement, file: SentFile | None) -> None:
        """TA1: says nothing of a claim, unless the whole interchange is refused."""
        if file is None:
            self._unknown("TA1", ta1.control_number, "no file was sent with this control number")
            return
        answer = f"TA1 {ta1.code} {ta1.note}".strip()
        if not refuses_interchange(ta1):
            self._answer(file, file.state, answer)
            return
        self._answer(file, "rejected", answer)
        reason = AcknowledgementReason(
            code=f"TA1:{ta1.note}", message="the payer refused the whole interchange"
        )
        self._reject(file.claims, "TA1", (reason,))

    def group(self, group: FunctionalAcknowledgement, file: SentFile | None) -> None:
        """999: our group holds one transaction set. Refused, none of its claims was taken in.

        Accepted, its syntax was in order, which the file notes and which says nothing of a claim:
        that is the 277CA's to say. A file that is not known to be sent yet is not taken from those
        that are still to be: its number may be one that another file had before.
        """
        if file is None:
            self._unknown("999", group.control_number, "no file was sent with this control number")
            return
        verdict = group.transactions[0] if group.transactions else None
        refused = refuses_group(group)
        code = verdict.code if verdict else group.code
        accepted = file.state if file.state == "created" else "accepted"
        self._answer(file, "rejected" if refused else accepted, f"999 {code}")
        if refused:
            self._reject(file.claims, "999", reasons_of_999(verdict, group))

    def claim(self, status: ClaimStatus, found: Sequence[ClaimRecord]) -> None:
        """277CA: accepted into adjudication, forwarded, or rejected; a receipt (A1) moves only.

        One that says none of it waits for a person.
        """
        outcome = outcome_of(status)
        reasons = reasons_of_277ca(status)
        number = status.payer_claim_number
        if len(found) != 1:
            event = self._event(None, status.claim_id, "277CA", outcome or "accepted", reasons)
            self.outcome.items.append(
                self._item(
                    "277CA",
                    status.claim_id,
                    "nobody here sent a claim with this number: find out whose it is, then release",
                    Held((held_event(event),), (status.claim_id,)),
                )
            )
            return
        record = self._standing(found[0])
        if record.is_final:
            return
        if outcome is None and any(each.category == "A4" for each in status.statuses):
            self._not_found(record, reasons)
            return
        if not any(each.category in CLAIM_STATUS_CATEGORIES for each in status.statuses):
            self._unclear(record)
            return
        state = {"accepted": "accepted", "rejected": "rejected"}.get(outcome or "", "received")
        moved = record.raised_to(state, number)
        is_news = (
            moved.state != record.state
            or outcome == "forwarded"
            or moved.payer_control_number != record.payer_control_number
        )
        if outcome is not None and is_news:
            self.outcome.events.append(
                self._event(moved, moved.claim_id, "277CA", outcome, reasons)
            )
        self.outcome.claims[record.practice_id, record.claim_id] = moved

    def _standing(self, loaded: ClaimRecord) -> ClaimRecord:
        key = (loaded.practice_id, loaded.claim_id)
        return self.outcome.claims.get(key) or self.moved.get(key, loaded)

    def _not_found(self, record: ClaimRecord, reasons: tuple[AcknowledgementReason, ...]) -> None:
        """A4: the payer looked and does not have the claim, which a person must look into."""
        event = self._event(record, record.claim_id, "277CA", "rejected", reasons)
        message = (
            "the payer does not find this claim: ask; a release gives it back as rejected, a "
            "rejection leaves it as it stands"
        )
        held = Held((held_event(event),), (record.claim_id,))
        item = self._item("277CA", record.claim_id, message, held, "gateway.claim-not-found")
        self.outcome.items.append(replace(item, practice_id=record.practice_id))

    def _unclear(self, record: ClaimRecord) -> None:
        """No status, or none that a 277CA may have: who knows whether the payer has the claim?"""
        message = (
            "the payer names this claim and says nothing known of it: ask, then reject this item; "
            "the claim stands where it stood"
        )
        item = self._item("277CA", record.claim_id, message, Held(), "gateway.status-unclear")
        self.outcome.items.append(replace(item, practice_id=record.practice_id))

    def _reject(
        self,
        claims: Iterable[ClaimRecord],
        stage: str,
        reasons: tuple[AcknowledgementReason, ...],
    ) -> None:
        for claim in claims:
            record = self._standing(claim)
            if record.is_final:
                continue
            moved = record.raised_to("rejected")
            self.outcome.claims[record.practice_id, record.claim_id] = moved
            self.outcome.events.append(
                self._event(moved, moved.claim_id, stage, "rejected", reasons)
            )

    def _answer(self, file: SentFile, state: str, answer: str) -> None:
        self.outcome.answers[file.file_id] = (state, answer)

    def _event(
        self,
        record: ClaimRecord | None,
        claim_id: str,
        stage: str,
        outcome: str,
        reasons: tuple[AcknowledgementReason, ...],
    ) -> ClaimAcknowledged:
        return ClaimAcknowledged.model_validate(
            {
                "practice_id": record.practice_id if record else NOBODY,
                "encounter_id": record.encounter_id if record else NOBODY,
                "claim_id": claim_id if record else _claim_id(claim_id),
                "payer_id": self.context.payer_id,
                "stage": stage,
                "outcome": outcome,
                "payer_control_number": record.payer_control_number if record else "",
                "reasons": reasons,
                "received_at": self.context.received_at,
            }
        )

    def _unknown(self, kind: str, subject: str, message: str) -> None:
        self.outcome.items.append(self._item(kind, subject, message, Held(read_again=True)))

    def _item(
        self, kind: str, subject: str, message: str, held: Held, rule: str = ""
    ) -> QuarantineItem:
        number = len(self.outcome.items)
        rule = rule or ("gateway.claim-unknown" if held.claim_ids else "gateway.file-unknown")
        return QuarantineItem(
            item_id=caused_event_id(self.context.cause, "quarantine", f"{kind}:{subject}:{number}"),
            practice_id=NOBODY,
            payer_id=self.context.payer_id,
            kind=kind,
            subject=subject,
            reason=rule,
            findings=(KeptFinding(rule, message),),
            held=held,
            file_sha256=self.context.file_sha256,
        )


def _claim_id(text: str) -> str:
    """A stranger's claim number in the form that the contract takes; the item keeps it as sent."""
    plain = "".join(c for c in text.upper() if c.isascii() and c.isalnum())[:20]
    return plain or "NONE"


def outcome_of(status: ClaimStatus) -> str | None:
    """accepted (A2, A5), forwarded (A0), rejected (A3, A6, A7, A8); ``None`` for a receipt (A1)."""
    if status.is_rejected:
        return "rejected"
    categories = {each.category for each in status.statuses}
    if categories & {"A2", "A5"}:
        return "accepted"
    return "forwarded" if "A0" in categories else None


def reasons_of_277ca(status: ClaimStatus) -> tuple[AcknowledgementReason, ...]:
    """STC01, STC10 and STC11 of claim and lines as ``category:status[:entity]``."""
    every = [*status.statuses, *(s for line in status.lines for s in line.statuses)]
    rejecting = [s for s in every if s.is_rejection] or every
    codes = dict.fromkeys(code for each in rejecting for code in each.codes)
    return tuple({r.code: r for r in map(_reason_of, codes)}.values())[:_MOST_REASONS]


@lru_cache(maxsize=1024)
def _reason_of(code: StatusCode) -> AcknowledgementReason:
    text = ":".join(part for part in (code.category, code.status, code.entity) if part)
    return AcknowledgementReason(code=text, message=CLAIM_STATUS_CATEGORIES.get(code.category, ""))


def reasons_of_999(
    verdict: TransactionAcknowledgement | None, group: FunctionalAcknowledgement
) -> tuple[AcknowledgementReason, ...]:
    """IK3 and IK4 as place and code; never the bad value, which may be PHI."""
    found = []
    for segment in verdict.segments if verdict else ():
        place = f"{segment.segment} at {segment.position}"
        if not segment.elements:
            found.append(
                AcknowledgementReason(
                    code=f"IK3:{segment.code}", message=f"segment {place} is refused"
                )
            )
        found += [
            AcknowledgementReason(
                code=f"IK4:{element.code}",
                message=f"element {element.element} of segment {place} is refused",
            )
            for element in segment.elements
        ]
    codes: Mapping[str, Sequence[str]] = {
        "IK5": verdict.errors if verdict else (),
        "AK9": group.errors,
    }
    found += [
        AcknowledgementReason(code=f"{name}:{code}", message="the transaction set is refused")
        for name, several in codes.items()
        for code in several
    ]
    if not found:
        code = verdict.code if verdict else group.code
        found.append(AcknowledgementReason(code=f"IK5:{code}", message="refused without a reason"))
    return tuple(found[:_MOST_REASONS])
