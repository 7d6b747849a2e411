"""What follows from one answer file: events, claims that move, payments loaded, items set aside."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from schemas.event import Event
from schemas.event_id import caused_event_id
from services.payer_gateway.domain.acknowledgement_match import (
    NOBODY,
    AcknowledgementContext,
    Matcher,
    SentFile,
)
from services.payer_gateway.domain.answer_file import (
    AnswerFile,
    AnswerInterchange,
    Unusable,
    control_number,
)
from services.payer_gateway.domain.claim_state import ClaimRecord
from services.payer_gateway.domain.coverage_question import match_coverage
from services.payer_gateway.domain.paper_remittance import entered_key
from services.payer_gateway.domain.quarantine import (
    Held,
    KeptFinding,
    LoadedRemittance,
    QuarantineItem,
    RemittanceKey,
)
from services.payer_gateway.domain.question import Answer
from services.payer_gateway.domain.question_match import AskedQuestions, match_statuses
from services.payer_gateway.domain.remittance_events import (
    RemittanceContext,
    decide_remittance,
    remittance_key,
)


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of everything that files name, before the first or after some of them.

    claims: by claim id, as the database has them. practices: practice ids by NPI. files: by our
    id, the partner's id and control number. loaded: payments that were loaded before. moved: the
    claims that earlier files moved since, by practice and claim id. asked: what payers were asked.
    """

    claims: Mapping[str, Sequence[ClaimRecord]]
    practices: Mapping[str, Sequence[str]]
    files: Mapping[tuple[str, str, int], SentFile]
    loaded: frozenset[RemittanceKey]
    moved: Mapping[tuple[str, str], ClaimRecord] = field(default_factory=dict)
    asked: AskedQuestions = field(default_factory=AskedQuestions)

    def after(self, intake: "Intake") -> "Known":
        """What is known once the file that ``intake`` followed from is read."""
        answers = intake.answers
        files = self.files
        if answers:
            files = {
                number: replace(file, state=answers[file.file_id][0])
                if file.file_id in answers
                else file
                for number, file in self.files.items()
            }
        return Known(
            claims=self.claims,
            practices=self.practices,
            files=files,
            loaded=self.loaded | {each.key for each in intake.loaded},
            moved={**self.moved, **intake.claims},
            asked=self.asked,
        )


@dataclass(frozen=True, slots=True)
class Arrived:
    """Where and when the file came, and the id that everything is derived from.

    payers: our payer ids by the ids that X12 knows them by.
    """

    payer_id: str
    name: str
    sha256: str
    received_at: datetime
    cause: UUID
    payers: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Intake:
    """Everything to write in one transaction. state: loaded, duplicate or quarantined."""

    state: str = "loaded"
    events: list[Event] = field(default_factory=list)
    claims: dict[tuple[str, str], ClaimRecord] = field(default_factory=dict)
    answers: dict[UUID, tuple[str, str]] = field(default_factory=dict)
    items: list[QuarantineItem] = field(default_factory=list)
    loaded: list[LoadedRemittance] = field(default_factory=list)
    said: list[Answer] = field(default_factory=list)
    repeated: int = 0


def decide_file(file: AnswerFile, known: Known, arrived: Arrived) -> Intake:
    """Decide everything in a file, in its order."""
    intake = Intake()
    seen = set(known.loaded)
    for unusable in file.unusable:
        intake.items.append(_unusable(unusable, len(intake.items), arrived))
    for interchange in file.interchanges:
        _acknowledgements(interchange, known, arrived, intake)
        _remittances(interchange, known, arrived, intake, seen)
        _answered_questions(interchange, known, arrived, intake)
    if not (intake.events or intake.answers or intake.loaded or intake.said):
        if intake.items:
            intake.state = "quarantined"
        elif intake.repeated:
            intake.state = "duplicate"
    return intake


