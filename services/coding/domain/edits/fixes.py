"""What to report instead: small changes of the lines, made together."""

from collections.abc import Collection, Iterable, Sequence
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from services.coding.domain.edits.service_line import ServiceLine

Kind = Literal[
    "drop", "drop_beside", "code", "units", "add_modifier", "remove_modifier", "pointers", "add"
]


class Fix(Struct, frozen=True, array_like=True, gc=False):
    """A change of the line numbered ``line`` (from 1).

    ``drop_beside``: the line goes if the line ``number`` stays. ``add``: one more line with code
    ``text`` and ``number`` units, else like ``line``, without modifiers but ``modifiers``.
    """

    kind: Kind
    line: int
    text: str = ""
    number: int = 0
    numbers: tuple[int, ...] = ()
    modifiers: tuple[str, ...] = ()


def drop(line: int) -> Fix:
    """The line is not reported."""
    return Fix("drop", line)


def drop_beside(line: int, other: int) -> Fix:
    """The line is not reported beside ``other``; 0 stands for a line of another encounter."""
    return Fix("drop_beside", line, number=other) if other else drop(line)


def with_modifier(line: int, modifier: str) -> Fix:
    """The line carries one more modifier."""
    return Fix("add_modifier", line, modifier)


def without_modifier(line: int, modifier: str) -> Fix:
    """The line does not carry the modifier."""
    return Fix("remove_modifier", line, modifier)


def applied(
    lines: Sequence[ServiceLine], fixes: Iterable[Fix], only: Collection[int] = ()
) -> tuple[ServiceLine, ...]:
    """The lines, or only those numbered, as they should be; what one rule leaves out stays out."""
    wanted = tuple(dict.fromkeys(fixes))
    gone = _gone(wanted)
    numbered: dict[int, ServiceLine] = {
        number: line for number, line in enumerate(lines, start=1) if not only or number in only
    }
    added: list[ServiceLine] = []
    for fix in wanted:
        line = numbered.get(fix.line)
        if line is None:
            continue
        if fix.kind == "add":
            added.append(
                replace(line, code=fix.text, units=fix.number or 1, modifiers=fix.modifiers)
            )
        else:
            numbered[fix.line] = _changed(line, fix)
    kept = [line for number, line in numbered.items() if number not in gone]
    return (*kept, *(line for line in dict.fromkeys(added) if line not in kept))


def _changed(line: ServiceLine, fix: Fix) -> ServiceLine:
    match fix.kind:
        case "code":
            return replace(line, code=fix.text)
        case "units":
            return replace(line, units=fix.number)
        case "pointers":
            return replace(line, pointers=fix.numbers)
        case "add_modifier" if fix.text not in line.modifiers:
            return replace(line, modifiers=(*line.modifiers, fix.text))
        case "remove_modifier":
            return replace(line, modifiers=tuple(m for m in line.modifiers if m != fix.text))
        case _:
            return line


def _gone(fixes: Sequence[Fix]) -> frozenset[int]:
    """Lines left out: always, or beside a line that itself stays; of a circle, the later ones.

    A line whose code changes is no longer one of a pair.
    """
    gone = {fix.line for fix in fixes if fix.kind == "drop"}
    changed = {fix.line for fix in fixes if fix.kind == "code"}
    beside = [
        fix for fix in fixes if fix.kind == "drop_beside" and not {fix.line, fix.number} & changed
    ]
    while beside:
        beside = [fix for fix in beside if fix.line not in gone and fix.number not in gone]
        threatened = {fix.line for fix in beside}
        sure = [fix for fix in beside if fix.number not in threatened]
        if beside and not sure:
            sure = [max(beside, key=lambda fix: fix.line)]
        gone.update(fix.line for fix in sure)
    return frozenset(gone)
