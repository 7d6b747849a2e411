"""One bundle as reference and encounter events. Pure: the bundle in, events and findings out."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import partial

from pydantic import ValidationError

from schemas.event import Event
from schemas.reference import CoverageRegistered, PatientRegistered, Policy
from simulators.ehr.events_file import explained
from simulators.ehr.fhir import coverage, identity
from simulators.ehr.fhir.chart import Chart, charts
from simulators.ehr.fhir.earlier_visits import is_new
from simulators.ehr.fhir.encounter import (
    CANCELLED,
    FINISHED,
    Options,
    documented,
    documented_at,
    participants,
    service_day,
)
from simulators.ehr.fhir.node import FhirError
from simulators.ehr.fhir.payer_names import PayerNames
from simulators.ehr.fhir.resources import Resource, Resources
from simulators.ehr.fhir.when import Shift
from simulators.ehr.finding import Finding, Severity
from simulators.ehr.scheduled import Scheduled


@dataclass(frozen=True, slots=True, kw_only=True)
class FhirOptions:
    """How bundles are read: ``newest`` is where each patient's newest date of service is moved,
    ``since`` the first date of service published, both optional."""

    payers: PayerNames
    newest: date | None = None
    since: date | None = None
    period_as_time: bool = False


@dataclass(slots=True)
class Reporter:
    """Turns what goes wrong in one file into findings."""

    file: str
    report: Callable[[Finding], None]
    _said: set[tuple[str, str]] = field(default_factory=set)

    def say(self, severity: Severity, path: str, reason: str, message: str) -> None:
        """Report once for each path and reason."""
        if (path, reason) not in self._said:
            self._said.add((path, reason))
            self.report(Finding(severity, self.file, path, reason, message))

    def unreadable(self, error: FhirError) -> None:
        """Report what could not be read."""
        self.say(Severity.UNREADABLE, error.path, error.reason, str(error))

    def left_out(self, path: str, reason: str) -> None:
        """Report what is not published on purpose."""
        self.say(Severity.LEFT_OUT, path, reason, reason.replace("_", " "))

    def derived(self, path: str, reason: str) -> None:
        """Report a value that the bundle does not give."""
        self.say(Severity.DERIVED, path, reason, reason.replace("_", " "))


@dataclass(slots=True)
class _Patient:
    """A patient of a bundle with the encounters to publish, oldest first."""

    resource: Resource
    charts: list[Chart]
    shift: Shift
    newest: date
    policies: tuple[Policy, ...] = ()


class _BrokenReferenceError(Exception):
    """A reference event cannot be made, and it has been reported why."""


@dataclass(slots=True)
class _References:
    """Reference events already made in this bundle, by what they are about; None when broken."""

    reporter: Reporter
    made: dict[tuple[str, ...], Event | None] = field(default_factory=dict)

    def get(self, name: tuple[str, ...], make: Callable[[], Event]) -> Event:
        if name not in self.made:
            try:
                self.made[name] = make()
            except FhirError as error:
                self.reporter.unreadable(error)
                self.made[name] = None
        event = self.made[name]
        if event is None:
            raise _BrokenReferenceError
        return event


def _by_patient(
    found: Sequence[Chart], options: FhirOptions, reporter: Reporter
) -> Iterator[_Patient]:
    """Patients with their encounters in order of date, and the shift of each patient's dates."""
    grouped: dict[str, list[Chart]] = {}
    for chart in found:
        path = f"{chart.encounter.node.path}.status"
        try:
            status = chart.encounter.node.text("status")
            service_day(chart.encounter)
        except FhirError as error:
            reporter.unreadable(error)
            continue
        if status not in FINISHED | CANCELLED:
            reporter.left_out(path, "encounter_not_finished")
            continue
        grouped.setdefault(chart.patient.own_id, []).append(chart)
    for own in grouped.values():
        own.sort(key=lambda chart: service_day(chart.encounter))
        newest = service_day(own[-1].encounter)
        shift = Shift((options.newest - newest).days if options.newest else 0)
        yield _Patient(own[0].patient, own, shift, shift.day(newest))


