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

    def recounted(self) -> "_Text":
        """With the counts of SE as they are now, so that nothing but the fault is wrong."""
        first = 0
        for place, each in enumerate(self.segments):
            if each[0] == "ST":
                first = place
            elif each[0] == "SE":
                each[1] = str(place - first + 1)
        return self

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


def _without(*starts: str) -> Callable[[bytes], bytes]:
    """A file without the segments that start so, recounted where what is left has an SE."""

    def spoil(content: bytes) -> bytes:
        text = _Text.of(content)
        text.segments[:] = [
            each for each in text.segments if not f"{'*'.join(each)}*".startswith(starts)
        ]
        return text.recounted().bytes()

    starts = tuple(f"{start}*" for start in starts)
    return spoil


def _first_changed(
    start: str, element: int, change: Callable[[str], str]
) -> Callable[[bytes], bytes]:
    """A file with one element of the first segment that starts so changed."""

    def spoil(content: bytes) -> bytes:
        text = _Text.of(content)
        for segment in text.segments:
            if f"{'*'.join(segment)}*".startswith(f"{start}*") and len(segment) > element:
                segment[element] = change(segment[element])
                break
        return text.bytes()

    return spoil


def _without_last(name: str) -> Callable[[bytes], bytes]:
    """A file without the last segment of that name, recounted."""

    def spoil(content: bytes) -> bytes:
        text = _Text.of(content)
        for place in range(len(text.segments) - 1, 0, -1):
            if text.segments[place][0] == name:
                del text.segments[place]
                break
        return text.recounted().bytes()

    return spoil


def _with(segment: str, before: str) -> Callable[[bytes], bytes]:
    """A file with one more segment before the first of that name, recounted."""

    def spoil(content: bytes) -> bytes:
        text = _Text.of(content)
        for place, each in enumerate(text.segments):
            if each[0] == before:
                text.segments.insert(place, segment.split("*"))
                break
        return text.recounted().bytes()

    return spoil


def _set_twice(content: bytes) -> bytes:
    """Every transaction set once more under its own number."""
    text = _Text.of(content)
    names = [each[0] for each in text.segments]
    if "ST" not in names:
        return content
    first, last = names.index("ST"), len(names) - names[::-1].index("SE")
    text.segments[last:last] = [list(each) for each in text.segments[first:last]]
    for each in text.segments:
        if each[0] == "GE":
            each[1] = str(int(each[1]) * 2)
    return text.bytes()


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


def _before(text: bytes) -> Callable[[bytes], bytes]:
    return lambda content: text + content


def _cut_in_group_end(content: bytes) -> bytes:
    return content[: content.rindex(b"GE" + content[3:4]) + 3]


