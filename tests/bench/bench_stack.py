"""The stack under measurement: the same servers and payer, the services of one of two pipelines.

    python -m tests.bench.bench_stack STATE_DIR RUN

``CLAIMSTREAM_BENCH_PIPELINE`` says which: ``ours``, ``usual`` or ``bare``. With
``CLAIMSTREAM_BENCH_ANSWERS`` the payer's answers were made beforehand; with
``CLAIMSTREAM_BENCH_PROFILE`` each service writes its sampled stacks into that folder when it ends.
"""

import os
import re
import sys
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from typing import Literal

from claimstream.stack.plan import Plan, default_companions, default_services
from claimstream.stack.state import StateFolder
from claimstream.stack.supervisor import serve
from deploy.embedded.jars import Progress

Pipeline = Literal["ours", "usual", "bare"]
PIPELINE_VARIABLE = "CLAIMSTREAM_BENCH_PIPELINE"
ANSWERS_VARIABLE = "CLAIMSTREAM_BENCH_ANSWERS"
PROFILE_VARIABLE = "CLAIMSTREAM_BENCH_PROFILE"

_PROMPT = ("claim_acknowledgement", "payment_first", "payment_last")


_MODULES = {"usual": "tests.bench.usual", "bare": "tests.bench.bare"}


def prompt_contract() -> str:
    """The payers' contract as it ships, but answering and paying on the day of the claim."""
    text = files("simulators.payer").joinpath("contract.toml").read_text(encoding="utf-8")
    for delay in _PROMPT:
        text, found = re.subn(rf"(?m)^{delay} = \d+", f"{delay} = 0", text)
        if found != 1:
            raise ValueError(f"the payers' contract names {delay} {found} times, not once")
    return text


def plan(folder: StateFolder, told: Progress) -> Plan:
    """The stack with a prompt payer and the pipeline that the environment names."""
    contract = folder.path / "prompt-contract.toml"
    contract.write_text(prompt_contract(), encoding="utf-8")
    answers = os.environ.get(ANSWERS_VARIABLE)
    premade = (sys.executable, "-m", "tests.bench.premade_payer")
    companions = [
        replace(program, argv=(*premade, str(folder.path / "payer"), answers))
        if answers
        else replace(program, argv=[*program.argv, "--contract", str(contract)])
        for program in default_companions(folder)
    ]
    services = default_services(folder)
    module = _MODULES.get(os.environ[PIPELINE_VARIABLE])
    if PROFILE_VARIABLE in os.environ:
        module = "tests.bench.profiled"
    if module is not None:
        services = tuple(
            replace(each, argv=(sys.executable, "-m", module, each.name)) for each in services
        )
    return Plan(folder, companions=companions, services=services, jars_progress=told)


if __name__ == "__main__":
    os.chdir(Path(__file__).resolve().parents[2])
    serve(sys.argv[1:], plan)
