"""Compares what came out with what went in."""

from itertools import groupby, pairwise
from statistics import mean, median

from tests.support.detour import SentFrame

VIDEO_HZ = 90_000  # RTP ticks a second
WRAP = 1 << 32
TOLERANCE_S = 0.012  # a file's clock may be milliseconds; frames are 67 ms apart


def video_of(frames: list[SentFrame]) -> list[tuple[float, float]]:
    """The frames of the camera among all RTP frames: (media time in seconds, time of arrival).

    The camera is the stream that gains about 6,000 ticks a frame; sound gains 960 of its own.
    """
    streams = [
        list(stream) for _, stream in groupby(sorted(frames, key=lambda one: one.ssrc), lambda one: one.ssrc)
    ]
    video = max((stream for stream in streams if _step(stream) > 3000), key=len)
    first, ticks, found = video[0].timestamp, 0, []
    for frame in sorted(video, key=lambda one: one.at):
        ahead = (frame.timestamp - first - ticks) % WRAP
        ticks += ahead if ahead < WRAP / 2 else ahead - WRAP
        found.append((ticks / VIDEO_HZ, frame.at))
    return sorted(found)


def _step(stream: list[SentFrame]) -> float:
    steps = [(later.timestamp - earlier.timestamp) % WRAP for earlier, later in pairwise(stream)]
    return median(steps) if len(steps) > 20 else 0


def missing(sent: list[float], recorded: list[float]) -> tuple[list[float], int]:
    """Which of the sent frames the recording lacks, from its first on, and how many it should have.

    The two clocks have one zero each: the recording's first frame is laid on each sent frame in turn. No two
    frames are exactly 1/15 s apart, so that the right place is where those that meet do so most closely.
    """
    places = [_meeting(sent, recorded, at - recorded[0]) for at in sent]
    most = max(len(met) for met in places)
    near = [start for start, met in enumerate(places) if len(met) >= 0.9 * most]
    start = min(near, key=lambda place: (round(mean(places[place].values()), 4), -len(places[place]), -place))
    due = sent[start:]
    return [at for at in due if at not in places[start]], len(due)


def _meeting(sent: list[float], recorded: list[float], shift: float) -> dict[float, float]:
    """The sent frames that meet a recorded one, with the seconds between the two."""
    met, place = {}, 0
    for at in sent:
        while place < len(recorded) and recorded[place] + shift < at - TOLERANCE_S:
            place += 1
        if place < len(recorded) and abs(recorded[place] + shift - at) <= TOLERANCE_S:
            met[at] = abs(recorded[place] + shift - at)
            place += 1
    return met


def is_in_order(numbers: list[int], modulus: int) -> bool:
    """Whether each number comes after the one before, in a row that begins again at `modulus`.

    0 may come twice: Chromium's fake camera shows the first picture of its file twice when it begins again.
    """
    return all(
        0 < (later - earlier) % modulus < modulus / 2 or later == earlier == 0
        for earlier, later in pairwise(numbers)
    )
