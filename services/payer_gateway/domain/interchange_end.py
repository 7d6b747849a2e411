"""Whether a file may be on its way still: nothing is in it yet, or it begins as X12 and goes on."""

_ISA_CHARACTERS = 106
"""ISA is as long everywhere; its last character ends every segment (X12.5, 005010 appendix B)."""

_PADDING = b" \t\r\n\0\x1a"

END_BYTES = 512
"""Enough of either end of a file to tell."""


def may_go_on(head: bytes, tail: bytes) -> bool:
    """Whether more may come after ``tail``; ``head`` is what the file begins with.

    Of a file that is no X12 it cannot be told: it is taken for whole.

    >>> isa = b"ISA*00*          *00*          *ZZ*A              *ZZ*B              "
    >>> isa += b"*260302*0930*^*00501*000000001*0*P*:~"
    >>> may_go_on(isa, isa + b"GS*HP"), may_go_on(isa, b"IEA*0*000000001~")
    (True, False)
    """
    begun = head.lstrip()
    if not begun:
        return True
    mark = begun[_ISA_CHARACTERS - 1 : _ISA_CHARACTERS]
    if not begun.startswith(b"ISA") or not mark or mark.isalnum():
        return False
    end = tail.rstrip(_PADDING)
    last = end.removesuffix(mark).rpartition(mark)[2].strip()
    return not (last.startswith(b"IEA") and (mark.isspace() or end.endswith(mark)))
