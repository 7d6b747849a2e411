"""Whether the counts and the verdict of a 999 agree with what it says of each transaction set."""

from collections.abc import Iterator

from services.payer_gateway.x12.checks.loop_frame import Place
from services.payer_gateway.x12.checks.structure import Structure
from services.payer_gateway.x12.codes import ACCEPTING
from services.payer_gateway.x12.envelope import FUNCTIONAL_IDENTIFIERS
from services.payer_gateway.x12.finding import Finding, Scope, error, warning
from services.payer_gateway.x12.segments import at

COUNTS = error("acknowledgement.counts", 3, Scope.TRANSACTION, "999 AK902 to AK904")
VERDICT = error("acknowledgement.verdict", 4, Scope.TRANSACTION, "999 AK901 and IK501")

KIND = error("acknowledgement.kind", 4, Scope.TRANSACTION, "999 AK101, AK201")
_KINDS = frozenset(FUNCTIONAL_IDENTIFIERS.values())
TWICE = warning("acknowledgement.set-repeated", 4, Scope.TRANSACTION, "999 AK201, AK202")


def check(structure: Structure) -> Iterator[Finding]:
    """What contradicts itself between AK9 and the transaction sets named."""
    verdicts: list[str] = []
    is_faulty = False
    kind = ""
    named: set[tuple[str, ...]] = set()
    for position, raw in enumerate(structure.transaction.raw, 1):
        if raw.startswith("IK5"):
            verdicts.append(at(structure.elements(position), 1))
            if verdicts[-1] == "A" and is_faulty:
                message = "errors are told of this set: E accepts it with them, R refuses it"
                place = Place(structure.frame_at(position), "IK5", position, "IK501")
                yield place.found(VERDICT, message)
        elif raw.startswith("IK3"):
            is_faulty = True
        elif raw.startswith("AK1"):
            kind = at(structure.elements(position), 1)
        elif raw.startswith("AK2"):
            is_faulty = False
            set_id = at(structure.elements(position), 1)
            if kind in _KINDS and FUNCTIONAL_IDENTIFIERS.get(set_id, kind) != kind:
                message = "the set named is none of a group of this kind (AK101)"
                place = Place(structure.frame_at(position), "AK2", position, "AK201")
                yield place.found(KIND, message)
            ak2 = tuple(structure.elements(position)[1:3])
            if ak2 in named:
                message = "this transaction set came before: which of the two verdicts holds?"
                place = Place(structure.frame_at(position), "AK2", position, "AK202")
                yield place.found(TWICE, message)
            named.add(ak2)
        elif raw.startswith("AK9"):
            yield from _group(structure, position, verdicts)


def _group(structure: Structure, position: int, verdicts: list[str]) -> Iterator[Finding]:
    ak9 = structure.elements(position)
    frame = structure.frame_at(position)
    counts = [at(ak9, number) for number in (2, 3, 4)]
    if not all(text.isascii() and text.isdigit() and len(text) < 8 for text in counts):
        return
    _, received, accepted = map(int, counts)
    named = sum(verdict in ACCEPTING for verdict in verdicts)
    refused = len(verdicts) - named
    if accepted > received:
        message = "more transaction sets are accepted than were received"
        yield Place(frame, "AK9", position, "AK904").found(COUNTS, message)
    elif len(verdicts) == received and accepted != named and at(ak9, 1) not in {"R", "X"}:
        message = f"AK904 counts the transaction sets accepted: {named} are here"
        yield Place(frame, "AK9", position, "AK904").found(COUNTS, message)
    elif len(verdicts) > received:
        message = f"AK903 counts the transaction sets received: {len(verdicts)} are named here"
        yield Place(frame, "AK9", position, "AK903").found(COUNTS, message)
    verdict = at(ak9, 1)
    is_counted = len(verdicts) == received
    is_wrong = (verdict == "A" and refused) or (
        verdict == "P" and is_counted and received and not (named and refused)
    )
    if is_wrong or (verdict in {"R", "X"} and is_counted and named and accepted):
        message = "the verdict on the group is not what the transaction sets say"
        yield Place(frame, "AK9", position, "AK901").found(VERDICT, message)
