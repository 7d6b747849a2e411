"""From documented problems and the assessment's wording to ICD-10-CM codes.

Outpatient: what is suspected is not coded, its signs and symptoms are (IV.H); what was ruled out
never is; a resolved or past condition is no current diagnosis (IV.J). Inpatient: an uncertain
diagnosis counts as established (II.H).
"""

from collections.abc import Sequence
from functools import lru_cache

from msgspec import Struct, field
from msgspec.structs import replace

from schemas.encounter import EncounterDocumented, Problem
from services.coding.domain.code_sets import DiagnosisCodes
from services.coding.domain.coding_result import Diagnosis, EvidenceAt, Query, Rejected
from services.coding.domain.diagnosis.drug_harm_coding import HarmCoder, ToldHarm
from services.coding.domain.diagnosis.phrase_match import PhraseMatcher
from services.coding.domain.diagnosis.rules.listing import TOLD
from services.coding.domain.diagnosis.specificity import (
    Completed,
    Episode,
    base_of,
    complete,
    is_billable,
    on_side,
    wanted_side,
)
from services.coding.domain.reading import wording
from services.coding.domain.reading.assertion import triggers
from services.coding.domain.reading.naming import EXACT, Named
from services.coding.domain.reading.note_reading import Mention, NoteReading
from services.coding.domain.reading.plain_text import plain
from services.coding.domain.reading.problem_wording import Condition, ProblemReader
from services.coding.domain.review.documentation_review import query

# Screening, family and personal history: words for these are no words for an illness.
_NOT_ILL = ("Z0", "Z1", "Z8")
_CODE_GIVEN = 1000
_KEPT = 8_192
_MOST_MENTIONS = 3
_SUBSEQUENT = (
    "follow up",
    "follow-up",
    "followup",
    "healing",
    "aftercare",
    "recheck",
    "subsequent",
    "cast change",
    "cast check",
    "cast removal",
    "pin removal",
)
_SEQUELA = ("sequela", "late effect", "residual of")


class Findings(Struct):
    """What the diagnoses step found, in documentation order."""

    coded: list[Diagnosis] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    queries: list[Query] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)


