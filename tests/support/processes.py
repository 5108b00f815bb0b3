"""Programs that a test starts: output in a file, ended with the test whatever happens to it."""

import contextlib
import ctypes
import itertools
import os
import pwd
import signal
import socket
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Self

from tests.support.waiting import NotInTime, wait_until

PR_SET_PDEATHSIG = 1  # prctl(2): the signal a child gets when its parent dies
_libc = ctypes.CDLL(None)


FIRST_PORT = 11_000  # above those that browsers refuse, below those that outgoing connections get
PORTS = 21_000
PORT_STRIDE = 11  # no divisor of PORTS; what wants a few neighbouring ports finds them untouched
_ports = itertools.count(os.getpid() * 101)


def free_port(kind: socket.SocketKind = socket.SOCK_STREAM) -> int:
    """A port on loopback that nobody listens on, another one each time.

    The kernel's own choice will not do: it may be the same twice, and it comes from the range of
    outgoing connections, any of which may take it before the program that is to listen there.
    """
    for _ in range(PORTS):
        port = FIRST_PORT + next(_ports) * PORT_STRIDE % PORTS
        with socket.socket(socket.AF_INET, kind) as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise AssertionError("no port is free on loopback")


def free_ports_in_a_row(number: int) -> int:
    """The first of so many neighbouring ports on loopback, as `free_port` gives one."""
    while True:
        first = free_port()
        with contextlib.ExitStack() as taken:
            try:
                for port in range(first, first + number):
                    taken.enter_context(socket.socket()).bind(("127.0.0.1", port))
            except OSError:
                continue
        return first


def is_listening(port: int) -> bool:
    """Whether something accepts TCP connections on this loopback port."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


class Program:
    """One running program in a process group of its own.

    It dies with this process, even when this process is killed. `user` is the account it runs as,
    which needs root when it is another than ours.
    """

    def __init__(
        self,
        name: str,
        command: Sequence[str | Path],
        *,
        log: Path,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        user: str | None = None,
    ) -> None:
        self.name, self.log_path = name, log
        with log.open("ab") as out:
            self._process = subprocess.Popen(
                [str(part) for part in command],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                env=None if env is None else dict(env),
                cwd=cwd,
                user=user,
                group=None if user is None else _group_of(user),
                extra_groups=None if user is None else [],
                start_new_session=True,
                preexec_fn=_die_with_parent,
            )
        self.pid = self._process.pid

    @property
    def is_running(self) -> bool:
        return self._process.poll() is None

    def log(self, last: int = 6000) -> str:
        """The end of what the program said, in characters."""
        return self.log_path.read_text(errors="replace")[-last:]

    def wait_ready(self, condition: Callable[[], object], *, within: float) -> None:
        """Wait until the condition holds; a program that ends first is shown with its log."""

        def ready_or_over() -> bool:
            if not self.is_running:
                code = self._process.returncode
                raise AssertionError(f"{self.name} ended at its start with {code}:\n{self.log()}")
            return bool(condition())

        try:
            wait_until(ready_or_over, within=within, what=f"{self.name} is ready")
        except NotInTime as late:
            raise NotInTime(f"{late}\n{self.log()}") from None

    def wait(self, within: float) -> int:
        """The exit code, when the program ends by itself in time."""
        return self._process.wait(within)

    def stop(self, within: float = 15, sign: signal.Signals = signal.SIGTERM) -> int:
        """Ask the program to end; what is left of its group after `within` seconds is killed."""
        if self.is_running:
            self._process.send_signal(sign)
            try:
                self._process.wait(within)
            except subprocess.TimeoutExpired:
                self.kill()
        self._kill_group()
        return self._process.wait()

    def kill(self) -> None:
        """`kill -9`, at once, of this process alone."""
        self._process.kill()
        self._process.wait()

    def _kill_group(self) -> None:
        try:
            os.killpg(self.pid, signal.SIGKILL)
        except ProcessLookupError:
            return

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.stop()


def _group_of(user: str) -> int:
    return pwd.getpwnam(user).pw_gid


def _die_with_parent() -> None:
    _libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
