"""A folder is looked at no more often than pays, and its files are taken once they stand still."""

from services.payer_gateway.inbound import _Folder
from services.payer_gateway.transport.transport import Stamp

FILE = {"a.835": Stamp(100, 1)}


def looks(folder: _Folder, steps: int) -> str:
    """Which of so many steps look at an empty folder (x) and which leave it out (.)."""
    marks = ""
    for _ in range(steps):
        resting = folder.is_resting()
        marks += "." if resting else "x"
        if not resting:
            folder.settled({})
    return marks


def test_a_file_is_taken_only_when_two_looks_found_it_the_same() -> None:
    folder = _Folder()
    assert folder.settled(FILE) == []
    assert folder.settled({"a.835": Stamp(200, 1)}) == []
    assert folder.settled({"a.835": Stamp(200, 2)}) == []
    assert folder.settled({"a.835": Stamp(200, 2)}) == ["a.835"]


def test_a_folder_that_stays_empty_is_seen_every_fourth_time() -> None:
    assert looks(_Folder(), 16) == "xx.x...x...x...x"


def test_a_folder_with_a_file_is_seen_every_time_again() -> None:
    folder = _Folder()
    looks(folder, 16)
    while folder.is_resting():
        pass
    folder.settled(FILE)
    assert not folder.is_resting()
    assert folder.settled(FILE) == ["a.835"]


def test_a_file_that_the_partner_keeps_is_known_until_it_changes_or_goes() -> None:
    folder = _Folder()
    folder.settled(FILE)
    assert folder.settled(FILE) == ["a.835"]
    folder.stays("a.835")
    assert folder.settled(FILE) == []
    changed = {"a.835": Stamp(100, 2)}
    assert folder.settled(changed) == []
    assert folder.settled(changed) == ["a.835"]
    folder.stays("a.835")
    folder.settled({})
    folder.settled(changed)
    assert folder.settled(changed) == ["a.835"]


def test_a_file_that_is_not_listed_stays_nowhere() -> None:
    folder = _Folder()
    folder.stays("a.835")
    folder.settled(FILE)
    assert folder.settled(FILE) == ["a.835"]
