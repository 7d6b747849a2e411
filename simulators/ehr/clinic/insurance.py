"""How simulated patients are insured: which payers, in which order, under which member id."""

import random
import tomllib
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from importlib.resources import files

import msgspec

from schemas.reference import Policy, Programme, Relationship, Subscriber

_MBI_LETTERS = "ACDEFGHJKMNPQRTUVWXY"
_MBI_SHAPE = "NANNANNAANN"


@dataclass(frozen=True, slots=True, kw_only=True)
class Payer:
    """A payer by the id that billing and the payer gateway know it by."""

    payer_id: str
    payer_name: str
    programme: Programme
    groups: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mix:
    """A share of the patients until (and with) an age, and their payers in order."""

    until_age: int
    weight: int
    payers: tuple[str, ...]
    qmb: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ScenarioShare:
    """How many patients in a thousand ask the simulated payer for a certain answer."""

    prefix: str
    permille: int
    programmes: tuple[Programme, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class InsuranceData:
    """The data file."""

    payers: tuple[Payer, ...]
    mixes: tuple[Mix, ...]
    scenarios: tuple[ScenarioShare, ...]


@cache
def insurance_data() -> InsuranceData:
    """The payers, the mixes by age and the scenario shares."""
    text = files("simulators.ehr.clinic").joinpath("insurance.toml").read_text(encoding="utf-8")
    return msgspec.convert(tomllib.loads(text), type=InsuranceData)


@cache
def payer_named(payer_id: str) -> Payer:
    """The payer with that id; ``KeyError`` when the data file has none."""
    return {payer.payer_id: payer for payer in insurance_data().payers}[payer_id]


def medicare_beneficiary_identifier(rng: random.Random) -> str:
    """Eleven characters in the shape of an MBI: position 1 is 1-9, letters without S L O I B Z."""
    drawn = [
        rng.choice(_MBI_LETTERS) if kind == "A" else str(rng.randrange(10)) for kind in _MBI_SHAPE
    ]
    return str(rng.randrange(1, 10)) + "".join(drawn[1:])


def member_id(payer: Payer, rng: random.Random) -> str:
    """A member id as that payer's cards show it."""
    match payer.programme:
        case "medicare":
            return medicare_beneficiary_identifier(rng)
        case "medicaid":
            return str(rng.randrange(10**11, 10**12))
        case "medigap":
            return f"MG{rng.randrange(10**8, 10**9)}"
        case _:
            return f"{payer.payer_id[:3]}{rng.randrange(10**8, 10**9)}"


def _scenario(programme: Programme, rng: random.Random) -> str:
    drawn = rng.randrange(1000)
    for share in insurance_data().scenarios:
        if programme in share.programmes:
            if drawn < share.permille:
                return share.prefix
            drawn -= share.permille
    return ""


def choose_mix(age_years: int, programmes: tuple[Programme, ...], rng: random.Random) -> Mix:
    """A mix for that age; when ``programmes`` is given, one whose first payer is of these."""
    mixes = insurance_data().mixes
    age_limit = min(mix.until_age for mix in mixes if age_years <= mix.until_age)
    fitting = [
        mix
        for mix in mixes
        if mix.until_age == age_limit
        and (not programmes or (mix.payers and payer_named(mix.payers[0]).programme in programmes))
    ]
    return rng.choices(fitting, weights=[mix.weight for mix in fitting])[0]


def policies(
    mix: Mix,
    *,
    patient_id: str,
    relationship: Relationship,
    subscriber: Subscriber | None,
    before: date,
    rng: random.Random,
) -> tuple[Policy, ...]:
    """The patient's policies in order, in force some time ``before`` the first visit."""
    found: list[Policy] = []
    for rank, payer_id in enumerate(mix.payers, start=1):
        payer = payer_named(payer_id)
        own = payer.programme in {"medicare", "medicaid", "medigap"}
        scenario = _scenario(payer.programme, rng) if rank == 1 else ""
        ordinary = member_id(payer, rng)
        found.append(
            Policy(
                coverage_id=f"{patient_id}-C{rank}",
                payer_id=payer.payer_id,
                payer_name=payer.payer_name,
                programme=payer.programme,
                rank=rank,
                member_id=f"{scenario}-{rng.randrange(10**5, 10**6)}" if scenario else ordinary,
                group_number=rng.choice(payer.groups) if payer.groups else "",
                relationship="self" if own else relationship,
                subscriber=None if own else subscriber,
                effective_from=before - timedelta(days=rng.randrange(40, 2000)),
            )
        )
    return tuple(found)
