"""The simulated EHR's events, in the order in which the practices say them. Pure and seeded."""

import heapq
import random
from base64 import b32encode
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta, timezone
from hashlib import blake2b

from schemas.encounter import EncounterDocumented
from schemas.event import Event
from schemas.values import Laterality
from simulators.ehr.clinic.documentation import write
from simulators.ehr.clinic.gap import draw
from simulators.ehr.clinic.patient import Patient, create
from simulators.ehr.clinic.practice import Practice, practices
from simulators.ehr.clinic.revision import addendum, cancellation, correction
from simulators.ehr.clinic.visit import Visit
from simulators.ehr.clinic.visit_kind import VisitKind, visit_kinds
from simulators.ehr.scheduled import Scheduled

FIRST_DAY = date(2026, 1, 5)
DAYS = 177
CLINIC_TIME = timezone(timedelta(hours=-5))
_POOL_TRIES = 6
_LATE_RESULTS = (
    "Send-out result received today and in range. Patient told by phone.",
    "Outside record received and reviewed. No change of plan.",
    "Patient called: feeling better, no new symptoms.",
)


def later(instant: datetime, hours: int, minutes: int = 0) -> datetime:
    """``instant`` and some hours and minutes."""
    return instant + timedelta(hours=hours, minutes=minutes)


@dataclass(slots=True)
class _Run:
    """What the generator remembers while it walks through the days."""

    tag: str
    rng: random.Random
    pools: dict[str, list[Patient]]
    patients_made: int = 0
    sequence: int = 0
    pending: list[tuple[datetime, int, Scheduled]] = field(default_factory=list)

    def push(self, item: Scheduled) -> None:
        self.sequence += 1
        heapq.heappush(self.pending, (item.at, self.sequence, item))

    def push_event(self, event: Event, at: datetime, kind: str = "") -> None:
        self.push(Scheduled(event, at, kind=kind))

    def due(self, until: datetime) -> Iterator[Scheduled]:
        while self.pending and self.pending[0][0] < until:
            yield heapq.heappop(self.pending)[2]


def run_tag(n: int, seed: int, start: date, days: int) -> str:
    """Four letters and digits that tell the ids of one run from another's."""
    digest = blake2b(f"{n}/{seed}/{start}/{days}".encode(), digest_size=5).digest()
    return b32encode(digest).decode()[:5]


def _working_days(start: date, days: int) -> list[date]:
    every = [start + timedelta(days=offset) for offset in range(max(days, 1))]
    return [day for day in every if day.weekday() < 6] or every


def _patient_for(run: _Run, practice: Practice, kind: VisitKind, day: date) -> tuple[Patient, bool]:
    """A patient whom the visit suits, and whether the patient is registered for it now."""
    pool = run.pools[practice.practice_id]
    youngest, oldest = kind.age_months
    if pool and run.rng.randrange(100) < 62:
        for _ in range(_POOL_TRIES):
            place = run.rng.randrange(len(pool))
            known = pool[place]
            if (
                youngest <= known.age_months_on(day) <= oldest
                and kind.sex in {None, known.registered.sex}
                and known.has_programme(kind.programmes)
                and known.seen_on < day
            ):
                pool[place] = known.seen(day)
                return known, False
    run.patients_made += 1
    created = create(
        practice_id=practice.practice_id,
        patient_id=f"{run.tag}-P{run.patients_made:06d}",
        day=day,
        ages_months=kind.age_months,
        sex=kind.sex,
        programmes=kind.programmes,
        rng=run.rng,
    )
    pool.append(created)
    return created, True


