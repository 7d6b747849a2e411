"""The review of one encounter's documentation: is it complete, and does it agree with itself.

It looks at what the record says, never at what would be paid. What the coding rules ask for
themselves (a side, a diagnosis, a dose, time or decision making) is asked there.
"""

import re
from collections.abc import Iterator
from datetime import date

from msgspec import Struct

from schemas.encounter import EncounterDocumented
from services.coding.domain.reading.headings import kind_of
from services.coding.domain.reading.note_reading import NoteReading, Passage
from services.coding.domain.reading.plain_text import is_unreadable
from services.coding.domain.review.cloned_text import likeness, sketch
from services.coding.domain.review.decision_evidence import unsupported
from services.coding.domain.review.documentation_review import Flag, Severity
from services.coding.domain.review.note_cues import Cue, mentions, states_total, total_minutes
from services.coding.domain.review.note_hints import (
    AGE,
    BLANKS,
    COUNSELLED,
    DATE_OF_SERVICE,
    IN_ERROR,
    LATERAL,
    MINUTES,
    OF_A_MAN,
    OF_A_WOMAN,
    OF_ONE_SEX,
    TELEHEALTH,
    TIMED,
    TOGETHER,
    UNREADABLE,
    VAGUE,
    hints,
)
from services.coding.domain.review.note_services import may_name_services, open_points
from services.coding.domain.review.note_sides import differing_sides

_LATE_DAYS = 30
_TELEHEALTH_PLACES = frozenset(("02", "10"))
_FACILITY_PLACES = frozenset(("19", "21", "22", "23", "24", "31", "61"))
_MOST_SENTENCES = 4_000
_LONGEST_READ = 100_000
_ALIKE = 700
"""Permille of likeness from which a note is said to be worded like the one before."""
_SAME = 900
"""From here on the provider is asked."""
_SERVICE_DATE = re.compile(
    r"\b(?:date of (?:service|visit|encounter|exam\w*)|dos|visit date|encounter date|"
    r"service date)\s*[:\-]?\s*(?:(?P<y>\d{4})-(?P<m>\d{2})-(?P<d>\d{2})|"
    r"(?P<month>\d{1,2})/(?P<day>\d{1,2})/(?P<year>\d{4}|\d{2})|"
    r"(?P<named>jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.? "
    r"(?P<of_month>\d{1,2})(?:st|nd|rd|th)?,? (?P<in_year>\d{4}))\b",
    re.IGNORECASE,
)
_MONTHS = (
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
)  # fmt: skip
_AGED = r"old,?\s+(?:[\w-]+\s+){0,3}?"
_MALE = re.compile(
    rf"{_AGED}(?:man|male|boy|gentleman)\b|\bprostate (?:exam\w*|is|was|smooth|enlarged|normal)\b|"
    r"\btest(?:es|icles) (?:are |were )?(?:descended|normal|non-?tender|palpable)\b"
)
_FEMALE = re.compile(
    rf"{_AGED}(?:woman|female|girl|lady)\b|\b(?:she|patient|pt) (?:is|was) (?:currently |now )?"
    r"(?:(?:about |approximately )?\d{1,2} ?(?:weeks?|wks?|months?) )?pregnant\b"
)


class Known(Struct, frozen=True):
    """What is known beside the encounter.

    ``earlier`` is the sketch of the patient's last note; ``note_alone``: no record stands behind
    the note, so that signature and date have to stand in it. Without ``warnings`` what is only said
    is passed over, for speed.
    """

    sex: str = "U"
    earlier: tuple[int, ...] = ()
    note_alone: bool = False
    warnings: bool = True


class _Read:
    """The note as its texts, and as one text in small letters, which few notes are asked for."""

    __slots__ = ("_lower", "texts")

    def __init__(self, texts: list[str]) -> None:
        self.texts = texts
        self._lower: str | None = None

    @property
    def lower(self) -> str:
        if self._lower is None:
            self._lower = "\n".join(self.texts).lower()
        return self._lower

    def says(self, cue: Cue) -> bool:
        """Whether the note mentions it anywhere."""
        return mentions(self.lower, cue)

    def flag(self, kind: str, severity: Severity, cue: Cue) -> Flag:
        """A flag on the first text that mentions the cue."""
        section = next(
            (n for n, text in enumerate(self.texts) if mentions(text.lower(), cue)), None
        )
        return Flag(kind, severity, section=section)


_NOTHING_KNOWN = Known()


def review(
    encounter: EncounterDocumented, note: NoteReading, known: Known = _NOTHING_KNOWN
) -> list[Flag]:
    """Every gap that was found, in a fixed order, each once."""
    read = _Read([section.text for section in encounter.note])
    hinted = hints(note)
    found = list(_of_record(encounter, read, known, hinted))
    if len(read.texts) > 1 or any(read.texts):
        found.extend(_of_note(encounter, note, read, known, hinted))
    if not found:
        return found
    kept = dict.fromkeys(found)
    return [flag for flag in kept if known.warnings or flag.severity == "query"]


