"""A service as it runs, with its processor time sampled from its start to its end.

    python -m tests.bench.profiled SERVICE

The stacks are written to the folder that ``CLAIMSTREAM_BENCH_PROFILE`` names when the service ends;
``SIGUSR1`` forgets those so far.
"""

import os
import signal
import sys
from importlib import import_module
from pathlib import Path

from claimstream.stack.state import database_variable
from services.chassis.runtime import main as run
from tests.bench.bench_stack import PROFILE_VARIABLE
from tests.bench.sampling import Sampler, folded


def main(name: str) -> None:
    """Be service ``name`` until told to stop."""
    sampler = Sampler()
    service = import_module(f"services.{name}.app").service()
    signal.signal(signal.SIGUSR1, lambda *_: sampler.stacks.clear())
    with sampler.running():
        run(service, os.environ[database_variable(name)])
    kept = Path(os.environ[PROFILE_VARIABLE]) / f"{name}.folded"
    kept.write_text(folded(sampler.stacks), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1])
