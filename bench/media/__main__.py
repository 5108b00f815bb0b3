"""`python -m bench.media`: what a forwarded packet, a subscriber and a join cost, as rows of JSON.

One publisher (Opus, and VP8 at 150 packets/s) and many subscribers. Our server and the real LiveKit server
take the same load in turns, each run with a fresh server: ours by the interpreter alone and with
livehall-native, LiveKit as it comes and with its batched sending, its best setting for this load. Server and
generator share the machine; what counts is the server's CPU time.

By hand, since they take minutes: `--more` measures 200 subscribers and a meeting of ten, everybody with
everybody; `--soak MINUTES` loads our server for so long. `--keep` puts the figures on the page.
"""

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from functools import partial
from statistics import median
from typing import Any

import msgspec
from tests.support.gotools import GoMissing
from tests.support.livekit.server import API_KEY, API_SECRET

from bench.media import servers
from bench.media.load.run import Plan
from bench.media.soak import soak
from bench.report import keep
from bench.rows import Row, hand_over, row

# subscribers: who is measured. At 300 only the best of each.
SUBSCRIBERS = {
    20: ("ours", "in C", "LiveKit", "LiveKit, batched"),
    100: ("ours", "in C", "LiveKit", "LiveKit, batched"),
    300: ("in C", "LiveKit, batched"),
}
IN_C = 1.5  # budget of forwarding in C beside the best peer; it is built for 2
WHOLE = ("packets that arrived", "%")  # of those sent to 300 subscribers, and how late
LATE_MS = 25.0
MEETING = 10
MORE: dict[str, dict[str, Any]] = {
    "200 subscribers": {"subscribers": 200},
    f"a meeting of {MEETING}": {"publishers": MEETING, "subscribers": 0},
}
MORE_BUDGETS = {"ours": 0.9, "in C": 2.0}  # beside the real server at its best
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
    parser.add_argument("--seconds", type=float, default=6, help="length of the measured window")
    parser.add_argument("--more", action="store_true", help="200 subscribers and a meeting, by hand")
    parser.add_argument("--soak", type=float, metavar="MINUTES", help="our server under load, by hand")
    parser.add_argument("--keep", action="store_true", help="put what was measured by hand on the page")
    arguments = parser.parse_args()
    began = time.monotonic()
    if arguments.soak:
        return _by_hand("soak", list(soak(arguments.soak)), began, keeps=arguments.keep)
    compared: dict[str, servers.Server] = {
        "ours": partial(servers.ours, native="off"),
        "in C": partial(servers.ours, native="on"),
    }
    try:
        compared |= servers.real()
    except GoMissing as why:
        print(f"without a peer: {why}", file=sys.stderr)
    if arguments.more:
        rows = list(measure_more(compared, arguments.rounds, arguments.seconds))
        return _by_hand("more", rows, began, keeps=arguments.keep)
    return hand_over(measure(compared, arguments.rounds, arguments.seconds))


def _by_hand(option: str, rows: list[Row], began: float, *, keeps: bool) -> int:
    if keeps:
        keep("media", option, rows, time.monotonic() - began)
    return hand_over(rows)


def measure(compared: dict[str, servers.Server], rounds: int, seconds: float) -> Iterator[Row]:
    for subscribers, names in SUBSCRIBERS.items():
        plan = {"subscribers": subscribers, "seconds": seconds, "settle_s": 2}
        # On a busy machine the peer loses packets at 300: a figure all the same.
        found = {
            name: _median(compared[name], plan, rounds, may_lose=name.startswith("LiveKit"))
            for name in names
            if name in compared
        }
        words = f"{subscribers} subscribers"
        if "ours" in found:
            for figure, (what, unit, more_is_better, plain, best) in LOAD.items():
                for name, budget in (("LiveKit", plain), ("LiveKit, batched", best)):
                    yield _row(found, name, figure, f"{what}, {words}", unit, more_is_better, budget)
        for figure, (what, unit, more_is_better, _, _) in LOAD.items():
            budget = IN_C if figure == "packets_per_cpu_s" else None
            said = f"{what}, {words}, in C"
            yield _row(found, "LiveKit, batched", figure, said, unit, more_is_better, budget, ours="in C")
        if "ours" not in found:
            yield from _whole(found["in C"], words)
    plan = {"subscribers": JOINS, "seconds": 1, "settle_s": 0, "join_gap_s": JOIN_GAP_S}
    found = {name: _median(compared[name], plan, rounds) for name in ("in C", "LiveKit") if name in compared}
    for figure, (what, unit, more_is_better, budget, _) in JOIN.items():
        yield _row(found, "LiveKit", figure, what, unit, more_is_better, budget, ours="in C")


def measure_more(compared: dict[str, servers.Server], rounds: int, seconds: float) -> Iterator[Row]:
    """What is ours by the interpreter and in C, each beside both peers: the better of them counts."""
    for words, people in MORE.items():
        plan = {**people, "seconds": seconds, "settle_s": 2}
        found = {
            name: _median(server, plan, rounds, may_lose=name.startswith("LiveKit"))
            for name, server in compared.items()
        }
        for ours, budget in MORE_BUDGETS.items():
            suffix = ", in C" if ours == "in C" else ""
            for figure, (what, unit, more_is_better, _, _) in LOAD.items():
                if figure == "rss_per_subscriber_kb" and "publishers" in people:
                    continue  # nobody only subscribes
                least = budget if figure == "packets_per_cpu_s" else None
                for peer in ("LiveKit", "LiveKit, batched"):
                    said = f"{what}, {words}{suffix}"
                    yield _row(found, peer, figure, said, unit, more_is_better, least, ours=ours)


def _whole(found: Figures, words: str) -> Iterator[Row]:
    what, unit = WHOLE
    arrived = round(100 - found["lost_pct"], 3)
    yield row("media", f"{what}, {words}, in C", unit, arrived, 100, peer_name="sent", budget=1)
    late = found["latency_p95_ms"]
    said = f"delay of a packet, p95, {words}, in C"
    yield row(
        "media", said, "ms", late, LATE_MS, peer_name="the issue's measure", more_is_better=False, budget=1
    )


def _row(
    found: dict[str, Figures],
    peer: str,
    figure: str,
    what: str,
    unit: str,
    more: bool,
    budget: float | None,
    *,
    ours: str = "ours",
) -> Row:
    theirs = found[peer][figure] if peer in found else None
    return row(
        "media",
        what,
        unit,
        found[ours][figure],
        theirs,
        peer_name=peer,
        more_is_better=more,
        budget=budget,
    )


def _median(server: servers.Server, plan: dict[str, Any], rounds: int, *, may_lose: bool = False) -> Figures:
    runs = [_run(server, plan, may_lose=may_lose) for _ in range(rounds)]
    return {figure: round(median(each[figure] for each in runs), 2) for figure in (*LOAD, *JOIN, "lost_pct")}


def _run(server: servers.Server, plan: dict[str, Any], *, may_lose: bool) -> Figures:
    """One run of the generator. With `may_lose` only what arrived counts. Raises: SystemExit, when a receiver
    did not get what was sent to it."""
    with server() as running:
        whole = Plan(url=running.url, api_key=API_KEY, api_secret=API_SECRET, pids=[running.pid], **plan)
        command = [sys.executable, "-m", "bench.media.load", msgspec.json.encode(whole).decode()]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    figures: Figures = json.loads(done.stdout) if done.stdout else {}
    if done.returncode != 0 and not (may_lose and "packets_per_cpu_s" in figures):
        raise SystemExit(f"media load failed: {done.stdout}{done.stderr}")
    return figures


if __name__ == "__main__":
    sys.exit(main())
