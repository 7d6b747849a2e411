"""X12 files as targets: what payers answer, and the claims that a payer would read."""

from collections.abc import Sequence
from functools import cache
from random import Random
from uuid import UUID

from schemas.event_id import root_event_id
from services.chassis import dead_letters, outbox
from services.chassis.effects import Emission
from services.payer_gateway.domain.answer_file import read_answers
from services.payer_gateway.domain.claim_state import ClaimRecord
from services.payer_gateway.domain.intake import Arrived, Known, decide_file
from services.payer_gateway.x12 import (
    Adjustment,
    InterchangeAcknowledgement,
    acknowledge,
    read_837p,
    read_interchanges,
    read_ta1,
    validate,
    write_270,
    write_271,
    write_835,
    write_837p,
    write_999,
    write_ta1,
)
from services.payer_gateway.x12.checks.file_check import findings_of
from services.payer_gateway.x12.service_review_writer import write_278
from services.payer_gateway.x12.stream import stream
from services.payer_gateway.x12.transaction_sets import read_transaction
from tests.fuzz.mutation import spoiled_segments
from tests.fuzz.record_edge import NotStorableError
from tests.fuzz.target import Target
from tests.fuzz.watch import Check
from tests.fuzz.x12_segments import spoiled_file
from tests.support import NOON
from tests.unit.payer_gateway.x12.builders import (
    NPI,
    envelope,
    header,
    only_interchange,
    paid_claim,
    remittance,
    secondary_claim,
    service,
)
from tests.unit.payer_gateway.x12.inquiry_builders import (
    answered,
    benefits,
    eligibility_inquiry,
    eligibility_request,
    eligibility_response,
    review_item,
    reviewed_service,
    service_review,
)
from tests.unit.payer_gateway.x12.mutation.samples import SAMPLES
from tests.unit.payer_gateway.x12.test_broken_files import FILES

_PAYER = "PAYER"
_LONGEST_VALUE = 20
_FEWEST = 100
_CAUSE = UUID(int=7)
_MARKS = (b"~", b"~", b"~", b"*", b"*", b":", b"^")
_CLAIMS = ("C1", "C2", "C3", "C9", "C10", "C11", *(f"L{n}" for n in range(4)))


@cache
def _answers() -> list[bytes]:
    """A file of each kind of answer, and one of several."""
    group = only_interchange(write_837p(envelope(), header(), [secondary_claim()])).groups[0]
    refused = only_interchange(FILES["837P"].replace(b"~SE*", b"~SE*9")).groups[0]
    reversal = paid_claim("C9", "22", service(-40_000, -24_000, Adjustment("CO", "45", -16_000)))
    taken_back = write_835(envelope(), [remittance(0, [reversal], [("FB", -24_000)])])
    ta1 = InterchangeAcknowledgement("000000007", None, None, "R", "022")
    files = [FILES[kind] for kind in ("835", "999", "277CA")]
    files += [
        write_999(envelope(), [acknowledge(group, {}), acknowledge(refused, {})]),
        write_ta1(envelope(), [ta1]),
        taken_back,
    ]
    return [*files, b"\n".join(files), FILES["835"].replace(b"~", b"~\r\n")]


@cache
def _known() -> Known:
    claims = {claim_id: [ClaimRecord("P1", claim_id, "E1", _PAYER, "sent")] for claim_id in _CLAIMS}
    claims["C1"].append(ClaimRecord("P2", "C1", "E9", _PAYER, "accepted"))
    return Known(claims, {NPI: ["P1"], "CLINIC": ["P1"], "PAYER": ["P1", "P2"]}, {}, frozenset())


