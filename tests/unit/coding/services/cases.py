"""Encounters with the lines that a rule wants of them, decided by hand before they were run."""

import json
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from schemas.encounter import EncounterDocumented
from services.coding.domain.coding_result import CodingResult, PastVisit, PatientFacts, VisitHistory
from tests.unit.coding.examples import LOW, MODERATE, code, encounter
from tests.unit.coding.procedure_cases import HIGH, short

_FILE = Path(__file__).with_name("cases.jsonl")
_LEVELS = {"low": LOW, "moderate": MODERATE, "high": HIGH}
_STRAIGHTFORWARD = {"problems": [{"kind": "minor"}], "risk": ["rest_or_bandage"]}


class Case(NamedTuple):
    """An encounter: what differs from an established adult's visit, and what comes of it."""

    name: str
    rule: str
    given: dict[str, Any]

    @property
    def lines(self) -> list[str]:
        """Lines in short, as ``99213-25`` or ``J1885-JZ x2``, in the order of the claim."""
        return list(self.given["lines"])


@cache
def cases() -> tuple[Case, ...]:
    """All of them, in the order of the file."""
    rows = [json.loads(line) for line in _FILE.read_text("utf-8").splitlines()]
    return tuple(Case(row["name"], row["rule"], row) for row in rows)


def result(case: Case) -> CodingResult:
    """What the engine makes of it."""
    row = case.given
    sex = row.get("sex", "F")
    patient = PatientFacts(date.fromisoformat(row["born"]), sex, row["programme"])
    visits = tuple(
        PastVisit(
            f"E0{number}",
            date.fromisoformat(past["date"]),
            past.get("taxonomy", ""),
            past["code"],
        )
        for number, past in enumerate(row.get("history", ()))
    )
    history = VisitHistory(row.get("taxonomy", ""), visits, (), row.get("complete_history", False))
    return code(_documented(row["given"]), patient, history)


def _documented(given: dict[str, Any]) -> EncounterDocumented:
    fields = json.loads(encounter().to_json()) | given
    if "problems" in given:
        fields["problems"] = [
            {"item_id": f"p{number}", "description": text}
            for number, text in enumerate(given["problems"], start=1)
        ]
    decision = given.get("decision_making")
    if decision == "straightforward":
        fields["decision_making"] = _STRAIGHTFORWARD
    elif isinstance(decision, str):
        fields["decision_making"] = _LEVELS[decision].model_dump(mode="json")
    return EncounterDocumented.from_json(json.dumps(fields).encode())


def is_right(case: Case, coded: CodingResult) -> bool:
    """Whether the lines are the case's, and what is asked or stops where it says so."""
    row = case.given
    asked = [each.gap or each.kind for each in coded.queries]
    return (
        short(coded) == case.lines
        and row.get("reasons", list(coded.reasons)) == list(coded.reasons)
        and row.get("queries", asked) == asked
    )
