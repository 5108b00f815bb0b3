"""`python -m bench.media`: what a forwarded packet, a subscriber and a join cost, as rows of JSON.

One publisher (Opus, and VP8 at 150 packets/s) and many subscribers. Our server and the real LiveKit server
take the same load in turns, each run with a fresh server; LiveKit is there as it comes and with its batched
sending, its best setting for this load. Server and generator share the machine; what counts is the server's
CPU time.
"""

import argparse
import json
import subprocess
import sys
from collections.abc import Iterator
from statistics import median
from typing import Any

import msgspec
from tests.support.gotools import GoMissing
from tests.support.livekit.server import API_KEY, API_SECRET

from bench.media import servers
from bench.media.load.run import Plan
from bench.rows import Row, hand_over, row

SUBSCRIBERS = [20, 100]
JOINS = 20
# Joins so far apart that each asks for a key frame of its own: what a person who comes alone waits.
JOIN_GAP_S = 0.6

Figures = dict[str, float]

# figure: (words, unit, more is better, budget beside LiveKit as it comes, budget beside its best)
# Measured when the budgets were set: see `bench/README.md`; each leaves room for a noisy machine.
LOAD = {
    "packets_per_cpu_s": ("packets forwarded for a CPU-second", "packets", True, 1.0, 0.75),
    "rss_per_subscriber_kb": ("memory for a subscriber", "KiB", False, 3.0, 3.0),
    "latency_p95_ms": ("delay of a packet, p95", "ms", False, None, None),
}
JOIN = {
    "first_video_p50_ms": ("connect to first picture, p50", "ms", False, 0.75, None),
    "first_video_p95_ms": ("connect to first picture, p95", "ms", False, 0.6, None),
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.media", description=__doc__)
    parser.add_argument("--rounds", type=int, default=1, help="runs of each server and load; medians count")
    parser.add_argument("--seconds", type=float, default=8, help="length of the measured window")
    arguments = parser.parse_args()
    compared: dict[str, servers.Server] = {"ours": servers.ours}
    try:
        compared |= servers.real()
    except GoMissing as why:
        print(f"without a peer: {why}", file=sys.stderr)
    return hand_over(measure(compared, arguments.rounds, arguments.seconds))


def measure(compared: dict[str, servers.Server], rounds: int, seconds: float) -> Iterator[Row]:
    for subscribers in SUBSCRIBERS:
        plan = {"subscribers": subscribers, "seconds": seconds, "settle_s": 3}
        found = {name: _median(server, plan, rounds) for name, server in compared.items()}
        for figure, (what, unit, more_is_better, plain, best) in LOAD.items():
            words = f"{what}, {subscribers} subscribers"
            for name, budget in (("LiveKit", plain), ("LiveKit, batched", best)):
                yield _row(found, name, figure, words, unit, more_is_better, budget)
    plan = {"subscribers": JOINS, "seconds": 1, "settle_s": 0, "join_gap_s": JOIN_GAP_S}
    found = {name: _median(compared[name], plan, rounds) for name in ("ours", "LiveKit") if name in compared}
    for figure, (what, unit, more_is_better, budget, _) in JOIN.items():
        yield _row(found, "LiveKit", figure, what, unit, more_is_better, budget)


def _row(
    found: dict[str, Figures], peer: str, figure: str, what: str, unit: str, more: bool, budget: float | None
) -> Row:
    theirs = found[peer][figure] if peer in found else None
    return row(
        "media",
        what,
        unit,
        found["ours"][figure],
        theirs,
        peer_name=peer,
        more_is_better=more,
        budget=budget,
    )


def _median(server: servers.Server, plan: dict[str, Any], rounds: int) -> Figures:
    runs = [_run(server, plan) for _ in range(rounds)]
    return {figure: round(median(each[figure] for each in runs), 2) for figure in {**LOAD, **JOIN}}


def _run(server: servers.Server, plan: dict[str, Any]) -> Figures:
    """One run of the generator. Raises: SystemExit, when a receiver did not get what was sent to it."""
    with server() as running:
        whole = Plan(url=running.url, api_key=API_KEY, api_secret=API_SECRET, pids=[running.pid], **plan)
        command = [sys.executable, "-m", "bench.media.load", msgspec.json.encode(whole).decode()]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SystemExit(f"media load failed: {done.stdout}{done.stderr}")
    figures: Figures = json.loads(done.stdout)
    return figures


if __name__ == "__main__":
    sys.exit(main())