_SETS = frozenset({"835", "277CA", "999", "277", "271"})
_WITH_GUIDE = _SETS - {"835"}
_835 = frozenset({"835"})
_999 = frozenset({"999"})
_CA = frozenset({"277CA"})
_HUGE = "X" * 301
FAULTS: Mapping[str, FileFault] = {
    "truncated": FileFault("the first half of a file", _truncated, "envelope.iea-missing", _SETS),
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
    "another-set": FileFault(
        "a set nobody agreed on (864)", _another_set, "gateway.set-unknown", _SETS
    ),
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
        _999,
    ),
    "no-verdict": FileFault(
        "IK501 says nothing known",
        _changed("IK5", 1, lambda _: "Z"),
        "acknowledgement.code",
        _999,
    ),
    "lost-levels": FileFault(
        "HL03 names no level",
        _changed("HL", 3, lambda _: "99"),
        "status.hierarchy",
        _CA,
    ),
    "leading-words": FileFault(
        "words stand before ISA", _before(b"To whom it concerns\n"), "envelope.leading-data"
    ),
    "cut-in-segment": FileFault(
        "the file ends within GE", _cut_in_group_end, "envelope.unterminated-segment", _SETS
    ),
    "stray-segment": FileFault(
        "a segment stands outside any set",
        _with("REF*ZZ*1", "GS"),
        "envelope.stray-segment",
        _SETS,
    ),
    "set-twice": FileFault("two sets have one number", _set_twice, "envelope.st-repeated", _SETS),
    "wrong-group": FileFault(
        "GS01 is not that of the set",
        _changed("GS", 1, lambda _: "HI"),
        "envelope.functional-id",
        _SETS,
    ),
    "another-version": FileFault(
        "GS08 names another guide than ST03",
        _changed("GS", 8, lambda _: "005010X298"),
        "envelope.version",
        _WITH_GUIDE,
    ),
    "control-character": FileFault(
        "a control character stands in a name",
        _changed("N1", 2, lambda name: f"{name[:1]}\x07{name[1:]}"),
        "envelope.control-character",
        _835,
    ),
    "control-in-group": FileFault(
        "a control character stands in GS",
        _changed("GS", 3, lambda name: f"{name[:1]}\x07{name[1:]}"),
        "envelope.control-in-envelope",
        _SETS,
    ),
    "endless-element": FileFault(
        "a name of 301 characters",
        _changed("N1", 2, lambda _: _HUGE),
        "envelope.element-too-long",
        _835,
    ),
    "another-guide": FileFault(
        "an 835 of a guide nobody knows",
        _changed("GS", 8, lambda _: "004010X091A1"),
        "remittance.not-835",
        _835,
    ),
    "no-payment": FileFault("BPR is missing", _without("BPR"), "remittance.bpr-missing", _835),
    "no-trace": FileFault("TRN is missing", _without("TRN"), "remittance.trace-missing", _835),
    "negative-payment": FileFault(
        "BPR02 is below zero",
        _changed("BPR", 2, lambda amount: f"-{amount}" if amount.strip("0.") else "-1"),
        "remittance.negative-payment",
        _835,
    ),
    "provider-amount": FileFault(
        "an amount of PLB is none",
        _with("PLB*1234567893*20261231*WO:1*N/A", "SE"),
        "remittance.plb-amount",
        _835,
    ),
    "claim-amount": FileFault(
        "the charge of a claim is no amount",
        _first_changed("CLP", 3, lambda _: "N/A"),
        "remittance.claim-amount",
        _835,
    ),
    "no-group-named": FileFault(
        "AK1 is missing", _without("AK1"), "acknowledgement.ak1-missing", _999
    ),
    "no-group-verdict": FileFault(
        "AK9 is missing", _without("AK9"), "acknowledgement.ak9-missing", _999
    ),
    "no-set-verdict": FileFault(
        "IK5 is missing", _without("IK5"), "acknowledgement.ik5-missing", _999
    ),
    "no-status": FileFault(
        "a claim has no STC", _without_last("STC"), "gateway.status-unclear", _CA
    ),
    "no-claim-named": FileFault(
        "an STC stands by no claim", _without_last("TRN"), "status.claim-id-missing", _CA
    ),
    "no-receipt-verdict": FileFault(
        "TA104 is none",
        _changed("TA1", 4, lambda _: "Z"),
        "acknowledgement.ta1-code",
        frozenset({"TA1"}),
    ),
    "other-levels": FileFault(
        "the levels of an answer do not count on",
        _first_changed("HL", 1, lambda _: "9"),
        "hierarchy.level",
        frozenset({"277", "271"}),
    ),
    "no-status-header": FileFault(
        "BHT is missing in a 277", _without("BHT"), "claim-status.header", frozenset({"277"})
    ),
    "no-coverage-header": FileFault(
        "BHT is missing in a 271", _without("BHT"), "eligibility.header", frozenset({"271"})
    ),
    "other-delimiters": FileFault("other delimiters", _other_delimiters, ""),
    "white-space": FileFault("line ends between segments", _white_space, ""),
}


def kinds_for(answer: str, kinds: Sequence[str]) -> list[str]:
    """Those of ``kinds`` that can meet that kind of answer."""
    return [kind for kind in kinds if FAULTS[kind].meets(answer)]