class DiagnosisCoder:
    """Codes the diagnoses of encounters against one release."""

    def __init__(self, codes: DiagnosisCodes, matcher: PhraseMatcher) -> None:
        self._codes = codes
        self._completed: dict[tuple[str, frozenset[str], Episode], Completed] = {}
        self._of_ehr: dict[str, Named | None] = {}
        self._against: dict[tuple[str, str], bool] = {}
        self.reader = ProblemReader(matcher, codes)
        self._harm = HarmCoder(codes, self.reader, self.complete, episode_of)

    def code(
        self, encounter: EncounterDocumented, note: NoteReading, answered: frozenset[str]
    ) -> Findings:
        """Every problem coded, queried, rejected or sent to a coder, with its reason."""
        found = Findings()
        inpatient = encounter.setting == "inpatient"
        for problem in encounter.problems:
            self._problem(problem, encounter, note, answered, found, inpatient=inpatient)
        return found

    def complete(self, code: str, sides: frozenset[str], episode: Episode) -> Completed:
        """The billable codes that ``code`` stands for; remembered."""
        key = code, sides, episode
        found = self._completed.get(key)
        if found is None:
            if len(self._completed) >= _KEPT:
                self._completed.clear()
            found = self._completed[key] = complete(self._codes, code, sides, episode)
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
        if "[" in problem.description:
            problem = problem.model_copy(update={"description": plain(problem.description).strip()})
        reason = _not_coded(problem, inpatient=inpatient)
        if reason:
            found.rejected.append(Rejected("problem", reason, problem.item_id))
            return
        named, text = self._given(problem)
        if named is not None:
            if problem.description and self._speaks_against(problem.description, named.code):
                found.rejected.append(Rejected(named.code, "wording_against_code", problem.item_id))
                found.reasons.append(f"wording_against_code:{problem.item_id}")
                return
            self._complete(
                problem, named, text, encounter=encounter, note=note, answered=answered, found=found
            )
            return
        if self._drug_harm(problem, encounter, found):
            return
        coded = 0
        conditions = self._conditions(problem)
        for condition in conditions:
            if condition.unclear:
                found.reasons.append(f"assertion_unclear:{problem.item_id}")
            kind = condition.assertion
            if kind != "affirmed" and not (inpatient and kind == "uncertain"):
                subject = condition.named.code if condition.named is not None else "problem"
                why = "uncertain_outpatient" if kind == "uncertain" else kind
                found.rejected.append(Rejected(subject, why, problem.item_id))
                coded += 1
                continue
            if condition.named is None:
                continue
            coded += 1
            named = condition.named
            if _outdated(problem):
                confidence = min(named.confidence, 780)
                named = Named(named.code, confidence, "EHR code not valid on the date")
            self._complete(
                problem,
                named,
                condition.wording,
                encounter=encounter,
                note=note,
                answered=answered,
                found=found,
            )
            if condition.also:
                at = EvidenceAt("structured", problem.item_id)
                found.coded.append(Diagnosis(condition.also, (at,), ("OG I.C.4.a.3",), TOLD))
        if coded < max(1, len(conditions)):
            found.reasons.append(f"problem_not_understood:{problem.item_id}")
            found.rejected.append(Rejected("problem", "no_code_found", problem.item_id))

    def _drug_harm(self, problem: Problem, encounter: EncounterDocumented, found: Findings) -> bool:
        """Poisoning, adverse effect or underdosing in the words of a problem (I.C.19.e.5)."""
        at = EvidenceAt("structured", problem.item_id)
        coded = self._harm.coded(problem.description, at, encounter.chief_complaint)
        found.coded.extend(coded)
        return bool(coded)

    def told(self, text: str, at: EvidenceAt) -> tuple[Diagnosis, ...]:
        """The codes of a line that tells a condition with its cause, its organism or its end."""
        return self._harm.lines.coded(text, at, episode_of(text, ""))

    def harm(self, text: str, at: EvidenceAt) -> tuple[Diagnosis, ...]:
        """The codes of a line that tells what a drug did."""
        return self._harm.coded(text, at, "")

    def harms(self, note: NoteReading, complaint: str) -> list[ToldHarm]:
        """What the note's assessment tells that drugs did."""
        return list(self._harm.told(note, complaint))

    def _conditions(self, problem: Problem) -> tuple[Condition, ...]:
        """The conditions of the description, or of the code's display where that names more."""
        given = problem.code
        own = self.reader.conditions(problem.description)
        if given is None or not given.display:
            return own
        if own and all(c.named and c.named.confidence >= 900 for c in own):
            return own
        if any(c.assertion != "affirmed" or c.unclear for c in own):
            return own
        shown = self.reader.conditions(given.display)
        surer = min((c.named.confidence if c.named else 0 for c in shown), default=0)
        if surer <= min((c.named.confidence if c.named else 0 for c in own), default=0):
            return own or shown
        sides = frozenset(side for c in own for side in c.wording.sides)
        return tuple(
            replace(c, wording=wording.Wording(c.wording.tokens, c.wording.sides | sides))
            for c in shown
        )

    def _speaks_against(self, description: str, code: str) -> bool:
        """Whether the words deny or doubt what a code given by the EHR states, or name another;
        remembered.
        """
        asked = description, code
        against = self._against.get(asked)
        if against is None:
            if len(self._against) >= _KEPT:
                self._against.clear()
            against = self._against[asked] = self._disagree(description, code)
        return against

    def _disagree(self, description: str, code: str) -> bool:
        found = self.reader.conditions(description)
        if not found or code.startswith("Z"):
            return False
        affirmed = [c for c in found if c.assertion == "affirmed" and not c.unclear]
        if affirmed:
            if all(c.named is not None and c.named.code.startswith(_NOT_ILL) for c in affirmed):
                return True
            return len(found) == 1 and self._names_another(affirmed[0], description, code)
        if any(each.start == 0 and each.kind == "negated" for each in triggers(description)):
            return True
        return "?" in description or bool(self._said(description) - self._titles(code))

    def _names_another(self, condition: Condition, description: str, code: str) -> bool:
        """Whether the words are a disease of another chapter, and no word is of the code's."""
        named = condition.named
        if named is None or named.confidence < EXACT or named.code.startswith(("R", "Z", code[0])):
            return False
        return self._said(description).isdisjoint(self._titles(code))

    def _said(self, description: str) -> set[str]:
        return set(wording.read_problem(wording.spoken(description)).tokens)

    def _titles(self, code: str) -> set[str]:
        """The words of a code's titles, its own and those above it."""
        title: set[str] = set()
        node = base_of(self._codes, code)
        while node is not None:
            title.update(wording.read(node.title).tokens)
            node = self._codes.node(node.parent) if node.parent else None
        return title

    def _complete(
        self,
        problem: Problem,
        named: Named,
        text: wording.Wording,
        *,
        encounter: EncounterDocumented,
        note: NoteReading,
        answered: frozenset[str],
        found: Findings,
    ) -> None:
        mentions = note.mentions(text.tokens) if encounter.note else []
        query_kind = _contradiction(problem, mentions, text.sides)
        if query_kind is not None:
            _ask_to_settle(query_kind, answered, found)
        sides = _sides(problem, text.sides, mentions)
        episode = episode_of(problem.description, encounter.chief_complaint)
        done = self.complete(named.code, sides, episode)
        confidence = named.sure
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
            *[
                EvidenceAt("note", None, mention.sentence.section, mention.start, mention.end)
                for mention in mentions
                if mention.assertion == "affirmed"
            ][:_MOST_MENTIONS],
        )
        found.coded.extend(
            [Diagnosis(code, evidence, tuple(rules), confidence) for code in done.codes]
        )

    def _given(self, problem: Problem) -> tuple[Named | None, wording.Wording]:
        """The EHR's own code, where this release has it."""
        text = wording.read_problem(problem.description)
        given = problem.code
        if given is None or given.system != "icd10cm":
            return None, text
        code = given.code
        if code not in self._of_ehr:
            if len(self._of_ehr) >= _KEPT:
                self._of_ehr.clear()
            self._of_ehr[code] = self._named_by_ehr(dotted(code))
        return self._of_ehr[code], text

    def _named_by_ehr(self, code: str) -> Named | None:
        if is_billable(self._codes, code):
            return Named(code, _CODE_GIVEN, "EHR code valid on the date")
        if self._codes.node(code) is not None:
            return Named(code, 900, "EHR code completed")
        return None

    def symptom(self, complaint: str) -> Diagnosis | None:
        """A chief complaint as a code, when the index has just these words (IV.D, IV.G)."""
        (only, *more) = self.reader.conditions(complaint) or (None,)
        if only is None or more or only.unclear or only.assertion != "affirmed":
            return None
        text, named = only.wording, only.named
        if named is None or named.confidence < EXACT:
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


def _outdated(problem: Problem) -> bool:
    return problem.code is not None and problem.code.system == "icd10cm"


def dotted(code: str) -> str:
    """``E119`` and ``e11.9`` as ``E11.9``."""
    bare = code.strip().upper().replace(".", "")
    return f"{bare[:3]}.{bare[3:]}" if len(bare) > 3 else bare


@lru_cache(maxsize=8_192)
def episode_of(description: str, complaint: str) -> Episode:
    """Initial (active treatment), subsequent or sequela, from the words used (I.C.19.a)."""
    text = f"{description} {complaint}".lower()
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
    if not asserted:
        if any(m.assertion == "negated" for m in mentions):
            return query("contradiction", problem.item_id)
        doubted = [m for m in mentions if m.sentence.kind == "assessment"]
        if doubted and all(m.assertion == "uncertain" for m in doubted):
            return query("contradiction", problem.item_id)
    side = problem.laterality or (wanted_side(named_sides) if named_sides else "")
    if side in ("left", "right"):
        told = {wanted_side(m.sides) for m in asserted if m.sides}
        if told and side not in told and "bilateral" not in told:
            return query("contradiction", problem.item_id)
    return None
