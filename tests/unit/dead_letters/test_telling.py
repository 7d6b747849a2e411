"""What is said while letters are worked on, in a terminal and elsewhere."""

import io

import pytest
from rich.console import Console

from claimstream.dead_letters import telling
from claimstream.dead_letters.bulk import Tally
from claimstream.dead_letters.telling import shown_progress


@pytest.mark.parametrize("total", [1, 30])
def test_waiting_for_the_outbox_is_told_once_a_time_outside_a_terminal(
    total: int, capsys: pytest.CaptureFixture[str]
) -> None:
    with shown_progress(total, "Redriving") as on_progress:
        for waits_for in (60_000, 59_000, None, 51_000):
            on_progress(Tally(total=total, waits_for=waits_for))
    assert capsys.readouterr().err.splitlines() == [
        "Waiting for the outbox: 60000 events",
        "Waiting for the outbox: 51000 events",
    ]


def test_a_bar_says_what_is_done_and_what_it_waits_for_meanwhile(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    screen = io.StringIO()
    monkeypatch.setattr(
        telling, "Console", lambda **_: Console(file=screen, force_terminal=True, width=120)
    )
    with shown_progress(30, "Redriving") as on_progress:
        on_progress(Tally(total=30, waits_for=60_000))
    assert "Waiting for the outbox: 60000 events" in screen.getvalue()
    with shown_progress(30, "Redriving") as on_progress:
        on_progress(Tally(total=30, done=30))
    assert "Redriving" in screen.getvalue()
