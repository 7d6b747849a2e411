"""What is coded offline: an encounter-documented event, or a note with the little known of it."""

from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from datetime import UTC, date, datetime, time
from typing import Any, Literal

import orjson
from msgspec import Struct
from pydantic import ValidationError

from schemas.encounter import EncounterDocumented
from services.coding.commands.cases import CaseError, day_in, opened
from services.coding.domain.coding_result import PatientFacts

_LONGEST_NOTE = 1_000_000
_MOST_BYTES = 4 * _LONGEST_NOTE + 8
_OLDEST = 120
_FIRST_YEAR, _LAST_YEAR = 1900, 2199
_SETTINGS = {
    "office": ("office", "11"),
    "telehealth": ("telehealth", "10"),
    "ed": ("emergency", "23"),
    "emergency": ("emergency", "23"),
    "inpatient": ("inpatient", "21"),
    "outpatient_hospital": ("outpatient_hospital", "22"),
    "nursing_facility": ("nursing_facility", "31"),
    "home": ("home", "12"),
}
Sex = Literal["F", "M", "U"]
_OF_AN_EVENT = frozenset({"encounter_id", "service_date"})
_OF_THE_PATIENT = ("age", "sex", "programme")


class Known(Struct, frozen=True):
    """What the command line says of the patient and the day; a case's own fields come first."""

    setting: str
    age: int
    sex: Sex
    programme: str
    day: date

    def of(self, case: dict[str, Any]) -> "Known":
        """What a case with a note says, each field checked. Raises ``CaseError``."""
        age, sex = case.get("age", self.age), case.get("sex", self.sex)
        on = case.get("on", case.get("service_date"))
        if type(age) is not int or not 0 <= age <= _OLDEST:
            raise CaseError("age_unusable", f"age is a whole number from 0 to {_OLDEST}")
        if sex not in ("F", "M", "U"):
            raise CaseError("sex_unusable", "sex is F, M or U")
        day = self.day if on is None else day_in(on, "on")
        programme = case.get("programme", self.programme)
        if not isinstance(programme, str):
            raise CaseError("programme_unusable", "programme is a word, or empty")
        return Known(str(case.get("setting", self.setting)), age, sex, programme, day)

    def patient(self, day: date) -> PatientFacts:
        """The patient on ``day``, born on the first of January."""
        return PatientFacts(date(max(1, day.year - self.age), 1, 1), self.sex, self.programme)


def read_note(source: str) -> str:
    """A note's text from a file, or from standard input (``-``): UTF-8, UTF-16, else Windows-1252.

    Ends the command where it cannot be read.
    """
    with opened(source) as file:
        content = file.read(_MOST_BYTES)
    if content.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
        return content.decode("utf-16", "replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace")


def note_of(case: dict[str, Any]) -> str | None:
    """The text of a case with a note, None where the case is an event, whose note has sections.

    Raises ``CaseError`` for a note that is no text.
    """
    note = case.get("note")
    if isinstance(note, str):
        return None if case.keys() >= _OF_AN_EVENT else note
    if "note" in case and case.keys().isdisjoint(_OF_AN_EVENT):
        raise CaseError("note_unusable", "note is text")
    return None


def encounter_of(case: dict[str, Any], known: Known) -> tuple[EncounterDocumented, PatientFacts]:
    """The encounter of a case: its own event, or its ``note`` with what is known beside it.

    Raises ``CaseError`` that names fields and kinds, no content.
    """
    note = note_of(case)
    if note is not None:
        own = known.of(case)
        return from_note(note, own), own.patient(own.day)
    try:
        encounter = EncounterDocumented.from_json(orjson.dumps(case))
    except ValidationError as error:
        findings = [
            {"field": ".".join(map(str, item["loc"])), "kind": item["type"]}
            for item in error.errors(include_url=False, include_input=False)
        ][:20]
        raise CaseError(
            "not_an_encounter",
            "neither an encounter-documented event nor a case with a note",
            findings=findings,
        ) from None
    beside = case.get("patient")
    facts = {**beside, **case} if isinstance(beside, dict) else case
    own = known.of({name: facts[name] for name in _OF_THE_PATIENT if facts.get(name) is not None})
    return encounter, own.patient(encounter.service_date)


def from_note(text: str, known: Known) -> EncounterDocumented:
    """A note alone, as an encounter signed on its day; what else is missing will be asked for.

    Raises ``CaseError`` for an unknown setting, a day of no year that a claim can have, or a note
    over a million characters.
    """
    if not _FIRST_YEAR <= known.day.year <= _LAST_YEAR:
        raise CaseError("date_unusable", f"on is of the years {_FIRST_YEAR} to {_LAST_YEAR}")
    setting = _SETTINGS.get(known.setting)
    if setting is None:
        raise CaseError("setting_unknown", f"setting is one of {', '.join(sorted(_SETTINGS))}")
    if len(text) > _LONGEST_NOTE:
        raise CaseError("note_too_long", f"the note is longer than {_LONGEST_NOTE} characters")
    return EncounterDocumented.model_validate(
        {
            "practice_id": "offline",
            "encounter_id": "offline",
            "revision": 1,
            "patient_id": "offline",
            "rendering_provider_id": "offline",
            "setting": setting[0],
            "place_of_service": setting[1],
            "service_date": known.day,
            "note": ({"heading": "Note", "text": text.replace("\x00", " ")},),
            "signature": {
                "provider_id": "offline",
                "signed_at": datetime.combine(known.day, time(12), UTC),
            },
        }
    )
