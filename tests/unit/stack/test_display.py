"""The line below the table of ``claimstream status`` says what the table says."""

import os

import pytest

from claimstream.stack.display import headline
from claimstream.stack.health import ServiceStatus
from claimstream.stack.state import StackRecord
from deploy.embedded.child import Identity

KAFKA = ServiceStatus("kafka", "ready", alive=True, ready=True)
AWAY = ServiceStatus("kafka", "starting", alive=True, ready=False)
DEAD = ServiceStatus("coding", "restarting", alive=False, ready=False)


@pytest.mark.parametrize(
    ("phase", "statuses", "said"),
    [
        ("ready", [KAFKA], "The stack is ready; "),
        ("ready", [KAFKA, DEAD], "The stack runs, and coding is not ready; "),
        ("ready", [AWAY, DEAD], "The stack runs, and kafka, coding is not ready; "),
        ("starting", [AWAY], "The stack is starting; "),
        ("stopping", [DEAD], "The stack is stopping; "),
    ],
)
def test_a_stack_is_called_ready_only_where_everything_is(
    phase: str, statuses: list[ServiceStatus], said: str
) -> None:
    myself = Identity.of(os.getpid())
    assert myself is not None
    record = StackRecord(myself, "r1", phase, "127.0.0.1:9")
    assert headline(record, "/there", statuses).startswith(said)
