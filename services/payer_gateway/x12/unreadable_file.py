"""Why no interchange can be found in a file, by how it begins."""

_EMPTY = "the file is empty, no ISA segment is in it: ask the sender for it again"
_UTF16 = "it is written in UTF-16: ask the sender for UTF-8 or ASCII"
_PACKED = "it is compressed: unpack it first"
_ANOTHER = "keep the file and ask the sender for X12"
_BEGINNINGS = (
    (b"\xc9\xe2\xc1", "it is written in EBCDIC: ask the sender for ASCII"),
    (b"\xff\xfe", _UTF16),
    (b"\xfe\xff", _UTF16),
    (b"I\x00S\x00", _UTF16),
    (b"\x00I\x00S", _UTF16),
    (b"\x1f\x8b", _PACKED),
    (b"BZh", _PACKED),
    (b"PK\x03\x04", _PACKED),
    (b"7z\xbc\xaf", _PACKED),
    (b"\xfd7zX", _PACKED),
    (b"%PDF", f"it is a PDF: {_ANOTHER}"),
    (b"UNA", f"it is EDIFACT: {_ANOTHER}"),
    (b"UNB", f"it is EDIFACT: {_ANOTHER}"),
    (b"MSH", f"it is HL7: {_ANOTHER}"),
    (b"<", f"it is XML or HTML: {_ANOTHER}"),
    (b"isa", "no ISA segment is in it, but one in small letters: ask for capitals"),
    (b"----", "it is encrypted or signed: unlock it first"),
)


def no_interchange(first_bytes: bytes) -> str:
    """What the file is written in, where that can be told, and what to ask of its sender."""
    for beginning, said in _BEGINNINGS:
        if first_bytes.startswith(beginning):
            return said
    if not first_bytes.strip(b" \t\r\n\x00\x1a"):
        return _EMPTY
    return "no ISA segment is in it: keep the file and ask the sender"
