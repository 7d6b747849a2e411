"""What one reader takes of an event: some of its fields, read without looking at the others.

A view reads fast what is written as producers of the contract write it, and leaves all else to the
contract: of the fields that it has, what it takes the contract takes too, with the same values;
what it does not take is for the contract to read or to refuse, in the contract's own words. Tests
hold each field's type and limits against the contract's.
"""

from datetime import UTC, date, datetime
from functools import cache
from typing import Annotated, Any, ClassVar, Literal, Self

import msgspec
from msgspec import Meta

from schemas.event import Event, key_of
from schemas.values import LARGEST_AMOUNT_CENTS

_WIDEST = 2**63 - 1
_NUL = b"\\u0000"

IdText = Annotated[str, Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9._~-]{0,63}\Z")]
ShortString = Annotated[str, Meta(max_length=400)]
CentsNumber = Annotated[int, Meta(ge=-LARGEST_AMOUNT_CENTS, le=LARGEST_AMOUNT_CENTS)]
WideNumber = Annotated[int, Meta(ge=-_WIDEST, le=_WIDEST)]
"""An integer without limits of its own: what does not fit into 63 bits is the contract's to refuse.
"""
WidePositiveNumber = Annotated[int, Meta(ge=1, le=_WIDEST)]
ChargeNumber = Annotated[int, Meta(ge=0, le=LARGEST_AMOUNT_CENTS)]
VersionNumber = Annotated[int, Meta(ge=1, le=10_000)]
PayerLevelNumber = Annotated[int, Meta(ge=1, le=3)]
LineNumber = Annotated[int, Meta(ge=1, le=50)]
UnitsNumber = Annotated[int, Meta(ge=1, le=9_999)]
ClaimIdText = Annotated[str, Meta(pattern=r"^[A-Z0-9]{1,20}\Z")]
PlaceOfServiceText = Annotated[str, Meta(pattern=r"^[0-9]{2}\Z")]
DiagnosisText = Annotated[str, Meta(pattern=r"^[A-Z][0-9][0-9A-Z](\.[0-9A-Z]{1,4})?\Z")]
ProcedureText = Annotated[str, Meta(pattern=r"^[0-9A-Z][0-9]{3}[0-9A-Z]\Z")]
ModifierText = Annotated[str, Meta(pattern=r"^[0-9A-Z]{2}\Z")]
NdcText = Annotated[str, Meta(pattern=r"^[0-9]{11}\Z")]
QuantityText = Annotated[str, Meta(pattern=r"^(?![0.]+\Z)[0-9]{1,8}(\.[0-9]{1,4})?\Z")]
InstantText = Annotated[
    str,
    Meta(
        pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?"
        r"(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])\Z"
    ),
]
"""As this project writes an instant; ``instant`` reads it. ``msgspec`` would round what is finer
than microseconds, which the contract cuts off.
"""
_FIRST_SERVED, _LAST_SERVED = date(1900, 1, 1), date(2199, 12, 31)
_FIRST_INSTANT = datetime(1, 1, 2, tzinfo=UTC)
_LAST_INSTANT = datetime(9999, 12, 30, tzinfo=UTC)


def instant(text: str) -> datetime:
    """An ``InstantText`` as it is meant; raises ``ValueError`` where the contract takes none."""
    read = datetime.fromisoformat(text)
    if not _FIRST_INSTANT <= read <= _LAST_INSTANT:
        raise ValueError("the time lies at the end of the calendar")
    return read


def check_served(day: date) -> None:
    """Raises ``ValueError`` where the contract takes no such date of service."""
    if not _FIRST_SERVED <= day <= _LAST_SERVED:
        raise ValueError("the date of service is not one")


class Part(msgspec.Struct, frozen=True, gc=False):
    """A part of a view; derive with ``frozen=True``."""


class AdjustmentPart(Part, frozen=True):
    """One CAS triplet (X12 835 and 837, CAS01-CAS04)."""

    group: Literal["CO", "PR", "OA", "PI", "CR"]
    reason: Annotated[str, Meta(pattern=r"^[0-9A-Z]{1,5}\Z")]
    amount_cents: CentsNumber
    quantity: WideNumber | None = None


class View(msgspec.Struct, frozen=True, gc=False):
    """Some fields of the events of ``CONTRACT``; derive with ``frozen=True``.

    A limit that no ``Meta`` can state is checked in ``__post_init__``, by a ``ValueError``.
    """

    CONTRACT: ClassVar[type[Event]]

    practice_id: IdText

    @property
    def key(self) -> str:
        """The Kafka key, as ``Event.key`` gives it."""
        own: str = getattr(self, self.CONTRACT.KEY_FIELD)
        return key_of(self.practice_id, own)

    @classmethod
    def quickly(cls, value: bytes) -> Self | None:
        """A record's value where it is written plainly: ASCII, no U+0000, numbers as numbers.

        ``None`` where it is not, or breaks the contract.
        """
        if not value.isascii() or _NUL in value:
            return None
        try:
            read: Self = _decoder(cls).decode(value)
        except (msgspec.DecodeError, RecursionError):
            return None
        return read

    @classmethod
    def of(cls, event: Event) -> Self:
        """What this view takes of an event that the contract has read."""
        read: Self = _decoder(cls).decode(event.to_json())
        return read


@cache
def _decoder(view: type[View]) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(view)
