"""What becomes of documentation later: addenda, corrections, cancellations."""

import random
from datetime import datetime

from schemas.encounter import EncounterDocumented, Signature
from simulators.ehr.clinic.note import Section, section
from simulators.ehr.clinic.practice import Practice


def addendum(
    documented: EncounterDocumented, practice: Practice, text: str, signed_at: datetime
) -> EncounterDocumented:
    """The next revision of ``documented`` with an addendum of ``text``."""
    return documented.model_copy(
        update={
            "revision": documented.revision + 1,
            "revision_reason": "addendum",
            "note": (*documented.note, section(practice, Section.ADDENDUM, text)),
            "signature": Signature(
                provider_id=documented.rendering_provider_id, signed_at=signed_at
            ),
        }
    )


def correction(
    documented: EncounterDocumented, rng: random.Random, signed_at: datetime
) -> EncounterDocumented:
    """The next revision of ``documented``, with one fact put right."""
    changes: dict[str, object] = {
        "revision": documented.revision + 1,
        "revision_reason": "correction",
        "signature": Signature(provider_id=documented.rendering_provider_id, signed_at=signed_at),
    }
    if len(documented.lab_tests) > 1:
        changes["lab_tests"] = documented.lab_tests[:-1]
    elif len(documented.immunizations) > 1:
        changes["immunizations"] = documented.immunizations[:-1]
    elif documented.decision_making is not None and documented.total_minutes is None:
        changes["total_minutes"] = rng.randrange(20, 40)
    else:
        changes["new_patient"] = not documented.new_patient
    return documented.model_copy(update=changes)


def cancellation(documented: EncounterDocumented) -> EncounterDocumented:
    """The next revision of ``documented``: it did not take place, or was charted in error."""
    return documented.model_copy(
        update={"revision": documented.revision + 1, "revision_reason": "cancellation"}
    )
