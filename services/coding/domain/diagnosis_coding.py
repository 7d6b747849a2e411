"""From documented problems and the assessment's wording to ICD-10-CM codes.

Outpatient: what is suspected is not coded, its signs and symptoms are (IV.H); what was ruled out
never is; a resolved or past condition is no current diagnosis (IV.J). Inpatient: an uncertain
diagnosis counts as established (II.H).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from schemas.encounter import EncounterDocumented, Problem
from services.coding.domain import wording
from services.coding.domain.code_sets import DiagnosisCodes
from services.coding.domain.coding_result import Diagnosis, EvidenceAt, Query, Rejected
from services.coding.domain.documentation_review import query
from services.coding.domain.note_reading import Mention, NoteReading
from services.coding.domain.phrase_match import Candidate, PhraseMatcher
from services.coding.domain.specificity import (
    Episode,
    base_of,
    complete,
    is_billable,
    on_side,
    wanted_side,
)

_EXACT = 970
_EXACT_RESIDUAL = 880
_STRONG, _STRONG_MARGIN = 920, 60
_GOOD, _GOOD_MARGIN = 840, 60
_CODE_GIVEN = 1000
_LEAST_SCORE = 450
_SUBSEQUENT = (
    "follow up",
    "follow-up",
    "followup",
    "healing",
    "aftercare",
    "recheck",
    "subsequent",
)
_SEQUELA = ("sequela", "late effect", "residual of")


@dataclass(slots=True)
class Findings:
    """What the diagnoses step found, in documentation order."""

    coded: list[Diagnosis] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    queries: list[Query] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Named:
    """The code that a phrase names, before completion, and how sure that is in permille."""

    code: str
    confidence: int
    rule: str


def name_of(candidates: Sequence[Candidate]) -> Named | None:
    """The best candidate with a confidence from its score and its margin over other categories."""
    if not candidates or candidates[0].score < _LEAST_SCORE:
        return None
    best = candidates[0]
    rival = next((c.score for c in candidates[1:] if c.code[:3] != best.code[:3]), 0)
    margin = best.score - rival
    if best.exact:
        return Named(best.code, _EXACT if margin else 860, "OG I.B.1 index")
    if best.score >= _STRONG and margin >= _STRONG_MARGIN:
        return Named(best.code, _EXACT_RESIDUAL, "index similarity")
    if best.score >= _GOOD and margin >= _GOOD_MARGIN:
        return Named(best.code, 820, "index similarity")
    return Named(best.code, min(best.score * 8 // 10, 780), "index similarity")


class DiagnosisCoder:
    """Codes the diagnoses of encounters against one release."""

    def __init__(self, codes: DiagnosisCodes, matcher: PhraseMatcher) -> None:
        self._codes = codes
        self._matcher = matcher

    def code(
        self, encounter: EncounterDocumented, note: NoteReading, answered: frozenset[str]
    ) -> Findings:
        """Every problem coded, queried, rejected or sent to a coder, with its reason."""
        found = Findings()
        inpatient = encounter.setting == "inpatient"
        for problem in encounter.problems:
            self._problem(problem, encounter, note, answered, found, inpatient=inpatient)
        return found

    def _problem(
        self,
        problem: Problem,
        encounter: EncounterDocumented,
        note: NoteReading,
        answered: frozenset[str],
        found: Findings,
        *,
        inpatient: bool,
    ) -> None:
        reason = _not_coded(problem, inpatient=inpatient)
        if reason:
            found.rejected.append(Rejected("problem", reason, problem.item_id))
            return
        named, text = self._named(problem)
        if named is None:
            found.reasons.append(f"problem_not_understood:{problem.item_id}")
            found.rejected.append(Rejected("problem", "no_code_found", problem.item_id))
            return
        mentions = list(note.mentions(text.tokens)) if encounter.note else []
        query_kind = _contradiction(problem, mentions, text.sides)
        if query_kind is not None:
            _ask_to_settle(query_kind, answered, found)
        sides = _sides(problem, text.sides, mentions)
        done = complete(self._codes, named.code, sides, episode_of(problem.description, encounter))
        confidence = named.confidence
        rules = [named.rule]
        if "side_conflict" in done.assumed:
            conflict = query("contradiction", problem.item_id)
            _ask_to_settle(conflict, answered, found)
            if settled(conflict.subject) in answered:
                done = on_side(self._codes, done.codes[0], sides)
        if "side_unspecified" in done.assumed:
            asked = query("missing_laterality", problem.item_id)
            if asked.subject in answered:
                rules.append("OG I.B.18 side not documented")
                confidence = min(confidence, 820)
            else:
                found.queries.append(asked)
        elif sides:
            rules.append("OG I.B.13")
        if "default_leaf" in done.assumed and not named.rule.startswith("EHR code valid"):
            rules.append("OG I.A.18 default")
            confidence = min(confidence, 900)
        if "weak_default" in done.assumed:
            rules.append("OG I.B.2 more detail needed")
            confidence = min(confidence, 700)
        if problem.status == "suspected":
            rules.append("OG II.H")
        evidence = (
            EvidenceAt("structured", problem.item_id),
            *(
                EvidenceAt("note", None, mention.sentence.section, mention.start, mention.end)
                for mention in mentions
                if mention.assertion == "affirmed"
            ),
        )
        found.coded.extend(
            Diagnosis(code, evidence[:4], tuple(rules), confidence) for code in done.codes
        )

    def _named(self, problem: Problem) -> tuple[Named | None, wording.Wording]:
        text = wording.read_problem(problem.description)
        given = problem.code
        if given is not None and given.system == "icd10cm":
            code = dotted(given.code)
            if is_billable(self._codes, code):
                return Named(code, _CODE_GIVEN, "EHR code valid on the date"), text
            if self._codes.node(code) is not None:
                return Named(code, 900, "EHR code completed"), text
        if not text.tokens and given is not None:
            text = wording.read_problem(given.display)
        named = name_of(self._matcher.rank(text.tokens))
        if given is not None and given.display and (named is None or named.confidence < 900):
            shown = wording.read_problem(given.display)
            other = name_of(self._matcher.rank(shown.tokens))
            if other is not None and (named is None or other.confidence > named.confidence):
                return other, wording.Wording(shown.tokens, shown.sides | text.sides)
        if named is not None and given is not None and given.system == "icd10cm":
            named = Named(named.code, min(named.confidence, 780), "EHR code not valid on the date")
        return named, text

    def symptom(self, complaint: str) -> Diagnosis | None:
        """A chief complaint as a code, when the index has just these words (IV.D, IV.G)."""
        text = wording.read_problem(complaint)
        named = name_of(self._matcher.rank(text.tokens))
        if named is None or named.confidence < _EXACT:
            return None
        done = complete(self._codes, named.code, text.sides)
        if not done.codes or "side_unspecified" in done.assumed:
            return None
        return Diagnosis(
            done.codes[0],
            (EvidenceAt("structured", "chief-complaint"),),
            ("OG IV.D chief complaint",),
            840,
        )

    def is_valid(self, code: str) -> bool:
        """Whether ``code`` is billable in this release."""
        return base_of(self._codes, code) is not None and is_billable(self._codes, code)


def settled(subject: str) -> str:
    """How an answered gap is marked when the answer held the fact itself, not only words."""
    return f"settled:{subject}"


def _ask_to_settle(asked: Query, answered: frozenset[str], found: Findings) -> None:
    """Ask; an answer without the fact leaves the matter to a coder."""
    if asked.subject not in answered:
        if asked not in found.queries:
            found.queries.append(asked)
    elif settled(asked.subject) not in answered:
        found.reasons.append(f"unanswered:{asked.subject}")


def dotted(code: str) -> str:
    """``E119`` and ``e11.9`` as ``E11.9``."""
    bare = code.strip().upper().replace(".", "")
    return f"{bare[:3]}.{bare[3:]}" if len(bare) > 3 else bare


def episode_of(description: str, encounter: EncounterDocumented) -> Episode:
    """Initial (active treatment), subsequent or sequela, from the words used (I.C.19.a)."""
    text = f"{description} {encounter.chief_complaint}".lower()
    if any(word in text for word in _SEQUELA):
        return "sequela"
    return "subsequent" if any(word in text for word in _SUBSEQUENT) else "initial"


def _not_coded(problem: Problem, *, inpatient: bool) -> str:
    if problem.status == "suspected" and not inpatient:
        return "uncertain_outpatient"
    if problem.status in ("ruled_out", "resolved", "family_history"):
        return problem.status
    return "" if problem.addressed else "not_addressed"


def _sides(problem: Problem, named: frozenset[str], mentions: Sequence[Mention]) -> frozenset[str]:
    if problem.laterality is not None:
        return frozenset((problem.laterality,))
    if named:
        return named
    from_note = {wanted_side(m.sides) for m in mentions if m.assertion == "affirmed" and m.sides}
    return frozenset(from_note) if len(from_note) == 1 else frozenset()


def _contradiction(
    problem: Problem, mentions: Sequence[Mention], named_sides: frozenset[str]
) -> Query | None:
    """A query where the note denies, doubts or locates otherwise what the problem list asserts."""
    if not mentions:
        return None
    asserted = [m for m in mentions if m.assertion in ("affirmed", "historical")]
    if not asserted and any(m.assertion == "negated" for m in mentions):
        return query("contradiction", problem.item_id)
    doubted = [m for m in mentions if m.sentence.kind == "assessment"]
    if doubted and not asserted and all(m.assertion == "uncertain" for m in doubted):
        return query("contradiction", problem.item_id)
    side = wanted_side(frozenset((problem.laterality,)) if problem.laterality else named_sides)
    told = {wanted_side(m.sides) for m in asserted if m.sides}
    if side in ("left", "right") and told and side not in told and "bilateral" not in told:
        return query("contradiction", problem.item_id)
    return None
