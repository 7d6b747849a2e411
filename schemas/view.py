"""What one reader takes of an event: some of its fields, read without looking at the others.

A view reads fast what is written as producers of the contract write it, and leaves all else to the
contract: of the fields that it has, what it takes the contract takes too, with the same values;
what it does not take is for the contract to read or to refuse, in the contract's own words. Tests
hold each field's type and limits against the contract's.
"""

from functools import cache
from typing import Annotated, Any, ClassVar, Self

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


class Part(msgspec.Struct, frozen=True, gc=False):
    """A part of a view; derive with ``frozen=True``."""


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
        return msgspec.convert(event, cls, from_attributes=True)


@cache
def _decoder(view: type[View]) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(view)
