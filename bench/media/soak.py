"""Our server under one load for minutes: memory stays flat, nothing is lost, and all is given back."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from statistics import median

import msgspec
from tests.support.livekit.server import API_KEY, API_SECRET

from bench.media import servers
from bench.media.load.run import Plan
from bench.processes import Processes
from bench.rows import Row, row

SUBSCRIBERS = 100
JOIN_GAP_S = 0.05
WARM_S = 30.0  # from the last join on: tables, caches and the allocator find their size
LOOK_S = 1.0
GROWTH_MIB = 8.0  # allowed from the first to the last tenth of the time
LEFT_S = 60.0  # after everybody has left, until the room is over and its descriptors are closed


def soak(minutes: float) -> Iterator[Row]:
    """Raises: SystemExit, when the load could not be carried to its end."""
    with servers.ours(native="auto") as running:
        server = Processes([running.pid])
        descriptors = _descriptors(running.pid)
        plan = Plan(
            url=running.url,
            api_key=API_KEY,
            api_secret=API_SECRET,
            pids=[running.pid],
            subscribers=SUBSCRIBERS,
            seconds=minutes * 60,
            settle_s=WARM_S,
            join_gap_s=JOIN_GAP_S,
        )
        command = [sys.executable, "-m", "bench.media.load", msgspec.json.encode(plan).decode()]
        memory: list[tuple[float, int]] = []  # (monotonic seconds, KiB)
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as load:
            while load.poll() is None:
                memory.append((time.monotonic(), server.rss_kb()))
                time.sleep(LOOK_S)  # the server is looked at every so often, in a process of its own
            assert load.stdout is not None
            found = json.loads(load.stdout.read())
        if "lost_pct" not in found:
            raise SystemExit(f"the soak failed: {found}")
        left = _after_all_have_left(running.pid, descriptors)
    began = memory[-1][0] - minutes * 60
    loaded = [kib for at, kib in memory if at > began]
    tenth = max(1, len(loaded) // 10)
    growth = round((median(loaded[-tenth:]) - median(loaded[:tenth])) / 1024, 2)
    words = f"{minutes:g} minutes, {SUBSCRIBERS} subscribers"
    arrived = min(round(100 - found["lost_pct"], 3), found["delivered_min_pct"])  # where least did
    yield row("media", f"packets that arrived, {words}", "%", arrived, 100, peer_name="sent", budget=1)
    yield row(
        "media", f"growth of memory, {words}", "MiB", max(growth, 0.01), GROWTH_MIB,
        peer_name="allowed", more_is_better=False, budget=1,
    )  # fmt: skip
    yield row(
        "media", f"descriptors when all have left, {words}", "", left, descriptors,
        peer_name="before they came", more_is_better=False, budget=1,
    )  # fmt: skip
    yield row("media", f"delay of a packet, p95, {words}", "ms", found["latency_p95_ms"])
    yield row("media", f"share of a core, {words}", "%", found["cpu_pct"])


def _after_all_have_left(pid: int, before: int) -> int:
    """Open descriptors once they are as many as before, or when the patience is over."""
    end = time.monotonic() + LEFT_S
    while (now := _descriptors(pid)) > before and time.monotonic() < end:
        time.sleep(LOOK_S)  # the server is looked at every so often, in a process of its own
    return now


def _descriptors(pid: int) -> int:
    return len(os.listdir(f"/proc/{pid}/fd"))
