"""The parent of all processes: starts them, brings the dead back, ends them in order.

Invariants
  - The parent does no work of its own and opens no database, so that nothing but a signal ends it.
  - The listening sockets are the parent's: while an api process is reborn, callers wait in the backlog
    and are not refused. Several api processes share the one that faces people, so that the others answer.
  - Children stand in sessions of their own: Ctrl+C reaches the parent alone, which ends them in order
    (media first, so that its last reports find an api; then all api processes together), within
    `END_SECONDS`, then by force.
  - A child that dies is started again after 0.1 s, then twice as long each time up to `SLOWEST_RETRY`;
    a life of `STEADY_SECONDS` resets this. One that was never ready and dies `FIRST_TRIES` times, or that
    says by `EXIT_CONFIG` that trying again is useless, ends the whole with its own words on the screen.
  - The parent killed by force takes the children along (`process.die_with_parent`).
"""

import asyncio
import contextlib
import os
import signal
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from itertools import groupby

import msgspec
import structlog

from livehall.server.process import StartError

END_SECONDS = 4.0  # for each child in turn; together below the 10 s that most service managers allow
FIRST_RETRY = 0.1  # seconds
SLOWEST_RETRY = 10.0  # seconds
STEADY_SECONDS = 10.0
FIRST_TRIES = 3
READY_SECONDS = 60.0  # the first start may migrate a database
PROBE_SECONDS = 0.05
LINE_LIMIT = 1_048_576  # bytes of one log line
EXIT_CONFIG = 78  # sysexits.h EX_CONFIG

log = structlog.get_logger("livehall.supervisor")

OnLine = Callable[[str, bytes], None]


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """How one child is started and how one knows that it works."""

    name: str
    command: tuple[str, ...]
    ready: Callable[[], Awaitable[bool]]
    descriptors: tuple[int, ...] = ()  # kept open in the child
    ends_with: str = ""  # neighbours of one word end together; without one it ends alone


class Child:
    """One process that shall live, through as many lives as it takes."""

    def __init__(self, plan: Plan, environ: Mapping[str, str], on_line: OnLine) -> None:
        self.plan = plan
        self.lives = 0
        self.is_ready = asyncio.Event()
        self._environ, self._on_line = environ, on_line
        self._process: asyncio.subprocess.Process | None = None
        self._ending = asyncio.Event()

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process and self._process.returncode is None else None

    async def live(self) -> None:
        """Start, watch and start again until `end` is called.

        Raises: StartError when it never became ready.
        """
        wait = FIRST_RETRY
        while not self._ending.is_set():
            born = time.monotonic()
            status = await self._one_life()
            if self._ending.is_set():
                return
            if status == EXIT_CONFIG or (not self.is_ready.is_set() and self.lives >= FIRST_TRIES):
                raise StartError(f"The {self.plan.name} process does not start; its reason stands above.")
            if time.monotonic() - born > STEADY_SECONDS:
                wait = FIRST_RETRY
            log.warning("child died", child=self.plan.name, status=status, again_in_s=wait)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._ending.wait(), wait)
            wait = min(wait * 2, SLOWEST_RETRY)

    async def _one_life(self) -> int:
        self._process = process = await asyncio.create_subprocess_exec(
            *self.plan.command,
            env=self._environ,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            pass_fds=self.plan.descriptors,
            start_new_session=True,
            limit=LINE_LIMIT,
        )
        self.lives += 1
        if self._ending.is_set():  # `end` came while the process was being made and found none
            process.terminate()
        probe = asyncio.create_task(self._probe(process))
        try:
            await self._read(process)
            return await process.wait()
        finally:
            probe.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await probe

    async def _read(self, process: asyncio.subprocess.Process) -> None:
        """Hand on the output line by line until the process has closed it."""
        assert process.stdout is not None
        while True:
            try:
                line = await process.stdout.readline()
            except ValueError:  # a line over LINE_LIMIT; its beginning is dropped, the rest follows
                continue
            if not line:
                return
            if text := line.rstrip():
                self._on_line(self.plan.name, text)

    async def _probe(self, process: asyncio.subprocess.Process) -> None:
        born = time.monotonic()
        while process.returncode is None:
            if await self.plan.ready():
                self.is_ready.set()
                if self.lives > 1:
                    log.info("child is back", child=self.plan.name, after_s=round(time.monotonic() - born, 2))
                return
            if time.monotonic() - born > READY_SECONDS:
                log.error("child is not ready in time", child=self.plan.name, seconds=READY_SECONDS)
                process.kill()
                return
            await asyncio.sleep(PROBE_SECONDS)

    async def end(self) -> None:
        """Ask it to end, wait `END_SECONDS`, then insist."""
        self._ending.set()
        process = self._process
        if process is None or process.returncode is not None:
            return
        process.terminate()
        try:
            async with asyncio.timeout(END_SECONDS):
                await process.wait()
        except TimeoutError:
            log.warning("child did not end in time", child=self.plan.name, seconds=END_SECONDS)
            self.kill()
            await process.wait()

    def kill(self) -> None:
        self._ending.set()
        if pid := self.pid:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(pid, signal.SIGKILL)  # its session: recorder children go along


class Supervisor:
    """Runs the children until a signal, or until one of them cannot start."""

    def __init__(self, plans: Sequence[Plan], environ: Mapping[str, str], on_line: OnLine) -> None:
        """`plans` in the order of ending."""
        self.children = [Child(plan, environ, on_line) for plan in plans]

    async def run(self, on_ready: Callable[[], None]) -> None:
        """`on_ready` is called once, when all are ready.

        Raises: StartError.
        """
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()

        def on_signal() -> None:
            if stop.is_set():  # asked twice: now, not calmly
                for child in self.children:
                    child.kill()
            stop.set()

        signals = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
        for number in signals:
            loop.add_signal_handler(number, on_signal)
        tasks = [asyncio.create_task(child.live()) for child in self.children]
        tell = asyncio.create_task(self._tell(on_ready))
        try:
            stopped = asyncio.create_task(stop.wait())
            await asyncio.wait([stopped, *tasks], return_when=asyncio.FIRST_COMPLETED)
            stopped.cancel()
            await self._end()
            for outcome in await asyncio.gather(*tasks, return_exceptions=True):
                if isinstance(outcome, Exception):
                    raise outcome
        finally:
            tell.cancel()
            for task in tasks:
                task.cancel()
            for number in signals:
                loop.remove_signal_handler(number)

    async def _end(self) -> None:
        """One after another; those that belong together at once."""
        for word, together in groupby(self.children, key=lambda child: child.plan.ends_with):
            children = list(together)
            if word:
                await asyncio.gather(*(child.end() for child in children))
            else:
                for child in children:
                    await child.end()

    async def _tell(self, on_ready: Callable[[], None]) -> None:
        for child in self.children:
            await child.is_ready.wait()
        on_ready()


async def answers(port: int, path: str) -> bool:
    """Something on loopback answers `GET path` with 200."""
    try:
        async with asyncio.timeout(2):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            try:
                writer.write(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n".encode())
                status = await reader.readline()
            finally:
                writer.close()
                with contextlib.suppress(OSError):
                    await writer.wait_closed()
    except (OSError, TimeoutError):
        return False
    return status.split(b" ")[1:2] == [b"200"]
