"""What is computed from intervals of presence: seconds, stretches, peaks, lines over time. Pure.

An interval is `(start, end)` with `start <= end`; one that is still open ends now. The order of
intervals does not matter, and a repeated one changes nothing.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from typing import NamedTuple

GRACE = timedelta(seconds=30)  # C15: back within it, and one has not been away
MINUTE = timedelta(minutes=1)
MOST_POINTS = 720


class Interval(NamedTuple):
    start: datetime
    end: datetime


class Peak(NamedTuple):
    viewers: int
    at: datetime | None  # None: nobody was there


class Point(NamedTuple):
    at: datetime
    viewers: int


def stretches(intervals: Iterable[Interval], grace: timedelta = GRACE) -> list[Interval]:
    """The union of the intervals (I13), gaps of up to `grace` filled (C15), in order."""
    merged: list[Interval] = []
    for start, end in sorted(intervals):
        if merged and start - merged[-1].end <= grace:
            merged[-1] = Interval(merged[-1].start, max(merged[-1].end, end))
        else:
            merged.append(Interval(start, end))
    return merged


def cut(intervals: Iterable[Interval], start: datetime | None, end: datetime | None) -> list[Interval]:
    """The parts of the intervals between two instants; None is no bound."""
    within = []
    for interval in intervals:
        first = max(interval.start, start) if start else interval.start
        last = min(interval.end, end) if end else interval.end
        if first <= last:
            within.append(Interval(first, last))
    return within


def whole_seconds(intervals: Iterable[Interval]) -> int:
    """The length of disjoint intervals together, rounded to the nearest second."""
    total = timedelta()
    for start, end in intervals:
        total += end - start
    return round(total.total_seconds())


def peak(stretches_of_all: Iterable[Sequence[Interval]]) -> Peak:
    """The most people at the same time, and when it was first so. One who leaves makes room first."""
    highest, at, present = 0, None, 0
    for instant, change in _changes(stretches_of_all):
        present += change
        if present > highest:
            highest, at = present, instant
    return Peak(highest, at)


def timeline(stretches_of_all: Iterable[Sequence[Interval]], start: datetime, end: datetime) -> list[Point]:
    """How many were there at each full minute since `start`; longer steps when 720 do not reach."""
    minutes = max(int((end - start) / MINUTE), 0)
    step = MINUTE * (minutes // MOST_POINTS + 1)
    changes = _changes(stretches_of_all)
    points: list[Point] = []
    present, at = 0, start
    following = next(changes, None)
    while at <= end and len(points) < MOST_POINTS:
        while following is not None and following[0] <= at:
            present += following[1]
            following = next(changes, None)
        points.append(Point(at, present))
        at += step
    return points


def _changes(stretches_of_all: Iterable[Sequence[Interval]]) -> Iterator[tuple[datetime, int]]:
    """Arrivals less departures at each instant, in order."""
    steps = [(interval.start, 1) for those in stretches_of_all for interval in those]
    steps += [(interval.end, -1) for those in stretches_of_all for interval in those]
    steps.sort(key=lambda step: step[0])
    return ((at, sum(step[1] for step in group)) for at, group in groupby(steps, key=lambda step: step[0]))
