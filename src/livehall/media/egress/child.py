"""The recorder as a process of its own: `python -m livehall.media.egress.child record|finish FOLDER`.

`record` reads messages on standard input and writes reports on standard output until the input ends;
`finish` joins what lies in the folder. Either holds the folder's lock, so a finisher waits for a recorder
whose media process has died. Exit status 0: all is written; anything else: begin again.
"""

import fcntl
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import av
import msgspec

from livehall.media.egress import joining, storage, wire
from livehall.media.egress.composite import CompositeRecorder
from livehall.media.egress.direct import DirectRecorder
from livehall.media.egress.plans import Plan
from livehall.media.egress.recorder import Recorder

NICENESS = 5  # forwarding comes first on a busy machine; a recorder can catch up


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def recorder_of(plan: Plan) -> type[Recorder]:
    if plan.is_direct:
        return DirectRecorder
    return CompositeRecorder if plan.layout else Recorder


def record(folder: Path) -> None:
    plan = storage.load(folder).plan

    def report(message: wire.Report) -> None:
        try:
            sys.stdout.buffer.write(msgspec.json.encode(message) + b"\n")
            sys.stdout.buffer.flush()
        except BrokenPipeError:
            pass  # the media process is gone; its input has ended too, and we finish

    recorder = recorder_of(plan)(folder, plan, report)
    reader = wire.Reader()
    while data := os.read(sys.stdin.fileno(), 1 << 16):
        for at, message in reader.feed(data):
            recorder.handle(at, message)
    recorder.finish()


def finish(folder: Path) -> None:
    result = joining.finish(folder, storage.load(folder).plan)
    sys.stdout.buffer.write(msgspec.json.encode(result) + b"\n")


def main(arguments: list[str]) -> int:
    os.nice(NICENESS)
    av.logging.set_level(av.logging.PANIC)
    command, folder = arguments[0], Path(arguments[1])
    with _locked(folder):
        {"record": record, "finish": finish}[command](folder)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
