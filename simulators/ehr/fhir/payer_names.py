"""What payers are called in bundles, and which payer of ours each name means."""

import re
import tomllib
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import msgspec

from schemas.reference import Programme

_NOT_WORD = re.compile(r"[^a-z0-9]+")


class PayerNamesError(Exception):
    """The file of payer names cannot be used; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedPayer:
    """A payer of ours with the names that bundles give it."""

    payer_id: str
    payer_name: str
    programme: Programme
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Together:
    """One name that means several payers, in their order."""

    name: str
    payers: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PayerNames:
    """The file of payer names."""

    self_pay: tuple[str, ...]
    payers: tuple[NamedPayer, ...]
    together: tuple[Together, ...] = ()

    def meaning(self, name: str, programme: Programme = "commercial") -> tuple[NamedPayer, ...]:
        """The payers that ``name`` means, in order; none for a word that means no insurance.

        An unknown name is a payer of its own with an id made of the name, under ``programme``: a
        patient is never billed because a name was not understood.
        """
        wanted = plain(name)
        if wanted in {plain(word) for word in self.self_pay}:
            return ()
        for together in self.together:
            if plain(together.name) == wanted:
                return tuple(
                    payer
                    for payer_id in together.payers
                    for payer in self.payers
                    if payer.payer_id == payer_id
                )
        for payer in self.payers:
            if wanted in {plain(word) for word in (payer.payer_id, payer.payer_name, *payer.names)}:
                return (payer,)
        made = wanted.upper().replace(" ", "_")[:64] or "UNNAMED"
        return (NamedPayer(payer_id=made, payer_name=name[:400], programme=programme),)

    def knows(self, payer: NamedPayer) -> bool:
        """Whether ``payer`` is of this file, and not made of an unknown name."""
        return payer in self.payers


def plain(name: str) -> str:
    """``name`` in lower case, words separated by single spaces."""
    return _NOT_WORD.sub(" ", name.lower()).strip()


def payer_names(file: Path | None = None) -> PayerNames:
    """The names in ``file``, or our own. Raises ``PayerNamesError``."""
    try:
        text = (
            files("simulators.ehr.fhir").joinpath("payers.toml").read_text(encoding="utf-8")
            if file is None
            else file.read_text(encoding="utf-8")
        )
        names = msgspec.convert(tomllib.loads(text), type=PayerNames)
    except (OSError, ValueError, msgspec.ValidationError) as error:
        raise PayerNamesError(str(error)) from None
    known = {payer.payer_id for payer in names.payers}
    for together in names.together:
        if missing := [payer_id for payer_id in together.payers if payer_id not in known]:
            raise PayerNamesError(f"{together.name}: no payer has the id {missing[0]}")
    return names
