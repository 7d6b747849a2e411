"""Codes and names that people give on the command line."""

import getpass
import os
import re
from typing import Annotated

import typer

from services.chassis.terminal import ToldError
from services.coding.resolve_encounter import DecidedLine

Diagnoses = Annotated[
    list[str] | None, typer.Option("--dx", help="ICD-10-CM code, in order; repeat")
]
Lines = Annotated[
    list[str] | None,
    typer.Option("--line", help="CODE[-MODIFIER...][*UNITS][@POINTER,...][#NDC]; repeat"),
]
DespiteEdits = Annotated[
    bool,
    typer.Option("--despite-edits", help="decide although an edit is against it; that is kept"),
]
Actor = Annotated[str, typer.Option("--actor", help="who acts; your login name")]
_LINE = re.compile(
    r"(?P<code>[0-9A-Z]{5})(?P<modifiers>(?:-[0-9A-Z]{2}){0,4})(?:\*(?P<units>[0-9]{1,4}))?"
    r"(?:@(?P<pointers>[0-9]{1,2}(?:,[0-9]{1,2}){0,3}))?(?:#(?P<ndc>[0-9]{11}))?"
)


def decided_line(text: str) -> DecidedLine:
    """``99213``, ``99213-25``, ``73562-LT@1,2`` or ``J0696*3@1#00409733201``.

    Raises ``ToldError`` for anything else.
    """
    found = _LINE.fullmatch(text.strip().upper())
    if found is None or found["units"] in ("0", "00", "000", "0000"):
        raise ToldError("a line is CODE[-MODIFIER...][*UNITS][@POINTER,...][#NDC], as 99213-25*1@1")
    return DecidedLine(
        code=found["code"],
        modifiers=tuple(found["modifiers"].split("-")[1:]),
        units=int(found["units"] or 1),
        pointers=tuple(int(one) for one in (found["pointers"] or "").split(",") if one),
        ndc=found["ndc"],
    )


def login() -> str:
    """The name of who is logged in; the number where the account has no name."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"uid-{os.getuid()}"


def acting(actor: str) -> str:
    """Who acts: the name given, else who is logged in."""
    return actor.strip() or login()


def why(reason: str, actor: str) -> str:
    """The reason as it is kept: with the login where another name was given than that.

    Nothing here proves a name or a role: whoever reaches the database may give any. What is kept
    says under which account of the machine it was given.
    """
    own = login()
    if acting(actor) == own or not reason.strip():
        return reason
    return f"{reason} [login {own}]"
