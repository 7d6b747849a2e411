"""What must hold, said of values alone: what was sent in, what the database and the topics hold.

The service under test adds deposits up per till and publishes the total after each, so that what it
has published for a till is a chain: each total is the one before it changed by its own cause, and
nothing else. A lost, doubled or overtaken effect breaks the chain.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum
from uuid import UUID

Place = tuple[str, int]
REFERENCE_LANES = "name|"
PERSON = "ana"
REPAIRED_CENTS = 500
"""What a person makes of the amount of a refused record."""


class Kind(Enum):
    """What a record in the log deserves."""

    GOOD = "good"
    REFERENCE = "reference"
    REFUSED = "negative_deposit"
    FAILING = "rule_failed"
    UNSTORABLE = "storage_refused"
    UNREADABLE = "not_json"
    HEADLESS = "header_missing"


@dataclass(frozen=True, slots=True)
class Input:
    """One record of the log; ``identity`` is what an inbox knows it by."""

    identity: UUID
    lane: str
    till: str
    kind: Kind
    amount_cents: int
    needs: str
    produced_at: datetime
    value: bytes
    closes: bool = False


@dataclass(frozen=True, slots=True)
class Correction:
    """A person's command: what it changes."""

    till: str
    amount_cents: int


@dataclass(frozen=True, slots=True)
class Output:
    """One published total, or one that waits in the outbox."""

    identity: UUID
    till: str
    cause: UUID
    total_cents: int
    content: bytes


@dataclass(frozen=True, slots=True)
class Letter:
    """A dead letter as the database keeps it."""

    identity: UUID
    lane: str | None
    reason: str
    status: str
    value: bytes
    failed_at: datetime


@dataclass(frozen=True, slots=True)
class Block:
    """Why a lane is blocked."""

    waiting_for: str | None
    letter: UUID | None
    retry_at: datetime | None


@dataclass(frozen=True, slots=True)
class Seen:
    """What is stored, in one look."""

    inbox: frozenset[UUID]
    outbox: Sequence[Output]
    published: Sequence[Output]
    places: frozenset[tuple[bytes, int]]
    letters: Mapping[UUID, Letter]
    copies: Mapping[UUID, tuple[str, bytes]]
    blocks: Mapping[str, Block]
    parked: Sequence[tuple[str, UUID]]
    deadlines: Mapping[UUID, datetime]
    totals: Mapping[str, int]
    opened: frozenset[str]
    audit: Sequence[tuple[str, str, str]]
    audit_whole: bool


@dataclass(slots=True)
class Known:
    """What was sent in and asked for, and what may therefore have happened."""

    log: dict[Place, list[Input]] = field(default_factory=dict)
    committed: dict[Place, int] = field(default_factory=dict)
    corrections: dict[UUID, Correction] = field(default_factory=dict)
    corrected: set[UUID] = field(default_factory=set)
    redrives_asked: list[UUID] = field(default_factory=list)
    dismissals_asked: list[UUID] = field(default_factory=list)
    repairs_asked: list[UUID] = field(default_factory=list)
    dismissed: list[UUID] = field(default_factory=list)
    people_done: int = 0
    relay_undone: bool = False
    reference_limit: timedelta = timedelta(days=3)


class BrokenPromiseError(AssertionError):
    """A promise of the delivery protocol is broken."""


def check(known: Known, seen: Seen, deadline_of: Mapping[UUID, UUID]) -> None:
    """Raise ``BrokenPromiseError`` for the first promise that is broken.

    ``deadline_of`` gives the deadline's id for each input that schedules one.
    """
    for finding in _findings(known, seen, deadline_of):
        raise BrokenPromiseError(finding)


def check_at_rest(known: Known, seen: Seen) -> None:
    """The same after every fault has ended and everything was given time."""
    for finding in _findings_at_rest(known, seen):
        raise BrokenPromiseError(finding)


def _findings(known: Known, seen: Seen, deadline_of: Mapping[UUID, UUID]) -> Iterator[str]:
    inputs = _first_of_each(known)
    yield from _nothing_lost(known, seen)
    yield from _published_once(known, seen)
    outputs = _outputs(seen)
    yield from _every_output_has_a_cause(known, seen, inputs, outputs, deadline_of)
    yield from _chains(known, seen, inputs, outputs)
    yield from _lanes(known, seen, inputs, outputs)
    yield from _letters(known, seen, inputs)
    yield from _deadlines(seen, inputs, outputs, deadline_of)
    yield from _audit(known, seen)


def _first_of_each(known: Known) -> dict[UUID, Input]:
    found: dict[UUID, Input] = {}
    for log in known.log.values():
        for each in log:
            found.setdefault(each.identity, each)
    return found


