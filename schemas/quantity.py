"""Quantities that are not money: decimal strings on the wire, ``Decimal`` in the code, no float."""

import re
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, ValidationInfo, WithJsonSchema

_PLAIN = r"[0-9]{1,8}(\.[0-9]{1,4})?"
_PLAIN_DECIMAL = re.compile(_PLAIN)


def _decimal(value: Any, info: ValidationInfo) -> Any:
    """A JSON string of plain digits, or a ``Decimal`` or integer in the code."""
    if isinstance(value, str):
        if not _PLAIN_DECIMAL.fullmatch(value):
            raise ValueError("a quantity is written as digits with at most 4 after the point")
        return Decimal(value)
    if info.mode == "json" or isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise ValueError("a quantity is a decimal string, never a number with binary fractions")
    exact = Decimal(value)
    return Decimal(format(exact, "f")) if exact.is_finite() else exact


Quantity = Annotated[
    Decimal,
    Field(gt=0, max_digits=12, decimal_places=4),
    BeforeValidator(_decimal),
    WithJsonSchema(
        {
            "type": "string",
            "pattern": rf"^(?![0.]+$){_PLAIN}$",
            "description": "decimal string greater than zero",
        }
    ),
]
QuantityOrZero = Annotated[
    Decimal,
    Field(ge=0, max_digits=12, decimal_places=4),
    BeforeValidator(_decimal),
    WithJsonSchema({"type": "string", "pattern": rf"^{_PLAIN}$", "description": "decimal string"}),
]
