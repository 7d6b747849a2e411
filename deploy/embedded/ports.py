"""Free TCP ports on the loopback address, the same again after a restart where possible."""

import json
import socket
from pathlib import Path

LOOPBACK = "127.0.0.1"


def is_free(port: int) -> bool:
    """Whether a server could listen on ``port`` of the loopback address now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def free_ports(count: int) -> list[int]:
    """``count`` different ports that nothing listens on at this moment."""
    probes = [socket.socket(socket.AF_INET, socket.SOCK_STREAM) for _ in range(count)]
    try:
        for probe in probes:
            probe.bind((LOOPBACK, 0))
        return [int(probe.getsockname()[1]) for probe in probes]
    finally:
        for probe in probes:
            probe.close()


def remembered_ports(file: Path, count: int) -> list[int]:
    """The ports kept in ``file`` if all are free, else new ones, which are kept there."""
    try:
        kept = [int(port) for port in json.loads(file.read_text(encoding="utf-8"))]
    except (OSError, ValueError, TypeError):
        kept = []
    if len(kept) == count and all(is_free(port) for port in kept):
        return kept
    chosen = free_ports(count)
    file.write_text(json.dumps(chosen), encoding="utf-8")
    return chosen
