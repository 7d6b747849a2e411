"""Ways to spoil bytes and JSON a little: most of what comes out nearly fits."""

import copy
import json
from collections.abc import Callable, Iterator, Sequence
from random import Random
from typing import Any

INTERESTING_BYTES = (
    b"\x00",
    b"\xff",
    b"\xef\xbb\xbf",
    b"\xed\xa0\x80",
    b"\xc0\xaf",
    b"\xe2\x80\xae",
    b"\xf0\x9f\x98\x80",
    b"\n",
    b"\r\n",
    b"\x1b[31m",
    b'"',
    b"\\u0000",
    b"\\ud800",
    b"~",
    b"*",
    b":",
    b"^",
    b"%s%n",
    b"../",
    b"-1",
    b"0",
    b"1e999",
    b"NaN",
    b"9" * 20,
    b"9" * 400,
    b"[" * 300,
    b"{}",
    b"null",
    b"A" * 3000,
)
NUMBERS = (
    *(0, 1, -1, 2, 3, 12, 13, 49, 50, 51, 99, 100, 9_999, 10_000, 10_001),
    *(2**31 - 1, 2**31, 2**53, 10**13, -(10**13), 10**13 + 1, 2**63 - 1, 2**63, -(2**63), 10**30),
    *("1_0", "1_000_000_000_000_000_000_000", "9" * 30, 1e30),
)
TEXTS = (
    "",
    " ",
    "0",
    "-1",
    "NaN",
    "none",
    "\u0000",
    "\u2028",
    "\u202eabc",
    "\U0001f600",
    "e\u0301",
    "\ufdfa",
    "\u0130",
    "\ufb03",
    "a" * 64,
    "a" * 65,
    "x" * 400,
    "x" * 5_000,
    "no " * 2_000,
    "E1:E2",
    "2026-02-29",
    "2024-02-29",
    "1900-01-01",
    "0001-01-01",
    "9999-12-31",
    "2199-12-31",
    "2026-01-14T00:00:00Z",
    "2026-01-14T00:00:00",
    "9999-12-31T23:59:59-12:00",
    "0001-01-01T00:00:00+14:00",
    "1234567893",
    "99213",
    "J02.0",
    "Z23",
    "25",
    "59",
    "11",
    "0.0001",
    "99999999.9999",
    "~*:^>",
    "<b>&amp;</b>",
)
OTHERS: tuple[Any, ...] = (None, True, False, [], {}, [[]], [None], {"": None}, 0.5, -0.0, 1e300)

Spoil = Callable[[Random, bytes], bytes]


def _flip(draw: Random, data: bytes) -> bytes:
    place = draw.randrange(len(data))
    return data[:place] + bytes([data[place] ^ (1 << draw.randrange(8))]) + data[place + 1 :]


def _overwrite(draw: Random, data: bytes) -> bytes:
    place = draw.randrange(len(data))
    return data[:place] + draw.choice(INTERESTING_BYTES) + data[place + 1 :]


def _insert(draw: Random, data: bytes) -> bytes:
    place = draw.randrange(len(data) + 1)
    return data[:place] + draw.choice(INTERESTING_BYTES) + data[place:]


def _delete(draw: Random, data: bytes) -> bytes:
    place = draw.randrange(len(data))
    return data[:place] + data[place + draw.choice((1, 1, 2, 4, 16, 64, 500)) :]


def _repeat(draw: Random, data: bytes) -> bytes:
    place = draw.randrange(len(data))
    piece = data[place : place + draw.choice((1, 4, 20, 100, 1000))]
    return data[:place] + piece * draw.choice((2, 2, 3, 50)) + data[place:]


def _swap(draw: Random, data: bytes) -> bytes:
    one, other = sorted((draw.randrange(len(data)), draw.randrange(len(data))))
    return data[other:] + data[one:other] + data[:one]


def _cut(draw: Random, data: bytes) -> bytes:
    return data[: draw.randrange(len(data))]