def _unusable(unusable: Unusable, number: int, arrived: Arrived) -> QuarantineItem:
    return QuarantineItem(
        item_id=caused_event_id(arrived.cause, "quarantine", f"unusable:{number}"),
        practice_id=NOBODY,
        payer_id=arrived.payer_id,
        kind=unusable.kind,
        subject=unusable.subject,
        reason=unusable.findings[0].rule if unusable.findings else "gateway.unreadable",
        findings=unusable.findings,
        held=Held(read_again=True),
        file_sha256=arrived.sha256,
    )


def _acknowledgements(
    interchange: AnswerInterchange, known: Known, arrived: Arrived, intake: Intake
) -> None:
    matcher = Matcher(
        AcknowledgementContext(
            arrived.payer_id,
            arrived.received_at,
            arrived.sha256,
            caused_event_id(arrived.cause, "interchange", interchange.control_number),
        ),
        known.moved,
    )
    matcher.outcome.claims = intake.claims
    for ta1 in interchange.interchanges:
        matcher.interchange(ta1, _file(ta1.control_number, interchange, known))
    for group in interchange.groups:
        matcher.group(group, _file(group.control_number, interchange, known))
    own = known.practices.get(interchange.receiver_id, ())
    for acknowledgement in interchange.claims:
        for status in acknowledgement.claims:
            found = list(known.claims.get(status.claim_id, ()))
            if len(found) > 1:
                found = [record for record in found if record.practice_id in own]
            matcher.claim(status, found)
    intake.events += matcher.outcome.events
    intake.items += matcher.outcome.items
    intake.answers.update(matcher.outcome.answers)


def _file(number: str, interchange: AnswerInterchange, known: Known) -> SentFile | None:
    digits = control_number(number)
    if digits is None:
        return None
    return known.files.get((interchange.receiver_id, interchange.sender_id, digits))


def _remittances(
    interchange: AnswerInterchange,
    known: Known,
    arrived: Arrived,
    intake: Intake,
    seen: set[RemittanceKey],
) -> None:
    for remittance, findings in interchange.remittances:
        key = remittance_key(remittance)
        if key in seen or entered_key(key) in seen:
            intake.repeated += 1
            continue
        outcome = decide_remittance(
            remittance,
            findings,
            RemittanceContext(
                payer_id=arrived.payer_id,
                claims=known.claims,
                practices=known.practices.get(remittance.payee.identifier, ()),
                received_at=arrived.received_at,
                file_sha256=arrived.sha256,
                cause=caused_event_id(arrived.cause, "remittance", text_of_key(key)),
                payers=arrived.payers,
            ),
        )
        intake.events += outcome.events
        intake.items += outcome.items
        for record in outcome.claims:
            own = (record.practice_id, record.claim_id)
            before = intake.claims.get(own) or known.moved.get(own, record)
            intake.claims[own] = before.raised_to(record.state, record.payer_control_number)
        if outcome.loaded is not None:
            seen.add(key)
            intake.loaded.append(outcome.loaded)


def _answered_questions(
    interchange: AnswerInterchange, known: Known, arrived: Arrived, intake: Intake
) -> None:
    pair = (interchange.receiver_id, interchange.sender_id)
    at = arrived.received_at
    matched = [("277", match_statuses(r, pair, known.asked, at)) for r in interchange.statuses]
    matched += [("271", match_coverage(r, pair, known.asked, at)) for r in interchange.coverages]
    for kind, each in matched:
        intake.said += each.answers
        for subject in each.strangers:
            intake.items.append(_unasked(arrived, kind, subject, len(intake.items)))


def _unasked(arrived: Arrived, kind: str, subject: str, number: int) -> QuarantineItem:
    """An answer to nothing that was asked here."""
    finding = KeptFinding(
        "gateway.question-unknown",
        "nobody here asked this: find out for whom the answer is; a release reads it again",
    )
    return _unusable(Unusable(kind, subject, (finding,)), number, arrived)


def text_of_key(key: RemittanceKey) -> str:
    """What the id of everything that a payment causes is derived from."""
    return "\x1f".join((key.payer_number, key.trace_number, key.paid_on, str(key.payment_cents)))
