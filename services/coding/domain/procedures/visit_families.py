"""Families of visits: which codes a setting has, with their time minima.

CPT time minima "must be met or exceeded" (CMS MLN006764); a level is chosen within the family of
the setting and never in another. Stays: initial, subsequent, admission and discharge on one day, or
discharge (Medicare Claims Processing Manual chapter 12 section 30.6.9).
"""

from datetime import date, timedelta
from typing import Literal

from schemas.encounter import EncounterDocumented
from services.coding.domain.coding_result import CodingOptions, VisitHistory

Ladder = tuple[tuple[str, int | None], ...]
Stay = Literal["initial", "subsequent", "same_day_admission_and_discharge", "discharge"]

# (code, minutes) by level from straightforward to high; minutes None: time does not choose it.
OFFICE_NEW: Ladder = (("99202", 15), ("99203", 30), ("99204", 45), ("99205", 60))
OFFICE_ESTABLISHED: Ladder = (("99212", 10), ("99213", 20), ("99214", 30), ("99215", 40))
EMERGENCY: Ladder = (("99282", None), ("99283", None), ("99284", None), ("99285", None))
HOSPITAL_FIRST: Ladder = (("99221", 40), ("99221", 40), ("99222", 55), ("99223", 75))
HOSPITAL_LATER: Ladder = (("99231", 25), ("99231", 25), ("99232", 35), ("99233", 50))
HOSPITAL_SAME_DAY: Ladder = (("99234", 45), ("99234", 45), ("99235", 70), ("99236", 85))
NURSING_FIRST: Ladder = (("99304", 25), ("99304", 25), ("99305", 35), ("99306", 50))
NURSING_LATER: Ladder = (("99307", 10), ("99308", 20), ("99309", 30), ("99310", 45))
HOME_NEW: Ladder = (("99341", 15), ("99342", 30), ("99344", 60), ("99345", 75))
HOME_ESTABLISHED: Ladder = (("99347", 20), ("99348", 30), ("99349", 40), ("99350", 60))
# Without a time of its own in 2021 and 2022; consultations have minima since 2023.
CONSULTATION: Ladder = (("99242", 20), ("99243", 30), ("99244", 40), ("99245", 55))
CONSULTATION_OF_A_STAY: Ladder = (("99252", 35), ("99253", 45), ("99254", 60), ("99255", 80))
VIDEO_NEW: Ladder = (("98000", 15), ("98001", 30), ("98002", 45), ("98003", 60))
VIDEO_ESTABLISHED: Ladder = (("98004", 10), ("98005", 20), ("98006", 30), ("98007", 40))
AUDIO_NEW: Ladder = (("98008", 15), ("98009", 30), ("98010", 45), ("98011", 60))
AUDIO_ESTABLISHED: Ladder = (("98012", 10), ("98013", 20), ("98014", 30), ("98015", 40))
TELEHEALTH_CODES_FROM = date(2025, 1, 1)
FOR_THE_ESTABLISHED = (OFFICE_ESTABLISHED, HOME_ESTABLISHED, VIDEO_ESTABLISHED, AUDIO_ESTABLISHED)
_NURSING_BEFORE_2024: dict[str, int] = {"99306": 45, "99308": 15}
_NURSING_CHANGED = date(2024, 1, 1)

# Up to 30 minutes, and more than 30.
DISCHARGE = {"hospital": ("99238", "99239"), "nursing": ("99315", "99316")}
LONGER_DISCHARGE_MINUTES = 31
MEDICARE_PROGRAMMES = frozenset(("medicare", "medigap", "medicare_advantage"))
_SAME_DAY: Stay = "same_day_admission_and_discharge"
_LEAST_HOURS = timedelta(hours=8)
_PLAIN = CodingOptions()
_STAY_DAYS = 30
_STAYS = frozenset(
    ("99221", "99222", "99223", "99231", "99232", "99233", "99234", "99235", "99236",
     "99252", "99253", "99254", "99255",
     "99304", "99305", "99306", "99307", "99308", "99309", "99310",
     "99468", "99469", "99471", "99472", "99475", "99476", "99477", "99478", "99479", "99480")
)  # fmt: skip
_ENDS = frozenset(("99234", "99235", "99236", "99238", "99239", "99315", "99316"))
_FIRST = frozenset(("99221", "99222", "99223"))


def is_stay(encounter: EncounterDocumented) -> bool:
    """Whether the visit belongs to a stay in a hospital or nursing facility."""
    if encounter.setting in ("inpatient", "nursing_facility"):
        return True
    return encounter.facility_visit is not None and encounter.setting == "outpatient_hospital"


def stay_of(encounter: EncounterDocumented, history: VisitHistory, programme: str = "") -> Stay:
    """Which visit of the stay: as documented, else by an earlier visit of the same stay.

    Admitted and discharged on one date is one service; for Medicare only after at least eight
    hours, else an initial visit (Medicare Claims Processing Manual 12 section 30.6.9.1).
    """
    said = encounter.facility_visit
    begun, ended = encounter.admitted_at, encounter.discharged_at
    if begun is not None and ended is not None and encounter.setting != "nursing_facility":
        if said in (None, "initial", "discharge") and begun.date() == ended.date():
            said = _SAME_DAY
        if said == _SAME_DAY and programme in MEDICARE_PROGRAMMES and ended - begun < _LEAST_HOURS:
            return "initial"
    if said is not None:
        return said
    return "subsequent" if _seen_lately(encounter, history) else "initial"