def _check_answers(content: bytes) -> str:
    arrived = Arrived(
        _PAYER, "file.x12", "0" * 64, NOON, root_event_id(NOON, "f"), {_PAYER: _PAYER}
    )
    answers = read_answers(content, arrived.name)
    named = answers.claim_ids() | answers.practice_npis()
    named |= {text for ours, partners, _ in answers.answered_numbers() for text in (ours, partners)}
    named |= {key.payer_number + key.trace_number for key in answers.remittance_keys()}
    if any("\x00" in text for text in named):
        raise NotStorableError("the database is asked for what it cannot hold")
    intake = decide_file(answers, _known(), arrived)
    for number, event in enumerate(intake.events):
        made = outbox.outgoing(
            Emission(event, str(number)), service="payer_gateway", cause_id=_CAUSE, now=NOON
        )
        if outbox.size_of(made) > dead_letters.LARGEST_RECORD_BYTES:
            raise NotStorableError("an event is larger than its topic takes")
    for item in intake.items:
        for text in (item.kind, item.subject, item.reason, item.payer_id, item.practice_id):
            if "\x00" in text:
                raise NotStorableError("an item holds what no database text can")
    return "decided" if intake.events else intake.state


def _check_claims(content: bytes) -> str:
    claims = 0
    for interchange in read_interchanges(content):
        for group in interchange.groups:
            acknowledge(group, {})
        for transaction in interchange.transactions:
            batch, _ = read_837p(transaction)
            findings = validate.check_batch(batch.claims)
            claims += len(batch.claims)
            if batch.claims and not any(finding.is_error for finding in findings):
                write_837p(envelope(), header(), batch.claims)
    return "decided" if claims else "nothing in it"


@cache
def _sets() -> list[bytes]:
    """A sound file of each set, several in one, and one with other delimiters."""
    files = [("~".join(text.strip().split("\n")) + "~").encode() for text in SAMPLES.values()]
    inquiries = (
        write_270(envelope(), [eligibility_inquiry(eligibility_request())]),
        write_271(envelope(), [eligibility_response(answered(*benefits()))]),
        write_278(envelope(), [service_review(review_item(reviewed_service()))]),
    )
    files += inquiries
    return [*files, b"\n".join(files[:4]), files[0].replace(b"~", b"~\r\n")]


def _check_sets(content: bytes) -> str:
    """Every finding of a file is one that can be shown; the word is its first error."""
    found = findings_of(content)
    first, count = "", 0
    for placed in found:
        finding = placed.finding
        count += 1
        if not finding.message or finding.segment < 0 or len(finding.value) > _LONGEST_VALUE:
            raise NotStorableError("a finding cannot be shown")
        if finding.is_error and not first:
            first = f"{finding.rule} {finding.path[-12:]}"
    if count > len(content) + _FEWEST:
        raise NotStorableError("a file has more findings than characters")
    return first or "decided"


def _read_sets(content: bytes) -> str:
    """Every reader reads every set, whole and as it comes; the word is what it was."""
    read = ""
    for interchange in read_interchanges(content):
        read_ta1(interchange)
        for transaction in interchange.transactions:
            _, findings = read_transaction(transaction)
            refused = any(finding.is_error for finding in findings)
            read = f"{transaction.set_id[:3]} {findings[0].rule if findings else refused}"
    for _ in stream([content[:1000], content[1000:]]):
        pass
    return "decided" if read.endswith("False") else read or "nothing in it"


def _make_sets() -> Check:
    return _check_sets


def _make_readers() -> Check:
    return _read_sets


def _structured(draw: Random, seeds: Sequence[bytes]) -> bytes:
    return spoiled_segments(draw, draw.choice(seeds), _MARKS)


def _make_answers() -> Check:
    return _check_answers


def _make_claims() -> Check:
    return _check_claims


X12_TARGETS = (
    Target(
        "x12-answers",
        "TA1, 999, 277CA and 835 of a payer: read, balanced, matched, decided",
        110,
        _answers,
        _make_answers,
        _structured,
    ),
    Target(
        "x12-claims",
        "837P: read, edited, acknowledged, written again",
        50,
        lambda: [FILES["837P"], FILES["837P"].replace(b"~", b"~\n")],
        _make_claims,
        _structured,
    ),
    Target(
        "x12-check",
        "files of every set: checked against their guides",
        60,
        _sets,
        _make_sets,
        spoiled_file,
    ),
    Target(
        "x12-sets",
        "files of every set: read by their readers, whole and as they come",
        50,
        _sets,
        _make_readers,
        spoiled_file,
    ),
)
