"""Broken envelopes and bytes: what is wrong before a segment is looked at."""

from collections.abc import Callable
from dataclasses import dataclass

from tests.unit.payer_gateway.x12.mutation.change import find

Spoil = Callable[[list[str]], None]


def setting(start: str, number: int, value: str) -> Spoil:
    """Sets an element of an envelope segment."""

    def spoil(segments: list[str]) -> None:
        place = find(segments, start)
        elements = segments[place].split("*")
        elements[number] = value
        segments[place] = "*".join(elements)

    return spoil


def each(*spoils: Spoil) -> Spoil:
    """One after the other."""

    def spoil(segments: list[str]) -> None:
        for one in spoils:
            one(segments)

    return spoil


def without(start: str) -> Spoil:
    """Leaves an envelope segment out."""

    def spoil(segments: list[str]) -> None:
        del segments[find(segments, start)]

    return spoil


def with_segment(segment: str, place: int) -> Spoil:
    """Puts a segment in."""

    def spoil(segments: list[str]) -> None:
        segments.insert(place if place >= 0 else len(segments) + 1 + place, segment)

    return spoil


def twice(start: str, end: str) -> Spoil:
    """Puts everything from one segment to another in a second time."""

    def spoil(segments: list[str]) -> None:
        first, last = find(segments, start), find(segments, end)
        segments[last + 1 : last + 1] = segments[first : last + 1]

    return spoil


@dataclass(frozen=True)
class Envelope:
    """A broken envelope: ``also`` are further rules that the same fault truly breaks."""

    name: str
    spoil: Spoil
    rule: str
    element: str = ""
    sample: str = "837P"
    is_warning: bool = False
    also: tuple[str, ...] = ()

    def made(self, text: str) -> bytes:
        segments = text.strip().split("\n")
        self.spoil(segments)
        return ("~".join(segments) + "~").encode()


