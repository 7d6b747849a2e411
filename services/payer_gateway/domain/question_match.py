"""Matching a payer's answers (277) to what was asked: by trace, or all of a question's file."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from services.payer_gateway.domain.question import CLAIM_STATUS, Answer, Question, codes_of
from services.payer_gateway.x12.status_response import (
    ClaimReport,
    StatusReport,
    StatusResponse,
)

Pair = tuple[str, str]
"""Our interchange id, and the partner's."""


@dataclass(frozen=True, slots=True)
class AskedQuestions:
    """Questions that answers may belong to.

    by_trace: those whose trace is given back. unanswered: those that nothing was said to yet, by
    the ids of the interchange they went out in, each with its file's number (BHT03).
    """

    by_trace: Mapping[str, Question] = field(default_factory=dict)
    unanswered: Mapping[Pair, Sequence[tuple[str, Question]]] = field(default_factory=dict)

    def of_kind(self, kind: str) -> "AskedQuestions":
        """Those of a 276 or of a 270 alone."""
        return AskedQuestions(
            {trace: each for trace, each in self.by_trace.items() if each.kind == kind},
            {
                pair: [(number, each) for number, each in questions if each.kind == kind]
                for pair, questions in self.unanswered.items()
            },
        )


@dataclass(frozen=True, slots=True)
class Matched:
    """What answers say of questions, and the traces of those that answer none of ours."""

    answers: tuple[Answer, ...]
    strangers: tuple[str, ...]


def match_statuses(
    response: StatusResponse, pair: Pair, asked: AskedQuestions, received_at: datetime
) -> Matched:
    """The claims of a 277 by their trace (2200D, 2200E TRN02).

    A status of the receiver (2200B) speaks for every question of the file that it names, or of all
    files where it names none; one of a provider (2200C) for that provider's.
    """
    asked = asked.of_kind(CLAIM_STATUS)
    answers: list[Answer] = []
    strangers: list[str] = []
    for claim in response.claims:
        question = asked.by_trace.get(claim.trace)
        if question is None:
            strangers.append(claim.reference("EJ") or claim.trace)
            continue
        answers += [
            _answer(question.trace, status, received_at, claim) for status in claim.statuses
        ]
    spoken_of = {claim.trace for claim in response.claims}
    open_questions = asked.unanswered.get(pair, ())
    for status, reference, npis in _for_several(response):
        concerned = [
            question
            for number, question in open_questions
            if question.trace not in spoken_of
            and reference in {"", "0", number}
            and (not npis or question.provider_npi in npis)
        ]
        answers += [_answer(question.trace, status, received_at) for question in concerned]
        if not concerned:
            strangers.append(reference or response.reference)
    return Matched(tuple(answers), tuple(dict.fromkeys(strangers)))


def speaks_for_several(response: StatusResponse) -> bool:
    """Whether something is said of no single claim."""
    return any(True for _ in _for_several(response))


def _for_several(response: StatusResponse) -> Iterator[tuple[StatusReport, str, frozenset[str]]]:
    """A status, the file it names, and of whose claims it speaks; all where there is none."""
    for receiver in response.receivers:
        for status in receiver.statuses:
            yield status, receiver.trace, frozenset()
    for provider in response.providers:
        for status in provider.statuses:
            yield status, "", frozenset(party.identifier for party in provider.parties)


def _answer(
    trace: str, status: StatusReport, received_at: datetime, claim: ClaimReport | None = None
) -> Answer:
    first = status.codes[0] if status.codes else None
    said: dict[str, object] = {
        "charge_cents": status.charge_cents,
        "paid_cents": status.paid_cents,
        "payment_date": status.payment_date and status.payment_date.isoformat(),
        "payment_trace": status.payment_trace,
        "payer_claim_number": claim.payer_claim_number if claim else "",
    }
    codes = codes_of((first.category, first.status, first.entity)) if first else ""
    detail = {name: value for name, value in said.items() if value not in {None, ""}}
    return Answer(trace, received_at, status.outcome.value, codes, detail)
