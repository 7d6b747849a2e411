"""Files gone wrong: each fault spoils a finished file in one way.

A spoiled file comes before the right one, which follows, so that in the end nothing is missing. A
harmless change (other delimiters, white space) takes the right file's place.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

_HALF = 2
Segments = list[list[str]]
"""Elements of each segment, the segment's name first."""


@dataclass(frozen=True, slots=True)
class _Text:
    """A file cut into segments by the marks of its ISA, and put together again."""

    segments: Segments
    element: str
    terminator: str

    @classmethod
    def of(cls, content: bytes) -> "_Text":
        text = content.decode("latin-1")
        element, terminator = text[3], text[105]
        pieces = text.split(terminator)[:-1]
        return cls([piece.strip("\r\n").split(element) for piece in pieces], element, terminator)

    def bytes(self) -> bytes:
        pieces = [self.element.join(each) + self.terminator for each in self.segments]
        return "".join(pieces).encode("latin-1")


@dataclass(frozen=True, slots=True)
class FileFault:
    """One way to go wrong. refusal: the gateway's reason, empty where it reads the file all the
    same. kinds: of which files, all where empty."""

    about: str
    spoil: Callable[[bytes], bytes]
    refusal: str
    kinds: frozenset[str] = frozenset()

    @property
    def is_harmless(self) -> bool:
        """Whether the file says what the right one says."""
        return not self.refusal

    def meets(self, kind: str) -> bool:
        """Whether files of that kind can go wrong so."""
        return not self.kinds or kind in self.kinds


def _changed(name: str, element: int, change: Callable[[str], str]) -> Callable[[bytes], bytes]:
    """A file with one element of every segment of that name changed."""

    def spoil(content: bytes) -> bytes:
        text = _Text.of(content)
        for segment in text.segments:
            if segment[0] == name and len(segment) > element:
                segment[element] = change(segment[element])
        return text.bytes()

    return spoil


def _one_more(number: str) -> str:
    return str(int(number) + 1).zfill(len(number))


def _one_cent_more(amount: str) -> str:
    whole, _, cents = amount.partition(".")
    total = int(whole or 0) * 100 + int(cents.ljust(2, "0")) + 1
    return f"{total // 100}.{total % 100:02d}"


def _without(*names: str) -> Callable[[bytes], bytes]:
    def spoil(content: bytes) -> bytes:
        text = _Text.of(content)
        text.segments[:] = [each for each in text.segments if each[0] not in names]
        return text.bytes()

    return spoil


def _truncated(content: bytes) -> bytes:
    return content[: len(content) // _HALF]


def _not_x12(content: bytes) -> bytes:
    return b"%PDF-1.4\n" + content[::-1]


def _another_set(content: bytes) -> bytes:
    """A set that nobody agreed on (864, text), in a group of its kind."""
    text = _Text.of(content)
    head, tail = text.segments[0], text.segments[-1]
    group = next(each for each in text.segments if each[0] == "GS")
    number = group[6]
    body = [
        ["GS", "TX", *group[2:8], "005010"],
        ["ST", "864", "0001"],
        ["BMG", "00", "NEWS"],
        ["SE", "3", "0001"],
        ["GE", "1", number],
    ]
    tail = ["IEA", "1", tail[2]]
    return _Text([head, *body, tail], text.element, text.terminator).bytes()


def _other_payee(content: bytes) -> bytes:
    """Somebody else's remittance: a payee and claims that are not known here."""
    text = _Text.of(content)
    for segment in text.segments:
        if segment[:2] == ["N1", "PE"] and len(segment) > 4:
            segment[4] = "1999999992"
        elif segment[0] == "CLP":
            segment[1] = f"ELSE{segment[1][-12:]}"
        elif segment[0] == "TRN":
            segment[2] = f"ELSE{segment[2][-16:]}"
    return text.bytes()


def _other_delimiters(content: bytes) -> bytes:
    """The same file under other marks, if it holds none of them."""
    taken = [content[3:4], content[104:105], content[105:106]]
    others = [b"|", b">", b"!"]
    if any(other in content for other in others):
        return content
    return content.translate(bytes.maketrans(b"".join(taken), b"".join(others)))


def _white_space(content: bytes) -> bytes:
    """Line ends between segments and at the end, as many senders write them."""
    terminator = content[105:106]
    return content.replace(terminator, terminator + b"\r\n") + b"\r\n"


_835 = frozenset({"835"})
FAULTS: Mapping[str, FileFault] = {
    "truncated": FileFault("the first half of a file", _truncated, "envelope.iea-missing"),
    "no-end": FileFault("IEA is missing", _without("IEA"), "envelope.iea-missing"),
    "no-group-end": FileFault("GE is missing", _without("GE"), "envelope.ge-missing"),
    "no-set-end": FileFault(
        "SE is missing", _without("SE"), "envelope.se-missing", frozenset({"835", "277CA", "999"})
    ),
    "interchange-number": FileFault(
        "IEA02 is not ISA13", _changed("IEA", 2, _one_more), "envelope.iea-control"
    ),
    "interchange-count": FileFault(
        "IEA01 is one too many", _changed("IEA", 1, _one_more), "envelope.iea-count"
    ),
    "group-number": FileFault(
        "GE02 is not GS06", _changed("GE", 2, _one_more), "envelope.ge-control"
    ),
    "group-count": FileFault(
        "GE01 is one too many", _changed("GE", 1, _one_more), "envelope.ge-count"
    ),
    "set-number": FileFault(
        "SE02 is not ST02", _changed("SE", 2, _one_more), "envelope.se-control"
    ),
    "set-count": FileFault(
        "SE01 is one too many", _changed("SE", 1, _one_more), "envelope.se-count"
    ),
    "not-x12": FileFault("something else altogether", _not_x12, "envelope.not-x12"),
    "another-set": FileFault("a set nobody agreed on (864)", _another_set, "gateway.set-unknown"),
    "wrong-total": FileFault(
        "BPR02 is a cent more than claims and PLB say",
        _changed("BPR", 2, _one_cent_more),
        "remittance.transaction-balance",
        _835,
    ),
    "no-date": FileFault(
        "BPR16 is missing", _changed("BPR", 16, lambda _: ""), "remittance.no-date", _835
    ),
    "debit": FileFault(
        "BPR03 takes money instead of giving it",
        _changed("BPR", 3, lambda _: "D"),
        "remittance.debit",
        _835,
    ),
    "no-amount": FileFault(
        "BPR02 is no amount", _changed("BPR", 2, lambda _: "N/A"), "remittance.bpr-amount", _835
    ),
    "other-payee": FileFault(
        "somebody else's remittance", _other_payee, "remittance.payee-unknown", _835
    ),
    "unknown-file": FileFault(
        "AK102 names a group that nobody sent",
        _changed("AK1", 2, lambda _: "987654321"),
        "gateway.file-unknown",
        frozenset({"999"}),
    ),
    "no-verdict": FileFault(
        "IK501 says nothing known",
        _changed("IK5", 1, lambda _: "Z"),
        "acknowledgement.code",
        frozenset({"999"}),
    ),
    "lost-levels": FileFault(
        "HL03 names no level",
        _changed("HL", 3, lambda _: "99"),
        "status.hierarchy",
        frozenset({"277CA"}),
    ),
    "other-delimiters": FileFault("other delimiters", _other_delimiters, ""),
    "white-space": FileFault("line ends between segments", _white_space, ""),
}


def kinds_for(answer: str, kinds: Sequence[str]) -> list[str]:
    """Those of ``kinds`` that can meet that kind of answer."""
    return [kind for kind in kinds if FAULTS[kind].meets(answer)]
