"""Looking into films in a child process: codecs stay out of this one, and a hostile file ends the child."""

import asyncio
import os
import sys
from pathlib import Path

import msgspec
import structlog

from livehall.core.ports.films import Film, FilmsUnavailable, Refused

log = structlog.get_logger(__name__)

COMMAND = (sys.executable, "-m", "livehall.media.egress.inspecting")
PATIENCE_S = 120.0  # longer than the child's limit of processor time takes on a busy machine
UNREADABLE = 3  # the child's status: it came to its limits, or fell over what it read
# What the child needs of our environment, which has secrets beside.
HARMLESS = ("PATH", "LD_LIBRARY_PATH", "LANG", "LC_ALL", "PYTHONPATH", "TMPDIR")
Seen = msgspec.json.Decoder(dict[str, str | int | None]).decode


class ChildInspector:
    """Two looks at a time. A child that is killed by what it reads has said that it is no film."""

    def __init__(self) -> None:
        self._gate = asyncio.Semaphore(2)

    async def look(self, path: Path) -> Film | Refused:
        async with self._gate:
            status, said = await self._ask(path)
        if status == 0:
            seen = Seen(said)
            return msgspec.convert(seen, Refused) if "why" in seen else msgspec.convert(seen, Film)
        log.warning("a film could not be looked at", path=path.name, status=status)
        if status == UNREADABLE or status < 0:
            return Refused(why="unreadable")
        raise FilmsUnavailable

    async def _ask(self, path: Path) -> tuple[int, bytes]:
        try:
            child = await asyncio.create_subprocess_exec(
                *COMMAND,
                str(path),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
                env={name: value for name, value in os.environ.items() if name in HARMLESS},
            )
        except OSError as error:
            raise FilmsUnavailable from error
        try:
            async with asyncio.timeout(PATIENCE_S):
                said, _ = await child.communicate()
        except TimeoutError:
            return UNREADABLE, b""
        finally:
            if child.returncode is None:
                child.kill()
                await child.wait()
        return child.returncode or 0, said
