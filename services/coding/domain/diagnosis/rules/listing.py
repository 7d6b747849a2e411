"""The diagnoses of an encounter while the guideline rules are applied to them.

A rule gets a listing and gives another one; what it touched carries its mark, what it left out
stands among the rejected with the reason, and what a person has to decide among the reasons.
"""

from collections.abc import Iterable

from msgspec import Struct
from msgspec.structs import replace

from services.coding.domain.coding_result import Diagnosis, Rejected

_MOST_EVIDENCE = 6
TOLD = 945
"""How sure a code is that a rule adds for a fact that the note tells: as often as such codes were
right on facts in words of their own (tests/eval/own_facts.tsv), rounded down."""


class Listing(Struct, frozen=True):
    """Diagnoses in order, what was left out and why, and what holds the encounter for a person."""

    diagnoses: tuple[Diagnosis, ...]
    rejected: tuple[Rejected, ...] = ()
    reasons: tuple[str, ...] = ()

    def has(self, *prefixes: str) -> bool:
        """Whether any code begins with one of ``prefixes``."""
        for each in self.diagnoses:  # noqa: SIM110 - a generator costs more than all it asks
            if each.code.startswith(prefixes):
                return True
        return False

    def of(self, *prefixes: str) -> tuple[Diagnosis, ...]:
        """The diagnoses whose codes begin with one of ``prefixes``."""
        return tuple([each for each in self.diagnoses if each.code.startswith(prefixes)])

    def recoded(
        self, one: Diagnosis, code: str, mark: str, beside: Iterable[Diagnosis] = ()
    ) -> "Listing":
        """``code`` in the place of ``one``, no surer than what it was drawn from; never twice."""
        drawn_from = (one, *beside)
        there = next((each for each in self.diagnoses if each.code == code), None)
        evidence = dict.fromkeys(part for each in drawn_from for part in each.evidence)
        made = replace(
            one,
            code=code,
            evidence=tuple(evidence)[:_MOST_EVIDENCE],
            rules=_with(one.rules, mark),
            confidence=min(each.confidence for each in drawn_from),
        )
        if there is not None and there is not one:
            return self._swapped(there, replace(there, rules=_with(there.rules, mark)))._without(
                (one,)
            )
        return self._swapped(one, made)

    def noted(self, one: Diagnosis, mark: str) -> "Listing":
        """The same with ``mark`` among the rules of ``one``."""
        return self._swapped(one, replace(one, rules=_with(one.rules, mark)))

    def surer(self, one: Diagnosis, confidence: int, mark: str) -> "Listing":
        """``one`` at least as sure as ``confidence``, where the words bear it out."""
        if one.confidence >= confidence:
            return self
        return self._swapped(one, replace(one, confidence=confidence, rules=_with(one.rules, mark)))

    def dropped(self, reason: str, mark: str, ones: Iterable[Diagnosis]) -> "Listing":
        """Without ``ones``; each is kept among the rejected, with the rule that says so."""
        gone = tuple(ones)
        if not gone:
            return self
        told = tuple(
            Rejected(each.code, f"{reason}: {mark}" if mark else reason, _item(each))
            for each in gone
        )
        left = self._without(gone)
        return replace(left, rejected=(*self.rejected, *told))

    def added(
        self, code: str, mark: str, beside: Diagnosis, confidence: int | None = None
    ) -> "Listing":
        """``code`` behind ``beside``, on its evidence; nothing when it is there already."""
        if any(each.code == code for each in self.diagnoses):
            return self
        sure = beside.confidence if confidence is None else min(beside.confidence, confidence)
        made = Diagnosis(code, beside.evidence, (mark,), sure)
        at = next(
            (number for number, each in enumerate(self.diagnoses, 1) if each is beside),
            len(self.diagnoses),
        )
        return replace(self, diagnoses=(*self.diagnoses[:at], made, *self.diagnoses[at:]))

    def led_by(self, one: Diagnosis, followers: tuple[str, ...]) -> "Listing":
        """``one`` before the first of those whose codes begin with ``followers``."""
        others = [each for each in self.diagnoses if each is not one]
        at = next((n for n, each in enumerate(others) if each.code.startswith(followers)), None)
        own = next((n for n, each in enumerate(self.diagnoses) if each is one), None)
        if at is None or own is None or own <= at:
            return self
        return replace(self, diagnoses=(*others[:at], one, *others[at:]))

    def first(self, one: Diagnosis) -> "Listing":
        """``one`` before all others."""
        if self.diagnoses[0] is one:
            return self
        rest = (each for each in self.diagnoses if each is not one)
        return replace(self, diagnoses=(one, *rest))

    def last(self, one: Diagnosis) -> "Listing":
        """``one`` behind all others."""
        rest = (each for each in self.diagnoses if each is not one)
        return replace(self, diagnoses=(*rest, one))

    def held(self, reason: str) -> "Listing":
        """The same, with a reason for a person to look."""
        if reason in self.reasons:
            return self
        return replace(self, reasons=(*self.reasons, reason))

    def _swapped(self, old: Diagnosis, new: Diagnosis) -> "Listing":
        return replace(
            self, diagnoses=tuple(new if each is old else each for each in self.diagnoses)
        )

    def _without(self, gone: tuple[Diagnosis, ...]) -> "Listing":
        return replace(
            self,
            diagnoses=tuple(
                each for each in self.diagnoses if not any(each is other for other in gone)
            ),
        )


def _with(rules: tuple[str, ...], mark: str) -> tuple[str, ...]:
    return rules if mark in rules else (*rules, mark)


def _item(diagnosis: Diagnosis) -> str | None:
    return next((each.item_id for each in diagnosis.evidence if each.item_id), None)
