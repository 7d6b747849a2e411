"""Completing a code to the highest documented specificity: side, default leaf, seventh character.

Sources: ICD-10-CM Official Guidelines I.B.2 (level of detail), I.B.13 (laterality), I.A.5
(seventh characters and the placeholder X), I.B.18 (unspecified codes), I.C.19.a (initial,
subsequent, sequela), I.C.19.c (a fracture not said to be open or displaced is closed, displaced).
"""

import re
from typing import Literal

from msgspec import Struct

from services.coding.domain.code_sets import DiagnosisCodes, DiagnosisNode

Episode = Literal["initial", "subsequent", "sequela"]

_SIDE_WORD = re.compile(r",?\s*\b(?:unspecified|right|left|bilateral)\b(?: side)?", re.IGNORECASE)
_SEVENTH = {"initial": "A", "subsequent": "D", "sequela": "S"}
_SIDE_AS_SEVENTH = {"right": "1", "left": "2", "bilateral": "3"}
_MAX_DEPTH = 8
# Arthrosis of one named joint is primary unless said otherwise (AHA Coding Clinic, 4th quarter
# 2016): with a side, the bilateral code or the group of one-sided codes.
_PRIMARY_ARTHROSIS = {
    "M16.9": ("M16.0", "M16.1"),
    "M17.9": ("M17.0", "M17.1"),
    "M18.9": ("M18.0", "M18.1"),
}
# Arthrosis of both joints of a pair has a code that is no sibling of the one-sided ones (I.B.13).
BILATERAL_ARTHROSIS = {
    f"{joint}.{one}": f"{joint}.{one - 1}"
    for joint, kinds in (("M16", (1, 3, 5, 7)), ("M17", (1, 3, 5)), ("M18", (1, 3, 5)))
    for one in kinds
}


class Completed(Struct, frozen=True, gc=False):
    """Billable codes (two when a bilateral condition has no bilateral code) and what was assumed.

    ``assumed``: ``default_leaf``; ``weak_default`` (a person has to look); ``side_unspecified``;
    ``seventh_default``; ``side_conflict`` when the documentation names another side than the code.
    """

    codes: tuple[str, ...]
    assumed: tuple[str, ...]


def wanted_side(sides: frozenset[str]) -> str:
    """``left``, ``right``, ``bilateral`` or "" from the side words found."""
    if "bilateral" in sides or {"left", "right"} <= sides:
        return "bilateral"
    return next(iter(sides), "")


def is_billable(codes: DiagnosisCodes, code: str) -> bool:
    """Whether ``code`` is complete and valid in this release (I.B.2: the highest level)."""
    node = codes.node(code)
    if node is not None:
        return not node.children and not node.sevenths
    base = _without_seventh(codes, code)
    return base is not None and code[-1] in base.sevenths


def title_of(codes: DiagnosisCodes, code: str) -> str:
    """The tabular title of a code; of its base when it carries a seventh character."""
    node = codes.node(code) or _without_seventh(codes, code)
    return "" if node is None else node.title


def base_of(codes: DiagnosisCodes, code: str) -> DiagnosisNode | None:
    """The tabular node of a code, seventh character and placeholders removed."""
    return codes.node(code) or _without_seventh(codes, code)


def _without_seventh(codes: DiagnosisCodes, code: str) -> DiagnosisNode | None:
    if len(code) != 8:
        return None
    base = code[:-1].rstrip("X")
    for candidate in (code[:-1], base, base.rstrip(".")):
        node = codes.node(candidate)
        if node is not None and node.sevenths and padded(node.code, "?")[:-1] == code[:-1]:
            return node
    return None


def padded(code: str, seventh: str) -> str:
    """``code`` with placeholders X up to six characters and its seventh character."""
    bare = code.replace(".", "").ljust(6, "X") + seventh
    return f"{bare[:3]}.{bare[3:]}"


