"""A file that the storage could not take at first is kept once the storage is back."""

from pathlib import Path

import pytest

from livehall.core.recordings import reports, store
from livehall.core.recordings.keeping import Keeper
from livehall.core.sessions.model import Session
from livehall.kernel.actor import MEDIA, SYSTEM, Actor
from tests.core.recordings.conftest import PUBLIC, Hall
from tests.support.people import Hands


@pytest.fixture
async def left(hall: Hall, host: Actor, session: Session, tmp_path: Path) -> Hall:
    """A whole recording for which no reaction runs any more; the storage does not take files."""
    (tmp_path / "storage").rmdir()
    (tmp_path / "storage").write_text("no folder")
    await hall.recorder.start(host, session.id)
    (output,) = hall.media.known
    await hall.report(output, "active")
    await hall.recorder.stop(host, session.id)
    await hall.drained()
    hall.relay.end()
    whole = hall.media.say(output, "complete", seconds=3)
    async with hall.desk.work(MEDIA, origin="livekit") as work:
        await reports.output(work, whole, PUBLIC)
    return hall


async def status(hall: Hall, session: Session) -> str:
    async with hall.desk.read(SYSTEM) as read:
        found = await store.last(read, session.id)
    assert found is not None
    return found.status


async def test_a_file_left_behind_is_kept_once_the_storage_is_back(
    left: Hall, session: Session, clock: Hands, tmp_path: Path
) -> None:
    keeper = Keeper(left.desk, left.storage, left.media.folder)
    clock.forward(seconds=61)
    await keeper.keep_left()
    assert await status(left, session) == "processing"

    (tmp_path / "storage").unlink()
    await keeper.keep_left()
    assert await status(left, session) == "ready"


async def test_a_file_is_the_reactions_own_for_its_first_minute(
    left: Hall, session: Session, tmp_path: Path
) -> None:
    (tmp_path / "storage").unlink()
    await Keeper(left.desk, left.storage, left.media.folder).keep_left()
    assert await status(left, session) == "processing"
