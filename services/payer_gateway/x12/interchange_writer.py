"""Wraps transaction sets in ST, GS and ISA envelopes with counts and control numbers."""

from collections.abc import Iterable, Sequence

from services.payer_gateway.x12.dates import format_date, format_time
from services.payer_gateway.x12.delimiters import ISA_WIDTHS
from services.payer_gateway.x12.envelope import FUNCTIONAL_IDENTIFIERS, Envelope
from services.payer_gateway.x12.segments import Element, WriteError, render

_HIGHEST_CONTROL_NUMBER = 999_999_999


def isa_segment(envelope: Envelope) -> str:
    """The ISA segment with its terminator, 106 characters (X12.5); raises WriteError."""
    marks = envelope.delimiters
    values = (
        "00",
        "",
        "00",
        "",
        envelope.sender.qualifier,
        envelope.sender.identifier,
        envelope.receiver.qualifier,
        envelope.receiver.identifier,
        format_date(envelope.created)[2:],
        format_time(envelope.created_at)[:4],
        marks.repetition or "U",
        "00501",
        f"{envelope.control_number:09d}",
        "1" if envelope.acknowledgement_requested else "0",
        envelope.usage,
        marks.component,
    )
    fields = ["ISA"]
    for number, (value, width) in enumerate(zip(values, ISA_WIDTHS, strict=True), 1):
        is_mark = number in {11, 16}
        if len(value) > width or (not is_mark and any(c in marks.all or c < " " for c in value)):
            raise WriteError("ISA", number)
        fields.append(value.ljust(width))
    return marks.element.join(fields) + marks.segment


def write_interchange(
    envelope: Envelope,
    set_id: str,
    version: str,
    transactions: Iterable[Sequence[Sequence[Element]]],
    *,
    has_guide_in_st: bool = True,
) -> bytes:
    """One interchange with one group; each transaction is its segments between ST and SE.

    ``version`` is GS08 and, where ``has_guide_in_st``, ST03. Raises WriteError where a value
    holds a delimiter, ValueError where a control number has more than nine digits.
    """
    marks = envelope.delimiters
    bodies = (render(body, marks) for body in transactions)
    return write_bodies(envelope, set_id, version, bodies, has_guide_in_st=has_guide_in_st)


def write_bodies(
    envelope: Envelope,
    set_id: str,
    version: str,
    bodies: Iterable[str],
    *,
    has_guide_in_st: bool = True,
) -> bytes:
    """``write_interchange`` of what was rendered before, under the envelope's own delimiters."""
    for number in (envelope.control_number, envelope.group_control_number):
        if not 0 < number <= _HIGHEST_CONTROL_NUMBER:
            raise ValueError("a control number must have one to nine digits and not be zero")
    marks = envelope.delimiters
    group = str(envelope.group_control_number)
    header: tuple[Element, ...] = (
        "GS",
        FUNCTIONAL_IDENTIFIERS[set_id],
        envelope.application_sender or envelope.sender.identifier,
        envelope.application_receiver or envelope.receiver.identifier,
        format_date(envelope.created),
        format_time(envelope.created_at),
        group,
        "X",
        version,
    )
    text = [isa_segment(envelope), render([header], marks)]
    count = 0
    for body in bodies:
        control = f"{envelope.first_transaction + count:04d}"
        count += 1
        st = ("ST", set_id, control, version if has_guide_in_st else "")
        se = ("SE", str(body.count(marks.segment) + 2), control)
        text += (render([st], marks), body, render([se], marks))
    text.append(
        render([("GE", str(count), group), ("IEA", "1", f"{envelope.control_number:09d}")], marks)
    )
    return "".join(text).encode("utf-8")
