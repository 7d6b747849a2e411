"""Reads a guide from the short notation in which the guides here are written.

A guide is a list of lines::

    list vision L1,L2,L3        names a list of codes
    loop 2010BB R1 in 2000B     opens a loop: required, at most once, below 2000B
    also 2300 R100 in 2000C     the same loop below another one too
    tail 2000                   what follows stands in 2000 again, after its loops
      N4 S1 ! ?=vision -*2      a segment of the loop opened last

Usage is R required, W wanted (what lacks it is said but not refused) or S situational; ``*`` is
any number of times. Elements are ``!`` required,
``?`` situational, ``-`` not used; what is not written is not used. Codes follow, or ``=`` and the
name of a list; ``(...)`` holds the components of a composite, ``{9}`` says how often an element
may be repeated and ``*3`` stands for three elements of the same kind. A line that ends in a
backslash goes on in the next one.
"""

import re
from dataclasses import dataclass, field

from services.payer_gateway.x12.guides.dictionary import (
    COMPOSITES,
    DATA_ELEMENTS,
    EXTERNAL,
    SEGMENTS,
    DataElement,
    Note,
)

_TEXT = DataElement("AN", 1, 80)
_TOKEN = re.compile(
    r"(?P<usage>[!?-])(?:\{(?P<repeats>\d+)\})?(?:\((?P<inner>[^()]*)\))?"
    r"(?:=(?P<list>\w+)|(?P<codes>[\w,]+))?(?:\*(?P<times>\d+))?(?: |$)"
)


@dataclass(frozen=True, slots=True)
class ElementUse:
    """One element, or component of a composite, as a guide uses it.

    ``place`` is its number in the segment or composite. ``usage`` is ``!``, ``?`` or ``-``.
    ``external`` names a code set that lies outside X12.
    """

    place: int
    designator: str
    usage: str
    data: DataElement
    codes: frozenset[str] = frozenset()
    external: str = ""
    repeats: int = 1
    components: tuple["ElementUse", ...] = ()
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class SegmentUse:
    """One segment as a guide uses it in one place of a loop. ``most`` is None for any number.

    ``key`` holds the codes of the element that tells it from others of the same id, the element
    numbered ``key_place`` (its first component in a composite).
    """

    id: str
    required: bool
    wanted: bool
    most: int | None
    elements: tuple[ElementUse, ...]
    notes: tuple[Note, ...]
    key_place: int = 1
    key: frozenset[str] = frozenset()


@dataclass(eq=False, slots=True)
class LoopUse:
    """A loop below one parent: how often, and what it holds."""

    loop: "Loop"
    required: bool
    most: int | None


@dataclass(eq=False, slots=True)
class Loop:
    """A loop: its segments and the loops below it, in order. The first segment opens it."""

    id: str
    entries: list[SegmentUse | LoopUse] = field(default_factory=list)


@dataclass(eq=False, slots=True)
class Guide:
    """An implementation guide of one transaction set."""

    set_id: str
    versions: tuple[str, ...]
    root: Loop
    segment_ids: frozenset[str]


class NotationError(ValueError):
    """A line of a guide cannot be read."""


def read_guide(set_id: str, versions: tuple[str, ...], text: str) -> Guide:
    """The guide that the text says; raises NotationError with the line that cannot be read."""
    root = Loop("")
    loops = {".": root}
    lists: dict[str, frozenset[str]] = {}
    current = root
    ids: set[str] = set()
    for line in text.split("\n"):
        words = line.split()
        if not words:
            continue
        match words:
            case ["list", name, codes]:
                lists[name] = frozenset(codes.split(","))
            case ["loop", name, usage, "in", parent]:
                current = loops[name] = Loop(name)
                loops[parent].entries.append(LoopUse(current, *_usage(usage)))
            case ["also", name, usage, "in", parent]:
                loops[parent].entries.append(LoopUse(loops[name], *_usage(usage)))
            case ["tail", name]:
                current = loops[name]
            case [name, usage, *_]:
                ids.add(name)
                rest = line.strip().split(" ", 2)[2:]
                current.entries.append(_segment(name, usage, "".join(rest), lists))
            case _:
                raise NotationError(line)
    return Guide(set_id, versions, root, frozenset(ids))


def segment_use(line: str) -> SegmentUse:
    """A segment by itself, such as one of the envelope."""
    name, usage, rest = line.split(" ", 2)
    return _segment(name, usage, rest, {})


def _usage(text: str) -> tuple[bool, int | None]:
    most = text[1:]
    return text[0] == "R", None if most == "*" else int(most)


def _segment(name: str, usage: str, text: str, lists: dict[str, frozenset[str]]) -> SegmentUse:
    required, most = _usage(usage)
    shape = SEGMENTS[name]
    elements = _elements(name, shape.elements, text, lists, "")
    place = 3 if name == "HL" else 1
    keyed = elements[place - 1]
    is_keyed = keyed.usage == "!"
    if keyed.components:
        keyed = keyed.components[0]
    return SegmentUse(
        id=name,
        required=required,
        wanted=usage[0] == "W",
        most=most,
        elements=elements,
        notes=shape.notes,
        key_place=place,
        key=keyed.codes if is_keyed else frozenset(),
    )


def _elements(
    name: str, numbers: tuple[str, ...], text: str, lists: dict[str, frozenset[str]], outer: str
) -> tuple[ElementUse, ...]:
    found: list[ElementUse] = []
    start = 0
    while start < len(text):
        token = _TOKEN.match(text, start)
        if token is None:
            raise NotationError(f"{name}: {text[start:]}")
        start = token.end()
        for _ in range(int(token["times"] or 1)):
            found.append(_element(name, numbers, len(found) + 1, token, lists, outer))
    return tuple(found)


def _element(  # noqa: PLR0917
    name: str,
    numbers: tuple[str, ...],
    place: int,
    token: re.Match[str],
    lists: dict[str, frozenset[str]],
    outer: str,
) -> ElementUse:
    designator = f"{outer}-{place}" if outer else f"{name}{place:02d}"
    number = numbers[place - 1]
    codes = frozenset(token["codes"].split(",")) if token["codes"] else frozenset[str]()
    if token["list"]:
        codes = lists[token["list"]]
    composite = COMPOSITES.get(number)
    components: tuple[ElementUse, ...] = ()
    notes: tuple[Note, ...] = ()
    if composite and token["inner"]:
        components = _elements(name, composite.elements, token["inner"], lists, designator)
        notes = composite.notes
    return ElementUse(
        place=place,
        designator=designator,
        usage=token["usage"],
        data=DATA_ELEMENTS.get(number, _TEXT),
        codes=codes,
        external=EXTERNAL.get(designator) or EXTERNAL.get(number, ""),
        repeats=int(token["repeats"] or 1),
        components=components,
        notes=notes,
    )
