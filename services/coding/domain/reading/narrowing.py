"""Which subdivision of a code the words of a problem already name.

The alphabetic index often ends at a category ("Fracture, finger, middle, distal phalanx"); the
words then choose within it before any default does (ICD-10-CM Official Guidelines I.B.2, I.B.13).
"""

import re
from collections.abc import Sequence
from itertools import pairwise

from services.coding.domain.code_sets import DiagnosisCodes, DiagnosisNode
from services.coding.domain.diagnosis.phrase_match import Candidate
from services.coding.domain.reading import wording

_SIDE_WORD = re.compile(r",?\s*\b(?:unspecified|right|left|bilateral)\b(?: side)?", re.IGNORECASE)
_MOST_STEPS = 4
# An injury that was survived is none that ended in death (S06: seventh and eighth subdivision).
_DEATH = frozenset(("death", "died"))
_TOLD = frozenset(("right", "left", "bilateral"))


def told_apart(
    codes: DiagnosisCodes,
    tokens: tuple[str, ...],
    candidates: Sequence[Candidate],
    sides: frozenset[str] = frozenset(),
) -> Sequence[Candidate]:
    """Of several that the index has word for word, first the one whose title has the words too; of
    a category and the code below it that the index gives for the same words, that code; a code of
    both sides only where both were told (I.B.13).
    """
    exact = [each for each in candidates if each.exact]
    if len(exact) < 2:
        return candidates
    if "bilateral" not in sides and _is_of_both(codes, exact[0].code):
        exact.append(exact.pop(0))
        candidates = [*exact, *(each for each in candidates if not each.exact)]
    lowest = _lowest(exact)
    if lowest is not exact[0]:
        return [lowest, *(other for other in candidates if other is not lowest)]
    if _title_has(codes, exact[0].code, tokens):
        return candidates
    for each in exact[1:]:
        if each.code[:3] == exact[0].code[:3] and _title_has(codes, each.code, tokens):
            return [each, *(other for other in candidates if other is not each)]
    return candidates


def _lowest(exact: Sequence[Candidate]) -> Candidate:
    """The first of them, or the last of those that lie one below the other under it."""
    below = [each for each in exact[1:] if each.code.startswith(f"{exact[0].code[:3]}.")]
    below = [each for each in below if each.code.startswith(exact[0].code)]
    below.sort(key=lambda each: len(each.code))
    if any(not lower.code.startswith(upper.code) for upper, lower in pairwise(below)):
        return exact[0]
    return below[-1] if below else exact[0]


def narrowed(
    codes: DiagnosisCodes, code: str, tokens: tuple[str, ...], sides: frozenset[str]
) -> str:
    """The descendant of ``code`` that the words single out; ``code`` where they do not."""
    said = set(tokens)
    for _ in range(_MOST_STEPS):
        node = codes.node(code)
        if node is None or not node.children:
            return code
        below = [
            child
            for child in map(codes.node, node.children)
            if child is not None and (_DEATH.isdisjoint(_words(child.title)) or _DEATH & said)
        ]
        chosen = _singled_out(node, below, said, sides)
        if chosen is None:
            return code
        code = chosen
    return code


def words_below(codes: DiagnosisCodes, category: str) -> frozenset[str]:
    """The words in the titles of all that lies below a category."""
    found: set[str] = set()
    waiting = [category]
    while waiting:
        node = codes.node(waiting.pop())
        if node is None:
            continue
        found.update(wording.read(node.title).tokens)
        waiting.extend(node.children)
    return frozenset(found)


def _grouped(
    below: Sequence[DiagnosisNode], common: set[str]
) -> dict[frozenset[str], list[DiagnosisNode]]:
    """Subdivisions by the words of their titles, sides and the words in ``common`` left out."""
    groups: dict[frozenset[str], list[DiagnosisNode]] = {}
    for child in below:
        own = frozenset(wording.read(_words_of(child.title)).tokens) - common
        groups.setdefault(own, []).append(child)
    return groups


def _words(title: str) -> set[str]:
    return set(title.lower().split())


def _is_of_both(codes: DiagnosisCodes, code: str) -> bool:
    node = codes.node(code)
    return node is not None and node.title.startswith("Bilateral ")


def _words_of(title: str) -> str:
    """A title without its sides; of "finger(s)" the finger."""
    return _SIDE_WORD.sub(" ", title.replace("(s)", ""))


def _title_has(codes: DiagnosisCodes, code: str, tokens: tuple[str, ...]) -> bool:
    node = codes.node(code)
    return node is not None and set(tokens) <= set(wording.read(node.title).tokens)


def _singled_out(
    node: DiagnosisNode, below: Sequence[DiagnosisNode], said: set[str], sides: frozenset[str]
) -> str | None:
    """The only group of subdivisions, alike but for the side, that the words tell apart."""
    common = set(wording.read(node.title).tokens)
    groups = _grouped(below, common)
    if len(groups) < 2:
        # "Contracture, ankle and foot" divides into what its own title names.
        groups = _grouped(below, set())
    if len(groups) < 2:
        return None
    shared = frozenset.intersection(*groups)
    scored = sorted(
        ((len((own - shared) & said), -len((own - shared) - said), own) for own in groups),
        key=lambda row: row[:2],
        reverse=True,
    )
    best, missed, own = scored[0]
    if best == 0 or scored[1][:2] == (best, missed):
        return None
    members = groups[own]
    if len(members) == 1 and not members[0].side:
        return members[0].code
    wanted = next(iter(sides), "unspecified") if len(sides) == 1 else "unspecified"
    if len(sides) > 1 or "bilateral" in sides:
        wanted = "bilateral"
    by_side = {member.side: member.code for member in members}
    if wanted in by_side:
        return by_side[wanted]
    return by_side.get("unspecified") if wanted in _TOLD else None
