"""What a coder is shown beside codes that are not sure: what else the words may mean.

Nothing that was decided changes: codes, confidence and route stay as the rules made them. An
encounter of which nothing is in doubt is not looked at; one that waits for the provider is, since a
coder decides it where no answer comes.
"""

import re
from collections.abc import Iterator
from typing import Protocol

from msgspec.structs import replace

from schemas.encounter import EncounterDocumented
from services.coding.domain.coding_result import CodingResult, EvidenceAt, Rejected, Release
from services.coding.domain.diagnosis.alike_candidates import AlikeCode

ALIKE = "alike_in_meaning"
"""Reason of an alternative; behind the colon how alike it is, in permille."""
SEMANTIC = "semantic"
"""The code set in whose name the release of the second ranker stands among the releases."""
_FOR_EACH = 3
_MOST_PHRASES = 12
_NOT_UNDERSTOOD = ("problem_not_understood", "assessment_not_understood")
_UNSURE = "unsure"
_IN_NOTE = re.compile(r"note-(\d+)-(\d+)")
_LONGEST = 160


class Ranked(Protocol):
    """Candidates by words and by meaning (``AlikeCandidates``)."""

    def named(self, text: str, top: int) -> list[AlikeCode]: ...


def with_alternatives(
    result: CodingResult, encounter: EncounterDocumented, release: str, candidates: Ranked
) -> CodingResult:
    """The result with up to three further codes for each phrase that a coder has to decide."""
    coded = {each.code for each in result.diagnoses}
    found: dict[tuple[str, str], Rejected] = {}
    asked = False
    for item_id, text in list(_unsure(result, encounter))[:_MOST_PHRASES]:
        asked = True
        alike = [
            each
            for each in candidates.named(text, 2 * _FOR_EACH)
            if each.alike and each.code not in coded
        ]
        for each in alike[:_FOR_EACH]:
            reason = f"{ALIKE}:{each.alike}"
            found.setdefault((each.code, item_id), Rejected(each.code, reason, item_id))
    if not asked:
        return result
    return replace(
        result,
        rejected=(*result.rejected, *found.values()),
        releases=(*result.releases, Release(SEMANTIC, release)),
    )


def _unsure(result: CodingResult, encounter: EncounterDocumented) -> Iterator[tuple[str, str]]:
    """Items, or places in the note, with the words that a coder has to decide; each once."""
    if not result.reasons:
        return
    told: dict[str, str] = {}
    unsure = {subject for kind, _, subject in map(_parted, result.reasons) if kind == _UNSURE}
    for diagnosis in result.diagnoses:
        if diagnosis.code in unsure and diagnosis.evidence:
            item_id, text = _words(diagnosis.evidence[0], encounter)
            told.setdefault(item_id, text)
    for kind, _, subject in map(_parted, result.reasons):
        if kind in _NOT_UNDERSTOOD:
            place = _IN_NOTE.fullmatch(subject)
            at = (
                EvidenceAt("structured", subject)
                if place is None
                else EvidenceAt("note", None, int(place[1]), int(place[2]))
            )
            item_id, text = _words(at, encounter)
            told.setdefault(item_id, text)
    yield from ((item_id, text) for item_id, text in told.items() if text)


def _parted(reason: str) -> tuple[str, str, str]:
    return reason.partition(":")


def _words(at: EvidenceAt, encounter: EncounterDocumented) -> tuple[str, str]:
    """What stands there: a problem's description, or the note's words (to the end of the line)."""
    if at.source == "structured":
        by_id = {each.item_id: each.description for each in encounter.problems}
        return at.item_id or "", by_id.get(at.item_id or "", "")[:_LONGEST]
    section, start = at.section or 0, at.start or 0
    if section >= len(encounter.note):
        return "", ""
    text = encounter.note[section].text[start : at.end]
    line = text if at.end is not None else text.partition("\n")[0]
    return f"note-{section}-{start}", " ".join(line.split())[:_LONGEST]
