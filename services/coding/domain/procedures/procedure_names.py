"""Which procedure of the practice's set an order means: by code, by name, or by a name in it."""

import re
from functools import lru_cache

from schemas.encounter import LabTest, Procedure
from services.coding.domain.code_sets import ProcedureCodes, ProcedureEntry
from services.coding.domain.procedures.counted_services import without_number
from services.coding.domain.procedures.told_procedures import told_procedure
from services.coding.domain.reading import wording

_BOTH_WAYS = re.compile(
    r"\bwith(?:out)?\s*(?:and|&|/|or)\s*with(?:out)?\b|\bw/?\s*(?:and|&|/)?\s*w/?o\b", re.IGNORECASE
)
_LONGEST_NAME = 6
_MOST_WORDS = 30
_SHORT = 4
_BY_ONE_WORD = ("imaging", "diagnostic", "laboratory", "supply", "vaccine")


def find_procedure(
    item: Procedure | LabTest, procedures: ProcedureCodes
) -> tuple[ProcedureEntry | None, bool]:
    """The entry, and whether all of the order's words name it and not only some."""
    if item.code is not None:
        entry = procedures.by_system(item.code.system, item.code.code)
        if entry is not None:
            return entry, True
    texts = [item.description, item.code.display if item.code else ""]
    if "w" in item.description.lower():
        texts = [_BOTH_WAYS.sub("dual", text) for text in texts]
    for text in texts:
        tokens = wording.read(text).tokens
        if tokens:
            entry = procedures.by_name(wording.key(tokens))
            if entry is not None:
                return entry, True
    if item.code is not None and item.code.system in ("cpt", "hcpcs"):
        return None, False
    for text in texts:
        bare = without_number(text)
        entry = named_in(wording.read(bare).tokens[:_MOST_WORDS], procedures)
        if entry is None and bare != text:
            entry = named_in(wording.read(text).tokens[:_MOST_WORDS], procedures)
        if entry is not None:
            return entry, False
    if isinstance(item, Procedure):
        told = told_procedure(item.description)
        return (procedures.entry(told.code) if told is not None else None), False
    return None, False


def named_in(
    tokens: tuple[str, ...], procedures: ProcedureCodes, *, by_one_word: bool = False
) -> ProcedureEntry | None:
    """The procedure with the longest name whose words stand together; one word only in short texts.

    None where two names of that length mean different procedures.
    """
    for length in range(min(len(tokens), _LONGEST_NAME), 0, -1):
        found: dict[str, ProcedureEntry] = {}
        for start in range(len(tokens) - length + 1):
            entry = procedures.by_name(_key(tokens[start : start + length]))
            if entry is None:
                continue
            short = by_one_word or len(tokens) <= _SHORT
            if length > 1 or (short and entry.kind in _BY_ONE_WORD):
                found[entry.code] = entry
        if len(found) == 1:
            return next(iter(found.values()))
        if found:
            return None
    return None


@lru_cache(maxsize=8_192)
def _key(tokens: tuple[str, ...]) -> str:
    return wording.key(tokens)