def _stated_minutes(passage: Passage) -> tuple[int, int, int] | None:
    return total_minutes(passage.written)


def _of_record(
    encounter: EncounterDocumented, read: _Read, known: Known, hinted: int
) -> Iterator[Flag]:
    yield from _signed(encounter, read, known)
    if encounter.immunizations or encounter.drugs:
        yield from _administered(encounter)
    if (
        encounter.setting == "telehealth"
        or encounter.place_of_service in _TELEHEALTH_PLACES
        or (hinted & TELEHEALTH and read.says(Cue.TELEHEALTH))
    ):
        yield from _telehealth(encounter, read, known)


def _of_note(
    encounter: EncounterDocumented, note: NoteReading, read: _Read, known: Known, hinted: int
) -> Iterator[Flag]:
    dated = hinted & DATE_OF_SERVICE != 0
    if dated or known.note_alone:
        yield from _dated(encounter, read, known, named=dated)
    if known.warnings:
        yield from _complaint(encounter, read)
    counselled = known.warnings and hinted & COUNSELLED and read.says(Cue.PART_TIME)
    if hinted & MINUTES or counselled or _by_time(encounter):
        yield from _timed(encounter, note, read, vague=hinted & VAGUE != 0, warnings=known.warnings)
    if encounter.decision_making is not None:
        yield from unsupported(encounter, read.says, warnings=known.warnings)
    if hinted & TOGETHER:
        yield from _taught_or_shared(encounter, read)
    if hinted & LATERAL and not encounter.problems:
        yield from differing_sides(note.sentences[:_MOST_SENTENCES])
    if hinted & (AGE | OF_ONE_SEX) and known.sex != "U":
        described = OF_A_MAN if known.sex == "F" else OF_A_WOMAN
        if hinted & (described | OF_ONE_SEX):
            yield from _sex(read, known.sex)
    ordered = bool(encounter.procedures or encounter.drugs or encounter.problems)
    if (known.warnings or not ordered) and may_name_services(read.lower):
        yield from open_points(
            note.sentences[:_MOST_SENTENCES],
            severity="warn" if ordered else "query",
            consented=read.says(Cue.CONSENT),
        )
    if hinted & BLANKS and read.says(Cue.UNFILLED):
        yield read.flag("unfilled_template", "query", Cue.UNFILLED)
    if hinted & IN_ERROR and read.says(Cue.IN_ERROR):
        yield read.flag("entered_in_error", "query", Cue.IN_ERROR)
    if hinted & UNREADABLE:
        section = next(n for n, text in enumerate(read.texts) if is_unreadable(text))
        yield Flag("unreadable_note", "query", section=section)
    if known.earlier:
        alike = likeness(known.earlier, sketch(read.texts))
        if alike >= _ALIKE:
            yield Flag("cloned_text", "query" if alike >= _SAME else "warn")


def _signed(encounter: EncounterDocumented, read: _Read, known: Known) -> Iterator[Flag]:
    if known.note_alone:
        if not read.says(Cue.SIGNED):
            yield Flag("missing_signature", "query")
            return
        if not read.says(Cue.CREDENTIAL):
            yield Flag("missing_credential", "warn")
        if not read.says(Cue.SIGNED_ON):
            yield Flag("missing_signature_date", "warn")
        return
    signed = encounter.signature
    if signed is None or signed.provider_id != encounter.rendering_provider_id:
        yield Flag("missing_signature", "query")
        return
    days = (signed.signed_at.date() - encounter.service_date).days
    if days < -1:
        yield Flag("signed_before_service", "query")
    elif days > _LATE_DAYS:
        yield Flag("late_signature", "warn")


def _dated(
    encounter: EncounterDocumented, read: _Read, known: Known, *, named: bool
) -> Iterator[Flag]:
    stated = False
    for section, text in enumerate(read.texts if named else ()):
        for match in _SERVICE_DATE.finditer(text[:_LONGEST_READ]):
            day = _day(match)
            if day is None:
                continue
            stated = True
            if day != encounter.service_date and not known.note_alone:
                start, end = match.span()
                yield Flag("service_date_differs", "query", None, section, start, end)
                return
    if known.note_alone and not stated:
        yield Flag("missing_service_date", "warn")


def _day(match: re.Match[str]) -> date | None:
    try:
        if match["y"]:
            return date(int(match["y"]), int(match["m"]), int(match["d"]))
        if match["named"]:
            month = _MONTHS.index(match["named"].lower()) + 1
            return date(int(match["in_year"]), month, int(match["of_month"]))
        year = int(match["year"])
        return date(year if year > 99 else 2000 + year, int(match["month"]), int(match["day"]))
    except ValueError:
        return None


