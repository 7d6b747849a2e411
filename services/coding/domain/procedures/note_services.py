"""Services that only the note tells of: done, and not planned, past or declined.

For encounters whose EHR sent no orders and administrations. Each becomes an item as an EHR would
send it, so that the same rules code it; its evidence is where the note says so, for a coder to see.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, Literal

from msgspec.structs import replace

from schemas.encounter import (
    DrugAdministration,
    EncounterDocumented,
    Immunization,
    LabTest,
    Procedure,
)
from schemas.values import Coding
from services.coding.domain.code_sets import CodeSets, ProcedureEntry
from services.coding.domain.coding_result import EvidenceAt, Line
from services.coding.domain.diagnosis.specificity import wanted_side
from services.coding.domain.procedures.counted_services import number_in, wound_of
from services.coding.domain.procedures.procedure_names import named_in
from services.coding.domain.procedures.told_procedures import told_counselling, told_procedure
from services.coding.domain.reading import wording
from services.coding.domain.reading.note_reading import NoteReading, words_said
from services.coding.domain.reading.note_text import Sentence
from services.coding.domain.reading.quick_look import may_say

_MOST_SENTENCES = 2_000
_MOST_ITEMS = 20
_MOST_WORDS = 60
_LONGEST_TEXT = 400
_SURENESS = 740
_TOLD_IN = (
    "assessment", "doubted", "decision", "plan", "other", "exam", "results", "procedure", "present",
)  # fmt: skip
_DONE = frozenset(
    ("performed", "obtained", "done", "administered", "given", "gave", "injected", "received",
     "applied", "placed", "removed", "drained", "excised", "repaired", "sutured", "irrigated",
     "completed", "interpreted", "dispensed", "provided", "fitted", "destroyed", "treated",
     "frozen",
     "inserted", "aspirated", "biopsied", "closed", "debrided", "rapid", "poc", "dipstick",
     "fingerstick")
)  # fmt: skip
_NOT_DONE = frozenset(
    ("will", "schedule", "scheduled", "if", "consider", "refer", "referred", "referral",
     "recommend", "recommended", "last", "previous", "previously", "ago", "prior",
     "history", "declined", "declines", "refused", "refuses", "deferred", "needs", "due",
     "would", "should", "discussed",
     "aborted", "abandoned", "unsuccessful", "unable", "himself", "herself", "themselves",
     "plan", "return", "tomorrow", "outside", "elsewhere", "hospital", "offered", "later")
)  # fmt: skip
# By another practitioner, at home, or of another person.
_ELSEWHERE = re.compile(
    r"\bby (?:the |a |an |her |his |their |my )?(?:outside |local )?(?:\w+olog(?:y|ists?)|"
    r"surgeons?|surgery|specialists?|urgent care|pcp|podiatr\w+|ent)\b|\bat home\b|"
    r"^\W*(?:his |her |their |the patient's )?(?:mother|father|sister|brother|wife|husband|son|"
    r"daughter|aunt|uncle|grand\w+|partner)\b(?! (?:consent|agree|present))",
    re.IGNORECASE,
)
_HERE = frozenset(("office", "clinic", "obtained", "performed", "today", "interpreted", "house"))
_OWN_LABORATORY = frozenset(
    ("rapid", "poc", "office", "clinic", "house", "fingerstick", "dipstick", "point")
)
_READ_BY_ONESELF = frozenset(("interpreted", "interpretation", "independently", "personally"))
_GIVEN = frozenset(("given", "gave", "administered", "injected", "received"))
_HANDED_OUT = frozenset(("dispensed", "provided", "given", "fitted", "applied", "placed"))
_COUNSELLED = frozenset(("counseled", "counselled", "counseling", "counselling"))
_DOSE = re.compile(
    r"(?P<name>[A-Za-z][A-Za-z-]{3,30}(?:\s[a-z]{4,20})?)\s+(?P<dose>\d{1,6}(?:\.\d{1,3})?)\s?"
    r"(?P<unit>mg|mcg|g|gm|grams?|units?|ml)\b[^.;\n]{0,25}?\b(?P<route>im|intramuscular(?:ly)?|iv|"
    r"ivp|iv push|subcutaneous(?:ly)?|subcut|sc|sq|subq)\b",
    re.IGNORECASE,
)
_STEROID = r"(?P<name>[A-Za-z][A-Za-z-]{3,30}(?:\s(?:acetonide|acetate|sodium phosphate))?)"
_LOCAL = re.compile(
    rf"(?=[^.;\n]*\binject\w*)(?=[^.;\n]*\b(?:knees?|shoulders?|hips?|joint|bursa|subacromial|elbows?|"
    rf"wrists?|ankles?|trigger|sheath|fascia|tunnel|lesion|keloid)\b)[^.;\n]*?"
    rf"\b(?P<dose>\d{{1,4}}(?:\.\d{{1,3}})?)\s?(?P<unit>mg|mcg)\s+(?:of\s+)?{_STEROID}\b",
    re.IGNORECASE,
)
_EACH = re.compile(r"\beach\b", re.IGNORECASE)
_NUMBING = ("lidocaine", "xylocaine", "bupivacaine", "marcaine", "ropivacaine")
_UNITS: dict[str, Literal["mg", "mcg", "g", "unit", "mL"]] = {
    "mg": "mg", "mcg": "mcg", "g": "g", "gm": "g", "gram": "g", "grams": "g", "unit": "unit",
    "units": "unit", "ml": "mL",
}  # fmt: skip
Services = dict[str, list[Any]]


def with_services(
    encounter: EncounterDocumented, note: NoteReading, sets: CodeSets
) -> tuple[EncounterDocumented, Mapping[str, EvidenceAt]]:
    """The encounter with the services of its note, and where each item stands in it."""
    if encounter.procedures or encounter.lab_tests or encounter.immunizations or encounter.drugs:
        return encounter, {}
    found: Services = {"procedures": [], "lab_tests": [], "immunizations": [], "drugs": []}
    places: dict[str, EvidenceAt] = {}
    seen: set[str] = set()
    for sentence in note.sentences[:_MOST_SENTENCES]:
        if sentence.kind not in _TOLD_IN:
            continue
        words = words_said(sentence.text)
        if not words.isdisjoint(_NOT_DONE):
            continue
        if words.isdisjoint(_DONE) and sentence.kind != "procedure":
            if words.isdisjoint(_COUNSELLED):
                continue
            items = _counselled(sentence, sets)
        else:
            items = _items(sentence, words, encounter, sets)
        if sentence.kind == "present" and words.isdisjoint(_HERE):
            continue
        if _ELSEWHERE.search(sentence.text[:_LONGEST_TEXT]) is not None:
            continue
        for kind, item in items:
            code = item.code.code if item.code is not None else item.description
            if code not in seen and len(places) < _MOST_ITEMS:
                seen.add(code)
                found[kind].append(item)
                places[item.item_id] = EvidenceAt(
                    "note", None, sentence.section, sentence.start, sentence.end
                )
    told = {kind: tuple(items) for kind, items in found.items() if items}
    return (encounter.model_copy(update=told), places) if told else (encounter, places)


def placed_in_note(lines: Sequence[Line], places: Mapping[str, EvidenceAt]) -> list[Line]:
    """The lines, those of the note with their place in it and no surer than such reading is."""
    return [
        replace(
            line,
            evidence=tuple(
                places.get(each.item_id or "", each) if each.item_id else each
                for each in line.evidence
            ),
            confidence=min(line.confidence, _SURENESS),
        )
        if any(each.item_id in places for each in line.evidence)
        else line
        for line in lines
    ]


def _items(
    sentence: Sentence, words: frozenset[str], encounter: EncounterDocumented, sets: CodeSets
) -> Iterator[tuple[str, Any]]:
    text = sentence.text[:_LONGEST_TEXT]
    item_id = f"note-{sentence.section}-{sentence.start}"
    if not words.isdisjoint(_GIVEN):
        drug = _drug(text, item_id)
        if drug is not None and not _names_a_vaccine(text, sets):
            yield "drugs", drug
            return
    if wound_of(text) is not None:
        yield "procedures", Procedure(item_id=item_id, description=text)
        return
    read = wording.read(text)
    told = told_procedure(text)
    entry = sets.procedures.entry(told.code) if told is not None else None
    if entry is None:
        entry = named_in(read.tokens[:_MOST_WORDS], sets.procedures, by_one_word=True)
    injected = _injected(text, f"{item_id}-drug")
    if injected is not None:
        yield "drugs", injected
    if entry is None or (words.isdisjoint(_DONE) and entry.kind != "procedure"):
        return
    own = Coding(system="cpt", code=entry.code)
    if entry.kind == "included":
        return
    if entry.kind == "vaccine":
        if not words.isdisjoint(_GIVEN):
            yield (
                "immunizations",
                Immunization(
                    item_id=item_id,
                    description=entry.wording,
                    code=own,
                    counselling=not words.isdisjoint(_COUNSELLED),
                ),
            )
    elif entry.kind == "laboratory":
        if not words.isdisjoint(_OWN_LABORATORY):
            yield (
                "lab_tests",
                LabTest(
                    item_id=item_id, description=entry.wording, code=own, performed_in_house=True
                ),
            )
    elif _is_done_here(entry, words, encounter):
        side = wanted_side(read.sides)
        yield (
            "procedures",
            Procedure.model_validate(
                {
                    "item_id": item_id,
                    "description": entry.wording,
                    "code": own,
                    "laterality": side or None,
                    "units": number_in(text),
                    "body_site": text,
                }
            ),
        )


def _names_a_vaccine(text: str, sets: CodeSets) -> bool:
    entry = named_in(wording.read(text).tokens[:_MOST_WORDS], sets.procedures, by_one_word=True)
    return entry is not None and entry.kind == "vaccine"


def _counselled(sentence: Sentence, sets: CodeSets) -> Iterator[tuple[str, Any]]:
    """Counselling with its minutes, which is done by being spoken of."""
    told = told_counselling(sentence.text[:_LONGEST_TEXT])
    entry = sets.procedures.entry(told.code) if told is not None else None
    if entry is not None:
        yield (
            "procedures",
            Procedure(
                item_id=f"note-{sentence.section}-{sentence.start}",
                description=entry.wording,
                code=Coding(system="cpt", code=entry.code),
            ),
        )


def _is_done_here(
    entry: ProcedureEntry, words: frozenset[str], encounter: EncounterDocumented
) -> bool:
    if entry.kind in ("visit", "administration"):
        return False
    if entry.kind == "supply":
        return not words.isdisjoint(_HANDED_OUT)
    if entry.kind in ("imaging", "diagnostic"):
        if encounter.setting in ("emergency", "inpatient", "outpatient_hospital"):
            return not words.isdisjoint(_READ_BY_ONESELF)
        return not words.isdisjoint(_HERE)
    return True


def _injected(text: str, item_id: str) -> DrugAdministration | None:
    """A drug injected where a procedure was done: its giving is the procedure."""
    match = _LOCAL.search(text) if may_say(text, ("inject",)) else None
    if match is None or match["name"].lower().startswith(_NUMBING) or _EACH.search(text):
        return None
    dose = Decimal(match["dose"])
    if dose <= 0:
        return None
    return DrugAdministration(
        item_id=item_id,
        description=match["name"],
        dose=dose,
        dose_unit=_UNITS[match["unit"].lower()],
        route="intramuscular",
        local=True,
    )


def _drug(text: str, item_id: str) -> DrugAdministration | None:
    match = _DOSE.search(text)
    if match is None:
        return None
    dose = Decimal(match["dose"])
    if dose <= 0:
        return None
    route = match["route"].lower()
    return DrugAdministration(
        item_id=item_id,
        description=match["name"],
        dose=dose,
        dose_unit=_UNITS[match["unit"].lower()],
        route="intravenous_push"
        if route.startswith("iv")
        else "intramuscular"
        if route.startswith("i")
        else "subcutaneous",
    )
