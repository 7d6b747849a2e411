"""Why no interchange can be found in a file, by how it begins."""

_UTF16 = (b"\xff\xfe", b"\xfe\xff", b"I\x00S\x00", b"\x00I\x00S")
_EBCDIC = b"\xc9\xe2\xc1"


def no_interchange(first_bytes: bytes) -> str:
    """What the file is written in, where that can be told, and what to ask of its sender."""
    if first_bytes.startswith(_EBCDIC):
        return "it is written in EBCDIC: ask the sender for ASCII"
    if first_bytes.startswith(_UTF16):
        return "it is written in UTF-16: ask the sender for UTF-8 or ASCII"
    return "no ISA segment is in it: keep the file and ask the sender"