def complete(
    codes: DiagnosisCodes,
    code: str,
    sides: frozenset[str] = frozenset(),
    episode: Episode = "initial",
) -> Completed:
    """The billable code or codes that ``code`` stands for; empty when the release has no such."""
    if is_billable(codes, code) and codes.node(code) is None:
        base = _without_seventh(codes, code)
        if base is None or not base.side:
            return Completed((code,), ())
        episodes = {"A": "initial", "D": "subsequent", "S": "sequela"}
        kept = episodes.get(code[-1])
        if kept is None:
            return Completed((code,), ())
        return _sided(codes, base, sides, kept, code[-1])
    side = wanted_side(sides)
    if side and code in _PRIMARY_ARTHROSIS:
        both, one = _PRIMARY_ARTHROSIS[code]
        code = both if side == "bilateral" else one
    elif side == "bilateral" and code[:5] in BILATERAL_ARTHROSIS:
        code = BILATERAL_ARTHROSIS[code[:5]]
    node = codes.node(code)
    assumed: dict[str, None] = {}
    if node is not None and side and not node.side and node.title.endswith("unspecified"):
        parent = codes.node(node.parent)
        around = () if parent is None else map(codes.node, parent.children)
        node = _by_number([each for each in around if each is not None], side) or node
    for _ in range(_MAX_DEPTH):
        if node is None or not node.children:
            break
        node = _step(codes, node, side, assumed)
    if node is None:
        return Completed((), tuple(assumed))
    if not node.side:
        return Completed((_ended(node, side, episode, assumed),), tuple(assumed))
    sided = _sided(codes, node, sides, episode, "")
    found = tuple(dict.fromkeys([*assumed, *sided.assumed]))
    if all(is_billable(codes, each) for each in sided.codes):
        return Completed(sided.codes, found)
    below = [_below(codes, each, side, episode, assumed) for each in sided.codes]
    return Completed(tuple(below), tuple(dict.fromkeys([*found, *assumed])))


def _below(
    codes: DiagnosisCodes, code: str, side: str, episode: Episode, assumed: dict[str, None]
) -> str:
    """The default of a side's own subdivisions ("lump in the left breast", by quadrant)."""
    node = codes.node(code)
    for _ in range(_MAX_DEPTH):
        if node is None or not node.children:
            break
        default = codes.node(node.default_child)
        assumed["default_leaf"] = None
        node = default
    return code if node is None else _ended(node, side, episode, assumed)


def on_side(codes: DiagnosisCodes, code: str, sides: frozenset[str]) -> Completed:
    """The same condition on another side, once the provider has said which side it is."""
    node = base_of(codes, code)
    if node is None or not node.side:
        return Completed((code,), ())
    seventh = code[-1] if node.sevenths else ""
    for side in (wanted_side(sides), "unspecified"):
        target = sibling(codes, node, side)
        if target is not None:
            return _sided(codes, target, sides, "initial", seventh)
    return Completed((code,), ())


def _step(
    codes: DiagnosisCodes, node: DiagnosisNode, side: str, assumed: dict[str, None]
) -> DiagnosisNode | None:
    default = codes.node(node.default_child)
    children = [child for child in map(codes.node, node.children) if child is not None]
    if not any(child.side for child in children):
        if side and (by_number := _by_number(children, side)) is not None:
            return by_number
        assumed["weak_default" if node.weak_default else "default_leaf"] = None
        return default
    group = default if default is not None and default.side else None
    if group is None:
        parts = {sideless(child.title) for child in children if child.side}
        if default is not None and not node.weak_default and len(parts) > 1:
            assumed["default_leaf"] = None
            return default
        group = next(child for child in children if child.side)
    return sibling(codes, group, side or "unspecified") or group


