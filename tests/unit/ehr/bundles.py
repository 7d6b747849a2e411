"""Small FHIR bundles, made by hand, for tests of what is made of them."""

import gzip
import json
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from schemas.encounter import EncounterDocumented
from schemas.reference import CoverageRegistered, PatientRegistered
from simulators.ehr.fhir.import_files import FhirOptions, read_fhir
from simulators.ehr.fhir.payer_names import payer_names
from simulators.ehr.finding import Finding, Severity
from simulators.ehr.scheduled import Scheduled

Json = dict[str, Any]
SNOMED = "http://snomed.info/sct"
ACT_CODE = "http://terminology.hl7.org/CodeSystem/v3-ActCode"


def concept(system: str, code: str, display: str = "") -> Json:
    return {"coding": [{"system": system, "code": code, "display": display}], "text": display}


def to(resource: Mapping[str, Any]) -> Json:
    return {"reference": f"{resource['resourceType']}/{resource['id']}"}


def organization(**changes: Any) -> Json:
    return {
        "resourceType": "Organization",
        "id": "org-1",
        "name": "Elm Street Clinic",
        "telecom": [{"system": "phone", "value": "419-555-0150"}],
        "address": [
            {"line": ["1 Elm Street"], "city": "Millbrook", "state": "OH", "postalCode": "44870"}
        ],
        **changes,
    }


def practitioner(**changes: Any) -> Json:
    return {
        "resourceType": "Practitioner",
        "id": "prac-1",
        "name": [{"family": "Marlowe", "given": ["Ada"], "suffix": ["MD"]}],
        **changes,
    }


def patient(**changes: Any) -> Json:
    return {
        "resourceType": "Patient",
        "id": "pat-1",
        "name": [{"use": "official", "family": "Sample", "given": ["Jordan", "Lee"]}],
        "gender": "female",
        "birthDate": "1980-04-12",
        "address": [
            {"line": ["9 Birch St"], "city": "Millbrook", "state": "Ohio", "postalCode": "44870"}
        ],
        **changes,
    }


def encounter(**changes: Any) -> Json:
    return {
        "resourceType": "Encounter",
        "id": "enc-1",
        "status": "finished",
        "class": {"system": ACT_CODE, "code": "AMB"},
        "type": [concept(SNOMED, "185345009", "Encounter for symptom")],
        "subject": {"reference": "Patient/pat-1"},
        "participant": [{"individual": {"reference": "Practitioner/prac-1"}}],
        "period": {"start": "2024-03-02T10:00:00-05:00", "end": "2024-03-02T10:30:00-05:00"},
        "serviceProvider": {"reference": "Organization/org-1"},
        **changes,
    }


def condition(**changes: Any) -> Json:
    return {
        "resourceType": "Condition",
        "id": "cond-1",
        "clinicalStatus": concept("condition-clinical", "active"),
        "verificationStatus": concept("condition-ver-status", "confirmed"),
        "code": concept(SNOMED, "10509002", "Acute bronchitis (disorder)"),
        "subject": {"reference": "Patient/pat-1"},
        "encounter": {"reference": "Encounter/enc-1"},
        **changes,
    }


def part(kind: str, **changes: Any) -> Json:
    return {
        "resourceType": kind,
        "id": f"{kind.lower()}-1",
        "encounter": {"reference": "Encounter/enc-1"},
        **changes,
    }


def claim(display: str, of: str = "enc-1", **changes: Any) -> Json:
    return {
        "resourceType": "Claim",
        "id": f"claim-{of}",
        "insurance": [{"sequence": 1, "focal": True, "coverage": {"display": display}}],
        "item": [{"sequence": 1, "encounter": [{"reference": f"Encounter/{of}"}]}],
        **changes,
    }


def bundle(*resources: Json, kind: str = "collection") -> Json:
    entries = [
        {"fullUrl": f"urn:uuid:{resource.get('id', index)}", "resource": resource}
        for index, resource in enumerate(resources)
    ]
    return {"resourceType": "Bundle", "type": kind, "entry": entries}


def visit(*more: Json, **changes: Any) -> Json:
    """A whole visit: practice, clinician, patient and encounter, with whatever else is given."""
    return bundle(organization(), practitioner(), patient(), encounter(**changes), *more)


class Read:
    """What was read: the events, and the findings by severity."""

    def __init__(self, *given: str, options: FhirOptions | None = None, limit: int = 10**8) -> None:
        self.findings: list[Finding] = []
        chosen = options or FhirOptions(payers=payer_names())
        self.items: list[Scheduled] = list(
            read_fhir(given, chosen, self.findings.append, limit=limit)
        )

    @property
    def encounters(self) -> list[EncounterDocumented]:
        found = (item.event for item in self.items)
        return [event for event in found if isinstance(event, EncounterDocumented)]

    @property
    def patients(self) -> list[PatientRegistered]:
        found = (item.event for item in self.items)
        return [event for event in found if isinstance(event, PatientRegistered)]

    @property
    def coverages(self) -> list[CoverageRegistered]:
        found = (item.event for item in self.items)
        return [event for event in found if isinstance(event, CoverageRegistered)]

    @property
    def unreadable(self) -> list[tuple[str, str]]:
        return self._of(Severity.UNREADABLE)

    @property
    def left_out(self) -> list[tuple[str, str]]:
        return self._of(Severity.LEFT_OUT)

    @property
    def derived(self) -> list[tuple[str, str]]:
        return self._of(Severity.DERIVED)

    def _of(self, severity: Severity) -> list[tuple[str, str]]:
        return [(one.path, one.reason) for one in self.findings if one.severity is severity]


def saved(folder: Path, document: Json, name: str = "bundle.json") -> str:
    file = folder / name
    raw = json.dumps(document).encode()
    file.write_bytes(gzip.compress(raw) if name.endswith(".gz") else raw)
    return str(file)


def read(folder: Path, document: Json, **options: Any) -> Read:
    chosen = FhirOptions(payers=payer_names(), **options)
    return Read(saved(folder, document), options=chosen)


def on(text: str) -> date:
    return date.fromisoformat(text)
