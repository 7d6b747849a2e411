"""Reads the trading partners' profiles; a profile that cannot be used stops the start."""

import tomllib
from collections.abc import Mapping
from dataclasses import asdict
from importlib.resources import files
from pathlib import Path
from typing import Any

import msgspec

from services.chassis.settings import SettingsError
from services.payer_gateway.domain.trading_partner import TradingPartner, partner_problems

Partners = Mapping[str, TradingPartner]


class PartnersError(SettingsError):
    """The profiles cannot be used; the message names entry and field."""


def parse_partners(text: str) -> dict[str, TradingPartner]:
    """Profiles by payer id. Raises ``PartnersError`` that lists everything that is wrong."""
    try:
        document: dict[str, Any] = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise PartnersError(f"the trading partners' file is not TOML: {error}") from error
    defaults, entries = document.get("defaults", {}), document.get("partners", [])
    if not isinstance(defaults, dict) or not isinstance(entries, list):
        raise PartnersError("the trading partners' file has one [defaults] and [[partners]]")
    found: dict[str, TradingPartner] = {}
    problems: list[str] = []
    for number, entry in enumerate(entries, 1):
        if not isinstance(entry, dict):
            problems.append(f"partner {number}: is not a [[partners]] table")
            continue
        label = f"partner {entry.get('payer_id', number)}"
        try:
            partner = TradingPartner(**{**defaults, **entry})
            msgspec.convert(asdict(partner), TradingPartner)
        except TypeError as error:
            problems.append(f"{label}: {str(error).removeprefix('TradingPartner.__init__() ')}")
            continue
        except msgspec.ValidationError as error:
            problems.append(f"{label}: {error}")
            continue
        problems += [f"{label}: {problem}" for problem in partner_problems(partner)]
        if partner.payer_id in found:
            problems.append(f"{label}: stands twice")
        found[partner.payer_id] = partner
    by_receiver: dict[tuple[str, str], str] = {}
    for partner in found.values():
        place = (partner.receiver_id, partner.inbound_folder)
        if place in by_receiver:
            problems.append(
                f"partner {partner.payer_id}: receiver_id and inbound_folder are those of "
                f"{by_receiver[place]}"
            )
        by_receiver[place] = partner.payer_id
    if not found and not problems:
        problems.append("it holds no [[partners]]")
    if problems:
        raise PartnersError("the trading partners cannot be used: " + "; ".join(problems))
    return found


def load_partners(path: Path | None) -> dict[str, TradingPartner]:
    """The profiles of a file, or those that come with the gateway."""
    if path is None:
        packaged = files("services.payer_gateway").joinpath("data", "trading_partners.toml")
        return parse_partners(packaged.read_text(encoding="utf-8"))
    try:
        return parse_partners(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise PartnersError(f"the trading partners' file cannot be read: {error}") from error
