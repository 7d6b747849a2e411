"""Coding one encounter: documentation in, codes with reasons out. Deterministic."""

from collections.abc import Mapping, Sequence
from functools import lru_cache

from msgspec import Struct, field
from msgspec.structs import replace

from schemas.encounter import EncounterDocumented
from services.coding.domain.code_sets import CodeSets
from services.coding.domain.coding_result import (
    CodingOptions,
    CodingResult,
    Diagnosis,
    EvidenceAt,
    Line,
    PatientFacts,
    Query,
    Rejected,
    Release,
    VisitHistory,
    VisitLevel,
)
from services.coding.domain.diagnosis.diagnosis_coding import (
    DiagnosisCoder,
    Findings,
    dotted,
    episode_of,
)
from services.coding.domain.diagnosis.guidelines import Guidelines
from services.coding.domain.diagnosis.phrase_match import PhraseMatcher
from services.coding.domain.diagnosis.present_on_admission import with_indicators
from services.coding.domain.diagnosis.preventive_diagnosis import preventive_diagnosis
from services.coding.domain.diagnosis.rules.context import Context
from services.coding.domain.diagnosis.rules.listing import TOLD
from services.coding.domain.edits import encounter_edits
from services.coding.domain.edits.line_form import MOST_MODIFIERS
from services.coding.domain.edits.tables import NoData
from services.coding.domain.procedures.anesthesia import (
    anesthesia,
    is_anesthetic,
    without_integral,
)
from services.coding.domain.procedures.anesthesia_by_operation import (
    NONE,
    ByCrosswalk,
    with_anesthesia,
)
from services.coding.domain.procedures.critical_care import without_included
from services.coding.domain.procedures.drug_coding import code_drugs
from services.coding.domain.procedures.immunization_coding import (
    VACCINATION_DIAGNOSIS,
    code_vaccines,
)
from services.coding.domain.procedures.line_modifiers import with_prevention
from services.coding.domain.procedures.note_circumstances import as_told
from services.coding.domain.procedures.note_services import placed_in_note, with_services
from services.coding.domain.procedures.own_history import with_own_procedures
from services.coding.domain.procedures.procedure_coding import code_procedures
from services.coding.domain.procedures.service_lines import (
    MAX_LINES,
    documented_reasons,
    pointers,
)
from services.coding.domain.procedures.visit_modifiers import (
    COMPLEX,
    arranged_visits,
    with_additions,
)
from services.coding.domain.procedures.visits import find_visits
from services.coding.domain.reading.assessment_mentions import AssessmentReader
from services.coding.domain.reading.note_reading import Noted, NoteReading
from services.coding.domain.review.documentation_review import query
from services.coding.domain.review.plausibility import implausible
from services.coding.domain.review.review import Known, review

RULES_VERSION = "coding-8"
_NOTE_CONFIDENCE = 990
_NOTE_ADDITION = 940


class _Draft(Struct):
    """What has been found so far."""

    diagnoses: list[Diagnosis] = field(default_factory=list)
    visits: list[Line] = field(default_factory=list)
    others: list[Line] = field(default_factory=list)
    add_ons: list[Line] = field(default_factory=list)
    levels: list[VisitLevel] = field(default_factory=list)
    queries: list[Query] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)

    def ask(self, asked: Query, answered: frozenset[str]) -> None:
        """Ask once; a gap that stayed open after an answer goes to a coder."""
        if asked.subject in answered:
            self.reasons.append(f"unanswered:{asked.subject}")
        elif all(asked.subject != other.subject for other in self.queries):
            self.queries.append(asked)


