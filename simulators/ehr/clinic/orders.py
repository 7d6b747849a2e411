"""What was done, drawn and given at a visit, and what it showed."""

from dataclasses import dataclass
from decimal import Decimal

from schemas.encounter import DrugAdministration, Immunization, LabTest, Procedure
from schemas.values import Coding
from simulators.ehr.clinic.gap import STUDY, Gap
from simulators.ehr.clinic.visit import Visit, happens
from simulators.ehr.clinic.wording import fill


@dataclass(frozen=True, slots=True)
class Performed:
    """Items of one sort with the findings that the note quotes."""

    procedures: tuple[Procedure, ...] = ()
    lab_tests: tuple[LabTest, ...] = ()
    findings: tuple[str, ...] = ()


def procedures(visit: Visit, gap: Gap | None) -> Performed:
    """The procedures; an interpreted one is a study and has a report unless that is the gap."""
    rng = visit.choices("procedures")
    side = None if gap is Gap.NO_SIDE else visit.side
    found: list[Procedure] = []
    findings: list[str] = []
    for template in visit.kind.procedures:
        if not happens(template.chance, rng):
            continue
        report = not (template.interpreted and gap is Gap.NO_REPORT)
        prefix = STUDY if template.interpreted else "procedure-"
        found.append(
            Procedure(
                item_id=f"{prefix}{len(found) + 1}",
                description=fill(template.name, {}, side),
                code=Coding(system="cpt", code=template.cpt),
                laterality=side if template.laterality else None,
                report=report,
            )
        )
        if report and template.finding:
            findings.append(template.finding)
    return Performed(procedures=tuple(found), findings=tuple(findings))


def lab_tests(visit: Visit) -> Performed:
    """The laboratory tests, by LOINC or by procedure code as the practice's EHR records them."""
    rng = visit.choices("labs")
    found: list[LabTest] = []
    findings: list[str] = []
    for template in visit.kind.labs:
        if not happens(template.chance, rng):
            continue
        code = (
            Coding(system="loinc", code=template.loinc, display=template.name)
            if visit.practice.specialty == "internal"
            else Coding(system="cpt", code=template.cpt)
        )
        found.append(
            LabTest(
                item_id=f"lab-{len(found) + 1}",
                description=template.name,
                code=code,
                performed_in_house=template.in_house,
                resulted=template.resulted,
            )
        )
        if template.finding:
            findings.append(template.finding)
    return Performed(lab_tests=tuple(found), findings=tuple(findings))


def immunizations(visit: Visit) -> tuple[Immunization, ...]:
    """The vaccines given."""
    rng = visit.choices("vaccines")
    found: list[Immunization] = []
    for template in visit.kind.vaccines:
        if not happens(template.chance, rng):
            continue
        found.append(
            Immunization(
                item_id=f"vaccine-{len(found) + 1}",
                description=template.name,
                code=Coding(system="cvx", code=template.cvx),
                route=template.route,
                components=template.components,
                counselling=template.counselling,
                lot=f"V{rng.randrange(10_000, 100_000)}",
            )
        )
    return tuple(found)


def drugs(visit: Visit, gap: Gap | None) -> tuple[DrugAdministration, ...]:
    """The drugs given, with what was left in a single-dose vial and thrown away."""
    rng = visit.choices("drugs")
    found: list[DrugAdministration] = []
    for template in visit.kind.drugs:
        if not happens(template.chance, rng):
            continue
        dose = Decimal(rng.choice(template.doses))
        wasted: Decimal | None = None
        if template.container == "single_dose" and gap is not Gap.NO_WASTE:
            wasted = Decimal(template.vial) - dose
        found.append(
            DrugAdministration(
                item_id=f"drug-{len(found) + 1}",
                description=f"{template.name} {dose} {template.unit}",
                code=Coding(system="hcpcs", code=template.hcpcs),
                dose=dose,
                dose_unit=template.unit,
                route=template.route,
                container=template.container,
                wasted=wasted,
                ndc=template.ndc,
                local=template.local,
                lot=f"L{rng.randrange(10_000, 100_000)}",
            )
        )
    return tuple(found)