def _complaint(encounter: EncounterDocumented, read: _Read) -> Iterator[Flag]:
    if encounter.chief_complaint.strip() or encounter.visit_kind != "problem":
        return
    kinds = {kind_of(section.heading) for section in encounter.note}
    if not kinds & {"complaint", "present"} and _OPENS.search(read.lower) is None:
        yield Flag("missing_chief_complaint", "warn")


_OPENS = re.compile(
    r"\b(?:chief complaint|cc|c/c|hpi|history of present(?:ing)? illness|reason for (?:the )?"
    r"(?:visit|encounter|consult\w*)|presenting (?:complaint|problem)|subjective|interval history)"
    r"\b|\b(?:presents?|presenting|here|seen|came in|comes in|follow[- ]?up|evaluated|complain\w*)"
    r"\s+(?:today |in clinic |to (?:the )?\w+ )?(?:for|with|of|to|regarding|because|complaining)\b",
    re.IGNORECASE,
)


def _timed(
    encounter: EncounterDocumented, note: NoteReading, read: _Read, *, vague: bool, warnings: bool
) -> Iterator[Flag]:
    minutes, by_time = encounter.total_minutes, _by_time(encounter)
    if minutes is None and not warnings:
        return
    stated: tuple[int, int, int, int] | None = None
    for passage in note.passages if hints(note) & TIMED else ():
        told = passage.once(_stated_minutes)
        if told is not None:
            stated = (passage.index, *told)
            break
    if minutes is not None and stated is not None and stated[1] != minutes:
        section, _, start, end = stated
        yield Flag("total_time_differs", "query", None, section, start, end)
    if not (by_time or warnings):
        return
    if vague and read.says(Cue.UNCLEAR_TIME):
        unclear: Severity = "query" if by_time and stated is None else "warn"
        yield Flag("total_time_unclear", unclear)
    elif stated is None and not states_total(read.lower):
        if read.says(Cue.PART_TIME):
            yield Flag("counselling_time_only", "query" if by_time else "warn")
        elif by_time:
            yield Flag("missing_total_time", "query")


def _by_time(encounter: EncounterDocumented) -> bool:
    """Whether nothing but time says what the visit took."""
    return (
        encounter.total_minutes is not None
        and encounter.decision_making is None
        and encounter.visit_kind == "problem"
    )


def _administered(encounter: EncounterDocumented) -> Iterator[Flag]:
    for vaccine in encounter.immunizations:
        if not vaccine.lot.strip():
            yield Flag("missing_lot", "warn", vaccine.item_id)
    for drug in encounter.drugs:
        if not drug.lot.strip():
            yield Flag("missing_lot", "warn", drug.item_id)
        if drug.container == "unknown":
            yield Flag("missing_dose", "warn", drug.item_id, missing=("container",))
        if drug.route == "infusion" and (drug.started_at is None or drug.stopped_at is None):
            yield Flag("missing_infusion_times", "query", drug.item_id)


def _telehealth(encounter: EncounterDocumented, read: _Read, known: Known) -> Iterator[Flag]:
    how: Severity = "query" if encounter.note and encounter.setting == "telehealth" else "warn"
    if not read.says(Cue.CONSENT):
        yield Flag("missing_telehealth_consent", "warn")
    at_home = encounter.place_of_service == "10" and not known.note_alone
    placed = at_home or read.says(Cue.PATIENT_PLACE)
    missing = tuple(
        name
        for name, there in (
            ("patient", placed),
            ("provider", read.says(Cue.PROVIDER_PLACE)),
        )
        if not there
    )
    if missing:
        severity: Severity = how if "patient" in missing else "warn"
        yield Flag("missing_telehealth_location", severity, missing=missing)
    if encounter.telehealth is None and not read.says(Cue.MODALITY):
        yield Flag("missing_telehealth_modality", how)


def _taught_or_shared(encounter: EncounterDocumented, read: _Read) -> Iterator[Flag]:
    if read.says(Cue.TRAINEE) and not read.says(Cue.ATTESTED):
        yield read.flag("missing_teaching_attestation", "query", Cue.TRAINEE)
    if read.says(Cue.SHARED) and not read.says(Cue.SUBSTANTIVE):
        inside = encounter.place_of_service in _FACILITY_PLACES
        yield read.flag("missing_substantive_portion", "query" if inside else "warn", Cue.SHARED)


def _sex(read: _Read, sex: str) -> Iterator[Flag]:
    """The patient described as of the other sex, and nowhere as of this one."""
    own, other = (_FEMALE, _MALE) if sex == "F" else (_MALE, _FEMALE)
    lower = read.lower
    if other.search(lower, 0, _LONGEST_READ) is None or own.search(lower, 0, _LONGEST_READ):
        return
    for section, text in enumerate(read.texts):
        small = text.lower()
        found = other.search(small, 0, _LONGEST_READ)
        if found is not None:
            span = found.span() if len(small) == len(text) else (None, None)
            yield Flag("sex_differs", "query", None, section, *span)
            return
