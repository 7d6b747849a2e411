"""What a payer does beside its plans, as data: how often which scenario, which faults, which ways.

A member id that asks for a scenario gets it. Any other claim may meet one by chance: a number that
follows from the seed and the claim's id alone, so that a run repeats. An occasions file is TOML::

    [scenarios]            # of 10 000 claims
    "REVERSE" = 150
    "DENY-CO197" = 100
    [faults]               # of 10 000 files
    share = 500
    kinds = ["truncated", "other-delimiters"]
    [ways.SUMMIT]          # of one payer
    delimiters = "|^>"
    wraps_lines = true
    bare_lines = true
    [ways.SUMMIT.delays]
    payment_last = 20
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Any

from services.payer_gateway.x12.delimiters import DelimiterError, Delimiters
from simulators.payer.chance import WHOLE, seeded
from simulators.payer.file_fault import FAULTS
from simulators.payer.scenario import Scenario, scenario_of


class OccasionError(ValueError):
    """The file does not say what it must; the message names the entry."""


@dataclass(frozen=True, slots=True)
class Ways:
    """How one payer writes its files.

    delimiters: of its interchanges. wraps_lines: each segment on a line of its own. bare_lines:
    its remittances repeat neither line numbers nor modifiers. delays: days that are its own.
    """

    delimiters: Delimiters = field(default_factory=Delimiters)
    wraps_lines: bool = False
    bare_lines: bool = False
    delays: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Occasions:
    """scenarios: word of a member id -> of 10 000 claims. Faults meet files by their share."""

    scenarios: Mapping[str, int] = field(default_factory=dict)
    fault_share: int = 0
    fault_kinds: tuple[str, ...] = ()
    ways: Mapping[str, Ways] = field(default_factory=dict)

    def of_payer(self, payer_id: str) -> Ways:
        """How that payer writes."""
        return self.ways.get(payer_id, _USUAL)

    def scenario(self, member_id: str, claim_id: str, seed: int) -> Scenario:
        """What the member id asks for, or what the claim meets by chance."""
        asked = scenario_of(member_id)
        if asked.request is not None or not self.scenarios:
            return asked
        number = seeded(seed, "scenario", claim_id) % WHOLE
        for word, share in self.scenarios.items():
            if number < share:
                return scenario_of(word)
            number -= share
        return asked


_USUAL = Ways()


def parse_occasions(text: str) -> Occasions:
    """Read an occasions file; raises ``OccasionError`` naming what is wrong."""
    try:
        document: dict[str, Any] = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise OccasionError(f"the occasions are not TOML: {error}") from error
    scenarios: dict[str, int] = document.get("scenarios", {})
    for word, share in scenarios.items():
        if scenario_of(word).request is None:
            raise OccasionError(f"scenarios: {word} asks for nothing")
        if type(share) is not int or not 0 <= share <= WHOLE:
            raise OccasionError(f"scenarios: {word} is a whole number of {WHOLE}")
    if sum(scenarios.values()) > WHOLE:
        raise OccasionError(f"scenarios: they are more than {WHOLE} together")
    faults: dict[str, Any] = document.get("faults", {})
    kinds = tuple(faults.get("kinds", FAULTS if faults else ()))
    for kind in kinds:
        if kind not in FAULTS:
            raise OccasionError(f"faults: {kind} is no fault; there are {', '.join(FAULTS)}")
    ways = {payer: _ways(payer, dict(entry)) for payer, entry in document.get("ways", {}).items()}
    return Occasions(scenarios, faults.get("share", 0), kinds, ways)


def busy_day() -> str:
    """The occasions of a day with everything in it, as TOML."""
    return files("simulators.payer").joinpath("busy_day.toml").read_text(encoding="utf-8")


def _ways(payer_id: str, entry: dict[str, Any]) -> Ways:
    try:
        if "delimiters" in entry:
            entry["delimiters"] = Delimiters(*entry["delimiters"])
        return Ways(**entry)
    except (TypeError, DelimiterError) as error:
        raise OccasionError(f"ways.{payer_id}: {error}") from error