def stay_doubts(encounter: EncounterDocumented, programme: str) -> tuple[str, ...]:
    """What a coder has to look at in a stay of one day: its hours, and its dates."""
    begun, ended = encounter.admitted_at, encounter.discharged_at
    if begun is None or ended is None:
        same_day = encounter.facility_visit == _SAME_DAY
        return ("stay_hours_unknown",) if same_day and programme in MEDICARE_PROGRAMMES else ()
    if ended <= begun:
        return ("stay_times_unusable",)
    if encounter.facility_visit == _SAME_DAY and begun.date() != ended.date():
        return ("stay_dates_differ",)
    return ()


def ladder(
    encounter: EncounterDocumented,
    history: VisitHistory,
    *,
    established: bool,
    programme: str = "",
    options: CodingOptions = _PLAIN,
) -> Ladder:
    """Codes with their time minima, straightforward to high, for the setting; not for discharge."""
    setting = encounter.setting
    if setting == "emergency":
        return EMERGENCY
    stay = stay_of(encounter, history, programme) if is_stay(encounter) else None
    if programme in options.consultations and is_consultation(encounter):
        if stay is None:
            return CONSULTATION
        if stay == "initial":
            return CONSULTATION_OF_A_STAY
    if setting == "home":
        return HOME_ESTABLISHED if established else HOME_NEW
    if stay is None:
        if _by_telehealth_codes(encounter, programme, options):
            if encounter.telehealth == "audio":
                return AUDIO_ESTABLISHED if established else AUDIO_NEW
            return VIDEO_ESTABLISHED if established else VIDEO_NEW
        return OFFICE_ESTABLISHED if established else OFFICE_NEW
    if setting == "nursing_facility":
        found = NURSING_LATER if stay == "subsequent" else NURSING_FIRST
        if encounter.service_date < _NURSING_CHANGED:
            return tuple((code, _NURSING_BEFORE_2024.get(code, least)) for code, least in found)
        return found
    if stay == _SAME_DAY:
        return HOSPITAL_SAME_DAY
    return HOSPITAL_LATER if stay == "subsequent" else HOSPITAL_FIRST


def is_consultation(encounter: EncounterDocumented) -> bool:
    """An opinion that a named practitioner asked for, with a report to that one (CPT)."""
    return (
        "consultation" in (encounter.circumstances or ())
        and encounter.referring_provider_id is not None
        and encounter.seen_by == "practitioner"
    )


def _by_telehealth_codes(
    encounter: EncounterDocumented, programme: str, options: CodingOptions
) -> bool:
    """Visits by video and voice have codes of their own from 2025, which Medicare does not take."""
    return (
        programme in options.telehealth_visits
        and programme not in MEDICARE_PROGRAMMES
        and encounter.service_date >= TELEHEALTH_CODES_FROM
        and (encounter.setting == "telehealth" or encounter.telehealth is not None)
    )


def discharge_code(encounter: EncounterDocumented, minutes: int | None) -> str:
    """The discharge visit; the longer one needs more than 30 minutes documented."""
    kind = "nursing" if encounter.setting == "nursing_facility" else "hospital"
    short, long = DISCHARGE[kind]
    return long if minutes is not None and minutes >= LONGER_DISCHARGE_MINUTES else short


def admitted_today(encounter: EncounterDocumented, history: VisitHistory) -> bool:
    """Whether an initial hospital visit of the same day stands at another encounter."""
    return any(
        visit.visit_code in _FIRST
        and visit.encounter_id != encounter.encounter_id
        and visit.service_date == encounter.service_date
        for visit in history.visits
    )


def codes_of_stay(encounter: EncounterDocumented, history: VisitHistory) -> frozenset[str]:
    """What was reported on earlier days of the same stay, as far as the practice knows it."""
    if not _seen_lately(encounter, history):
        return frozenset()
    day = encounter.service_date
    stay = [v for v in history.visits if 0 < (day - v.service_date).days <= _STAY_DAYS]
    ended = max((v.service_date for v in stay if v.visit_code in _ENDS), default=None)
    return frozenset(
        visit.visit_code
        for visit in stay
        if visit.visit_code in _STAYS
        and visit.encounter_id != encounter.encounter_id
        and (ended is None or visit.service_date > ended)
    )


def _seen_lately(encounter: EncounterDocumented, history: VisitHistory) -> bool:
    """An earlier visit within 30 days counts as the same stay, unless a discharge came since."""
    begun = ended = None
    for visit in history.visits:
        days = (encounter.service_date - visit.service_date).days
        if visit.encounter_id == encounter.encounter_id or not 0 < days <= _STAY_DAYS:
            continue
        if visit.visit_code in _ENDS:
            ended = days if ended is None else min(days, ended)
        elif visit.visit_code in _STAYS:
            begun = days if begun is None else min(days, begun)
    return begun is not None and (ended is None or begun < ended)
