"""Accounts, coverages, remittances and postings as a row keeps them.

A row holds a MessagePack array of the value's fields in their order. Rows from before that were
JSON objects by the fields' names: they are still read, and become arrays when they next change.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Generic, TypeVar, get_args, get_origin, get_type_hints

import msgspec

from services.billing.domain.coverage import PatientCoverage
from services.billing.domain.encounter_account import EncounterAccount
from services.billing.domain.kept import Kept
from services.billing.domain.ledger import Posting, PostingOrigin
from services.billing.domain.patient_account import PatientAccount
from services.billing.domain.remittance import Remittance

T = TypeVar("T", bound=Kept)

_OBJECT = b"{"
_ENCODER = msgspec.msgpack.Encoder()
encode = _ENCODER.encode
"""A value as bytes; the same value always gives the same ones."""


class Stored(Generic[T]):
    """Reads rows of one kind of value."""

    __slots__ = ("_decoder", "_kind")

    def __init__(self, kind: type[T]) -> None:
        self._kind = kind
        self._decoder = msgspec.msgpack.Decoder(kind)

    def decode(self, raw: bytes) -> T:
        """The value of a row. Raises ``msgspec.DecodeError`` for bytes that nobody here wrote."""
        if raw[:1] != _OBJECT:
            return self._decoder.decode(raw)
        return msgspec.convert(
            _in_order(self._kind, msgspec.json.decode(raw)), self._kind, str_keys=True
        )


def _in_order(kind: Any, kept: Any) -> Any:
    """What was kept by name, as ``kind`` keeps it now; names that are no fields any more go."""
    if isinstance(kept, Mapping) and isinstance(kind, type) and issubclass(kind, Kept):
        hints = get_type_hints(kind)
        return [
            _in_order(hints[field.name], kept[field.name])
            if field.name in kept
            else msgspec.to_builtins(_default(kind, field))
            for field in msgspec.structs.fields(kind)
        ]
    if isinstance(kept, list) and get_origin(kind) is tuple:
        return [_in_order(get_args(kind)[0], each) for each in kept]
    if isinstance(kept, Mapping) and get_origin(kind) is not dict:
        inner = [each for each in get_args(kind) if each is not type(None)]
        return _in_order(inner[0], kept) if inner else kept
    return kept


def _default(kind: type[Kept], field: msgspec.structs.FieldInfo) -> Any:
    if field.default_factory is not msgspec.NODEFAULT:
        return field.default_factory()
    if field.default is msgspec.NODEFAULT:
        raise msgspec.ValidationError(f"{kind.__name__} lacks {field.name}")
    return field.default


ENCOUNTER_ACCOUNT = Stored(EncounterAccount)
COVERAGE = Stored(PatientCoverage)
PATIENT_ACCOUNT = Stored(PatientAccount)
REMITTANCE = Stored(Remittance)

_Entry = tuple[int, str, str, str, int, str, str, str, str, int]
_ENTRIES = msgspec.json.Decoder(list[_Entry])


def entries_of(postings: Iterable[Posting]) -> str:
    """What one cause posted, as JSON: an array a posting, of which the view ``posting`` tells."""
    entries: list[_Entry] = []
    for posting in postings:
        origin = posting.origin
        entries.append(
            (
                posting.line,
                posting.kind,
                posting.debit,
                posting.credit,
                posting.amount_cents,
                posting.detail,
                origin.claim_id,
                origin.payer_id,
                origin.remittance_id,
                posting.reverses,
            )
        )
    return msgspec.json.encode(entries).decode()


def postings_of(entries: str, *, source: str, number: int, ordinal: int) -> list[Posting]:
    """The postings that ``entries_of`` wrote; ``number`` and ``ordinal`` are the first one's."""
    return [
        Posting(
            number + place,
            line,
            kind,
            debit,
            credit,
            cents,
            source,
            ordinal + place,
            detail,
            PostingOrigin(claim_id, payer_id, remittance_id),
            reverses,
        )
        for place, (
            line,
            kind,
            debit,
            credit,
            cents,
            detail,
            claim_id,
            payer_id,
            remittance_id,
            reverses,
        ) in enumerate(_ENTRIES.decode(entries))
    ]
