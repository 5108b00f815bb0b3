"""An evening whose media server reports nothing: comparisons alone bring all to where it should be.

In a hall they run every 5 s, and a connection is left to its report for 5 s more; here both are a twentieth,
so that what takes a minute at most there takes three seconds here. Order and states are asserted, no rates.
"""

from typing import Literal

import pytest

from livehall.core.audience import jobs
from livehall.server import house
from tests.dialects.live.test_sessions import planned
from tests.support.media_servers import MediaAddress, publishing
from tests.support.waiting import eventually

PATIENCE_S = 20.0  # never reached; a minute here is three seconds


@pytest.fixture(autouse=True)
def compressed(monkeypatch):
    monkeypatch.setattr(house, "RECONCILE_S", 0.25)
    monkeypatch.setattr(jobs, "REPORTS_FIRST", jobs.REPORTS_FIRST / 20)
    monkeypatch.setattr(jobs, "COUNT_S", jobs.COUNT_S / 20)


@pytest.fixture
def hall_hls() -> Literal["always", "demand"]:
    return "always"


async def test_with_reports_switched_off_everything_converges(hall, media_server):
    ada, ben = await hall.signed_in(), await hall.signed_in("ben@example.org", "viewer")
    session = await planned(ada, recording_enabled=True)
    path = f"/sessions/{session['id']}"
    address = MediaAddress(f"http://127.0.0.1:{media_server.http_port}", is_ours=True)

    async def read(client=ada, of=path):
        return (await client.get(of)).json()["data"]

    async def becomes(what, **wanted):
        async def are_so():
            found = await read()
            return all(found[name] == value for name, value in wanted.items())

        await eventually(are_so, within=PATIENCE_S, what=what)

    async def viewers(count):
        async def are_so():
            return (await read(of=f"{path}/viewers"))["count"] == count

        await eventually(are_so, within=PATIENCE_S, what=f"{count} in the session")

    async def recording(status):
        async def is_so():
            found = (await read(of=f"{path}/recordings"))["recordings"]
            return [each["status"] for each in found] == [status]

        await eventually(is_so, within=PATIENCE_S, what=f"the recording to be {status}")

    token = (await ada.post(f"{path}/start", json={"go_live": True})).json()["data"]["token"]
    async with publishing(address, token) as host:
        await host.publish_audio()
        await becomes("the source to take it live", status="live", stream_state="active")
        await recording("recording")

        async def is_packaged():
            return (await read())["hls_url"] is not None

        await eventually(is_packaged, within=PATIENCE_S, what="the address of HLS")
        came = (await ben.post(f"{path}/join")).json()["data"]
        async with publishing(address, came["token"]):
            await viewers(2)
            await becomes("the viewer to be counted", viewer_count=1)
        await viewers(1)
        await becomes("the viewer to be gone", viewer_count=0, max_viewers=1)
        left = (await read(of=f"{path}/attendance"))["attendance"]
        assert sorted((each["username"], each["is_active"]) for each in left) == [
            ("ada", True), ("ben", False),
        ]  # fmt: skip
    await becomes("the stream to be interrupted", status="live", stream_state="interrupted")
    await ada.post(f"{path}/end")
    await recording("ready")
    ended = await read()
    assert (ended["status"], ended["hls_url"], ended["viewer_count"]) == ("ended", None, 0)
    assert await hall.app.house.media.rooms.present(session["id"]) is None
