"""Bytes of a file, however long, as clean text in blocks that end where a segment ends."""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

from services.payer_gateway.x12.delimiters import Delimiters
from services.payer_gateway.x12.segments import LONGEST_SEGMENT_BYTES, chunks, decode

_ISA = re.compile(rb"ISA[^A-Za-z0-9 \r\n\x0b\x0c]")
_WHOLE_ISA = re.compile(
    rb"ISA([^A-Za-z0-9 \r\n\x0b\x0c])\d\d\1.{10}\1\d\d\1.{10}\1[0-9A-Z]{2}\1.{15}"
    rb"\1[0-9A-Z]{2}\1.{15}\1\d{6}\1\d{4}\1.\1\d{5}\1\d{9}\1[01]\1[PT]\1",
    re.DOTALL,
)
"""An ISA that can be nothing else, wherever it stands: what is before it was cut off."""
_LONGEST_ISA = 1024
_SPACES = b" \t\r\n\x0b\x0c"
_CONTROLS = bytes([*range(0x20), 0x7F])

BLANKS = b" \t\r\n\x00\x1a\xef\xbb\xbf"
"""What may stand around an interchange: white space, padding, an end-of-file mark, a BOM."""


class SegmentFeed:
    """Bytes still to be read: those of ``buffer`` from ``start`` on.

    ``is_cut`` and ``is_endless`` say, after ``blocks``, why a last segment is missing, and
    ``is_unended`` that IEA was taken as the last one although no terminator ends it.
    """

    def __init__(self, source: bytes | Iterable[bytes]) -> None:
        self.pieces = chunks(source)
        self.buffer = b""
        self.start = 0
        self.is_cut = False
        self.is_endless = False
        self.is_unended = False

    def grow(self) -> bool:
        """Takes in the next piece; False at the end of the file."""
        piece = next(self.pieces, None)
        if piece is None:
            return False
        self.buffer = self.buffer[self.start :] + piece
        self.start = 0
        return True

    def skip(self, count: int) -> None:
        """Leaves out so many bytes."""
        self.start = min(self.start + count, len(self.buffer))

    def first_bytes(self) -> bytes:
        """The first four bytes, if there are as many; asked for before anything is read."""
        while len(self.buffer) < 4 and self.grow():
            pass
        return self.buffer[:4]

    def seek_isa(self) -> tuple[bool, bool]:
        """Moves to the next ISA: whether there is one, and whether data stood before it."""
        skipped = False
        while True:
            match = _ISA.search(self.buffer, self.start)
            end = match.start() if match else max(len(self.buffer) - 3, self.start)
            skipped = skipped or bool(self.buffer[self.start : end].strip(BLANKS))
            self.start = end
            if match:
                return True, skipped
            if not self.grow():
                return False, skipped or bool(self.buffer[self.start :].strip(BLANKS))

    def head(self) -> str:
        """Enough text to hold an ISA segment, one character a byte."""
        while len(self.buffer) - self.start < _LONGEST_ISA and self.grow():
            pass
        return self.buffer[self.start : self.start + _LONGEST_ISA].decode("latin-1")

    def blocks(self, delimiters: Delimiters) -> Iterator[bytes]:
        """Bytes that end in a terminator, up to and with IEA, or up to the next ISA or the end.

        ``start`` is left where the block given last ends.
        """
        mark = delimiters.segment.encode("latin-1")
        iea = b"IEA" + delimiters.element.encode("latin-1")
        self.is_cut = self.is_endless = self.is_unended = False
        while True:
            isa_at = self._segment_at(b"ISA", mark, len(self.buffer), is_isa=True)
            end = isa_at if isa_at is not None else len(self.buffer)
            cut = self.buffer.rfind(mark, self.start, end) + 1
            iea_at = self._segment_at(iea, mark, end)
            if iea_at is not None:
                cut = self.buffer.find(mark, iea_at, end) + 1 or cut
            if cut > self.start:
                raw, self.start = self.buffer[self.start : cut], cut
                yield raw
                continue
            if isa_at is not None:
                yield from self._end(mark, isa_at)
                return
            if len(self.buffer) - self.start > LONGEST_SEGMENT_BYTES:
                self.is_endless = True
                self.buffer, self.start, self.pieces = b"", 0, iter(())
                return
            if not self.grow():
                break
        yield from self._end(mark, len(self.buffer))

    def _end(self, mark: bytes, end: int) -> Iterator[bytes]:
        """What comes after the last terminator: a last IEA is taken, anything else was cut off."""
        rest = self.buffer[self.start : end].strip(BLANKS)
        self.start = end
        if rest.startswith(b"IEA"):
            self.is_unended = mark.strip(BLANKS) != b""
            yield rest + mark
        elif rest:
            self.is_cut = True

    def _segment_at(
        self, head: bytes, mark: bytes, end: int, *, is_isa: bool = False
    ) -> int | None:
        """Where the next segment that starts so is, ``None`` where there is none before ``end``."""
        buffer, start = self.buffer, self.start
        blanks = _SPACES.replace(mark, b"")
        at = buffer.find(head, start, end)
        while at >= 0:
            if is_isa and _WHOLE_ISA.match(buffer, at):
                return at
            if buffer[max(at - 1, start) : at] in mark + blanks and (
                not is_isa or _ISA.match(buffer, at)
            ):
                gap = buffer[start:at].rstrip(blanks)
                if not gap or gap.endswith(mark):
                    return at
            at = buffer.find(head, at + 1, end)
        return None


@lru_cache(maxsize=32)
def _cleaning(delimiters: Delimiters) -> tuple[bytes, list[bytes], bytes]:
    """The terminator, the line ends that are no data, and the characters that no data may hold."""
    mark = delimiters.segment.encode("latin-1")
    used = delimiters.all.encode("latin-1")
    line_ends = [end for end in (b"\r", b"\n") if end != mark]
    return mark, line_ends, bytes(c for c in _CONTROLS if c not in used)


def clean(raw: bytes, delimiters: Delimiters) -> tuple[str, bool, bool]:
    """Text of a block, whether it was UTF-8, and whether a control character stands in it.

    Line ends are dropped wherever they stand (files are wrapped and pretty-printed, and no line
    end is ever data), blanks only before a segment, empty segments altogether. The text has no
    terminator at its end. Bytes that are not UTF-8 are read as Latin-1.
    """
    mark, line_ends, controls = _cleaning(delimiters)
    for line_end in line_ends:
        raw = raw.replace(line_end, b"")
    if raw[:1] in {b" ", b"\t"} or mark + b" " in raw or mark + b"\t" in raw:
        raw = re.sub(re.escape(mark) + rb"[ \t]+", lambda _: mark, raw.lstrip(b" \t"))
    while mark + mark in raw:
        raw = raw.replace(mark + mark, mark)
    raw = raw.strip(mark)
    text, is_utf8 = decode(raw)
    return text, is_utf8, len(raw.translate(None, controls)) != len(raw)
