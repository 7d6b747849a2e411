"""A visit that took place, before anybody wrote about it."""

import random
from dataclasses import dataclass
from datetime import datetime

from schemas.values import Laterality
from simulators.ehr.clinic.patient import Patient
from simulators.ehr.clinic.practice import Practice
from simulators.ehr.clinic.visit_kind import VisitKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """A visit that took place. ``token`` decides every choice made while writing it up."""

    token: str
    kind: VisitKind
    practice: Practice
    patient: Patient
    encounter_id: str
    provider_id: str
    referring_provider_id: str | None
    started_at: datetime
    signed_at: datetime
    new_patient: bool
    side: Laterality

    def choices(self, about: str) -> random.Random:
        """The source of every choice about one part of the documentation."""
        return random.Random(f"{self.token}/{about}")


def happens(chance: int, rng: random.Random) -> bool:
    """Whether something of ``chance`` percent happens."""
    return rng.randrange(100) < chance
