"""What every value of an account has in common: it is frozen, small, and quickly kept."""

from msgspec import Struct


class Kept(Struct, frozen=True, gc=False, omit_defaults=True):
    """A value that an account is made of. Derive with ``frozen=True``.

    It is kept as an object by the names of its fields. A field that has its default is left out,
    and one that was not there when a row was written gets it: a default never changes.
    """
