"""An Encounter with all that belongs to it as one documented encounter."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from schemas.encounter import EncounterDocumented, NoteSection, Setting, Signature
from simulators.ehr.fhir import services
from simulators.ehr.fhir.chart import Chart
from simulators.ehr.fhir.codings import codings, wording
from simulators.ehr.fhir.encounter_type import kind_of
from simulators.ehr.fhir.node import FhirError, Node
from simulators.ehr.fhir.note_text import (
    NotTextError,
    attachment_text,
    attachments,
    sections,
)
from simulators.ehr.fhir.problems import problems
from simulators.ehr.fhir.resources import Resource, Resources
from simulators.ehr.fhir.when import Shift, day_of, instant_of

FINISHED = {"finished", "completed", "discharged"}
CANCELLED = {"cancelled", "entered-in-error"}
_PERFORMER_ORDER = ("PPRF", "ATND", "SPRF")
_REFERRER = "REF"
_LONGEST_VISIT_MINUTES = 180
_DATE_ALONE = 10
_VERSION = re.compile(r"[1-9][0-9]{0,3}")


def service_day(encounter: Resource) -> date:
    """The date of service as given: the day on which the encounter began."""
    day = day_of(encounter.node.child("period"), "start")
    if day is None:
        raise FhirError(
            f"{encounter.node.path}.period.start", "missing", "a date of service is needed"
        )
    return day


def documented_at(encounter: Resource) -> datetime:
    """When the documentation was complete: the end of the encounter, else its start."""
    period = encounter.node.child("period")
    instant = instant_of(period, "end") or instant_of(period, "start")
    if instant is None:
        raise FhirError(f"{period.path}.start", "missing", "a date of service is needed")
    return instant.astimezone(instant.tzinfo or UTC)


@dataclass(frozen=True, slots=True)
class Options:
    """What an encounter is read with: where references lead, how dates move, whether the
    encounter's period is the provider's time, and whether the patient is documented as a new one or
    as known to the practice."""

    resources: Resources
    shift: Shift
    period_as_time: bool = False
    new_patient: bool | None = None


@dataclass(frozen=True, slots=True)
class Participants:
    """Who rendered the encounter, who referred, and the element of the one who rendered."""

    rendering: Resource
    referring: Resource | None
    element: Node


def _person(element: Node, resources: Resources) -> Resource | None:
    named = resources.follow(
        element.child("individual"), "Practitioner", "PractitionerRole", "RelatedPerson"
    )
    if named is not None and named.kind == "PractitionerRole":
        return resources.follow(named.node.child("practitioner"), "Practitioner")
    return named if named is not None and named.kind == "Practitioner" else None


def participants(encounter: Resource, resources: Resources) -> Participants:
    """The clinicians of an encounter: primary performer, else attending, else the first named.

    Raises ``FhirError`` with ``missing`` when nobody is named: who rendered a service is not
    guessed.
    """
    found: list[tuple[int, Node, Resource]] = []
    referring: Resource | None = None
    for element in encounter.node.items("participant"):
        person = _person(element, resources)
        if person is None:
            continue
        roles = {coding.code for kind in element.items("type") for coding in codings(kind)}
        if roles == {_REFERRER}:
            referring = referring or person
            continue
        rank = min(
            (_PERFORMER_ORDER.index(role) for role in roles if role in _PERFORMER_ORDER),
            default=len(_PERFORMER_ORDER),
        )
        found.append((rank, element, person))
    if not found:
        raise FhirError(f"{encounter.node.path}.participant", "missing", "no practitioner is named")
    _, element, rendering = min(found, key=lambda one: one[0])
    return Participants(rendering, referring, element)


def _minutes(start: datetime | None, end: datetime | None) -> int | None:
    if start is None or end is None:
        return None
    minutes = (end - start) // timedelta(minutes=1)
    return minutes if 1 <= minutes <= _LONGEST_VISIT_MINUTES else None


def total_minutes(encounter: Resource, element: Node, *, period_as_time: bool) -> int | None:
    """The provider's time, where the EHR says it.

    The period of the participant is that provider's own time; ``Encounter.length`` is the
    encounter's time. The period of the whole encounter is room time, and counts only when asked.
    """
    own = element.child("period")
    minutes = _minutes(instant_of(own, "start"), instant_of(own, "end")) if own else None
    if minutes is not None:
        return minutes
    length = encounter.node.child("length")
    value = length.number("value") if length else None
    if value is not None and (length.text("code") or length.text("unit")) in {"min", "minutes"}:
        return int(value) if 1 <= value <= _LONGEST_VISIT_MINUTES else None
    if not period_as_time:
        return None
    period = encounter.node.child("period")
    return _minutes(instant_of(period, "start"), instant_of(period, "end"))


def _note(
    chart: Chart, resources: Resources, left_out: Callable[[str, str], None]
) -> tuple[NoteSection, ...]:
    found: list[NoteSection] = []
    seen: set[str] = set()
    for resource in [*chart.of("DocumentReference"), *chart.of("DiagnosticReport")]:
        if resource.node.text("status") in {"entered-in-error", "superseded", "cancelled"}:
            continue
        for attachment in attachments(resource):
            try:
                text = attachment_text(attachment, resources)
            except NotTextError as error:
                left_out(f"{error.path}.contentType", "note_not_plain_text")
                continue
            if text and text not in seen:
                seen.add(text)
                found.extend(sections(text))
    prescribed = services.prescriptions(chart.of("MedicationRequest"), resources)
    if prescribed:
        found.append(NoteSection(heading="Medications prescribed", text=prescribed))
    return tuple(found)


def _stay(
    encounter: Resource, setting: Setting, shift: Shift
) -> tuple[datetime | None, datetime | None]:
    """When a stay in a hospital began and ended, where the bundle says both to the minute."""
    period = encounter.node.child("period")
    if setting not in ("inpatient", "outpatient_hospital") or any(
        len(period.text(name)) <= _DATE_ALONE for name in ("start", "end")
    ):
        return None, None
    begun, ended = instant_of(period, "start"), instant_of(period, "end")
    return (shift.instant(begun) if begun else None), (shift.instant(ended) if ended else None)


def _is_unsigned(chart: Chart) -> bool:
    """Whether the note is there and still preliminary."""
    states = [one.node.text("docStatus") for one in chart.of("DocumentReference")]
    return any(state == "preliminary" for state in states)


def _revision(encounter: Resource, *, cancelled: bool) -> int:
    version = encounter.node.child("meta").text("versionId")
    if _VERSION.fullmatch(version):
        return int(version)
    return 2 if cancelled else 1


def documented(
    chart: Chart,
    practice_id: str,
    people: Participants,
    options: Options,
    left_out: Callable[[str, str], None],
) -> EncounterDocumented:
    """The encounter as documented. Raises ``FhirError`` when any part of it cannot be used.

    A part that cannot be read keeps the whole encounter back: a claim without a service or a
    diagnosis that was documented would be wrong. A finished encounter counts as signed by who
    rendered it, unless its note is preliminary. ``left_out`` hears of attachments that are not
    text.
    """
    encounter, resources, shift = chart.encounter, options.resources, options.shift
    status = encounter.node.text("status")
    cancelled = status in CANCELLED
    kind = kind_of(encounter.node)
    day = service_day(encounter)
    revision = _revision(encounter, cancelled=cancelled)
    given = [one for one in chart.of("MedicationAdministration") if services.was_done(one)]
    vaccines = [one for one in chart.of("Immunization") if services.was_done(one)]
    done = [one for one in chart.of("Procedure") if services.was_done(one)]
    signed_at = shift.instant(documented_at(encounter))
    admitted_at, discharged_at = _stay(encounter, kind.setting, shift)
    return EncounterDocumented(
        practice_id=practice_id,
        encounter_id=encounter.own_id,
        revision=revision,
        revision_reason=(
            "cancellation" if cancelled else "initial" if revision == 1 else "correction"
        ),
        patient_id=chart.patient.own_id,
        rendering_provider_id=people.rendering.own_id,
        referring_provider_id=people.referring.own_id if people.referring else None,
        setting=kind.setting,
        place_of_service=kind.place_of_service,
        service_date=shift.day(day),
        visit_kind=kind.visit_kind,
        new_patient=options.new_patient,
        chief_complaint=wording(encounter.node.first("reasonCode")),
        note=_note(chart, resources, left_out),
        problems=problems(chart.of("Condition"), encounter, day),
        total_minutes=total_minutes(
            encounter, people.element, period_as_time=options.period_as_time
        )
        if kind.visit_kind == "problem" and kind.setting != "inpatient"
        else None,
        procedures=tuple(services.procedure(one) for one in done),
        lab_tests=services.lab_tests(
            chart.of("DiagnosticReport"),
            chart.of("Observation"),
            chart.of("ServiceRequest"),
            encounter,
        ),
        immunizations=tuple(services.immunization(one) for one in vaccines),
        drugs=tuple(services.drug(one, resources) for one in given),
        signature=None
        if _is_unsigned(chart)
        else Signature(provider_id=people.rendering.own_id, signed_at=signed_at),
        admitted_at=admitted_at,
        discharged_at=discharged_at,
    )
