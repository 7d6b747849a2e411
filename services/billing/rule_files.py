"""Reading billing's dated configuration: prices, contracts, limits, adjustment rules, code lists.

The files ship with the package; a practice group names its own folder, whose files come first.
"""

import tomllib
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

from services.billing.domain.charge_master import ChargeMaster
from services.billing.domain.claim_adjustment import ANY, AdjustmentRule, AdjustmentRules
from services.billing.domain.fee_schedule import FeeSchedule, PayerContract
from services.billing.domain.filing_limit import FilingLimit, FilingLimits
from services.billing.domain.rules import CodeLists, Rules
from services.chassis.settings import SettingsError

Document = Mapping[str, Any]


class RuleFileError(SettingsError):
    """A rule file cannot be used; the message names the file and what is wrong."""


def read_rules(
    folder: Path | None = None,
    *,
    medicaid_copay_cents: int = 0,
    silence_days: int = 30,
    hold_days: int = 7,
    write_off_limits: Mapping[str, int] | None = None,
) -> Rules:
    """The rules from ``folder`` where it has the file, else from the package.

    Raises ``RuleFileError``.
    """
    return Rules(
        charges=_charge_master(_document(folder, "charge_master.toml")),
        fees=_fee_schedule(_document(folder, "contracts.toml")),
        filing=_filing_limits(_document(folder, "filing_limits.toml")),
        adjustments=_adjustments(_document(folder, "adjustments.toml")),
        codes=_code_lists(_document(folder, "code_lists.toml")),
        medicaid_copay_cents=medicaid_copay_cents,
        silence_days=silence_days,
        hold_days=hold_days,
        write_off_limits=tuple((write_off_limits or {}).items()),
    )


def _document(folder: Path | None, name: str) -> Document:
    try:
        own = folder / name if folder is not None else None
        if own is not None and own.is_file():
            return tomllib.loads(own.read_text(encoding="utf-8"))
        return tomllib.loads(
            files("services.billing").joinpath("data", name).read_text(encoding="utf-8")
        )
    except (OSError, ValueError) as error:
        raise RuleFileError(f"{name} cannot be read: {error}") from error


def _cents(name: str, rows: Mapping[str, Any]) -> dict[str, int]:
    for code, cents in rows.items():
        if type(cents) is not int or cents < 0:
            raise RuleFileError(f"{name}: the price of {code} is not a number of cents")
    return dict(rows)


def _charge_master(document: Document) -> ChargeMaster:
    return ChargeMaster(
        _cents("charge_master.toml", document.get("default", {})),
        {
            practice: _cents("charge_master.toml", rows)
            for practice, rows in document.get("practices", {}).items()
        },
    )


def _fee_schedule(document: Document) -> FeeSchedule:
    return FeeSchedule(
        {
            payer: PayerContract(
                row["allowed_permille"],
                _cents("contracts.toml", row.get("fees", {})),
                row.get("tolerance_cents", 0),
            )
            for payer, row in document.get("payers", {}).items()
        }
    )


def _filing_limits(document: Document) -> FilingLimits:
    def limits(rows: Mapping[str, Any]) -> dict[str, FilingLimit]:
        for kind, span in rows.items():
            if span.get("counts_from", "event") not in {"event", "service_date"}:
                raise RuleFileError(
                    f"filing_limits.toml: {kind} counts from event or from service_date"
                )
        return {kind: FilingLimit(**span) for kind, span in rows.items()}

    return FilingLimits(
        {payer: limits(rows) for payer, rows in document.get("payer", {}).items()},
        {programme: limits(rows) for programme, rows in document.get("programme", {}).items()},
        limits(document["default"]),
    )


def _adjustments(document: Document) -> AdjustmentRules:
    rules: dict[tuple[str, str, str, str], AdjustmentRule] = {}
    for row in document["rules"]:
        rule = AdjustmentRule(
            row["meaning"],
            row.get("account", ""),
            row.get("action", "decide"),
            row.get("deadline"),
            row.get("patient", "no"),
        )
        for reason in row["reasons"]:
            place = (row.get("group", ANY), reason, row.get("remark", ANY), row.get("payer", ANY))
            if place in rules:
                raise RuleFileError(f"adjustments.toml: reason {reason} has two equal rules")
            rules[place] = rule
    return AdjustmentRules(rules)


def _code_lists(document: Document) -> CodeLists:
    return CodeLists(frozenset(document["places_of_service"]), frozenset(document["modifiers"]))
