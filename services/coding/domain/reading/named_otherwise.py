"""Parts of a line that name no illness, and have codes all the same: what an operation left, care
after it, contact with a disease, a regimen that is not followed (Official Guidelines I.C.21.c).
"""

from collections.abc import Callable, Sequence
from typing import Protocol

from services.coding.domain.reading import after_surgery, wording
from services.coding.domain.reading.assertion import Trigger
from services.coding.domain.reading.condition import Condition
from services.coding.domain.reading.contact import contact_code, contagion_in
from services.coding.domain.reading.line_parts import spoken
from services.coding.domain.reading.naming import Named
from services.coding.domain.reading.past_and_family import named_of_the_past
from services.coding.domain.reading.regimen import regimen_code

_SURE = 880
_FOR_A_CODER = 780


class Index(Protocol):
    """What is asked of the alphabetic index."""

    def exact(self, text: str, start: int, end: int) -> Condition | None:
        """The condition that the index has word for word between ``start`` and ``end``."""
        ...

    def index_code(self, words: str) -> str:
        """The code that the index has for just these words; "" without one."""
        ...


def named_otherwise(
    index: Index, part: str, start: int, said: Sequence[Trigger]
) -> Condition | None:
    """The condition of ``part``, which begins at ``start`` of its line, or None.

    ``said``: the words in it that deny, doubt or look back.
    """
    kinds = {each.kind for each in said}
    for read, allowed in _WAYS:
        named = read(index, part) if kinds <= allowed else None
        if named is not None:
            words = wording.read_problem(spoken(part))
            return Condition(start, start + len(part), "affirmed", words, named)
    return None


def _aftercare(_: Index, part: str) -> Named | None:
    """Care after an operation, by the part of the body that was operated on (I.C.21.c.7)."""
    code, known = after_surgery.aftercare_code(part)
    return Named(code, _SURE if known else _FOR_A_CODER, "OG I.C.21.c.7") if code else None


def _operated(index: Index, part: str) -> Named | None:
    """ "Status post kidney transplant": the status that the operation leaves (I.C.21.c.3)."""
    operation = after_surgery.operation_in(part)
    if not operation:
        return None
    asked = map(index.index_code, after_surgery.asked_of_the_index(operation))
    code = next((each for each in asked if each.startswith("Z")), "")
    code = code or after_surgery.status_named(operation) or _removed(index, operation)
    if code:
        return Named(code, _SURE, "OG I.C.21.c.3")
    if after_surgery.is_an_operation(operation):
        return Named(after_surgery.OTHER, _FOR_A_CODER, "OG I.C.21.c.3")
    return None


def _removed(index: Index, operation: str) -> str:
    gone = after_surgery.removed_in(operation)
    found = index.exact(gone, 0, len(gone)) if gone else None
    return named_of_the_past(found.named.code) if found is not None and found.named else ""


def _exposed(index: Index, part: str) -> Named | None:
    """ "Exposed to influenza at work": contact with the disease (I.C.21.c.1)."""
    contagion = contagion_in(part)
    found = index.exact(contagion, 0, len(contagion)) if contagion else None
    code = contact_code(found.named.code) if found is not None and found.named else ""
    return Named(code, _SURE, "OG I.C.21.c.1") if code else None


def _not_followed(_: Index, part: str) -> Named | None:
    """A regimen that the patient does not follow (I.C.21.c.14)."""
    code = regimen_code(part)
    return Named(code, _SURE, "OG I.C.21.c.14") if code else None


_WAYS: tuple[tuple[Callable[[Index, str], Named | None], frozenset[str]], ...] = (
    (_aftercare, frozenset(("historical",))),
    (_operated, frozenset(("historical",))),
    (_exposed, frozenset(("hypothetical", "historical", "uncertain"))),
    (_not_followed, frozenset(("negated", "historical"))),
)
