"""The clinical note of a visit, section by section, as the practice's clinicians write it."""

from collections.abc import Sequence
from enum import IntEnum

from schemas.encounter import NoteSection
from simulators.ehr.clinic.gap import Gap
from simulators.ehr.clinic.practice import Practice
from simulators.ehr.clinic.visit import Visit, happens
from simulators.ehr.clinic.wording import OTHER_SIDE, fill, placeholders


class Section(IntEnum):
    """The sections, in the order in which a practice's data names their headings."""

    COMPLAINT = 0
    HISTORY = 1
    FAMILY = 2
    REVIEW = 3
    EXAM = 4
    RESULTS = 5
    PROCEDURE = 6
    ASSESSMENT = 7
    ADDENDUM = 8


_FAMILY_HISTORY = (
    "Father with coronary artery disease, mother with hypertension.",
    "Mother with breast cancer, no family history of colon cancer.",
    "Family history of type 2 diabetes in both grandmothers.",
    "No family history of early heart disease or stroke.",
    "Brother with asthma. Father died of lung cancer.",
)


def section(practice: Practice, which: Section, text: str) -> NoteSection:
    """A section under the practice's own heading."""
    return NoteSection(heading=practice.headings[which], text=text)


def complaint(visit: Visit) -> str:
    """The chief complaint in a few words."""
    return visit.choices("complaint").choice(visit.kind.complaint)


def note(
    visit: Visit,
    gap: Gap | None,
    *,
    findings: Sequence[str],
    assessment: Sequence[str],
    minutes: int | None,
) -> tuple[NoteSection, ...]:
    """The note; ``assessment`` holds a line per problem, ``findings`` the results to quote."""
    kind = visit.kind
    rng = visit.choices("note")
    age = visit.patient.age_months_on(visit.started_at.date())
    values = placeholders(age, visit.patient.registered.sex, rng)
    side = None if gap is Gap.NO_SIDE else visit.side
    examined = OTHER_SIDE[visit.side] if gap is Gap.SIDE_CONFLICT else side
    parts = [
        (Section.COMPLAINT, f"{complaint(visit)}."),
        (Section.HISTORY, fill(rng.choice(kind.hpi), values, side)),
    ]
    if kind.visit_kind == "problem" and happens(40, rng):
        parts.append((Section.FAMILY, rng.choice(_FAMILY_HISTORY)))
    if kind.ros:
        parts.append((Section.REVIEW, rng.choice(kind.ros)))
    if kind.exam:
        parts.append((Section.EXAM, fill(rng.choice(kind.exam), values, examined)))
    if findings:
        parts.append((Section.RESULTS, " ".join(findings)))
    if kind.procedure_note:
        parts.append((Section.PROCEDURE, rng.choice(kind.procedure_note)))
    lines = list(assessment)
    if kind.uncertain and happens(35, rng):
        lines.append(rng.choice(kind.uncertain))
    if minutes is not None:
        lines.append(f"Total time on the date of the encounter: {minutes} minutes.")
    parts.append((Section.ASSESSMENT, "\n".join(lines)))
    return tuple(section(visit.practice, which, text) for which, text in parts)
