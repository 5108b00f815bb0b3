"""A PostgreSQL server for one test run: Debian's programs, a temporary folder, loopback, no fsync.

PostgreSQL refuses to run as root, so that root starts it as `postgres` or `nobody`.
"""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

from tests.support.processes import Program, free_port

START_DEADLINE_S = 60
OWNER = "livehall"
FAST = {
    "listen_addresses": "127.0.0.1",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "60",
    "shared_buffers": "64MB",
}


class PostgresServer:
    """A running server and the databases made in it for single tests."""

    def __init__(self, programs: Path, folder: Path) -> None:
        self._programs, self.port = programs, free_port()
        self._names = (f"hall_{number}" for number in count(1))
        self._user = _ordinary_user()
        if self._user:
            shutil.chown(folder, self._user, pwd.getpwnam(self._user).pw_gid)
        self._folder = folder
        self._initialise()
        self.program = self._start()

    def _initialise(self) -> None:
        command: list[str | Path] = [
            self._programs / "initdb",
            "--no-sync",
            "--auth=trust",
            "--encoding=UTF8",
        ]
        command += ["--locale=C.UTF-8", f"--username={OWNER}", "--pgdata", self._folder / "data"]
        group = pwd.getpwnam(self._user).pw_gid if self._user else None
        made = subprocess.run(
            command, user=self._user, group=group, extra_groups=[] if self._user else None,
            cwd=self._folder, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert made.returncode == 0, f"initdb failed:\n{made.stdout}{made.stderr}"

    def _start(self) -> Program:
        settings = FAST | {"port": str(self.port), "unix_socket_directories": str(self._folder)}
        options = [f"--{name}={value}" for name, value in settings.items()]
        command: list[str | Path] = [self._programs / "postgres", "-D", self._folder / "data", *options]
        log = self._folder / "log"
        program = Program("PostgreSQL", command, log=log, cwd=self._folder, user=self._user)
        program.wait_ready(lambda: self._run("pg_isready", "--quiet") == 0, within=START_DEADLINE_S)
        return program

    def create(self, template: str = "template1") -> str:
        """A fresh database, copied from `template`; its address as a URL.

        Nobody may be connected to the template meanwhile.
        """
        name = next(self._names)
        assert self._run("createdb", "--template", template, name) == 0, self.program.log()
        return f"postgresql://{OWNER}@127.0.0.1:{self.port}/{name}"

    def drop(self, url: str) -> None:
        """Remove a database, connections to it included."""
        assert self._run("dropdb", "--force", "--if-exists", name_of(url)) == 0, self.program.log()

    @contextmanager
    def database(self, template: str = "template1") -> Iterator[str]:
        """A database for the length of a block."""
        url = self.create(template)
        try:
            yield url
        finally:
            self.drop(url)

    @contextmanager
    def outage(self) -> Iterator[None]:
        """The server is gone for the length of a block: connections break, new ones are refused."""
        self.program.stop(sign=signal.SIGINT)
        try:
            yield
        finally:
            self.program = self._start()

    def close(self) -> None:
        # SIGINT is PostgreSQL's "fast" shutdown: sessions are ended, not waited for.
        self.program.stop(sign=signal.SIGINT)

    def _run(self, program: str, *arguments: str) -> int:
        where = ["--host=127.0.0.1", f"--port={self.port}", f"--username={OWNER}"]
        command: list[str | Path] = [self._programs / program, *where, *arguments]
        return subprocess.run(command, capture_output=True, check=False).returncode


def name_of(url: str) -> str:
    """The database's name in its URL; serves as a template for others."""
    return url.rpartition("/")[2]


@contextmanager
def postgres_server(postgres: Path) -> Iterator[PostgresServer]:
    """A server from the folder of the program `postgres`, gone with all its files at the end."""
    folder = Path(tempfile.mkdtemp(prefix="livehall-postgres-"))
    try:
        server = PostgresServer(postgres.parent, folder)
        try:
            yield server
        finally:
            server.close()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _ordinary_user() -> str | None:
    """Whom to run as: ourselves unless we are root."""
    if os.getuid() != 0:
        return None
    accounts = {account.pw_name for account in pwd.getpwall()}
    return "postgres" if "postgres" in accounts else "nobody"
