"""Reads the trading partners' profiles; a profile that cannot be used stops the start."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, fields
from difflib import get_close_matches
from importlib.resources import files
from pathlib import Path
from typing import Any, get_type_hints

import msgspec

from services.chassis.settings import SettingsError
from services.payer_gateway.domain.partner_check import partner_problems, plain_folder
from services.payer_gateway.domain.payer_rule import PayerRule
from services.payer_gateway.domain.reference_data import PostalAddress
from services.payer_gateway.domain.trading_partner import TradingPartner

Partners = Mapping[str, TradingPartner]

_ENTRIES = frozenset({"defaults", "partners"})
_TYPES = get_type_hints(TradingPartner)
_REQUIRED = [f.name for f in fields(TradingPartner) if f.default is MISSING]
_IN_WORDS = {
    "int": "a whole number",
    "str": "text in quotes",
    "bool": "true or false",
    "array": "a list in [ ]",
    "object": "a table",
    "float": "a number with a fraction",
    "null": "nothing",
}
_WRONG_TYPE = re.compile(r"Expected `(\w+)(?: \| null)?`, got `(\w+)`(?: - at `\$(.*)`)?")
_MISSING = re.compile(r"Object missing required field `(\w+)`(?: - at `\$(.*)`)?")
_PLACE = re.compile(r"\[(\d+)\]")


class PartnersError(SettingsError):
    """The profiles cannot be used; the message names entry and field."""


def parse_partners(text: str) -> dict[str, TradingPartner]:
    """Profiles by payer id. Raises ``PartnersError`` that lists everything that is wrong."""
    try:
        document: dict[str, Any] = tomllib.loads(text.removeprefix("\ufeff"))
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise PartnersError(f"the trading partners' file is not TOML: {error}") from error
    defaults, entries = document.get("defaults", {}), document.get("partners", [])
    if not isinstance(defaults, dict) or not isinstance(entries, list):
        raise PartnersError("the trading partners' file has one [defaults] and [[partners]]")
    found: dict[str, TradingPartner] = {}
    problems = [
        f"{name} is neither [defaults] nor [[partners]]: a field stands in one of those"
        for name in sorted(document.keys() - _ENTRIES)
    ]
    for number, entry in enumerate(entries, 1):
        if not isinstance(entry, dict):
            problems.append(f"partner {number}: is not a [[partners]] table")
            continue
        label = f"partner {entry.get('payer_id', number)}"
        values = {**defaults, **entry}
        wrong = list(_wrong_fields(values))
        problems += [f"{label}: {problem}" for problem in wrong]
        if wrong:
            continue
        partner = TradingPartner(**{name: _value(name, values[name]) for name in values})
        problems += [f"{label}: {problem}" for problem in partner_problems(partner)]
        if partner.payer_id in found:
            problems.append(f"{label}: stands twice")
        found[partner.payer_id] = partner
    problems += _shared_places(found)
    if not found and not problems:
        problems.append("it holds no [[partners]]")
    if problems:
        raise PartnersError("the trading partners cannot be used: " + "; ".join(problems))
    return found


def _wrong_fields(values: Mapping[str, Any]) -> Iterator[str]:
    for name in _REQUIRED:
        if name not in values:
            yield f"{name} is missing"
    for name, value in values.items():
        if name not in _TYPES:
            yield f"{name} is no field of a partner{_meant(name, _TYPES)}"
            continue
        rules = value if name == "rules" and isinstance(value, list) else ()
        unknown = [
            f"rule {rule.get('id', number)}: {field} is no field of a rule"
            f"{_meant(field, get_type_hints(PayerRule))}"
            for number, rule in enumerate(rules, 1)
            if isinstance(rule, dict)
            for field in rule.keys() - get_type_hints(PayerRule).keys()
        ]
        if name == "mailing_address" and isinstance(value, dict):
            known = get_type_hints(PostalAddress)
            unknown = [
                f"mailing_address: {field} is no field of an address{_meant(field, known)}"
                for field in value.keys() - known.keys()
            ]
        yield from sorted(unknown)
        try:
            _value(name, value)
        except msgspec.ValidationError as error:
            yield _in_words(name, str(error))


def _meant(name: str, known: Mapping[str, object]) -> str:
    close = get_close_matches(name, known, 1, 0.5)
    return f": is {close[0]} meant?" if close else ""


def _value(name: str, value: Any) -> Any:
    """A value of the file as the profile holds it. Raises ``msgspec.ValidationError``."""
    if name == "mailing_address" and isinstance(value, dict):
        value = {"line2": "", **value}
    return msgspec.convert(value, _TYPES[name])


def _in_words(name: str, fault: str) -> str:
    """What msgspec says, as a sentence about the field."""
    if missing := _MISSING.fullmatch(fault):
        return f"{name}{_place(missing[2])}: {missing[1]} is missing"
    wrong = _WRONG_TYPE.fullmatch(fault)
    if wrong is None:
        return f"{name}: {fault}"
    wanted, given = (_IN_WORDS.get(each, each) for each in wrong.group(1, 2))
    return f"{name}{_place(wrong[3])} must be {wanted}, not {given}"


def _place(path: str | None) -> str:
    """``[0].procedures`` as `` 1.procedures``: people count from one."""
    numbered = _PLACE.sub(lambda found: f" {int(found[1]) + 1}", path or "")
    return numbered.replace("[...]", " (one of them)")


def _shared_places(found: Mapping[str, TradingPartner]) -> Iterator[str]:
    taken: dict[tuple[str, str], str] = {}
    boxes: dict[tuple[str, str], str] = {}
    for partner in found.values():
        place = (partner.receiver_id, plain_folder(partner.inbound_folder))
        if partner.inbound_folder and place in taken:
            yield (
                f"partner {partner.payer_id}: receiver_id and inbound_folder are those of "
                f"{taken[place]}"
            )
        taken[place] = partner.payer_id
        boxes[partner.connection, plain_folder(partner.outbound_folder)] = partner.payer_id
    for partner in found.values():
        other = boxes.get((partner.connection, plain_folder(partner.inbound_folder)))
        if partner.inbound_folder and other is not None and other != partner.payer_id:
            yield (
                f"partner {partner.payer_id}: inbound_folder is the outbound_folder of {other}: "
                "what we send there would be read as answers"
            )


def load_partners(path: Path | None) -> dict[str, TradingPartner]:
    """The profiles of a file, or those that come with the gateway."""
    if path is None:
        packaged = files("services.payer_gateway").joinpath("data", "trading_partners.toml")
        return parse_partners(packaged.read_text(encoding="utf-8"))
    try:
        return parse_partners(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise PartnersError(
            f"the trading partners' file cannot be read: {error}; "
            "CLAIMSTREAM_PAYER_GATEWAY_PARTNERS_FILE names it"
        ) from error
    except UnicodeDecodeError as error:
        raise PartnersError(
            f"the trading partners' file is not UTF-8 text (byte {error.start})"
        ) from None
