"""Files of every loop and segment of the guides, drawn by seed: optional ones come and go."""

from collections.abc import Callable, Iterator, Mapping
from datetime import date, timedelta
from random import Random

from services.payer_gateway.x12 import Delimiters
from tests.unit.payer_gateway.x12.guide_loops import (
    CLAIM_ACKNOWLEDGEMENT,
    FUNCTIONAL_ACKNOWLEDGEMENT,
    PROFESSIONAL,
    REMITTANCE,
    Loop,
)

GUIDES: Mapping[str, tuple[str, str, Loop]] = {
    "837P": ("HC", "005010X222A1", PROFESSIONAL),
    "835": ("HP", "005010X221A1", REMITTANCE),
    "277CA": ("HN", "005010X214", CLAIM_ACKNOWLEDGEMENT),
    "999": ("FA", "005010X231A1", FUNCTIONAL_ACKNOWLEDGEMENT),
}
"""GS01, GS08 and the transaction set of each kind."""


def drawn_file(kind: str, seed: int, delimiters: Delimiters | None = None) -> bytes:
    """A file of one transaction set of that kind, envelopes and counts in order."""
    marks = delimiters or Delimiters()
    functional_id, version, loop = GUIDES[kind]
    segments = [*_Draw(seed).loop(loop)]
    segments.append(f"SE*{len(segments) + 1}*0001")
    isa = (
        f"ISA*00*{'':10}*00*{'':10}*ZZ*{'SENDER':15}*ZZ*{'RECEIVER':15}*260201*0930*"
        f"{marks.repetition}*00501*{seed % 10**9:09d}*0*P*;"
    )
    group = f"GS*{functional_id}*SENDER*RECEIVER*20260201*0930*1*X*{version}"
    every = [isa, group, *segments, "GE*1*1", f"IEA*1*{seed % 10**9:09d}"]
    table = str.maketrans({"*": marks.element, ";": marks.component})
    return "".join(each.translate(table) + marks.segment for each in every).encode()


def _options(template: str) -> list[str]:
    """The alternatives of the first word of a template: a qualifier comes once in a loop."""
    start = template.find("{")
    word = template[start + 1 : template.find("}")] if start >= 0 else ""
    return word.split("|") if "|" in word and "{" not in word and "" not in word.split("|") else []


def _chosen(template: str, qualifier: str) -> str:
    """The template with its first word settled."""
    if not qualifier:
        return template
    return template[: template.find("{")] + qualifier + template[template.find("}") + 1 :]


class _Draw:
    """What was drawn so far: numbers of levels, of lines, of claims."""

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)
        self._names: dict[str, str] = {}
        self._levels = 0
        self._count = 0

    def loop(self, loop: Loop) -> Iterator[str]:
        """The segments of a loop."""
        for part, least, most in loop:
            count = self._random.randint(least, most)
            first = part if isinstance(part, str) else part[0][0]
            qualifiers = _options(first) if isinstance(first, str) and most > 1 else []
            if qualifiers:
                count = min(count, len(qualifiers))
            drawn = self._random.sample(qualifiers, count) if qualifiers else [""] * count
            for qualifier in drawn:
                head = _chosen(first, qualifier) if isinstance(first, str) else ""
                if isinstance(part, str):
                    yield self._segment(head)
                else:
                    yield from self.loop(((head, 1, 1), *part[1:]) if head else part)

    def _segment(self, template: str) -> str:
        return self._filled(template).rstrip("*")

    def _filled(self, template: str) -> str:
        text = ""
        depth = 0
        word = ""
        for character in template:
            depth -= character == "}"
            if depth:
                word += character
            elif character == "}":
                text += self._word(word)
                word = ""
            elif character != "{":
                text += character
            depth += character == "{"
        return text

    def _word(self, word: str) -> str:
        draw, self._count = self._random, self._count + 1
        if "|" in word:
            return self._alternative(word)
        level, _, name = word.partition("!")
        if level == "level":
            self._levels += 1
            self._names[name] = str(self._levels)
            return str(self._levels)
        kinds: Mapping[str, Callable[[], str]] = {
            "text": lambda: draw.choice(("MAIN STREET", "O'NEIL", "STAR", "A-1, B & C", "X")),
            "city": lambda: draw.choice(("SPRINGFIELD", "STAR", "ST. LOUIS")),
            "carc": lambda: draw.choice(("1", "45", "253", "A1")),
            "count": lambda: str(draw.randrange(1, 99)),
            "maybe": lambda: draw.choice(("", "", "Q", "MIDDLE NAME")),
            "code": lambda: f"K{draw.randrange(10**6)}",
            "icd": lambda: f"E{draw.randrange(100, 9999)}",
            "number": lambda: f"{draw.randrange(10**8, 10**9)}",
            "next": lambda: str(self._count),
            "line": lambda: str(draw.randrange(1, 9)),
            "claim": lambda: f"CLM{self._count}",
            "member": lambda: f"M{self._count:06d}",
            "money": lambda: draw.choice(("0", "12", "12.5", ".5", "-3.10", "1000000.01", "80")),
            "quantity": lambda: draw.choice(("1", "2.5", "10", "0.125", "100")),
            "date": self._date,
            "time": lambda: draw.choice(("0930", "235959")),
            "period": lambda: draw.choice(
                (f"D8*{self._date()}", f"RD8*{self._date()}-{self._date()}")
            ),
        }
        kind = kinds.get(word)
        return kind() if kind else self._names.get(word, word)

    def _alternative(self, word: str) -> str:
        options, depth, option = [], 0, ""
        for character in word:
            depth += {"{": 1, "}": -1}.get(character, 0)
            if character == "|" and not depth:
                options.append(option)
                option = ""
            else:
                option += character
        chosen = self._random.choice([*options, option])
        return self._filled(chosen) if "{" in chosen else self._word(chosen) if chosen else ""

    def _date(self) -> str:
        return f"{date(1990, 1, 1) + timedelta(self._random.randrange(13_000)):%Y%m%d}"
