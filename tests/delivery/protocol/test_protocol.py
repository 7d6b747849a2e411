"""The delivery protocol against real PostgreSQL, with everything that can befall it.

    python -m pytest tests/delivery/protocol
    CLAIMSTREAM_PROTOCOL_EXAMPLES=100000 python -m pytest tests/delivery/protocol/test_protocol.py

The first plays sixty histories of up to 30 steps; the second as many as it is told, for hours.
A history that breaks a promise is printed step by step, as short as hypothesis can make it.
"""

import os

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.delivery.protocol.conftest import Stage
from tests.delivery.protocol.machine import Protocol

EXAMPLES = int(os.environ.get("CLAIMSTREAM_PROTOCOL_EXAMPLES", "60"))


@pytest.mark.timeout(0)
def test_no_history_of_faults_breaks_a_promise(stage: Stage) -> None:
    run_state_machine_as_test(
        lambda: Protocol(stage.loop, stage.world),  # type: ignore[arg-type]
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