ENVELOPES = (
    Envelope("the interchange is not closed", without("IEA"), "envelope.iea-missing"),
    Envelope("the group is not closed", without("GE"), "envelope.ge-missing"),
    Envelope("the transaction set is not closed", without("SE"), "envelope.se-missing"),
    Envelope(
        "the group is not opened",
        without("GS"),
        "envelope.ge-missing",
    ),
    Envelope(
        "the transaction set is not opened",
        without("ST"),
        "envelope.stray-segment",
        also=("envelope.ge-count", "envelope.group-empty"),
    ),
    Envelope("groups are miscounted", setting("IEA", 1, "2"), "envelope.iea-count", "IEA01"),
    Envelope(
        "the count of groups is no number",
        setting("IEA", 1, "x"),
        "envelope.iea-element",
        "IEA01",
        also=("envelope.iea-count",),
    ),
    Envelope("sets are miscounted", setting("GE", 1, "2"), "envelope.ge-count", "GE01"),
    Envelope("segments are miscounted", setting("SE", 1, "99"), "envelope.se-count", "SE01"),
    Envelope(
        "the interchange ends with another number",
        setting("IEA", 2, "000000099"),
        "envelope.iea-control",
        "IEA02",
    ),
    Envelope(
        "the interchange ends with a number of few digits",
        setting("IEA", 2, "7"),
        "envelope.iea-element",
        "IEA02",
        also=("envelope.iea-control",),
    ),
    Envelope("the group ends with another number", setting("GE", 2, "99"), "envelope.ge-control"),
    Envelope("the set ends with another number", setting("SE", 2, "0009"), "envelope.se-control"),
    Envelope(
        "two sets of a group have one number",
        twice("ST", "SE"),
        "envelope.st-repeated",
        "ST02",
        also=("envelope.ge-count",),
    ),
    Envelope(
        "two groups of an interchange have one number",
        twice("GS", "GE"),
        "envelope.gs-repeated",
        "GS06",
        is_warning=True,
        also=("envelope.iea-count",),
    ),
    Envelope(
        "two interchanges of a file have one number",
        twice("ISA", "IEA"),
        "envelope.isa-repeated",
        "ISA13",
        is_warning=True,
    ),
    Envelope(
        "an interchange begins before the one before it ended",
        lambda segments: segments.__setitem__(slice(None), [*segments[:-1], *segments]),
        "envelope.iea-missing",
    ),
    Envelope(
        "the group's kind is that of another set",
        setting("GS", 1, "HP"),
        "envelope.functional-id",
        "GS01",
    ),
    Envelope(
        "the group's kind is none",
        setting("GS", 1, "ZZ"),
        "element.code",
        "GS01",
        also=("envelope.functional-id",),
    ),
    Envelope(
        "group and set name different guides",
        setting("ST", 3, "005010X223A2"),
        "envelope.version",
        "ST03",
    ),
    Envelope(
        "the set names no guide at all",
        each(setting("ST", 3, "004010X098A1"), setting("GS", 8, "004010X098A1")),
        "structure.version",
        "ST03",
    ),
    Envelope("the group was made on no day", setting("GS", 4, "20261301"), "element.date", "GS04"),
    Envelope("the group was made at no time", setting("GS", 5, "2561"), "element.time", "GS05"),
    Envelope(
        "the group has no number",
        setting("GS", 6, ""),
        "element.required",
        "GS06",
        also=("envelope.ge-control",),
    ),
    Envelope("the group's agency is none", setting("GS", 7, "T"), "element.code", "GS07"),
    Envelope("the group has no sender", setting("GS", 2, ""), "element.required", "GS02"),
    Envelope(
        "the sender's qualifier is none", setting("ISA", 5, "QQ"), "envelope.isa-element", "ISA05"
    ),
    Envelope(
        "the receiver's qualifier is none", setting("ISA", 7, "QQ"), "envelope.isa-element", "ISA07"
    ),
    Envelope("the sender is empty", setting("ISA", 6, " " * 15), "envelope.isa-element", "ISA06"),
    Envelope(
        "the interchange is of no day", setting("ISA", 9, "261301"), "envelope.isa-date", "ISA09"
    ),
    Envelope(
        "the interchange is of no time", setting("ISA", 10, "2561"), "envelope.isa-date", "ISA10"
    ),
    Envelope(
        "the version is an older one", setting("ISA", 12, "00401"), "envelope.isa-version", "ISA12"
    ),
    Envelope(
        "the interchange's number has letters",
        setting("ISA", 13, "00000000X"),
        "envelope.isa-control",
        "ISA13",
        also=("envelope.iea-control",),
    ),
    Envelope(
        "the request for a TA1 is none", setting("ISA", 14, "2"), "envelope.isa-element", "ISA14"
    ),
    Envelope(
        "the usage is neither production nor test",
        setting("ISA", 15, "X"),
        "envelope.isa-element",
        "ISA15",
    ),
    Envelope(
        "an element of the ISA is too narrow",
        setting("ISA", 6, "CLINIC"),
        "envelope.isa-width",
        "ISA06",
        is_warning=True,
    ),
    Envelope(
        "a segment stands before the group", with_segment("REF*G1*X", 1), "envelope.stray-segment"
    ),
    Envelope(
        "a segment stands between group and set",
        with_segment("REF*G1*X", 2),
        "envelope.stray-segment",
    ),
    Envelope(
        "segments stand after the interchange",
        with_segment("REF*G1*X", -1),
        "envelope.stray-segment",
    ),
    Envelope(
        "the group holds no set",
        lambda segments: segments.__setitem__(
            slice(None), [*segments[:2], "GE*0*11", segments[-1]]
        ),
        "envelope.group-empty",
    ),
    Envelope(
        "the interchange holds nothing",
        lambda segments: segments.__setitem__(slice(None), [segments[0], "IEA*0*000000007"]),
        "envelope.interchange-empty",
    ),
    Envelope(
        "the file holds an ISA alone",
        lambda segments: segments.__setitem__(slice(None), segments[:1]),
        "envelope.interchange-empty",
        also=("envelope.iea-missing",),
    ),
    Envelope(
        "a set is none of the claim life cycle",
        setting("ST", 1, "834"),
        "structure.version",
        "ST01",
    ),
    Envelope(
        "an answer to an interchange has no verdict",
        setting("TA1", 4, "Q"),
        "envelope.ta1-element",
        "TA104",
        "TA1",
    ),
    Envelope(
        "an answer to an interchange has a note that is none",
        setting("TA1", 5, "999"),
        "envelope.ta1-element",
        "TA105",
        "TA1",
    ),
    Envelope(
        "an answer to an interchange contradicts itself",
        setting("TA1", 4, "R"),
        "envelope.ta1-element",
        "TA105",
        "TA1",
    ),
    Envelope(
        "an answer to an interchange names no number",
        setting("TA1", 1, "7"),
        "envelope.ta1-element",
        "TA101",
        "TA1",
    ),
    Envelope(
        "an answer to an interchange is of no day",
        setting("TA1", 2, "261399"),
        "envelope.ta1-element",
        "TA102",
        "TA1",
    ),
    Envelope(
        "an answer to an interchange is of no time",
        setting("TA1", 3, "9999"),
        "envelope.ta1-element",
        "TA103",
        "TA1",
    ),
)