def _by_number(children: list[DiagnosisNode], side: str) -> DiagnosisNode | None:
    """Of subdivisions for one side, whichever it is, and for both, the one that was told."""
    wanted = "bilateral" if side == "bilateral" else "unilateral"
    titles = [each.title.lower().replace(",", " ").split() for each in children]
    found = [each for each, words in zip(children, titles, strict=True) if wanted in words]
    both = all(any(word in words for words in titles) for word in ("bilateral", "unilateral"))
    return found[0] if both and len(found) == 1 else None


def sibling(codes: DiagnosisCodes, node: DiagnosisNode, side: str) -> DiagnosisNode | None:
    """The member of the node's side group for ``side``."""
    if node.side == side:
        return node
    parent = codes.node(node.parent)
    if parent is None:
        return None
    plain = sideless(node.title)
    words = frozenset(plain.split())
    looser: list[DiagnosisNode] = []
    for code in parent.children:
        other = codes.node(code)
        if other is None or other.side != side:
            if other is not None and not other.side and _is_of(other.title, side, words):
                looser.append(other)
            continue
        named = sideless(other.title)
        if named == plain:
            return other
        others = frozenset(named.split())
        if others <= words or words <= others:
            looser.append(other)
    return looser[0] if len(looser) == 1 else None


def _is_of(title: str, side: str, words: frozenset[str]) -> bool:
    """Whether a code that stands in no group of sides is the one of both, by its title: that of
    both lower extremities beside that of each lower extremity.
    """
    if side != "bilateral" or side not in title.lower():
        return False
    own = {word[:-2] + "y" if word.endswith("ie") else word for word in sideless(title).split()}
    return own == words


def sideless(title: str) -> str:
    """A title without its side words and plurals: what the members of a side group share."""
    words = _SIDE_WORD.sub(" ", title.lower()).replace(",", " ").split()
    return " ".join(word[:-1] if word.endswith("s") and len(word) > 3 else word for word in words)


def _sided(
    codes: DiagnosisCodes,
    node: DiagnosisNode,
    sides: frozenset[str],
    episode: str,
    seventh: str,
) -> Completed:
    assumed: dict[str, None] = {}
    side = wanted_side(sides)
    if not side:
        if node.side == "unspecified":
            assumed["side_unspecified"] = None
        elif sibling(codes, node, "unspecified") is None and not seventh:
            return Completed((_end(node, "", episode, assumed, seventh),), tuple(assumed))
        return Completed((_end(node, "", episode, assumed, seventh),), tuple(assumed))
    if node.side not in ("unspecified", side, "bilateral") and side != "bilateral":
        assumed["side_conflict"] = None
        return Completed((_end(node, side, episode, assumed, seventh),), tuple(assumed))
    target = sibling(codes, node, side)
    if target is not None:
        return Completed((_end(target, side, episode, assumed, seventh),), tuple(assumed))
    if side == "bilateral":
        both = [sibling(codes, node, one) for one in ("right", "left")]
        found = [one for one in both if one is not None]
        if len(found) == 2:
            return Completed(
                tuple(_end(one, "", episode, assumed, seventh) for one in found), tuple(assumed)
            )
    return Completed((_end(node, side, episode, assumed, seventh),), tuple(assumed))


def _end(
    node: DiagnosisNode, side: str, episode: str, assumed: dict[str, None], seventh: str
) -> str:
    return padded(node.code, seventh) if seventh else _ended(node, side, episode, assumed)


def _ended(node: DiagnosisNode, side: str, episode: str, assumed: dict[str, None]) -> str:
    """The node's code, with the seventh character that the episode calls for."""
    allowed = node.sevenths
    if not allowed:
        return node.code
    wanted = _SEVENTH[episode]
    if wanted in allowed:
        if episode == "initial":
            assumed["seventh_default"] = None
        return padded(node.code, wanted)
    if "9" in allowed and "A" not in allowed and side in _SIDE_AS_SEVENTH:
        return padded(node.code, _SIDE_AS_SEVENTH[side])
    assumed["seventh_default"] = None
    for neutral in "09":
        if neutral in allowed:
            return padded(node.code, neutral)
    return padded(node.code, allowed[0])
