"""Ways to spoil an X12 file that keep it one: segments, elements, components, envelopes, counts."""

from collections.abc import Sequence
from random import Random

from tests.fuzz.mutation import TEXTS, spoiled_bytes

_LONGEST = 60_000
_MARKS = ("*:^~", "|>}\n", "\x1d\x1f\x1e\x1c", "*^:~", "+,&'", "*::~", "**^~")
_VALUES = (
    *("", "0", "1", "-1", "18", "22", "99", "ZZ", "XX", "ABK", "D8", "RD8", "HC", "A1", "A3"),
    *("20260105", "20260230", "20260105-20260101", "1234567893", "1234567890", "12.34", "12.345"),
    *(
        "999999999999999999",
        "1E5",
        ".",
        "-",
        " ",
        "  x  ",
        "x" * 40,
        "x" * 300,
        "é",
        "\x00",
        "\x07",
    ),
    *("11:B:1", "11:B:7", "HC:99213:25", "ABK:E119", "1:2:3:4", ":::", "^^", "A2:20:PR"),
)


def _run(draw: Random, segments: Sequence[str]) -> tuple[int, int]:
    start = draw.randrange(len(segments))
    return start, min(len(segments), start + draw.choice((1, 1, 1, 2, 3, 8, 20)))


def _segment(draw: Random, segments: list[str], others: Sequence[str]) -> None:
    """Segments left out, doubled, moved, exchanged, or put in from another file."""
    start, end = _run(draw, segments)
    run = segments[start:end]
    to = draw.randrange(len(segments) + 1)
    match draw.randrange(7):
        case 0:
            del segments[start:end]
        case 1:
            segments[end:end] = run
        case 2:
            del segments[start:end]
            segments[min(to, len(segments)) : min(to, len(segments))] = run
        case 3:
            to = min(to, len(segments) - 1)
            segments[start], segments[to] = segments[to], segments[start]
        case 4 if others:
            first, last = _run(draw, others)
            segments[to:to] = others[first:last]
        case 5:
            segments[end:end] = run * draw.choice((2, 5, 60))
        case _:
            segments[start:end] = list(reversed(run))


def _element(draw: Random, segments: list[str]) -> None:
    """One element or component of one segment set to something else, left out or added."""
    place = draw.randrange(len(segments))
    elements = segments[place].split("*")
    number = draw.randrange(len(elements))
    match draw.randrange(8):
        case 0:
            del elements[number]
        case 1:
            elements.insert(number, draw.choice(_VALUES))
        case 2:
            elements += [draw.choice(_VALUES)] * draw.choice((1, 3, 30))
        case 3:
            other = draw.choice(segments).split("*")
            elements[number] = draw.choice(other)
        case 4:
            parts = elements[number].split(":")
            parts[draw.randrange(len(parts))] = draw.choice(_VALUES)
            elements[number] = ":".join(parts)
        case 5:
            elements[number] = draw.choice(TEXTS)
        case 6:
            elements[number] = elements[number].lower()
        case _:
            elements[number] = draw.choice(_VALUES)
    segments[place] = "*".join(elements)


def counted(segments: Sequence[str]) -> list[str]:
    """The segments with SE01, GE01 and IEA01 made to fit, so that what is within is looked at."""
    fixed: list[str] = []
    start = sets = groups = 0
    for number, segment in enumerate(segments):
        name, _, rest = segment.partition("*")
        control = rest.partition("*")[2]
        count = {"SE": number - start + 1, "GE": sets, "IEA": groups}.get(name)
        fixed.append(segment if count is None else f"{name}*{count}*{control}")
        match name:
            case "ST":
                start = number
            case "GS":
                sets, groups = 0, groups + 1
            case "SE":
                sets += 1
            case "IEA":
                groups = 0
    return fixed


def spoiled_file(draw: Random, seeds: Sequence[bytes]) -> bytes:
    """A seed with one to five changes that leave it a file of segments, most of them counted."""
    text = draw.choice(seeds).decode("latin-1")
    if "~" not in text or "*" not in text:
        return spoiled_bytes(draw, seeds)
    segments = [segment.strip("\r\n") for segment in text.split("~")][:2_000]
    others = draw.choice(seeds).decode("latin-1").split("~")[:2_000]
    for _ in range(draw.choice((1, 1, 1, 2, 3, 5))):
        if draw.randrange(3) == 0:
            _segment(draw, segments, others)
        else:
            _element(draw, segments)
        if not segments:
            break
    if draw.randrange(4):
        segments = counted(segments)
    spoiled = "~".join(segments)
    if draw.randrange(8) == 0:
        marks = draw.choice(_MARKS)
        spoiled = spoiled.translate(str.maketrans("*:^~", marks))
    if draw.randrange(10) == 0:
        spoiled = spoiled.replace("~", draw.choice(("~\n", "~\r\n", "~  ", "\n~")))
    return spoiled[:_LONGEST].encode("latin-1", "replace")
