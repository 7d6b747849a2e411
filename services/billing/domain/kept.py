"""What every value of an account has in common: it is frozen, small, and quickly kept."""

from msgspec import Struct


class Kept(Struct, frozen=True, array_like=True, gc=False):
    """A value that an account is made of. Derive with ``frozen=True``.

    It is kept as the array of its fields in their order. A field is therefore only ever added at
    the end of its class, with a default: what was kept before lacks it and gets the default.
    """
