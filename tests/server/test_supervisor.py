"""The supervisor brings the dead back, ends the living, and gives up where trying is useless."""

import asyncio
import os
import signal
import sys
import time
from functools import partial
from pathlib import Path

import pytest

from livehall.server import supervisor as module
from livehall.server.process import StartError
from livehall.server.supervisor import Plan, Supervisor, answers
from tests.support.processes import free_port, wait_until

A_CHILD = str(Path(__file__).with_name("a_child.py"))


def a_plan(manner: str = "", name: str = "child") -> Plan:
    port = free_port()
    return Plan(
        name=name, command=(sys.executable, A_CHILD, str(port), manner), ready=partial(answers, port, "/")
    )


class Run:
    """A supervisor at work beside the test."""

    def __init__(self, *plans: Plan) -> None:
        self.lines: list[tuple[str, bytes]] = []
        self.ready = asyncio.Event()
        self.supervisor = Supervisor(plans, os.environ, lambda name, line: self.lines.append((name, line)))
        self.task = asyncio.create_task(self.supervisor.run(self.ready.set))

    async def until_ready(self) -> None:
        async with asyncio.timeout(15):
            await self.ready.wait()

    async def end(self) -> None:
        os.kill(os.getpid(), signal.SIGTERM)
        async with asyncio.timeout(15):
            await self.task


def is_alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


async def until(condition) -> None:
    async with asyncio.timeout(15):
        while not condition():  # noqa: ASYNC110 - the state of another process has no event
            await asyncio.sleep(0.02)


async def test_all_are_ready_then_a_signal_ends_all():
    run = Run(a_plan(name="one"), a_plan(name="other"))
    await run.until_ready()
    pids = [child.pid for child in run.supervisor.children]
    await run.end()
    assert not any(is_alive(pid) for pid in pids)


async def test_a_killed_child_is_back_within_a_second():
    run = Run(a_plan())
    await run.until_ready()
    child = run.supervisor.children[0]
    first = child.pid
    os.kill(first, signal.SIGKILL)
    died = time.monotonic()
    await until(lambda: child.pid not in (None, first))
    assert time.monotonic() - died < 3 * 1
    await run.end()


async def test_what_a_child_writes_carries_its_name():
    run = Run(a_plan(name="media"))
    await run.until_ready()
    assert run.lines[0] == ("media", f"pid {run.supervisor.children[0].pid}".encode())
    await run.end()


async def test_a_child_that_never_becomes_ready_ends_the_start():
    run = Run(a_plan("brief"), a_plan(name="other"))
    with pytest.raises(StartError, match="child process does not start"):
        async with asyncio.timeout(15):
            await run.task
    assert run.supervisor.children[0].lives == module.FIRST_TRIES
    assert run.supervisor.children[1].pid is None


async def test_a_child_that_names_its_settings_is_not_tried_again():
    run = Run(a_plan("config"))
    with pytest.raises(StartError):
        async with asyncio.timeout(15):
            await run.task
    assert run.supervisor.children[0].lives == 1


async def test_a_deaf_child_is_ended_by_force(monkeypatch):
    monkeypatch.setattr(module, "END_SECONDS", 0.3)
    run = Run(a_plan("deaf"))
    await run.until_ready()
    pid = run.supervisor.children[0].pid
    await run.end()
    assert not is_alive(pid)


async def test_a_second_signal_does_not_wait():
    run = Run(a_plan("deaf"))
    await run.until_ready()
    begun = time.monotonic()
    os.kill(os.getpid(), signal.SIGTERM)
    await asyncio.sleep(0)
    os.kill(os.getpid(), signal.SIGTERM)
    async with asyncio.timeout(15):
        await run.task
    assert time.monotonic() - begun < module.END_SECONDS


def test_children_die_with_a_parent_that_is_killed(tmp_path):
    pid_file = tmp_path / "pid"
    parent = (
        "import subprocess, sys, time;"
        f"c = subprocess.Popen([sys.executable, {A_CHILD!r}, '0', 'orphan'], start_new_session=True,"
        " stdout=subprocess.PIPE); c.stdout.readline();"
        f"open({str(pid_file)!r}, 'w').write(str(c.pid)); time.sleep(60)"
    )
    process = os.posix_spawn(sys.executable, [sys.executable, "-c", parent], os.environ)
    try:
        wait_until(lambda: pid_file.exists() and pid_file.read_text(), within=15, what="the child is born")
    finally:
        os.kill(process, signal.SIGKILL)
        os.waitpid(process, 0)
    pid = int(pid_file.read_text())
    wait_until(lambda: not is_alive(pid), within=15, what="the child is dead")
