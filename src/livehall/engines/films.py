"""Looking into films in a child process: codecs stay out of this one, and a hostile file ends the child."""

import asyncio
import os
import sys
from pathlib import Path
from typing import Annotated

import msgspec
import structlog

from livehall.core.ports.films import Film, FilmsUnavailable, Refusal, Refused

log = structlog.get_logger(__name__)

COMMAND = (sys.executable, "-m", "livehall.media.egress.inspecting")
PATIENCE_S = 120.0  # longer than the child's limit of processor time takes on a busy machine
MOST_SAID = 1 << 20  # bytes
UNREADABLE = 3  # the child's status: it came to its limits, or fell over what it read
# What the child needs of our environment, which has secrets beside.
HARMLESS = ("PATH", "LD_LIBRARY_PATH", "LANG", "LC_ALL", "PYTHONPATH", "TMPDIR")
JPEG = b"\xff\xd8\xff"

Pixels = Annotated[int, msgspec.Meta(gt=0, le=1 << 16)]


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """By a child that may be in the hands of who made the film."""

    why: Refusal | None = None
    codec: Annotated[str, msgspec.Meta(max_length=64)] = ""
    duration_ms: Annotated[int, msgspec.Meta(gt=0, le=25 * 3_600_000)] = 0
    width: Pixels | None = None
    height: Pixels | None = None
    picture: bytes | None = None


class ChildInspector:
    """Two looks at a time. A child that is killed by what it reads has said that it is no film."""

    def __init__(self) -> None:
        self._gate = asyncio.Semaphore(2)

    async def look(self, path: Path) -> Film | Refused:
        async with self._gate:
            status, answer = await self._ask(path)
        if status != 0:
            log.warning("a film could not be looked at", path=path.name, status=status)
            if status == UNREADABLE or status < 0:
                return Refused(why="unreadable")
            raise FilmsUnavailable
        try:
            said = msgspec.json.decode(answer, type=Said)
        except msgspec.MsgspecError:
            log.warning("a look into a film said what none says", path=path.name)
            return Refused(why="unreadable")
        if said.why is not None or not said.duration_ms:
            return Refused(why=said.why or "unreadable", codec=said.codec)
        if said.picture is not None and said.picture.startswith(JPEG):
            await asyncio.to_thread(_lay_beside, path, said.picture)
        return Film(duration_ms=said.duration_ms, width=said.width, height=said.height)

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
        assert child.stdout is not None
        said = bytearray()
        try:
            async with asyncio.timeout(PATIENCE_S):
                while piece := await child.stdout.read(1 << 16):
                    said += piece
                    if len(said) > MOST_SAID:
                        return UNREADABLE, b""
                await child.wait()
        except TimeoutError:
            return UNREADABLE, b""
        finally:
            if child.returncode is None:
                child.kill()
                await child.wait()
        return child.returncode or 0, bytes(said)


def _lay_beside(path: Path, picture: bytes) -> None:
    """Without it the film is one all the same, so a full disk is not its fault."""
    beside = path.with_name(f"{path.name}.jpeg")
    temporary = path.with_name(f".{beside.name}.tmp")
    try:
        temporary.write_bytes(picture)
        temporary.replace(beside)
    except OSError as error:
        log.warning("the picture of a film was not kept", path=path.name, error=str(error))
        temporary.unlink(missing_ok=True)