def _visit(run: _Run, number: int, day: date) -> tuple[Visit, bool]:
    rng = run.rng
    everywhere = practices()
    practice = rng.choices(everywhere, weights=[one.weight for one in everywhere])[0]
    kinds = [kind for kind in visit_kinds() if kind.weights.get(practice.specialty)]
    kind = rng.choices(kinds, weights=[one.weights[practice.specialty] for one in kinds])[0]
    patient, registered_now = _patient_for(run, practice, kind, day)
    started = datetime.combine(
        day, time(8 + rng.randrange(9), rng.randrange(0, 60, 5)), tzinfo=CLINIC_TIME
    )
    slow = rng.randrange(100) < 6
    signed = later(started, rng.randrange(14, 40) if slow else 0, rng.randrange(16, 190))
    side: Laterality = rng.choice(("left", "right"))
    referred = practice.referring is not None and rng.randrange(100) < 15
    encounter_id = f"{run.tag}-E{number:06d}"
    visit = Visit(
        token=f"{run.tag}/{practice.practice_id}/{encounter_id}",
        kind=kind,
        practice=practice,
        patient=patient,
        encounter_id=encounter_id,
        provider_id=rng.choice(practice.providers).provider_id,
        referring_provider_id=practice.referring.provider_id
        if practice.referring and referred
        else None,
        started_at=started,
        signed_at=signed,
        new_patient=registered_now and rng.randrange(100) < 45,
        side=side,
    )
    return visit, registered_now


def _register(run: _Run, visit: Visit) -> None:
    """Reference events before the visit; of a few patients, only after it was documented."""
    hurried = run.rng.randrange(100) < 2
    at = (
        later(visit.signed_at, run.rng.randrange(1, 30))
        if hurried
        else visit.started_at - timedelta(minutes=run.rng.randrange(5, 60))
    )
    run.push_event(visit.patient.registered, at)
    run.push_event(visit.patient.coverage, at + timedelta(seconds=run.rng.randrange(1, 90)))
    if run.rng.randrange(100) < 1:
        moved = visit.patient.registered.model_copy(update={"phone": "4195550199"})
        run.push_event(moved, later(visit.signed_at, run.rng.randrange(48, 900)))


def _document(run: _Run, visit: Visit) -> None:
    """The documentation of a visit, and what the EHR says about it later."""
    rng = run.rng
    complete = write(visit)
    gap = draw(complete, rng)
    published = complete if gap is None else write(visit, gap)
    settled = None
    if gap is not None:
        settled = addendum(
            complete, visit.practice, "Documentation completed on request.", visit.signed_at
        )
    documented = Scheduled(published, visit.signed_at, settled=settled, kind=visit.kind.kind)
    run.push(documented)
    if rng.randrange(1000) < 15:
        run.push(documented)
    fate = rng.randrange(1000)
    newest: EncounterDocumented | None = None
    at = later(visit.signed_at, rng.randrange(20, 480), rng.randrange(60))
    if gap is None and fate < 20:
        newest = addendum(published, visit.practice, rng.choice(_LATE_RESULTS), at)
    elif gap is None and fate < 42:
        newest = correction(published, rng, at)
    elif gap is None and fate >= 984:
        newest = cancellation(published)
    if newest is not None:
        run.push_event(newest, at, kind=visit.kind.kind)


def generate(n: int, seed: int, start: date = FIRST_DAY, days: int = DAYS) -> Iterator[Scheduled]:
    """``n`` encounters of three practices with all that belongs to them, in order of time.

    The same arguments give the same events, byte for byte. Dates of service spread over the
    working days of ``days`` days from ``start``; later addenda, corrections and cancellations
    follow after. A duplicate is the same event once more.
    """
    if n < 0 or days < 1:
        raise ValueError("n is at least 0 and days at least 1")
    run = _Run(
        tag=run_tag(n, seed, start, days),
        rng=random.Random(f"{seed}/{n}/{start}/{days}"),
        pools={practice.practice_id: [] for practice in practices()},
    )
    opening = datetime.combine(start, time(6), tzinfo=CLINIC_TIME)
    for practice in practices():
        run.push_event(practice.registered(), opening)
        for provider in practice.providers_registered():
            run.push_event(provider, opening + timedelta(minutes=1))
    working_days = _working_days(start, days)
    previous = working_days[0]
    for number in range(n):
        day = working_days[number * len(working_days) // n]
        if day != previous:
            yield from run.due(datetime.combine(day, time(0), tzinfo=CLINIC_TIME))
            previous = day
        visit, registered_now = _visit(run, number + 1, day)
        if registered_now:
            _register(run, visit)
        _document(run, visit)
    while run.pending:
        yield heapq.heappop(run.pending)[2]
