"""What a service's HTTP endpoints say: ready, alive, and its figures."""

import json
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

from claimstream.stack.state import StackRecord

_TIMEOUT_S = 3.0


@dataclass(frozen=True, slots=True)
class ServiceStatus:
    """One process as ``claimstream status`` shows it; figures are None where it has none.

    ``lag_seconds`` and ``outbox_age_seconds`` are the age of the oldest event that waits.
    """

    service: str
    state: str
    alive: bool
    ready: bool
    address: str = ""
    restarts: int = 0
    message: str = ""
    lag_events: int | None = None
    lag_seconds: int | float | None = None
    outbox_depth: int | None = None
    outbox_age_seconds: int | float | None = None
    dead_letters: int | None = None
    parked_events: int | None = None


def answers(url: str, *, timeout_s: float = _TIMEOUT_S) -> bool:
    """Whether ``url`` answers with a 2xx."""
    try:
        with urlopen(url, timeout=timeout_s) as response:  # noqa: S310
            return bool(200 <= response.status < 300)
    except (OSError, ValueError):
        return False


def statuses(record: StackRecord) -> list[ServiceStatus]:
    """The status of every process of a running stack, services asked all at once."""
    urls = record.addresses().http_urls
    with ThreadPoolExecutor(max_workers=8) as pool:
        figures = dict(zip(urls, pool.map(_figures, urls.values()), strict=True))
    found: list[ServiceStatus] = []
    for process in record.processes:
        running = process.identity is not None and process.identity.is_alive()
        said = figures.get(process.name)
        address = urls.get(process.name, "")
        if process.name == "kafka":
            address = record.kafka_bootstrap
        found.append(
            ServiceStatus(
                service=process.name,
                state=process.state,
                alive=running and (said is None or bool(said.get("alive", True))),
                ready=(process.state == "ready" and running)
                if said is None
                else bool(said.get("ready")),
                address=address,
                restarts=process.restarts,
                message=process.message,
                **{name: said.get(name) for name in _FIGURES} if said else {},
            )
        )
    return found


_FIGURES = (
    "lag_events",
    "lag_seconds",
    "outbox_depth",
    "outbox_age_seconds",
    "dead_letters",
    "parked_events",
)


def _figures(base: str) -> Mapping[str, Any] | None:
    try:
        with urlopen(f"{base}/status", timeout=_TIMEOUT_S) as response:  # noqa: S310
            said = json.load(response)
    except HTTPError as error:
        try:
            said = json.load(error)
        except ValueError:
            return {"alive": True, "ready": False}
    except (URLError, OSError, ValueError):
        return {"alive": False, "ready": False}
    return said if isinstance(said, dict) else {"alive": True, "ready": False}
