"""What a room remembers of those who left."""

import pytest

from livehall.media.rooms import room
from tests.media.conftest import Stage, eventually

pytestmark = pytest.mark.media


async def leave(stage: Stage, identity: str) -> None:
    client = await stage.viewer(identity)
    await client.close()
    await eventually(lambda: identity not in stage.server.rooms.find("hall").participants)


async def test_those_who_left_lately_are_remembered(stage: Stage):
    await stage.viewer("stays")
    await leave(stage, "a")
    await leave(stage, "b")

    assert [info.identity for info in stage.server.rooms.find("hall").recently_left()] == ["a", "b"]


async def test_a_room_that_nobody_asks_does_not_grow_with_those_who_left(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(room, "_REMEMBERED_S", 0.0)
    await stage.viewer("stays")
    for identity in ("a", "b", "c"):
        await leave(stage, identity)

    assert len(stage.server.rooms.find("hall")._departed) == 1
