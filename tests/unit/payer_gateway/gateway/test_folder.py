"""A folder is looked at no more often than pays, and its files are taken once they stand still."""

import asyncio
from collections.abc import Coroutine
from itertools import pairwise
from time import monotonic
from types import SimpleNamespace
from typing import Any

import pytest

from services.payer_gateway import app
from services.payer_gateway.files import folder as folders
from services.payer_gateway.files.fetching import _all, _together
from services.payer_gateway.files.folder import Folder
from services.payer_gateway.settings import GatewaySettings
from services.payer_gateway.stores.file_store import shown_name
from services.payer_gateway.transport.transport import Stamp, TransportError

FILE = {"a.835": Stamp(100, 1)}


def looks(folder: Folder, steps: int) -> str:
    """Which of so many steps look at an empty folder (x) and which leave it out (.)."""
    marks = ""
    for _ in range(steps):
        resting = folder.is_resting()
        marks += "." if resting else "x"
        if not resting:
            folder.settled({})
    return marks


def test_a_file_is_taken_only_when_two_looks_found_it_the_same() -> None:
    folder = Folder()
    assert folder.settled(FILE) == []
    assert folder.settled({"a.835": Stamp(200, 1)}) == []
    assert folder.settled({"a.835": Stamp(200, 2)}) == []
    assert folder.settled({"a.835": Stamp(200, 2)}) == ["a.835"]


def test_a_folder_that_stays_empty_is_seen_every_fourth_time() -> None:
    assert looks(Folder(), 16) == "xx.x...x...x...x"


def test_a_folder_with_a_file_is_seen_every_time_again() -> None:
    folder = Folder()
    looks(folder, 16)
    while folder.is_resting():
        pass
    folder.settled(FILE)
    assert not folder.is_resting()
    assert folder.settled(FILE) == ["a.835"]


def test_a_file_that_the_partner_keeps_is_known_until_it_changes_or_goes() -> None:
    folder = Folder()
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


def test_a_file_that_may_go_on_is_taken_once_it_has_stood_still_for_longer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(folders, "_LOOKS_AT_WHAT_IS_LEFT", 3)
    folder = Folder()
    folder.settled(FILE)
    assert folder.settled(FILE) == ["a.835"]
    assert folder.waits_for("a.835")
    assert [folder.settled(FILE) for _ in range(2)] == [[], []]
    assert folder.settled(FILE) == ["a.835"]
    assert not folder.waits_for("a.835")


def test_a_file_that_a_partner_removes_and_lists_all_the_same_is_fetched_again_after_a_while(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(folders, "_LOOKS_AT_WHAT_IS_LEFT", 3)
    folder = Folder()
    folder.settled(FILE)
    for _ in range(2):
        assert folder.settled(FILE) == ["a.835"]
        folder.leave("a.835")
        assert [folder.settled(FILE) for _ in range(2)] == [[], []]


def test_another_file_under_the_name_of_one_that_was_removed_is_taken_as_soon_as_any(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(folders, "_LOOKS_AT_WHAT_IS_LEFT", 3)
    folder = Folder()
    folder.settled(FILE)
    assert folder.settled(FILE) == ["a.835"]
    folder.leave("a.835")
    other = {"a.835": Stamp(100, 2)}
    folder.settled(other)
    assert folder.settled(other) == ["a.835"]


def test_a_file_that_went_on_is_taken_as_soon_as_any_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(folders, "_LOOKS_AT_WHAT_IS_LEFT", 3)
    folder = Folder()
    folder.settled(FILE)
    assert folder.settled(FILE) == ["a.835"]
    assert folder.waits_for("a.835")
    grown = {"a.835": Stamp(200, 1)}
    assert folder.settled(grown) == []
    assert folder.settled(grown) == ["a.835"]


def test_a_file_that_is_not_listed_stays_nowhere() -> None:
    folder = Folder()
    folder.stays("a.835")
    folder.settled(FILE)
    assert folder.settled(FILE) == ["a.835"]


def test_a_name_is_shown_as_text_that_a_database_takes() -> None:
    assert shown_name("caf\udce9\0.835") == "caf\\xe9\\x00.835"


def test_small_files_are_fetched_side_by_side_and_others_alone() -> None:
    sizes = {f"{number:02d}": 100 for number in range(18)} | {"05": 70_000, "11": None}
    listed = {name: Stamp(size, 1) for name, size in sizes.items()}
    groups = list(_together(list(listed), listed))
    assert sorted(name for names in groups for name in names) == sorted(listed)
    assert [names for names in groups if {"05", "11"} & set(names)] == [["05"], ["11"]]
    assert max(len(names) for names in groups) == 8


async def test_what_is_done_side_by_side_is_all_begun_before_any_ends() -> None:
    barrier = asyncio.Barrier(3)

    async def pass_barrier(number: int) -> int:
        await barrier.wait()
        return number

    async with asyncio.timeout(5):
        assert await _all(pass_barrier(number) for number in range(3)) == [0, 1, 2]


async def test_where_one_of_several_fails_the_others_are_done_first() -> None:
    done: list[str] = []

    async def remove(name: str) -> None:
        await asyncio.sleep(0)
        if name == "a":
            raise TransportError("the partner's server cannot be reached")
        done.append(name)

    tasks: list[Coroutine[None, None, None]] = [remove(name) for name in "abc"]
    with pytest.raises(TransportError):
        await _all(tasks)
    assert done == ["b", "c"]


async def test_a_folder_that_had_files_is_looked_at_no_sooner_for_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def room() -> None:
        return

    looked_at: list[float] = []

    async def step(_: Any) -> int:
        looked_at.append(monotonic())
        if len(looked_at) == 4:
            runtime.stopping.set()
        return 1

    monkeypatch.setattr(app, "Receiver", lambda *_: SimpleNamespace(step=step, close=room))
    runtime: Any = SimpleNamespace(stopping=asyncio.Event(), room=room)
    settings = GatewaySettings(poll_milliseconds=20)
    await app.receive_files(runtime, partners={}, settings=settings, traffic=app.Traffic())
    apart = [after - before for before, after in pairwise(looked_at)]
    assert len(apart) == 3
    assert min(apart) > 0.015


async def test_files_are_checked_once_none_has_moved_for_a_while(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock = [100.0]
    monkeypatch.setattr(app, "monotonic", lambda: clock[-1])
    traffic = app.Traffic()
    was_quiet = []
    for at, files in ((110.0, 0), (131.0, 0), (131.0, 2), (160.0, 0), (162.0, 0)):
        clock.append(at)
        traffic.note(files)
        was_quiet.append(traffic.is_quiet)
    assert was_quiet == [False, True, False, False, True]
