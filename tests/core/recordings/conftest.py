"""A live session, a media server that does as it is told, a storage on disk, and a relay that runs."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from livehall.core.ports.media import Layout, MediaUnavailable, Output, OutputFile, OutputKind, OutputState
from livehall.core.recordings import reactions, reports
from livehall.core.recordings.keeping import Keeper
from livehall.core.recordings.steps import Recorder
from livehall.core.sessions.model import Session
from livehall.engines.storage import DiskStorage, ObjectStorage
from livehall.kernel.actor import MEDIA, Actor
from livehall.kernel.db import Database
from livehall.kernel.relay import Relay
from livehall.kernel.work import Desk
from tests.support.on_air import SEALING, on_air
from tests.support.people import Hands, a_person, actor_of

PUBLIC = "https://hall.example"


class MediaServer:
    """The outputs of a media server: begun when asked, the rest when the test says so."""

    def __init__(self, folder: Path, clock: Hands) -> None:
        self.folder, self.clock = folder, clock
        self.known: dict[str, Output] = {}
        self.paths: dict[str, str] = {}
        self.stopped: list[str] = []
        self.layouts: dict[str, Layout] = {}
        self.pinned: dict[str, str] = {}
        self.fault: MediaUnavailable | None = None
        self.refusal: MediaUnavailable | None = None  # of new outputs alone

    async def record(self, room: str, path: str, layout: Layout = "single", pinned: str = "") -> Output:
        return self._begin(room, path, "file", layout, pinned)

    async def package(self, room: str, path: str, layout: Layout = "single", pinned: str = "") -> Output:
        return self._begin(room, path, "hls", layout, pinned)

    async def stream(self, room: str, url: str, layout: Layout = "single", pinned: str = "") -> Output:
        return self._begin(room, url, "rtmp", layout, pinned)

    async def arrange(self, output_id: str, layout: Layout, pinned: str = "") -> None:
        self._check()
        self.layouts[output_id], self.pinned[output_id] = layout, pinned

    async def stop(self, output_id: str) -> None:
        self._check()
        self.stopped.append(output_id)

    async def outputs(self, room: str) -> tuple[Output, ...]:
        self._check()
        return tuple(each for each in self.known.values() if each.room == room)

    def say(self, output_id: str, state: OutputState, *, seconds: float = 0, error: str = "") -> Output:
        """How an output is now; a whole file lies in the folder."""
        output = msgspec.structs.replace(
            self.known[output_id], state=state, started_at=self.clock.now, error=error
        )
        if state == "complete" and output.kind == "file":
            path = self.folder / self.paths[output_id]
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(b"film" * 256)
            file = OutputFile(
                path=str(path),
                duration_s=seconds,
                size=1024,
                started_at=self.clock.now - timedelta(seconds=seconds),
                ended_at=self.clock.now,
            )
            output = msgspec.structs.replace(output, files=(file,), ended_at=self.clock.now)
        self.known[output_id] = output
        return output

    def _begin(self, room: str, path: str, kind: OutputKind, layout: Layout, pinned: str) -> Output:
        self._check()
        if self.refusal is not None:
            raise self.refusal
        output = Output(id=f"EG_{len(self.known)}_{room[-4:]}", room=room, kind=kind, state="starting")
        self.known[output.id], self.paths[output.id] = output, path
        self.layouts[output.id], self.pinned[output.id] = layout, pinned
        return output

    def _check(self) -> None:
        if self.fault is not None:
            raise self.fault


class Hall:
    def __init__(self, desk: Desk, media: MediaServer, storage: ObjectStorage, recorder: Recorder) -> None:
        self.desk, self.media, self.storage, self.recorder = desk, media, storage, recorder
        self.keeper = Keeper(desk, storage, media.folder)
        self.relay = Relay(
            desk.database,
            publish=lambda _: None,
            reactions=reactions.reactions(recorder, self.keeper, media.folder, packages_at_go_live=False),
            clock=desk.clock,
            backoff_s=0.01,
        )
        desk.committed = self.relay.wake

    async def report(self, output_id: str, state: OutputState, **more: object) -> None:
        """A webhook, and all that follows."""
        said = self.media.say(output_id, state, **more)  # type: ignore[arg-type]
        async with self.desk.work(MEDIA, origin="livekit") as work:
            await reports.output(work, said, PUBLIC)
        await self.drained()

    async def drained(self) -> None:
        async with asyncio.timeout(30):
            await self.relay.drained()


@pytest.fixture
def clock() -> Hands:
    return Hands()


@pytest.fixture
def desk(database: Database, clock: Hands) -> Desk:
    return Desk(database, clock=clock)


@asynccontextmanager
async def a_hall(desk: Desk, media: MediaServer, storage: ObjectStorage) -> AsyncIterator[Hall]:
    """Its relay runs for the length of the block."""
    hall = Hall(desk, media, storage, Recorder(desk, media, SEALING, public_url=PUBLIC))
    running = asyncio.create_task(hall.relay.run())
    yield hall
    await hall.keeper.stop()
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running


@pytest.fixture
async def hall(desk: Desk, clock: Hands, tmp_path: Path) -> AsyncIterator[Hall]:
    storage = DiskStorage(tmp_path / "storage")
    async with a_hall(desk, MediaServer(tmp_path / "output", clock), storage) as hall:
        yield hall


@pytest.fixture
async def host(desk: Desk) -> Actor:
    return actor_of(await a_person(desk))


@pytest.fixture
async def ben(desk: Desk) -> Actor:
    return actor_of(await a_person(desk, "ben@example.org", "viewer"))


@pytest.fixture
async def session(desk: Desk, host: Actor) -> Session:
    return await on_air(desk, host)
