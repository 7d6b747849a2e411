"""A payer's answer file, read: acknowledgements and remittances, and what could not be used.

Reading never fails. An interchange whose envelope is broken (a truncated file) is not used at all,
so that the whole one that follows is not half a duplicate; a broken transaction set alone is not.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from services.payer_gateway.domain.acknowledgement_match import refuses_group, refuses_interchange
from services.payer_gateway.domain.paper_remittance import entered_key
from services.payer_gateway.domain.quarantine import KeptFinding, RemittanceKey, kept
from services.payer_gateway.domain.question_match import Pair, speaks_for_several
from services.payer_gateway.domain.remittance_events import remittance_key
from services.payer_gateway.x12 import balance, remittance_reader
from services.payer_gateway.x12.acknowledgement import (
    FunctionalAcknowledgement,
    InterchangeAcknowledgement,
    read_999,
    read_ta1,
)
from services.payer_gateway.x12.claim_acknowledgement import NO_CLAIM, ORPHAN, read_277ca
from services.payer_gateway.x12.claim_status import ClaimAcknowledgement, ClaimStatus
from services.payer_gateway.x12.eligibility_response import EligibilityResponse
from services.payer_gateway.x12.eligibility_response_reader import read_271
from services.payer_gateway.x12.envelope import Interchange, Transaction
from services.payer_gateway.x12.finding import Finding, Scope
from services.payer_gateway.x12.interchange_reader import read_interchanges
from services.payer_gateway.x12.remittance import Remittance
from services.payer_gateway.x12.status_response import StatusResponse
from services.payer_gateway.x12.status_response_reader import read_277

_NAMELESS = frozenset({NO_CLAIM.id, ORPHAN.id})
"""What a 277CA says of nobody: that it says it is all that can be told."""


@dataclass(frozen=True, slots=True)
class Unusable:
    """A file, interchange or transaction set that is set aside: kind, subject, and why."""

    kind: str
    subject: str
    findings: tuple[KeptFinding, ...]


@dataclass(slots=True)
class AnswerInterchange:
    """What one interchange holds. sender_id is the partner's, receiver_id ours (ISA06, ISA08)."""

    sender_id: str
    receiver_id: str
    control_number: str
    interchanges: list[InterchangeAcknowledgement] = field(default_factory=list)
    groups: list[FunctionalAcknowledgement] = field(default_factory=list)
    claims: list[ClaimAcknowledgement] = field(default_factory=list)
    remittances: list[tuple[Remittance, list[Finding]]] = field(default_factory=list)
    statuses: list[StatusResponse] = field(default_factory=list)
    coverages: list[EligibilityResponse] = field(default_factory=list)


@dataclass(slots=True)
class AnswerFile:
    """Everything that one file holds."""

    interchanges: list[AnswerInterchange] = field(default_factory=list)
    unusable: list[Unusable] = field(default_factory=list)

    @property
    def kinds(self) -> list[str]:
        """What kinds of answers it holds, in a fixed order."""
        found = []
        for kind, is_there in (
            ("TA1", any(i.interchanges for i in self.interchanges)),
            ("999", any(i.groups for i in self.interchanges)),
            ("277CA", any(i.claims for i in self.interchanges)),
            ("277", any(i.statuses for i in self.interchanges)),
            ("271", any(i.coverages for i in self.interchanges)),
            ("835", any(i.remittances for i in self.interchanges)),
        ):
            if is_there:
                found.append(kind)
        return found

    def claim_ids(self) -> set[str]:
        """The claims that are named in it."""
        named = {
            claim.claim_id for i in self.interchanges for each in i.claims for claim in each.claims
        }
        named |= {
            claim.claim_id
            for i in self.interchanges
            for remittance, _ in i.remittances
            for claim in remittance.claims
        }
        return named

    def answered_numbers(self) -> set[tuple[str, str, int]]:
        """Our interchanges that it answers: our id, the partner's id, control number."""
        return {
            (i.receiver_id, i.sender_id, number)
            for i in self.interchanges
            for number in _numbers([*i.interchanges, *i.groups])
        }

    def refused_numbers(self) -> set[tuple[str, str, int]]:
        """Those of which it turns every claim away."""
        return {
            (i.receiver_id, i.sender_id, number)
            for i in self.interchanges
            for number in _numbers(
                [
                    *filter(refuses_interchange, i.interchanges),
                    *filter(refuses_group, i.groups),
                ]
            )
        }

    def traces(self) -> set[str]:
        """The questions that it answers, by their traces."""
        return {
            claim.trace for i in self.interchanges for each in i.statuses for claim in each.claims
        } | {
            trace.number
            for i in self.interchanges
            for each in i.coverages
            for member in each.members
            for trace in member.member.traces
        }

    def pairs_spoken_for(self) -> set[Pair]:
        """Our id and the partner's where something is said of all that was asked."""
        return {
            (i.receiver_id, i.sender_id)
            for i in self.interchanges
            if any(map(speaks_for_several, i.statuses))
            or any(each.rejections for each in i.coverages)
        }

    def practice_npis(self) -> set[str]:
        """NPIs of payees, and our own interchange ids, which are NPIs unless agreed otherwise."""
        return {i.receiver_id for i in self.interchanges} | {
            remittance.payee.identifier
            for i in self.interchanges
            for remittance, _ in i.remittances
        }

    def remittance_keys(self) -> list[RemittanceKey]:
        """The payments in it, each as a payer's file names it, and as a person would have."""
        own = [
            remittance_key(remittance) for i in self.interchanges for remittance, _ in i.remittances
        ]
        return own + [entered_key(key) for key in own]


