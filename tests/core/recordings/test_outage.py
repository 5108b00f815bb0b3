"""A bucket that is away for a while loses nothing: files stay here, and go there later. A real S3 server."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from livehall.core.ports.storage import StorageUnavailable
from livehall.core.recordings import store
from livehall.core.recordings.model import Recording
from livehall.core.sessions.model import Session
from livehall.engines.storage import S3Storage
from livehall.kernel.actor import SYSTEM, Actor
from livehall.kernel.clock import utc_now
from livehall.kernel.work import Desk
from tests.core.recordings.conftest import Hall, MediaServer, a_hall
from tests.support.needs import need
from tests.support.people import Hands
from tests.support.versitygw.server import S3Server, s3_server


@pytest.fixture
def s3(tmp_path: Path) -> Iterator[S3Server]:
    with s3_server(need("versitygw"), tmp_path / "s3") as server:
        yield server


@pytest.fixture
async def hall(desk: Desk, clock: Hands, tmp_path: Path, s3: S3Server) -> AsyncIterator[Hall]:
    storage = S3Storage(s3.bucket("hall"), redirects=True, clock=utc_now)
    async with a_hall(desk, MediaServer(tmp_path / "output", clock), storage) as hall:
        yield hall


async def last(hall: Hall, session: Session) -> Recording:
    async with hall.desk.read(SYSTEM) as read:
        found = await store.last(read, session.id)
    assert found is not None
    return found


async def test_a_bucket_that_is_away_loses_no_recording(
    hall: Hall, host: Actor, session: Session, s3: S3Server, clock: Hands
) -> None:
    await hall.recorder.start(host, session.id)
    (output,) = hall.media.known
    await hall.report(output, "active")
    await hall.recorder.stop(host, session.id)
    s3.stop()
    await hall.report(output, "complete", seconds=3)

    waiting = await last(hall, session)
    assert waiting.status == "processing"
    local = hall.media.folder / hall.media.paths[output]
    assert local.read_bytes() == b"film" * 256
    async with hall.desk.read(SYSTEM) as read:
        asset = await store.asset_of(read, waiting.id)
    assert asset is not None
    with pytest.raises(StorageUnavailable):
        await hall.storage.find(asset.storage_key)

    clock.forward(seconds=61)
    await hall.keeper.keep_left()
    assert (await last(hall, session)).status == "processing"
    s3.start()
    await hall.keeper.keep_left()

    assert (await last(hall, session)).status == "ready"
    assert not local.exists()
    stored = await hall.storage.find(asset.storage_key)
    assert stored is not None
    assert stored.size == 1024


async def test_a_bucket_that_is_away_holds_up_nothing_else_of_the_session(
    hall: Hall, host: Actor, session: Session, s3: S3Server
) -> None:
    """The relay closes the event although its file waits: later events of the session have their turn."""
    await hall.recorder.start(host, session.id)
    (output,) = hall.media.known
    await hall.report(output, "active")
    s3.stop()
    await hall.report(output, "complete", seconds=3)  # returns once the relay has nothing left to do
    assert (await last(hall, session)).title.endswith("(2)")  # its follow-up began meanwhile
