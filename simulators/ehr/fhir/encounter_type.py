"""Where an Encounter took place and what kind of visit it was, by its class and type."""

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Literal

import msgspec

from schemas.encounter import Setting
from simulators.ehr.fhir.codings import codings
from simulators.ehr.fhir.node import FhirError, Node

VisitKindName = Literal["problem", "preventive", "procedure", "laboratory", "immunization"]
_PREVENTIVE_CODES = frozenset({"G0402", "G0438", "G0439"})


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassMeaning:
    """What an encounter class means."""

    setting: Setting
    place_of_service: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TypeMeaning:
    """What an encounter type adds."""

    visit_kind: VisitKindName | None = None
    setting: Setting | None = None
    place_of_service: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EncounterTypes:
    """The data file."""

    classes: dict[str, ClassMeaning]
    types: dict[str, TypeMeaning]


@dataclass(frozen=True, slots=True)
class Kind:
    """Setting, place of service and kind of visit."""

    setting: Setting
    place_of_service: str
    visit_kind: VisitKindName


@cache
def encounter_types() -> EncounterTypes:
    """The meanings of classes and types."""
    text = files("simulators.ehr.fhir").joinpath("encounter_types.toml").read_text(encoding="utf-8")
    return msgspec.convert(tomllib.loads(text), type=EncounterTypes)


def _is_preventive_service(code: str) -> bool:
    """CPT 99381-99397 and the Medicare wellness visits."""
    return (code.isdigit() and len(code) == 5 and "99381" <= code <= "99397") or (
        code in _PREVENTIVE_CODES
    )


def kind_of(encounter: Node) -> Kind:
    """The meaning of an Encounter's class and types. Raises ``FhirError`` with ``class_unknown``.

    A class that says nothing of the place of service (such as field or virtual triage) is refused:
    the place of service decides the payment and is not guessed.
    """
    data = encounter_types()
    code = encounter.child("class").text("code").upper()
    meaning = data.classes.get(code)
    if meaning is None:
        raise FhirError(
            f"{encounter.path}.class.code",
            "class_unknown",
            "this class of encounter has no place of service",
        )
    setting, place, visit_kind = meaning.setting, meaning.place_of_service, "problem"
    for concept in encounter.items("type"):
        for coding in codings(concept):
            found = data.types.get(coding.code)
            if found is None:
                if _is_preventive_service(coding.code):
                    visit_kind = "preventive"
                continue
            visit_kind = found.visit_kind or visit_kind
            if code == "AMB":
                setting = found.setting or setting
                place = found.place_of_service or place
    return Kind(setting, place, msgspec.convert(visit_kind, type=VisitKindName))
