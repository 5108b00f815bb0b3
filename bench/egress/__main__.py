"""`python -m bench.egress`: what a recorder costs, as rows of JSON.

A recorder process gets packets in real time, as the media process hands them on, and makes an MP4 and HLS
of them. What counts is its CPU time as a share of one core.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec

from bench.egress import film
from bench.processes import Processes
from bench.rows import Row, hand_over, row
from livehall.media.egress import storage, wire
from livehall.media.egress.plans import Plan, SegmentPlan

PART = "egress"
GATHER_S = 0.02  # as the media process does
TICK_S = 0.2
SETTLE_S = 2.0
PEER = "the issue's measure"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.egress", description=__doc__)
    parser.add_argument("--seconds", type=float, default=8, help="length of the measured window")
    return hand_over(measure(parser.parse_args().seconds))


def measure(seconds: float) -> Iterator[Row]:
    h264, vp8 = film.make("h264", (1280, 720)), film.make("vp8", (1280, 720))
    cases = [
        ("one H.264 picture of 720p, copied", "", [h264], 5.0),
        ("one VP8 picture of 720p, encoded", "", [vp8], 35.0),
        ("a grid of 720p of four VP8 pictures of 720p", "grid", [vp8] * 4, 80.0),
    ]
    for what, layout, films, most in cases:
        ours = _share(layout, films, seconds)
        yield row(
            PART, f"recording and HLS of {what}", "% of a core", round(ours, 1), most,
            peer_name=PEER, more_is_better=False, budget=1.0,
        )  # fmt: skip


def _share(layout: str, films: list[film.Film], seconds: float) -> float:
    senders = [film.camera(number + 1, each) for number, each in enumerate(films)]
    senders.append(film.microphone(len(senders) + 1))
    with tempfile.TemporaryDirectory(prefix="livehall-bench-") as name:
        folder = Path(name)
        _prepare(folder, layout)
        with (
            (folder / "reports").open("wb") as reports,
            subprocess.Popen(
                [sys.executable, "-m", "livehall.media.egress.child", "record", name],
                stdin=subprocess.PIPE, stdout=reports,
            ) as process,
        ):  # fmt: skip
            assert process.stdin is not None
            process.stdin.write(_opening(senders, layout))
            share = _feed(process, senders, seconds)
            process.stdin.write(wire.encode(time.time(), wire.End()))
            process.stdin.close()
            process.wait(30)
        if not (folder / "hls.m3u8").exists():
            raise RuntimeError("the recorder made nothing")
        return share


def _prepare(folder: Path, layout: str) -> None:
    segments = SegmentPlan(prefix=str(folder / "hls"), playlist=str(folder / "hls.m3u8"))
    egress = storage.Egress(
        id="EG_bench", room_sid="RM_bench", room_name="bench", request="{}", status=1, requested_at=0,
        plan=Plan(file=str(folder / "out.mp4"), segments=segments, layout=layout),
    )  # fmt: skip
    storage.write_durably(folder / "egress.json", msgspec.json.encode(egress))


def _opening(senders: list[film.Sender], layout: str) -> bytes:
    now = time.time()
    pictures = tuple(sender.index for sender in senders[:-1])
    shown = wire.Views(pictures) if layout else wire.Picture(pictures[0])
    announced = b"".join(wire.encode(0.0, sender.announced) for sender in senders)
    return wire.encode(0.0, wire.Resume()) + announced + wire.encode(now, shown)


def _feed(process: "subprocess.Popen[bytes]", senders: list[film.Sender], seconds: float) -> float:
    """In real time; the share of a core, in percent, without the first seconds."""
    assert process.stdin is not None
    measured = Processes([process.pid])
    began = time.monotonic()
    since = cpu = tick = 0.0
    while (elapsed := time.monotonic() - began) < SETTLE_S + seconds:
        if not since and elapsed >= SETTLE_S:
            since, cpu = elapsed, sum(measured.cpu_seconds())
        now = time.time()
        batch = [message for sender in senders for message in sender.until(elapsed, now)]
        if elapsed - tick >= TICK_S:
            tick = elapsed
            batch.append(wire.encode(now, wire.Tick()))
        process.stdin.write(b"".join(batch))
        process.stdin.flush()
        time.sleep(GATHER_S)  # the load is sent in real time
    return (sum(measured.cpu_seconds()) - cpu) / (time.monotonic() - began - since) * 100


if __name__ == "__main__":
    sys.exit(main())
