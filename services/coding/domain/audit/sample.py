"""Which coded encounters a second coder looks at: by risk, and by chance that anyone can repeat.

The draw depends on the seed and on the case's own ids alone: not on the order, the day or what else
was coded, so that nobody can steer it and everybody can check it.
"""

from hashlib import blake2b

from msgspec import Struct

from services.coding.domain.coding_result import Diagnosis, Line
from services.coding.domain.encounter_state import Proposal

ENGINE = "engine"
HIGH_CENTS = 50_000
LOW_CONFIDENCE = 900
NEW_CODER = 50
"""Decisions below which a coder counts as new."""
_BASE = 50
_RISKS = {
    "visit_level_4_or_5": 200,
    "modifier_25": 150,
    "modifier_59": 200,
    "high_dollars": 200,
    "low_confidence": 200,
    "new_coder": 200,
}
_HIGH_VISITS = frozenset(
    ("99204", "99205", "99214", "99215", "99223", "99233", "99284", "99285", "99306", "99310",
     "99344", "99345", "99349", "99350")
)  # fmt: skip
_APART = frozenset(("59", "XE", "XS", "XP", "XU"))


class Subject(Struct, frozen=True):
    """A coded encounter as the sample sees it; ``decisions``: how many its coder made so far."""

    practice_id: str
    encounter_id: str
    version: int
    final: Proposal
    coder: str
    decisions: int
    expected_cents: int


def risks(subject: Subject) -> tuple[str, ...]:
    """What makes a second look worthwhile, in a fixed order."""
    lines = subject.final.lines
    coded: tuple[Diagnosis | Line, ...] = (*subject.final.diagnoses, *lines)
    modifiers = {modifier for line in lines for modifier in line.modifiers}
    found = {
        "visit_level_4_or_5": any(line.code in _HIGH_VISITS for line in lines),
        "modifier_25": "25" in modifiers,
        "modifier_59": bool(modifiers & _APART),
        "high_dollars": subject.expected_cents >= HIGH_CENTS,
        "low_confidence": any(each.confidence < LOW_CONFIDENCE for each in coded),
        "new_coder": subject.coder != ENGINE and subject.decisions < NEW_CODER,
    }
    return tuple(name for name in _RISKS if found[name])


def risk_permille(found: tuple[str, ...]) -> int:
    """The chance that a case with these risks is looked at again, before scaling."""
    return min(_BASE + sum(_RISKS[name] for name in found), 1_000)


def drawn(subject: Subject, seed: str, rate_permille: int) -> bool:
    """Whether the case is in the sample; ``rate_permille`` scales every chance alike."""
    chance = risk_permille(risks(subject)) * rate_permille
    text = "\x1f".join(
        (seed, subject.practice_id, subject.encounter_id, str(subject.version))
    ).encode()
    return int.from_bytes(blake2b(text, digest_size=8).digest(), "big") % 1_000_000 < chance
