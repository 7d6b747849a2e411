"""Simulated patients: who they are, where they live, how they are insured."""

import random
import tomllib
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cache
from importlib.resources import files

import msgspec

from schemas.reference import (
    ChannelConsent,
    CoverageRegistered,
    Guarantor,
    PatientRegistered,
    Policy,
    Programme,
    Relationship,
    Subscriber,
)
from schemas.values import Address, Sex
from simulators.ehr.clinic.insurance import choose_mix, policies

ADULT_AGE_YEARS = 18
DAYS_A_MONTH_TIMES_1000 = 30_437


@dataclass(frozen=True, slots=True, kw_only=True)
class Town:
    """A town of the data file."""

    city: str
    state: str
    postal_code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class People:
    """Names, streets and towns."""

    female: tuple[str, ...]
    male: tuple[str, ...]
    family: tuple[str, ...]
    streets: tuple[str, ...]
    towns: tuple[Town, ...]


@cache
def people() -> People:
    """The data file."""
    text = files("simulators.ehr.clinic").joinpath("people.toml").read_text(encoding="utf-8")
    return msgspec.convert(tomllib.loads(text), type=People)


@dataclass(frozen=True, slots=True, kw_only=True)
class Patient:
    """One patient of one practice; ``seen_on`` is the newest date of service."""

    registered: PatientRegistered
    coverage: CoverageRegistered
    seen_on: date

    @property
    def patient_id(self) -> str:
        """The patient's id within the practice."""
        return self.registered.patient_id

    def age_months_on(self, day: date) -> int:
        """Whole months of age on ``day``."""
        born = self.registered.birth_date
        months = (day.year - born.year) * 12 + day.month - born.month
        return months - 1 if day.day < born.day else months

    def has_programme(self, programmes: tuple[Programme, ...]) -> bool:
        """Whether the primary payer is of one of ``programmes``; no programmes means any."""
        if not programmes:
            return True
        return bool(self.coverage.policies) and self.coverage.policies[0].programme in programmes

    def seen(self, day: date) -> "Patient":
        """The same patient after a visit on ``day``."""
        return replace(self, seen_on=day)


def _address(rng: random.Random) -> Address:
    data = people()
    town = rng.choice(data.towns)
    return Address(
        line1=f"{rng.randrange(1, 990)} {rng.choice(data.streets)}",
        line2=f"Apt {rng.randrange(1, 40)}" if rng.randrange(5) == 0 else "",
        city=town.city,
        state=town.state,
        postal_code=town.postal_code,
    )


def _birth_date(day: date, youngest: int, oldest: int, rng: random.Random) -> date:
    """A birth date that makes the patient between the two ages, in months, on ``day``."""
    first = (youngest + 1) * DAYS_A_MONTH_TIMES_1000 // 1000
    last = oldest * DAYS_A_MONTH_TIMES_1000 // 1000
    return day - timedelta(days=rng.randrange(first, max(last, first + 1)))


def _other_adult(
    family_name: str, day: date, address: Address, rng: random.Random
) -> tuple[str, Subscriber]:
    sex: Sex = rng.choice(("F", "M"))
    given = rng.choice(people().female if sex == "F" else people().male)
    born = _birth_date(day, 24 * 12, 52 * 12, rng)
    return given, Subscriber(
        family_name=family_name, given_name=given, birth_date=born, sex=sex, address=address
    )


def create(
    *,
    practice_id: str,
    patient_id: str,
    day: date,
    ages_months: tuple[int, int],
    sex: Sex | None,
    programmes: tuple[Programme, ...],
    rng: random.Random,
) -> Patient:
    """A patient who fits a visit on ``day``: in age, in sex and, if asked, in programme."""
    data = people()
    chosen: Sex = sex if sex is not None else rng.choice(("F", "M"))
    given = rng.choice(data.female if chosen == "F" else data.male)
    family = rng.choice(data.family)
    address = _address(rng)
    born = _birth_date(day, *ages_months, rng)
    age_years = (day - born).days * 100 // 36_525
    guarantor: Guarantor | None = None
    subscriber: Subscriber | None = None
    relationship: Relationship = "self"
    if age_years < ADULT_AGE_YEARS:
        parent, subscriber = _other_adult(family, day, address, rng)
        guarantor = Guarantor(family_name=family, given_name=parent, address=address)
        relationship = "child"
    elif rng.randrange(7) == 0:
        _, subscriber = _other_adult(family, day, address, rng)
        relationship = "spouse"
    email = rng.randrange(3) > 0
    registered = PatientRegistered(
        practice_id=practice_id,
        patient_id=patient_id,
        account_id=patient_id,
        family_name=family,
        given_name=given,
        birth_date=born,
        sex=chosen,
        address=address,
        phone=f"419555{rng.randrange(100, 200):04d}",
        email=f"{patient_id.lower()}@example.org" if email else None,
        guarantor=guarantor,
        consent=ChannelConsent(email=email, sms=rng.randrange(3) == 0),
        billing_hold="bankruptcy" if rng.randrange(250) == 0 else None,
    )
    mix = choose_mix(age_years, programmes, rng)
    insured: tuple[Policy, ...] = policies(
        mix,
        patient_id=patient_id,
        relationship=relationship,
        subscriber=subscriber,
        before=day,
        rng=rng,
    )
    coverage = CoverageRegistered(
        practice_id=practice_id,
        patient_id=patient_id,
        policies=insured,
        qualified_medicare_beneficiary=mix.qmb,
    )
    return Patient(registered=registered, coverage=coverage, seen_on=day)
