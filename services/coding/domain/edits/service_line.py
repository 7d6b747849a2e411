"""What the edits look at: the lines proposed, what was reported before, and who it is about."""

from datetime import date
from typing import Literal

from msgspec import Struct

Sex = Literal["F", "M", "U"]
MEDICARE = frozenset(("medicare", "medicare_advantage"))
Documented = Literal[
    "separate_encounter",
    "separate_structure",
    "separate_practitioner",
    "non_overlapping",
    "significant_separate_visit",
    "decision_for_surgery",
    "unrelated",
    "staged",
    "return_to_operating_room",
    "repeat",
]


class ServiceLine(Struct, frozen=True, gc=False):
    """A line of one day by one provider; ``pointers`` count the diagnoses from 1; None: not said.

    ``documented``: what the record says that would justify a modifier.
    """

    code: str
    date: date
    modifiers: tuple[str, ...] = ()
    units: int = 1
    pointers: tuple[int, ...] | None = None
    provider_id: str = ""
    place_of_service: str = "11"
    documented: tuple[Documented, ...] = ()

    @property
    def points(self) -> tuple[int, ...]:
        """The pointers; none where the line does not say."""
        return self.pointers or ()


class PastLine(Struct, frozen=True, gc=False):
    """A line reported before, at another encounter; ``diagnoses`` are those it was done for."""

    code: str
    date: date
    provider_id: str = ""
    diagnoses: tuple[str, ...] = ()
    modifiers: tuple[str, ...] = ()
    units: int = 1


class EditContext(Struct, frozen=True, gc=False):
    """The patient and the circumstances; what is not known is left at its default.

    ``age`` in completed years and ``age_days`` in days on the date of service. ``jurisdiction``:
    the contractor's, as the coverage table names it. ``abn``: whether an Advance Beneficiary Notice
    is on file. ``facility``: a hospital's claim and not a practitioner's. ``history_known``: what
    ``history`` does not have was not reported, as far as whoever asks knows. ``by_calendar_year``:
    the plan counts preventive visits so, and not by twelve months.
    """

    date: date
    age: int | None = None
    age_days: int | None = None
    sex: Sex = "U"
    programme: str = ""
    jurisdiction: str = ""
    history: tuple[PastLine, ...] = ()
    abn: bool | None = None
    facility: bool = False
    history_known: bool = True
    by_calendar_year: bool = False


def same_provider(one: str, other: str) -> bool:
    """Whether two lines count as one provider's; one that is not named is not another's."""
    return not one or not other or one == other
