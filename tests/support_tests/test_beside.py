"""`dev.beside`: what `make test` leaves running beside its tests counts, gives way and ends with them."""

import os
import shlex
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.waiting import wait_until

ROOT = Path(__file__).parents[2]
COMMAND = [sys.executable, "-m", "dev.beside"]
# Writes its process id, and that of a child, and stays.
STAYS = "sleep 600 & echo $! >child; echo $$ >parent; wait"
# Ends by Ctrl+C only when it has put its things away.
TIDY = "trap 'sleep 0.5; touch tidy; exit 2' INT; touch ready; while :; do sleep 0.1; done"


def beside(quiet: str, command: str) -> subprocess.CompletedProcess[str]:
    words = [*COMMAND, shlex.join(["bash", "-c", quiet]), "bash", "-c", command]
    return subprocess.run(words, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize(("quiet", "command", "code"), [(0, 0, 0), (3, 0, 3), (0, 2, 2), (3, 2, 2)])
def test_one_that_fails_is_enough(quiet: int, command: int, code: int) -> None:
    assert beside(f"exit {quiet}", f"exit {command}").returncode == code


def test_what_it_said_comes_after_all_that_the_other_says() -> None:
    done = beside("echo quiet; echo loud >&2", "sleep 0.3; echo first")
    assert done.stdout.index("first") < done.stdout.index("quiet") < done.stdout.index("loud")


@pytest.mark.skipif(not hasattr(os, "SCHED_IDLE"), reason="Linux alone has idle processes")
def test_it_and_its_children_run_when_nobody_else_wants_to() -> None:
    asks = f"{sys.executable} -c 'import os; print(os.sched_getscheduler(0) == os.SCHED_IDLE, os.nice(0))'"
    assert "True 19" in beside(asks, "true").stdout


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_both_and_their_children(tmp_path: Path, sign: signal.Signals) -> None:
    command = [*COMMAND, shlex.join(["bash", "-c", STAYS]), "bash", "-c", TIDY]
    environ = os.environ | {"PYTHONPATH": str(ROOT)}
    with subprocess.Popen(command, cwd=tmp_path, env=environ, start_new_session=True) as running:
        wait_until(lambda: (tmp_path / "parent").exists(), within=20, what="the quiet one")
        wait_until(lambda: (tmp_path / "ready").exists(), within=20, what="the command")
        if sign is signal.SIGINT:
            os.killpg(running.pid, sign)  # as a terminal does
        else:
            running.send_signal(sign)
        assert running.wait(30) == 128 + sign
    assert (tmp_path / "tidy").exists() == (sign is signal.SIGINT)
    for name in ("parent", "child"):
        pid = int((tmp_path / name).read_text())
        wait_until(lambda pid=pid: not _lives(pid), within=20, what=f"the end of the quiet {name}")


def _lives(pid: int) -> bool:
    """Zombies do not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False
