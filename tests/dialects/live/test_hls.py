"""HLS begins with the broadcast: a real media server packages what is on air."""

from typing import Literal

import pytest

from livehall.core.recordings import store
from livehall.core.sessions import programme
from livehall.kernel.actor import MEDIA, SYSTEM
from tests.dialects.live.test_sessions import planned, started
from tests.support.media_servers import MediaAddress, publishing
from tests.support.waiting import eventually


@pytest.fixture
def hall_hls() -> Literal["always", "demand"]:
    return "always"


async def packages_of(hall, session_id):
    async with hall.app.house.desk.read(SYSTEM) as read:
        return [row for row in await store.open_in(read, session_id) if row.kind == "hls"]


async def test_going_live_begins_hls_and_its_address_follows(hall, media_server):
    ada, ben = await hall.signed_in(), await hall.signed_in("ben@example.org", "viewer")
    data = await started(ada)
    path = f"/sessions/{data['session']['id']}"
    address = MediaAddress(f"http://127.0.0.1:{media_server.http_port}", is_ours=True)
    async with publishing(address, data["token"]) as host:
        await host.publish_audio()

        async def goes_live():
            return (await ada.post(f"{path}/go-live")).status_code == 200

        async def is_packaged():
            health = (await ada.get(f"{path}/health")).json()["data"]
            assert health["hls_status"] != "failed"
            return health["hls_status"] == "active"

        await eventually(goes_live, within=15, what="a source")
        await eventually(is_packaged, within=15, what="HLS")
        assert (await ada.get(path)).json()["data"]["hls_url"] is not None
        joined = (await ben.post(f"{path}/join", json={"prefer": "hls"})).json()["data"]
        playlist = await hall.client().get(joined["hls_url"])
        assert (playlist.status_code, playlist.text[:7]) == (200, "#EXTM3U")
        assert (await ada.post(f"{path}/hls")).json()["data"]["created"] is False
        await ada.post(f"{path}/end")
    await hall.app.house.relay.drained()
    assert (await ada.get(f"{path}/health")).json()["data"]["hls_status"] == "none"


async def test_start_webcam_begins_hls_with_the_first_picture_and_an_external_picture_has_none(hall):
    ada = await hall.person()
    client = hall.client(hall.token(ada))
    session = await planned(client)
    await client.post(f"/sessions/{session['id']}/start-webcam")
    await hall.app.house.relay.drained()
    assert await packages_of(hall, session["id"]) == []  # C18: nothing to see yet
    track = programme.ReportedTrack(
        sid="TR_1", participant_sid="PA_1", identity=f"u.{ada.id}", source="camera"
    )
    async with hall.app.house.desk.work(MEDIA) as work:
        await programme.track_published(work, session["id"], track, work.now)

    elsewhere = await planned(client, mode="external", external_url="https://example.org/live")
    assert (await client.post(f"/sessions/{elsewhere['id']}/go-live")).status_code == 200
    await hall.app.house.relay.drained()
    assert len(await packages_of(hall, session["id"])) == 1
    assert await packages_of(hall, elsewhere["id"]) == []
