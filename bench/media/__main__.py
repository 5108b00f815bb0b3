"""`python -m bench.media`: what a forwarded packet, a subscriber and a join cost, as rows of JSON.

One publisher (Opus, and VP8 at 150 packets/s) and many subscribers. Our server and the real LiveKit server
take the same load in turns, each run with a fresh server: ours by the interpreter alone and with
livehall-native, LiveKit as it comes and with its batched sending, its best setting for this load. Server and
generator share the machine; what counts is the server's CPU time.

By hand, since they take minutes: `--more` measures 200 subscribers, a meeting of ten, everybody with
everybody; `--full` our server near a full core; `--soak MINUTES` loads it for so long. `--keep` puts the
figures on the page. How long people wait for a picture is a part of its own: `first_frames`.
"""

import argparse
import sys
import time
from collections.abc import Iterator
from statistics import median
from typing import Any

from bench.media import servers
from bench.media.first_frames import first_frames
from bench.media.generator import Figures, load
from bench.media.near_full import near_full
from bench.media.soak import soak
from bench.report import keep
from bench.rows import Row, hand_over, row

# subscribers: who is measured. At 50 what the interpreter is held to, at 300 only the best of each.
SUBSCRIBERS = {
    20: ("ours", "in C", "LiveKit", "LiveKit, batched"),
    50: ("ours", "LiveKit", "LiveKit, batched"),
    100: ("ours", "in C", "LiveKit", "LiveKit, batched"),
    300: ("in C", "LiveKit, batched"),
}
LONGER = {20: 3}  # times the window: at so little load the steps in which CPU time is told would show
IN_C = 2.0  # budget of forwarding in C beside the best peer
LATE_MS = 25.0  # at 300 subscribers
START_MB = 100.0  # of the media process
MEETING = 10
MORE: dict[str, dict[str, Any]] = {
    "200 subscribers": {"subscribers": 200},
    f"a meeting of {MEETING}": {"publishers": MEETING, "subscribers": 0},
}
MORE_BUDGETS = {"ours": 0.9, "in C": IN_C}  # beside the real server at its best

# figure: (words, unit, more is better, budget beside LiveKit as it comes, budget beside its best)
# Measured when the budgets were set: see `bench/README.md`; each leaves room for a noisy machine.
LOAD = {
    "packets_per_cpu_s": ("packets forwarded for a CPU-second", "packets", True, 1.0, 0.9),
    "rss_per_subscriber_kb": ("memory for a subscriber", "KiB", False, 3.0, 3.0),
    "latency_p95_ms": ("delay of a packet, p95", "ms", False, None, None),
}
ALSO = ("lost_pct", "rss_start_mb")  # of a run, in rows of their own


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.media", description=__doc__)
    parser.add_argument("--rounds", type=int, default=1, help="runs of each server and load; medians count")
    parser.add_argument("--seconds", type=float, default=6, help="length of the measured window")
    parser.add_argument("--more", action="store_true", help="200 subscribers and a meeting, by hand")
    parser.add_argument("--full", action="store_true", help="our server near a full core, by hand")
    parser.add_argument("--soak", type=float, metavar="MINUTES", help="our server under load, by hand")
    parser.add_argument("--keep", action="store_true", help="put what was measured by hand on the page")
    arguments = parser.parse_args()
    began = time.monotonic()
    if arguments.soak:
        return _by_hand("soak", list(soak(arguments.soak)), began, keeps=arguments.keep)
    if arguments.full:
        rows = list(near_full(servers.OURS, arguments.seconds))
        return _by_hand("full", rows, began, keeps=arguments.keep)
    compared = servers.compared()
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
        window = seconds * LONGER.get(subscribers, 1)
        plan = {"subscribers": subscribers, "seconds": window, "settle_s": 2}
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
            yield _arrived(found["ours"], words)
        if "in C" in found:
            for figure, (what, unit, more_is_better, _, _) in LOAD.items():
                budget = IN_C if figure == "packets_per_cpu_s" else None
                said = f"{what}, {words}, in C"
                yield _row(found, "LiveKit, batched", figure, said, unit, more_is_better, budget, ours="in C")
            yield _arrived(found["in C"], f"{words}, in C")
        if "ours" not in found:
            said = f"delay of a packet, p95, {words}, in C"
            yield _within(said, "ms", found["in C"]["latency_p95_ms"], LATE_MS)
        elif subscribers == min(SUBSCRIBERS):
            for name, suffix in (("ours", ""), ("in C", ", in C")):
                start = found[name]["rss_start_mb"]
                yield _within(f"memory of the media process at the start{suffix}", "MiB", start, START_MB)


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
    yield from first_frames("ours", "LiveKit", compared)


def _arrived(found: Figures, words: str) -> Row:
    arrived = round(100 - found["lost_pct"], 3)
    return row("media", f"packets that arrived, {words}", "%", arrived, 100, peer_name="sent", budget=1)


def _within(what: str, unit: str, ours: float, limit: float) -> Row:
    return row(
        "media", what, unit, ours, limit, peer_name="the issue's measure", more_is_better=False, budget=1
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
    runs = [load(server, plan, may_lose=may_lose) for _ in range(rounds)]
    return {figure: round(median(each[figure] for each in runs), 2) for figure in (*LOAD, *ALSO)}


if __name__ == "__main__":
    sys.exit(main())
