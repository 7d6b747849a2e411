"""Prices and the meaning of adjustment reasons, read from billing's files and not by its code.

``AdjustmentMeaning`` looks up as the files say: a remark before none, a payer before any, a group
before any (835 CAS01 to CAS02, LQ02).
"""

import os
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from itertools import product
from pathlib import Path
from typing import Any, Self

_ANY = "*"
_FOLDER = "CLAIMSTREAM_BILLING_RULES_FOLDER"
_SHARE = ("patient_share", "")
_OPEN = ("open", "")


@dataclass(frozen=True, slots=True)
class ReferenceRules:
    """Cents a unit by practice and code, practice "" for the default; and what a reason means.

    A meaning is ``write_off`` with its account, ``patient_share``, ``nothing``, or ``open``: still
    receivable until somebody decides.
    """

    prices: Mapping[tuple[str, str], int]
    reasons: Mapping[tuple[str, str, str, str], Mapping[str, Any]]

    @classmethod
    def read(cls, environment: Mapping[str, str] | None = None) -> Self:
        """The files that billing is told to use. Raises ``OSError`` where one cannot be read."""
        told = (os.environ if environment is None else environment).get(_FOLDER)
        prices = _document(told, "charge_master.toml")
        by_practice = {"": prices.get("default", {}), **prices.get("practices", {})}
        return cls(
            {
                (practice, code): cents
                for practice, rows in by_practice.items()
                for code, cents in rows.items()
            },
            {
                (
                    row.get("group", _ANY),
                    reason,
                    row.get("remark", _ANY),
                    row.get("payer", _ANY),
                ): row
                for row in _document(told, "adjustments.toml")["rules"]
                for reason in row["reasons"]
            },
        )

    def charge_cents(self, practice_id: str, code: str, units: int) -> int:
        """What a line costs; nothing while nobody set a price."""
        own = self.prices.get((practice_id, code), self.prices.get(("", code)))
        return 0 if own is None else own * units

    def meaning(
        self, group: str, reason: str, remarks: Sequence[str], payer_id: str
    ) -> tuple[str, str]:
        """What an adjustment means, and the account that it is written off to.

        Only group PR is the patient's, and of that only what the rule lets through.
        """
        rule: Mapping[str, Any] = {}
        for place in product((*remarks, _ANY), (payer_id, _ANY), (group, _ANY)):
            remark, payer, any_group = place
            found = self.reasons.get((any_group, reason, remark, payer))
            if found is not None:
                rule = found
                break
        said = rule.get("meaning", "")
        if group == "PR":
            if rule.get("patient", "no") in {"yes", "if_pr"}:
                return _SHARE
            return ("nothing", "") if said == "informational" else _OPEN
        if said == "write_off":
            return said, rule["account"]
        return ("nothing", "") if said == "informational" else _OPEN


def _document(folder: str | None, name: str) -> dict[str, Any]:
    own = Path(folder) / name if folder else None
    if own is not None and own.is_file():
        return tomllib.loads(own.read_text(encoding="utf-8"))
    shipped = files("services.billing").joinpath("data", name)
    return tomllib.loads(shipped.read_text(encoding="utf-8"))
