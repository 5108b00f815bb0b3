"""Run one command in the foreground, and beside it another one that takes only the processor time left over.

    python -m dev.beside 'make check' pytest -m media

The words of the first are split as a shell would. What it says is kept, and shown when both are over. The
exit code is that of the foreground command, or of the other one where that alone failed. What ends this ends
both.
"""

import contextlib
import os
import shlex
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from types import FrameType
from typing import IO, NoReturn

# sched(7): between sessions counts the niceness of these groups, that of a process only within its own.
AUTOGROUP = Path("/proc/self/autogroup")
LOWEST = 19
END_DEADLINE_S = 15


class Told(BaseException):
    """A signal asks to end."""

    def __init__(self, number: int) -> None:
        self.number = number


def main(words: list[str]) -> int:
    """Both exit codes as one."""
    beside, *command = words
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _tell)
    with tempfile.TemporaryFile() as said:
        quiet = _start(shlex.split(beside), said)
        try:
            code = _run(command)
            quiet_code = quiet.wait()
        except Told as told:
            code = quiet_code = 128 + told.number
        finally:
            _end(quiet)
            said.seek(0)
            sys.stdout.buffer.write(f"\nBeside it ran: {beside}\n".encode() + said.read())
            sys.stdout.flush()
    return code or quiet_code


def _run(command: list[str]) -> int:
    """Run in the foreground: whoever asks to end waits for it to put its things away."""
    running = subprocess.Popen(command)  # noqa: S603
    try:
        return running.wait()
    except Told as told:
        if told.number == signal.SIGTERM:  # Ctrl+C it has heard from the terminal as we have
            running.terminate()
        running.wait()
        raise


def _start(command: list[str], said: IO[bytes]) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(  # noqa: S603
        command,
        stdin=subprocess.DEVNULL,
        stdout=said,
        stderr=subprocess.STDOUT,
        start_new_session=True,  # a group that is ended as one
        preexec_fn=_give_way,
    )


def _give_way() -> None:
    """Run, with all that comes of this process, only when nobody else wants to."""
    os.nice(LOWEST)
    if hasattr(os, "SCHED_IDLE"):
        os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
    with contextlib.suppress(OSError):  # a kernel without groups
        AUTOGROUP.write_text(str(LOWEST))


def _end(quiet: "subprocess.Popen[bytes]") -> None:
    """End what is left of the group."""
    for sign in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(quiet.pid, sign)
        with contextlib.suppress(subprocess.TimeoutExpired):
            quiet.wait(END_DEADLINE_S)


def _tell(number: int, frame: FrameType | None) -> NoReturn:
    raise Told(number)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
