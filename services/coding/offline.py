"""Input of the offline commands: events as JSON, or a note as plain text."""

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time
from typing import Any

from pydantic import ValidationError

from schemas.encounter import EncounterDocumented

_LONGEST_NOTE = 1_000_000
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


class OfflineError(Exception):
    """The input of a command cannot be used; the text says what to change."""


def encounters_of(texts: Iterable[bytes]) -> Iterator[EncounterDocumented | dict[str, Any]]:
    """Each text as an event, or as what is wrong with it (field names and kinds, no content)."""
    for text in texts:
        if not text.strip():
            continue
        try:
            yield EncounterDocumented.from_json(text)
        except ValidationError as error:
            yield {
                "reason": "not_an_encounter",
                "findings": [
                    {"field": ".".join(map(str, item["loc"])), "kind": item["type"]}
                    for item in error.errors(include_url=False, include_input=False)
                ][:20],
            }


def from_note(content: bytes, setting: str, day: date) -> EncounterDocumented:
    """A note alone, as an encounter signed on its day; what else is missing will be asked for.

    Raises ``OfflineError`` for an unknown setting or a note over a million characters.
    """
    known = _SETTINGS.get(setting)
    if known is None:
        raise OfflineError(f"the setting is one of {', '.join(sorted(_SETTINGS))}")
    text = content.decode("utf-8", "replace").replace("\x00", " ")
    if len(text) > _LONGEST_NOTE:
        raise OfflineError("the note is longer than a million characters")
    return EncounterDocumented.model_validate(
        {
            "practice_id": "offline",
            "encounter_id": "offline",
            "revision": 1,
            "patient_id": "offline",
            "rendering_provider_id": "offline",
            "setting": known[0],
            "place_of_service": known[1],
            "service_date": day,
            "note": ({"heading": "Note", "text": text},),
            "signature": {
                "provider_id": "offline",
                "signed_at": datetime.combine(day, time(12), UTC),
            },
        }
    )
