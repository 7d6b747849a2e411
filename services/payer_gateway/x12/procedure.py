"""A procedure as a composite medical procedure identifier (C003) carries it."""

from dataclasses import dataclass
from functools import lru_cache

from services.payer_gateway.x12.segments import Element


@dataclass(frozen=True, slots=True)
class Procedure:
    """Qualifier (HC for CPT(R) and HCPCS), code, up to four modifiers, and a description."""

    code: str
    modifiers: tuple[str, ...] = ()
    qualifier: str = "HC"
    description: str = ""


@lru_cache(maxsize=8192)
def read_procedure(composite: str, separator: str) -> Procedure:
    """The procedure of SV101, SVD03, SVC01 or SVC06; the code is empty where none is given."""
    parts = composite.split(separator)
    if len(parts) == 2:
        return Procedure(parts[1], (), parts[0])
    modifiers = tuple(part for part in parts[2:6] if part)
    return Procedure(
        code=parts[1] if len(parts) > 1 else "",
        modifiers=modifiers,
        qualifier=parts[0],
        description=parts[6] if len(parts) > 6 else "",
    )


def write_procedure(procedure: Procedure) -> Element:
    """The composite."""
    padded = (*procedure.modifiers, "", "", "", "")[:4]
    return (procedure.qualifier, procedure.code, *padded, procedure.description)