def _nothing_lost(known: Known, seen: Seen) -> Iterator[str]:
    for place, log in known.log.items():
        taken = [each.identity in seen.inbox for each in log]
        done = known.committed.get(place, 0)
        if not all(taken[:done]):
            yield f"{place}: an offset is committed and its record was not taken in"
        first = {each.identity: None for each in log}
        taken = [identity in seen.inbox for identity in first]
        if sorted(taken, reverse=True) != taken:
            yield f"{place}: a record was passed over"


def _outputs(seen: Seen) -> list[Output]:
    first: dict[UUID, Output] = {}
    for each in (*seen.published, *seen.outbox):
        first.setdefault(each.identity, each)
    return list(first.values())


def _published_once(known: Known, seen: Seen) -> Iterator[str]:
    contents: dict[UUID, bytes] = {}
    for each in seen.published:
        if contents.setdefault(each.identity, each.content) != each.content:
            yield f"event {each.identity} was published with two contents"
    if len({key for key, _ in seen.places}) < len(seen.places):
        yield "a key was published to two partitions"
    if len(contents) < len(seen.published) and not known.relay_undone:
        yield "an event was published twice and no relay had been interrupted"
    waiting = [each.identity for each in seen.outbox]
    if len(set(waiting)) < len(waiting):
        yield "an event is in the outbox twice"
    if contents.keys() & set(waiting) and not known.relay_undone:
        yield "an event is published and still in the outbox, and no relay was interrupted"


def _every_output_has_a_cause(
    known: Known,
    seen: Seen,
    inputs: Mapping[UUID, Input],
    outputs: Sequence[Output],
    deadline_of: Mapping[UUID, UUID],
) -> Iterator[str]:
    causes = [each.cause for each in outputs]
    if len(set(causes)) < len(causes):
        yield "one cause has two effects"
    due = set(deadline_of.values())
    for cause in causes:
        known_cause = cause in inputs or cause in known.corrections or cause in due
        if not known_cause:
            yield f"an effect has a cause that nobody sent: {cause}"
    for came in (inputs[cause] for cause in causes if cause in inputs):
        repaired = came.kind is Kind.REFUSED and came.identity in known.repairs_asked
        if came.kind is not Kind.GOOD and not repaired:
            yield f"a record that is {came.kind.value} has an effect"
        if came.needs and came.needs not in seen.opened:
            yield "a record has an effect without the reference that it needs"
    for command in known.corrected - set(causes):
        yield f"a person's command was answered and has no effect: {command}"


def _chains(
    known: Known, seen: Seen, inputs: Mapping[UUID, Input], outputs: Sequence[Output]
) -> Iterator[str]:
    totals: dict[str, int] = {}
    for each in outputs:
        before = totals.get(each.till, 0)
        if each.cause in inputs:
            came = inputs[each.cause]
            repaired = came.kind is Kind.REFUSED
            expected = before + (REPAIRED_CENTS if repaired else came.amount_cents)
        elif each.cause in known.corrections:
            expected = before + known.corrections[each.cause].amount_cents
        else:
            expected = 0
        if each.total_cents != expected:
            yield f"till {each.till}: {each.total_cents} follows {before}, not {expected}"
        totals[each.till] = each.total_cents
    for till, cents in totals.items():
        if seen.totals.get(till) != cents:
            yield f"till {till} holds {seen.totals.get(till)}; what is published says {cents}"


def _lanes(
    known: Known, seen: Seen, inputs: Mapping[UUID, Input], outputs: Sequence[Output]
) -> Iterator[str]:
    taken: dict[str, dict[UUID, None]] = {}
    for log in known.log.values():
        for each in log:
            if each.identity in seen.inbox:
                taken.setdefault(each.lane, {})[each.identity] = None
    parked: dict[str, list[UUID]] = {}
    for lane, identity in seen.parked:
        parked.setdefault(lane, []).append(identity)
    applied: dict[str, list[UUID]] = {}
    for output in outputs:
        if output.cause in inputs:
            applied.setdefault(inputs[output.cause].lane, []).append(output.cause)
    dismissed = {each.identity for each in seen.letters.values() if each.status == "dismissed"}
    open_letters: dict[str, list[UUID]] = {}
    for letter in seen.letters.values():
        if letter.status == "open" and letter.lane:
            open_letters.setdefault(letter.lane, []).append(letter.identity)
    for lane in taken.keys() | parked.keys() | open_letters.keys() | seen.blocks.keys():
        waits = open_letters.get(lane, []) + parked.get(lane, [])
        due = [each for each in taken.get(lane, {}) if each not in dismissed]
        if lane.startswith(REFERENCE_LANES):
            done = [each for each in due if each not in waits]
            opens = {inputs[each].till for each in done if inputs[each].kind is Kind.REFERENCE}
            if not opens <= seen.opened:
                yield f"{lane}: a reference was taken in and is not known"
        else:
            done = applied.get(lane, [])
        if done + waits != due:
            yield f"{lane}: {len(done)} done and {len(waits)} waiting are not the {len(due)} taken"
        yield from _block(seen, inputs, lane, open_letters.get(lane, []), parked.get(lane, []))