def control_number(text: str) -> int | None:
    """A control number as a number, whatever its leading zeros; ``None`` where it is none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 9 else None


def _numbers(
    answers: Iterable[InterchangeAcknowledgement | FunctionalAcknowledgement],
) -> Iterator[int]:
    for answer in answers:
        number = control_number(answer.control_number)
        if number is not None:
            yield number


def read_answers(content: bytes, name: str) -> AnswerFile:
    """Read a file of any kinds of answers."""
    file = AnswerFile()
    for interchange in read_interchanges(content):
        errors = [f for f in interchange.findings if f.is_error]
        errors += [f for group in interchange.groups for f in group.findings if f.is_error]
        if not interchange.readable or errors:
            found = tuple(kept(f) for f in (errors or interchange.findings))
            file.unusable.append(Unusable("file", name, found))
        else:
            file.interchanges.append(_interchange(interchange, file))
    return file


def _interchange(interchange: Interchange, file: AnswerFile) -> AnswerInterchange:
    read = AnswerInterchange(
        interchange.sender.identifier,
        interchange.receiver.identifier,
        interchange.control_number,
    )
    acknowledgements, findings = read_ta1(interchange)
    read.interchanges += acknowledgements
    _note(file, "TA1", interchange.control_number, findings)
    for transaction in interchange.transactions:
        if errors := [f for f in transaction.findings if f.is_error]:
            _note(file, transaction.set_id, transaction.control_number, errors)
        else:
            _transaction(transaction, read, file)
    return read


def nameless(
    subject: str, findings: Iterable[Finding], claims: Iterable[ClaimStatus]
) -> list[Unusable]:
    """What a 277CA says that stands by no claim given, as one thing to set aside; or nothing."""
    given = {claim.position for claim in claims}
    found = [f for f in findings if f.rule in _NAMELESS and f.segment not in given]
    return [Unusable("277CA", subject, tuple(kept(f) for f in found))] if found else []


def read_transaction(transaction: Transaction, interchange: AnswerInterchange) -> AnswerFile:
    """One transaction set of an interchange, as if it were alone in its file."""
    read = AnswerInterchange(
        interchange.sender_id, interchange.receiver_id, interchange.control_number
    )
    file = AnswerFile(interchanges=[read])
    _transaction(transaction, read, file)
    return file


def _transaction(transaction: Transaction, read: AnswerInterchange, file: AnswerFile) -> None:
    if transaction.set_id == "835":
        remittance, findings = remittance_reader.read(transaction)
        read.remittances.append((remittance, findings + balance.check(remittance)))
    elif transaction.set_id == "999":
        group, findings = read_999(transaction)
        if not _note(file, "999", group.control_number, findings):
            read.groups.append(group)
    elif transaction.set_id == "277" and transaction.version.startswith("005010X214"):
        claims, findings = read_277ca(transaction)
        if not _note(file, "277CA", claims.reference, findings):
            read.claims.append(claims)
            file.unusable += nameless(claims.reference, findings, claims.claims)
    elif transaction.set_id == "277" and transaction.version.startswith("005010X212"):
        statuses, findings = read_277(transaction)
        if not _note(file, "277", statuses.reference, findings):
            read.statuses.append(statuses)
    elif transaction.set_id == "271":
        coverages, findings = read_271(transaction)
        if not _note(file, "271", coverages.reference, findings):
            read.coverages.append(coverages)
    else:
        finding = KeptFinding(
            "gateway.set-unknown",
            "this transaction set is not one the gateway acts on: give it to whom it is for",
        )
        subject = transaction.control_number
        file.unusable.append(Unusable(transaction.set_id or "file", subject, (finding,)))


def _note(file: AnswerFile, kind: str, subject: str, findings: list[Finding]) -> bool:
    """Set aside what has errors beyond a single claim; whether it was."""
    errors = [f for f in findings if f.is_error and f.scope is not Scope.CLAIM]
    if errors:
        file.unusable.append(Unusable(kind, subject, tuple(kept(f) for f in errors)))
    return bool(errors)
