"""Runs versitygw on loopback; it can be stopped and started again, with what it keeps."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from livehall.engines.storage import Bucket
from tests.support.processes import Program, free_port, is_listening

START_DEADLINE_S = 60
ACCESS_KEY = "hall"
SECRET_KEY = "hall-secret-of-the-tests"
BUCKET = "films"
REGION = "eu-central-1"


class S3Server:
    """A running S3 server with one empty bucket: a folder, and notes about its objects in another."""

    def __init__(self, program: Path, folder: Path) -> None:
        self._program, self._folder = program, folder
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        for name in (f"objects/{BUCKET}", "notes"):
            (folder / name).mkdir(parents=True, exist_ok=True)
        self._running: Program | None = None

    def bucket(self, prefix: str = "") -> Bucket:
        return Bucket(
            name=BUCKET,
            endpoint=self.url,
            region=REGION,
            access_key=ACCESS_KEY,
            secret_key=SECRET_KEY,
            prefix=prefix,
        )

    def objects(self) -> list[Path]:
        """The files of the bucket."""
        found = (self._folder / "objects" / BUCKET).rglob("*")
        return [path for path in found if path.is_file() and not path.name.startswith(".")]

    def start(self) -> None:
        command: list[str | Path] = [
            self._program, "--quiet", "--port", f"127.0.0.1:{self.port}", "--region", REGION,
            "posix", "--sidecar", self._folder / "notes", self._folder / "objects",
        ]  # fmt: skip
        given = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        keys = {"ROOT_ACCESS_KEY": ACCESS_KEY, "ROOT_SECRET_KEY": SECRET_KEY}
        self._running = Program("versitygw", command, log=self._folder / "log", env={**given, **keys})
        self._running.wait_ready(lambda: is_listening(self.port), within=START_DEADLINE_S)

    def stop(self) -> None:
        if self._running is not None:
            self._running.stop(within=5)
            self._running = None


@contextmanager
def s3_server(program: Path, folder: Path) -> Iterator[S3Server]:
    """An S3 server for the length of a block."""
    server = S3Server(program, folder)
    try:
        server.start()
        yield server
    finally:
        server.stop()
