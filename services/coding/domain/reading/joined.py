"""Conditions that a line tells with their cause or consequence: how sure their codes are then."""

from collections.abc import Callable, Sequence

from msgspec.structs import replace

from services.coding.domain.diagnosis.phrase_match import Candidate
from services.coding.domain.reading import wording
from services.coding.domain.reading.condition import Condition
from services.coding.domain.reading.line_parts import JOINS, qualifies_only, spoken
from services.coding.domain.reading.naming import EXACT, SIMILAR, Named, at_most

OF_A_WHOLE = 900
"""How sure the codes of parts are at most that may have one of their own together."""
_WHOLE = 700
_NEARLY = 760
_LONGEST = 160
# What these have with others is combined by rule (I.C.4.a, I.C.9.a, I.C.10.a, I.C.15).
_BY_RULE = ("E08", "E09", "E10", "E11", "E13", "I1", "I50", "N18", "J44", "J45", "O")

Rank = Callable[[wording.Wording], Sequence[Candidate]]


def joined(text: str, found: list[Condition], rank: Rank) -> list[Condition]:
    """What is told with its cause or its consequence may have a code of its own, which the codes
    of the parts are not (I.A.15, I.B.9): then a coder decides.
    """
    if len(found) < 2:
        return found
    # How often what only resembles a name is right was measured on whole phrases, not on parts.
    found = [
        replace(each, named=at_most(each.named, OF_A_WHOLE))
        if each.named is not None and each.named.rule == SIMILAR
        else each
        for each in found
    ]
    named = [each.named for each in found if each.named is not None]
    if not named or any(each.code.startswith(_BY_RULE) for each in named):
        return _one_of_the_parts(text, found, named, rank)
    if JOINS.search(text, found[0].end, found[-1].start) is None:
        return _one_of_the_parts(text, found, named, rank)
    if any(each.sure < OF_A_WHOLE for each in named) or len(text) > _LONGEST:
        # A coder decides without that, or it is no name.
        return found
    found = _one_of_the_parts(text, found, named, rank)
    ranked = rank(wording.read_problem(spoken(text)))
    other = bool(ranked) and ranked[0].score >= _WHOLE and not _is_among(ranked[0], named)
    return [
        replace(each, named=at_most(each.named, OF_A_WHOLE))
        if each.named is not None and (other or qualifies_only(each.wording.tokens))
        else each
        for each in found
    ]


def _one_of_the_parts(
    text: str, found: list[Condition], named: Sequence[Named], rank: Rank
) -> list[Condition]:
    """Where all the words together are the name of one part, or nearly, the other parts are what
    is left of that name ("atheroma of cerebral and precerebral arteries"): a coder decides.
    """
    surest = min((each.sure for each in named), default=0)
    if surest < OF_A_WHOLE or len(text) > _LONGEST or any(_is_linked(each) for each in named):
        return found
    alike = any(each.given < EXACT for each in named)
    if not alike and JOINS.search(text, found[0].end, found[-1].start) is None:
        return found
    ranked = rank(wording.read_problem(spoken(text)))
    if not ranked or ranked[0].score < _NEARLY or not _is_among(ranked[0], named):
        return found
    best = ranked[0].code
    return [
        replace(each, named=at_most(each.named, OF_A_WHOLE))
        if each.named is not None
        and not (best.startswith(each.named.code) or each.named.code.startswith(best))
        else each
        for each in found
    ]


def _is_linked(named: Named) -> bool:
    return named.code.startswith(_BY_RULE) and not named.code.startswith("O")


def _is_among(candidate: Candidate, named: Sequence[Named]) -> bool:
    """Whether a code is that of a part, or lies above or below it."""
    return any(
        candidate.code.startswith(each.code) or each.code.startswith(candidate.code)
        for each in named
    )