def _policies(
    patient: _Patient, resources: Resources, options: FhirOptions, reporter: Reporter
) -> tuple[Policy, ...]:
    own = [
        one
        for one in resources.of("Coverage")
        if resources.follow(one.node.child("beneficiary"), "Patient") is patient.resource
    ]
    if own:
        return coverage.policies_from_coverages(
            patient.resource, own, options.payers, patient.shift, resources
        )
    named: list[coverage.PayerOnDay] = []
    for chart in patient.charts:
        for claim in chart.claims:
            if any(True for _ in claim.node.items("insurance")):
                payers = coverage.claim_payers(claim, options.payers, reporter.derived)
                day = patient.shift.day(service_day(chart.encounter))
                named.append(coverage.PayerOnDay(day, payers))
    if not named:
        reporter.derived(f"{patient.resource.node.path}", "no_coverage_so_self_pay")
        return ()
    born = patient.shift.day(identity.birth_date(patient.resource))
    return coverage.policies_from_claims(patient.resource.own_id, born, named)


@dataclass(slots=True)
class _Import:
    """What the encounters of one bundle share while they are converted."""

    resources: Resources
    options: FhirOptions
    reporter: Reporter
    references: _References

    def references_of(
        self, chart: Chart, patient: _Patient, practice: Resource, people: Sequence[Resource]
    ) -> list[Event]:
        """Practice, clinicians, patient and coverage. Raises ``_BrokenReferenceError``."""
        practice_id, own_id = practice.own_id, chart.patient.own_id
        known = self.references
        return [
            known.get(
                ("practice", practice_id), partial(identity.practice, practice, self._derived)
            ),
            *(
                known.get(
                    ("provider", practice_id, person.own_id),
                    partial(identity.provider, person, practice_id, self.resources, self._derived),
                )
                for person in people
            ),
            known.get(
                ("patient", practice_id, own_id), partial(self._patient, patient, practice_id)
            ),
            known.get(
                ("coverage", practice_id, own_id), partial(self._coverage, patient, practice_id)
            ),
        ]

    def _derived(self, path: str, reason: str) -> None:
        self.reporter.derived(path, reason)

    def _patient(self, patient: _Patient, practice_id: str) -> PatientRegistered:
        return identity.patient_registered(
            patient.resource, practice_id, patient.shift, patient.newest
        )

    def _coverage(self, patient: _Patient, practice_id: str) -> CoverageRegistered:
        policies = _policies(patient, self.resources, self.options, self.reporter)
        return coverage.registered(practice_id, patient.resource.own_id, policies)

    def encounter(self, chart: Chart, patient: _Patient) -> Iterator[Scheduled]:
        """The events of one encounter, those it refers to first. Raises ``FhirError``."""
        node = chart.encounter.node
        practice = self.resources.follow(node.child("serviceProvider"), "Organization")
        if practice is None:
            raise FhirError(f"{node.path}.serviceProvider", "missing", "no practice is named")
        people = participants(chart.encounter, self.resources)
        event = documented(
            chart,
            practice.own_id,
            people,
            Options(
                self.resources,
                patient.shift,
                self.options.period_as_time,
                is_new(chart, patient.charts, self.resources),
            ),
            self.reporter.left_out,
        )
        clinicians = [people.rendering, *([people.referring] if people.referring else [])]
        try:
            needed = self.references_of(chart, patient, practice, clinicians)
        except _BrokenReferenceError:
            raise FhirError(
                node.path, "reference_unreadable", "its patient, practice or clinician is broken"
            ) from None
        at: datetime = patient.shift.instant(documented_at(chart.encounter))
        for reference in needed:
            yield Scheduled(reference, at)
        yield Scheduled(event, at)


def convert(resources: Resources, options: FhirOptions, reporter: Reporter) -> Iterator[Scheduled]:
    """The events of a bundle: of each patient, each encounter after what it refers to.

    The same reference event comes before every encounter that needs it; the reader of several
    bundles leaves out repetitions.
    """
    shared = _Import(resources, options, reporter, _References(reporter))
    for patient in _by_patient(charts(resources, reporter.unreadable), options, reporter):
        for chart in patient.charts:
            path = chart.encounter.node.path
            try:
                day = patient.shift.day(service_day(chart.encounter))
                if options.since is not None and day < options.since:
                    reporter.left_out(path, "before_since")
                    continue
                events = list(shared.encounter(chart, patient))
            except FhirError as error:
                reporter.unreadable(error)
                continue
            except ValidationError as error:
                where, message = explained(error)
                reporter.unreadable(FhirError(f"{path} -> {where}", "contract_broken", message))
                continue
            except OverflowError:
                reporter.unreadable(
                    FhirError(f"{path}.period", "date_invalid", "the shift leaves the calendar")
                )
                continue
            yield from events