def _digit(draw: Random, data: bytes) -> bytes:
    """Change one digit, so that what is read stays nearly right."""
    places = [place for place in range(len(data)) if 48 <= data[place] <= 57]
    if not places:
        return data
    place = draw.choice(places)
    return data[:place] + str(draw.randrange(10)).encode() + data[place + 1 :]


SPOILS: Sequence[Spoil] = (
    *(_flip, _flip, _overwrite, _insert, _insert),
    *(_delete, _delete, _repeat, _swap, _cut, _digit, _digit),
)


def spoiled_bytes(draw: Random, seeds: Sequence[bytes]) -> bytes:
    """A seed with a few changes, or two seeds grown together, or noise."""
    data = draw.choice(seeds)
    kind = draw.randrange(40)
    if kind == 0:
        return draw.randbytes(draw.choice((0, 1, 7, 64, 900)))
    if kind == 1:
        other = draw.choice(seeds)
        return data[: draw.randrange(len(data) + 1)] + other[draw.randrange(len(other) + 1) :]
    for _ in range(draw.choice((1, 1, 1, 2, 3, 8))):
        if data:
            data = draw.choice(SPOILS)(draw, data)
    return data


def spoiled_segments(draw: Random, data: bytes, marks: Sequence[bytes]) -> bytes:
    """Pieces between ``marks`` left out, doubled, exchanged or spoiled; the marks are kept."""
    mark = draw.choice(marks)
    pieces = data.split(mark)
    for _ in range(draw.choice((1, 1, 2, 4))):
        place, other = draw.randrange(len(pieces)), draw.randrange(len(pieces))
        match draw.randrange(6):
            case 0 if len(pieces) > 1:
                del pieces[place]
            case 1:
                pieces.insert(place, pieces[other])
            case 2:
                pieces[place], pieces[other] = pieces[other], pieces[place]
            case 3 if pieces[place]:
                pieces[place] = draw.choice(SPOILS)(draw, pieces[place])
            case 4:
                pieces[place] = draw.choice(TEXTS).encode()
            case _:
                pieces[place] = str(draw.choice(NUMBERS)).encode()
    return mark.join(pieces)


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every container of a JSON document with each name or index in it."""
    if isinstance(value, dict | list):
        for name in list(value) if isinstance(value, dict) else range(len(value)):
            yield value, name
            yield from _places(value[name])


def _other(draw: Random, old: Any, everything: Sequence[Any]) -> Any:
    """Something else for a place: of the same type most of the time."""
    kind = draw.randrange(10)
    if kind == 0:
        return draw.choice(OTHERS)
    if kind <= 3:
        return copy.deepcopy(draw.choice(everything))
    if isinstance(old, bool):
        return not old
    if isinstance(old, int):
        return draw.choice((*NUMBERS, old + 1, old - 1, -old, old * 2))
    if isinstance(old, str):
        joined = f"{old}{draw.choice(TEXTS)}"
        return draw.choice((draw.choice(TEXTS), joined, old[: len(old) // 2], old.upper()))
    if isinstance(old, list):
        return old * draw.choice((0, 2, 2, 3, 60))
    return draw.choice(OTHERS)


def spoiled_json(draw: Random, document: bytes) -> bytes:
    """The document with a few of its values exchanged, left out, renamed or repeated."""
    whole = json.loads(document)
    for _ in range(draw.choice((1, 1, 1, 2, 3))):
        places = list(_places(whole))
        if not places:
            break
        container, name = draw.choice(places)
        everything = [inner[each] for inner, each in places]
        if draw.randrange(8) == 0:
            del container[name]
        elif isinstance(container, dict) and draw.randrange(20) == 0:
            container[draw.choice(TEXTS) or "x"] = container.pop(name)
        else:
            container[name] = _other(draw, container[name], everything)
    text = json.dumps(whole, ensure_ascii=draw.random() < 0.5, separators=(",", ":"))
    return text.encode("utf-8", "surrogatepass")
