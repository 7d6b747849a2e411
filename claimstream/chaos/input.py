"""What must be there by the input alone, without asking any run."""

from collections.abc import Iterator

from claimstream.chaos.outcome import Outcome
from claimstream.chaos.run import ChaosOptions
from claimstream.verify.finding import Finding
from schemas.encounter import EncounterDocumented
from schemas.event import key_of
from simulators.ehr.clinic.schedule import FIRST_DAY, generate

DOCUMENTED = "every encounter of the input was taken in, and no other"


def documented(options: ChaosOptions) -> Iterator[str]:
    """The encounters that the EHR's schedule documents, as subjects; some more than once."""
    for item in generate(options.encounters, options.seed, FIRST_DAY, options.days):
        if isinstance(item.event, EncounterDocumented):
            yield f"encounter {key_of(item.event.practice_id, item.event.encounter_id)}"


def check_input(options: ChaosOptions, outcome: Outcome) -> list[Finding]:
    """The encounters that coding knows are those of the schedule."""
    expected = set(documented(options))
    found = {subject for subject, state in outcome.states.items() if "coding" in state}
    return [
        *(Finding(DOCUMENTED, each, "was documented and is gone") for each in expected - found),
        *(Finding(DOCUMENTED, each, "was never documented") for each in found - expected),
    ]