def _block(
    seen: Seen,
    inputs: Mapping[UUID, Input],
    lane: str,
    letters: Sequence[UUID],
    parked: Sequence[UUID],
) -> Iterator[str]:
    block = seen.blocks.get(lane)
    if block is None:
        if letters or parked:
            yield f"{lane} is open and something of it waits"
        return
    if len(letters) > 1:
        yield f"{lane} has two open dead letters"
    if block.letter != (letters[0] if letters else None):
        yield f"{lane} is blocked by another letter than its open one"
    if block.letter is not None:
        if block.waiting_for is not None:
            yield f"{lane} waits for two things"
        return
    if block.retry_at is None:
        yield f"{lane} will never be tried again"
    if block.waiting_for is not None:
        head = inputs[parked[0]] if parked else None
        if head is None or not block.waiting_for.endswith(f":{head.needs}"):
            yield f"{lane} waits for what its first does not need"


def _letters(known: Known, seen: Seen, inputs: Mapping[UUID, Input]) -> Iterator[str]:
    for letter in seen.letters.values():
        came = inputs.get(letter.identity)
        if came is None:
            yield f"a dead letter is of nothing that was sent: {letter.identity}"
            continue
        if letter.value != came.value or letter.lane != came.lane:
            yield f"a dead letter is not whole: {letter.identity}"
        late = came.needs and letter.failed_at - came.produced_at > known.reference_limit
        if letter.reason != came.kind.value and not (late and letter.reason == "reference_missing"):
            yield f"a record that is {came.kind.value} was set aside as {letter.reason}"
        if seen.copies.get(letter.identity) != (letter.reason, letter.value):
            yield f"the copy of a dead letter is missing or differs: {letter.identity}"
        if letter.status == "dismissed" and letter.identity not in known.dismissals_asked:
            yield f"nobody dismissed {letter.identity}"
        asked = letter.identity in known.redrives_asked or letter.reason == "reference_missing"
        if letter.status == "resolved" and not asked:
            yield f"nobody redrove {letter.identity}"
    for dismissed in known.dismissed:
        if seen.letters[dismissed].status != "dismissed":
            yield f"a dismissal was answered and its letter is not dismissed: {dismissed}"
    for each in inputs.values():
        if each.needs and each.identity in seen.inbox and each.needs not in seen.opened:
            held = seen.letters.get(each.identity)
            if held is not None and held.status == "resolved":
                yield f"{each.identity} was resolved without its reference"


def _deadlines(
    seen: Seen,
    inputs: Mapping[UUID, Input],
    outputs: Sequence[Output],
    deadline_of: Mapping[UUID, UUID],
) -> Iterator[str]:
    causes = {each.cause for each in outputs}
    for cause, deadline in deadline_of.items():
        kept = (deadline in seen.deadlines) + (deadline in causes)
        if kept != (cause in causes):
            yield f"the deadline of {cause} is there {kept} times"


def _audit(known: Known, seen: Seen) -> Iterator[str]:
    if not seen.audit_whole:
        yield "the audit chain is broken"
    people = [each for each in seen.audit if each[0] == PERSON]
    asked = (
        len(known.corrections)
        + len(known.redrives_asked)
        + len(known.dismissals_asked)
        + len(known.repairs_asked)
    )
    if not known.people_done <= len(people) <= asked:
        yield f"{len(people)} audited; {known.people_done} were answered, {asked} asked"
    entries = [each[1:] for each in seen.audit]
    for letter in seen.letters.values():
        action = {"dismissed": "dismiss", "resolved": "redrive"}.get(letter.status)
        if action and (action, str(letter.identity)) not in entries:
            yield f"a letter is {letter.status} and the audit does not say so"


def _findings_at_rest(known: Known, seen: Seen) -> Iterator[str]:
    inputs = _first_of_each(known)
    if seen.outbox:
        yield "something was never published"
    for each in inputs.values():
        if each.identity not in seen.inbox:
            yield f"{each.identity} was never taken in"
    for lane, block in seen.blocks.items():
        if block.letter is None and (
            block.waiting_for is None or block.waiting_for.rpartition(":")[2] in seen.opened
        ):
            yield f"{lane} waits for nothing and was not tried again"