class EncounterCoder:
    """Codes encounters against one set of releases; safe to keep, it only remembers look-ups."""

    def __init__(self, sets: CodeSets) -> None:
        self._sets = sets
        self._diagnoses = DiagnosisCoder(sets.diagnoses, PhraseMatcher(sets.diagnoses))
        self._assessments = AssessmentReader(self._diagnoses.reader)
        self._guidelines = Guidelines(sets.diagnoses)
        self._edits = encounter_edits.EncounterEdits(sets)
        self._releases = (
            Release("icd10cm", sets.diagnoses.release, "icd10cm" in sets.stands_in),
            Release("hcpcs", sets.hcpcs.release, "hcpcs" in sets.stands_in),
            Release("procedures", sets.procedures.release),
        )

    def code(
        self,
        encounter: EncounterDocumented,
        patient: PatientFacts,
        history: VisitHistory,
        options: CodingOptions,
    ) -> CodingResult:
        """The proposal for one encounter."""
        draft = _Draft()
        answered = options.answered
        note = NoteReading(encounter.note)
        if note.is_foreign:
            draft.reasons.append("note_not_english")
        told: Mapping[str, EvidenceAt] = {}
        if encounter.note and not encounter.problems:
            encounter, told = with_services(as_told(encounter), note, self._sets)
        if history.visits:
            encounter = with_own_procedures(encounter, history, self._sets)
        self._signature(encounter, draft, answered)
        self._find_diagnoses(encounter, patient, note, draft, answered)
        self._find_lines(encounter, patient, history, note, draft, options, told=bool(told))
        known = Known(patient.sex, history.last_note, warnings=False)
        for flag in review(encounter, note, known):
            draft.ask(flag.query(), answered)
        self._arrange_diagnoses(encounter, patient, note, draft)
        lines = self._arranged_lines(encounter, patient.programme, draft)
        if told:
            lines = tuple(placed_in_note(lines, told))
        edits = self._edits.check(encounter, patient, history, draft.diagnoses, lines, options)
        draft.reasons.extend(self._edits.reasons(edits, encounter.service_date))
        draft.reasons.extend(implausible(encounter, patient, lines))
        if not draft.diagnoses and not draft.reasons:
            draft.ask(query("missing_diagnosis"), answered)
        if not (lines and draft.diagnoses) and not draft.queries and not draft.reasons:
            draft.reasons.append("nothing_to_bill")
        proposed: list[Diagnosis | Line] = [*draft.diagnoses, *lines]
        least = 1000 if proposed else 0
        for coded in proposed:
            least = min(least, coded.confidence)
            if coded.confidence < options.automatic_from:
                draft.reasons.append(f"unsure:{coded.code}")
        return CodingResult(
            tuple(draft.diagnoses),
            lines,
            tuple(draft.queries),
            tuple(dict.fromkeys(draft.reasons)),
            tuple(draft.rejected),
            self._releases + self._edits.releases(encounter.service_date),
            least,
            RULES_VERSION,
            edits,
            tuple(draft.levels),
        )

    def held(  # noqa: PLR0917 - what is known of the encounter
        self,
        encounter: EncounterDocumented,
        patient: PatientFacts,
        history: VisitHistory,
        diagnoses: Sequence[Diagnosis],
        lines: Sequence[Line],
        options: CodingOptions,
    ) -> tuple[str, ...]:
        """What the edits say against codes that a person gives, each as ``edit:RULE:CODE``."""
        if history.visits:
            encounter = with_own_procedures(encounter, history, self._sets)
        edits = self._edits.check(encounter, patient, history, diagnoses, lines, options)
        return self._edits.reasons(edits, encounter.service_date)

    def _signature(
        self, encounter: EncounterDocumented, draft: _Draft, answered: frozenset[str]
    ) -> None:
        """Medicare Program Integrity Manual 3.3.2.4: the rendering provider signs."""
        signed = encounter.signature
        if signed is None or signed.provider_id != encounter.rendering_provider_id:
            draft.ask(query("missing_signature"), answered)

    def _find_diagnoses(
        self,
        encounter: EncounterDocumented,
        patient: PatientFacts,
        note: NoteReading,
        draft: _Draft,
        answered: frozenset[str],
    ) -> None:
        found = self._diagnoses.code(encounter, note, answered)
        if encounter.note:
            self._from_note(encounter, note, found, answered)
        draft.diagnoses.extend(found.coded)
        draft.queries.extend(found.queries)
        draft.reasons.extend(found.reasons)
        draft.rejected.extend(found.rejected)
        if encounter.visit_kind == "preventive":
            draft.diagnoses = [
                preventive_diagnosis(encounter, patient, note),
                *(d for d in draft.diagnoses if not d.code.startswith("Z00")),
            ]
        if encounter.immunizations:
            rules = ("vaccine given",)
            draft.diagnoses.append(Diagnosis(VACCINATION_DIAGNOSIS, (), rules, 970))
        if not draft.diagnoses and encounter.chief_complaint:
            symptom = self._diagnoses.symptom(encounter.chief_complaint)
            if symptom is not None:
                draft.diagnoses.append(symptom)

    def _from_note(
        self,
        encounter: EncounterDocumented,
        note: NoteReading,
        found: Findings,
        answered: frozenset[str],
    ) -> None:
        """Problems of the assessment; beside structured problems only the certain ones count."""
        structured = bool(encounter.problems)
        categories = {diagnosis.code[:3] for diagnosis in found.coded}
        harms = self._diagnoses.harms(note, encounter.chief_complaint)
        for told in harms:
            if not structured:
                found.coded.extend(told.coded)
            categories.update(each.code[:3] for each in told.coded)
        for noted in self._assessments.noted(note, beside_problems=structured):
            if any(told.holds(noted.section, noted.start) for told in harms):
                continue
            place = f"note-{noted.section}-{noted.start}"
            if noted.unclear and not (structured and noted.named is None):
                found.reasons.append(f"assertion_unclear:{place}")
            reason = _not_coded(noted, encounter)
            if noted.named is None and reason == "historical" and not structured:
                found.reasons.append(f"assessment_not_understood:{place}")
            if reason:
                subject = noted.named.code if noted.named is not None else "wording"
                found.rejected.append(Rejected(subject, reason, place))
                continue
            if noted.named is None:
                if not structured:
                    found.reasons.append(f"assessment_not_understood:{place}")
                continue
            if structured and (
                noted.named.confidence < _NOTE_ADDITION or noted.named.code[:3] in categories
            ):
                found.rejected.append(Rejected(noted.named.code, "covered_by_problem_list", place))
                continue
            episode = noted.episode or episode_of(noted.text, encounter.chief_complaint)
            done = self._diagnoses.complete(noted.named.code, noted.sides, episode)
            if "side_unspecified" in done.assumed and not noted.named.code.startswith("Z"):
                asked = query("missing_laterality", place)
                if asked.subject not in answered:
                    found.queries.append(asked)
            most = 900 if "default_leaf" in done.assumed else _NOTE_CONFIDENCE
            most = 700 if "weak_default" in done.assumed else most
            evidence = tuple(EvidenceAt("note", None, *place) for place in noted.places)
            found.coded.extend(
                Diagnosis(
                    code,
                    evidence,
                    (noted.named.rule,),
                    min(noted.named.sure, most),
                )
                for code in done.codes
            )
            if noted.also:
                found.coded.append(Diagnosis(noted.also, evidence, (noted.also_rule,), TOLD))
            categories.update(code[:3] for code in done.codes)

    def _find_lines(  # noqa: PLR0917 - what is known of the encounter
        self,
        encounter: EncounterDocumented,
        patient: PatientFacts,
        history: VisitHistory,
        note: NoteReading,
        draft: _Draft,
        options: CodingOptions,
        *,
        told: bool,
    ) -> None:
        """Lines in order; ``told``: the services are those that the note tells of.

        A note that tells of a procedure and of nothing that was decided besides has no visit.
        """
        sets, answered = self._sets, options.answered
        interpreted = 0
        by_item: Mapping[str, ByCrosswalk] = NONE
        if encounter.anesthesia is not None:
            by_operation = with_anesthesia(encounter, history.taxonomy, sets)
            encounter, by_item = by_operation.encounter, by_operation.by_item
            draft.reasons.extend(by_operation.reasons)
            draft.rejected.extend(by_operation.rejected)
        if encounter.procedures or encounter.lab_tests:
            done = code_procedures(encounter, sets, draft.diagnoses, patient.programme, answered)
            draft.others.extend(done.lines)
            draft.queries.extend(done.queries)
            draft.reasons.extend(done.reasons)
            draft.rejected.extend(done.rejected)
            interpreted = done.interpreted
        if encounter.immunizations:
            vaccines = code_vaccines(
                encounter.immunizations,
                sets.procedures,
                patient.age_on(encounter.service_date),
                patient.programme,
            )
            draft.others.extend(vaccines.lines)
            draft.reasons.extend(vaccines.reasons)
        if encounter.drugs:
            drugs = code_drugs(
                encounter.drugs,
                sets.hcpcs,
                encounter.service_date,
                encounter.place_of_service,
                answered,
                [line.code for line in draft.others],
            )
            draft.others.extend(drugs.lines)
            draft.queries.extend(drugs.queries)
            draft.reasons.extend(drugs.reasons)
            draft.rejected.extend(drugs.rejected)
        if encounter.anesthesia is not None or any(map(is_anesthetic, encounter.procedures)):
            self._anesthesia(encounter, patient, history, draft, answered, by_item)
        visits = find_visits(
            encounter,
            patient,
            history,
            note,
            draft.diagnoses,
            interpreted,
            options,
            [line.code for line in draft.others],
        )
        draft.others.extend(visits.sessions)
        draft.visits.extend(visits.lines)
        draft.add_ons.extend(visits.add_ons)
        draft.levels.extend(visits.levels)
        draft.reasons.extend(visits.reasons)
        draft.rejected.extend(visits.rejected)
        alone = told and any(map(self._is_procedure, draft.others))
        untimed = any(each.gap == "missing_service_time" for each in draft.queries)
        if visits.undocumented and not (alone or untimed):
            draft.ask(query("missing_time_or_decision_making"), answered)
        if visits.session_untimed:
            draft.ask(query("missing_service_time"), answered)
        if visits.patient_unknown:
            draft.ask(query("new_or_established"), answered)

    def _is_procedure(self, line: Line) -> bool:
        entry = self._sets.procedures.entry(line.code)
        return entry is not None and entry.kind == "procedure"

    def _anesthesia(  # noqa: PLR0917 - what is known of the encounter
        self,
        encounter: EncounterDocumented,
        patient: PatientFacts,
        history: VisitHistory,
        draft: _Draft,
        answered: frozenset[str],
        by_item: Mapping[str, ByCrosswalk],
    ) -> None:
        given = anesthesia(encounter, patient, history.taxonomy, self._sets, by_item)
        if given.lines:
            kept, gone = without_integral(draft.others, encounter)
            draft.others = [*given.lines, *kept]
            draft.rejected.extend(gone)
        draft.reasons.extend(given.reasons)
        draft.rejected.extend(given.rejected)
        for item in given.untimed:
            draft.ask(query("missing_service_time", item), answered)

    def _arrange_diagnoses(
        self,
        encounter: EncounterDocumented,
        patient: PatientFacts,
        note: NoteReading,
        draft: _Draft,
    ) -> None:
        guidelines = self._guidelines
        context = Context(encounter, patient, note, self._sets.diagnoses, guidelines.exclusions)
        arranged = guidelines.arrange(draft.diagnoses, context)
        tables, day = self._sets.edits, encounter.service_date

        def is_listed(code: str) -> bool | None:
            found = tables.is_exempt_from_admission(code, day)
            return None if isinstance(found, NoData) else found

        draft.diagnoses = list(with_indicators(arranged.diagnoses, context, is_listed))
        draft.rejected.extend(arranged.rejected)
        draft.reasons.extend(arranged.reasons)

    def _arranged_lines(
        self, encounter: EncounterDocumented, programme: str, draft: _Draft
    ) -> tuple[Line, ...]:
        procedures = self._sets.procedures
        made = arranged_visits(
            draft.visits,
            draft.others,
            encounter,
            draft.diagnoses,
            self._sets,
            programme,
            draft.levels,
        )
        more = with_additions(made.lines, draft.add_ons, draft.others, encounter, programme)
        for each in (made, more):
            draft.reasons.extend(each.reasons)
            draft.rejected.extend(each.rejected)
        if not made.lines:
            draft.levels.clear()
        others, within = without_included(draft.others, more.lines)
        draft.rejected.extend(within)
        others = [line for line in others if line.code != COMPLEX]
        documented = documented_reasons(encounter)
        numbered = [
            replace(
                line,
                pointers=pointers(
                    line,
                    draft.diagnoses,
                    procedures,
                    visit=number < len(more.lines),
                    documented=documented,
                ),
            )
            for number, line in enumerate([*more.lines, *others])
        ]
        numbered = with_prevention(numbered, draft.diagnoses, programme)
        if len(numbered) > MAX_LINES:
            draft.reasons.append("too_many_lines")
        for line in numbered:
            if len(line.modifiers) > MOST_MODIFIERS:
                draft.reasons.append(f"too_many_modifiers:{line.code}")
        return tuple(numbered[:MAX_LINES])


def _not_coded(noted: Noted, encounter: EncounterDocumented) -> str:
    if noted.assertion == "uncertain":
        return "" if encounter.setting == "inpatient" else "uncertain_outpatient"
    return "" if noted.assertion == "affirmed" else noted.assertion


@lru_cache(maxsize=8)
def coder_for(sets: CodeSets) -> EncounterCoder:
    """The coder of one set of releases, kept for its look-ups."""
    return EncounterCoder(sets)


def code_encounter(
    documentation: EncounterDocumented,
    patient: PatientFacts,
    history: VisitHistory,
    code_sets: CodeSets,
    options: CodingOptions | None = None,
) -> CodingResult:
    """Code one documented encounter. Same input and releases, same result."""
    return coder_for(code_sets).code(documentation, patient, history, options or CodingOptions())


__all__ = ["RULES_VERSION", "EncounterCoder", "code_encounter", "coder_for", "dotted"]
