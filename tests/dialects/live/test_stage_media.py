"""C17 on real media: who comes on stage publishes over the connection they have, and not a moment longer."""

import asyncio
from contextlib import suppress

from livehall.core.audience import reports
from livehall.core.ports.media import Grant
from livehall.core.stage import steps
from livehall.kernel.actor import MEDIA
from livehall.media.client.publisher import LightPublisher
from tests.dialects.live.evening import an_evening
from tests.support.waiting import eventually

WITHIN = 10.0  # seconds; the promise is 2


class OnAir:
    """An evening with Ben connected to its media room."""

    def __init__(self, hall, evening, client):
        self.hall, self.evening, self.client = hall, evening, client
        self.path = f"/sessions/{evening.id}/stage"

    @property
    def rooms(self):
        return self.hall.app.house.media.rooms

    async def present(self):
        return {each.identity: each for each in await self.rooms.present(self.evening.id) or ()}

    async def comes_on_stage(self):
        hand = (await self.evening.viewer.post(f"{self.path}/hand")).json()["data"]
        answer = await self.evening.host.post(f"{self.path}/hands/{hand['id']}/approve")
        assert answer.status_code == 200, answer.text
        return answer.json()["data"]["user_id"]

    async def may_publish(self, identity, sources):
        """Wait until this connection has exactly these rights."""

        async def rights():
            each = (await self.present()).get(identity)
            return None if each is None else set(each.publish)

        await eventually(
            rights, lambda found: found == set(sources), within=WITHIN, what=f"{identity}: {sources}"
        )

    async def gone(self, identity):
        await eventually(
            self.present, lambda found: identity not in found, within=WITHIN, what=f"no {identity}"
        )


ALL = ("camera", "microphone", "screen_share", "screen_share_audio")


async def on_air(hall):
    evening = await an_evening(hall)
    join = await evening.join()
    client = LightPublisher(url(hall), join["token"])
    await client.connect()
    return OnAir(hall, evening, client), join["identity"]


def url(hall):
    return f"ws://127.0.0.1:{hall.app.house.settings.media.port}"


async def test_c17_the_open_connection_publishes_at_once_and_watches_on_afterwards(hall):
    air, identity = await on_air(hall)
    try:
        ben = await air.comes_on_stage()
        await air.may_publish(identity, ALL)
        await air.client.publish_video()
        await eventually(air.present, lambda found: found[identity].tracks, within=WITHIN, what="a camera")
        await air.evening.host.patch(f"{air.path}/participants/{ben}", json={"can_publish_video": False})
        await air.may_publish(identity, set(ALL) - {"camera"})
        await eventually(
            air.present, lambda found: not found[identity].tracks, within=WITHIN, what="no camera"
        )
        await air.evening.host.post(f"{air.path}/participants/{ben}/remove")
        await air.may_publish(identity, ())
        with suppress(TimeoutError):
            await asyncio.wait_for(air.client.publish_audio(), 2)
            raise AssertionError("a viewer may not publish")
        assert identity in await air.present()
    finally:
        await air.client.close()


async def test_c17_a_stage_token_ends_the_viewing_connection_and_ends_with_the_stage(hall):
    air, identity = await on_air(hall)
    ben = await air.comes_on_stage()
    token = (await air.evening.viewer.get(f"{air.path}/token")).json()["data"]
    own = LightPublisher(url(hall), token["token"])
    await own.connect()
    try:
        await reported(hall, air, f"u.{ben}")
        await air.gone(identity)
        assert set((await air.present())[f"u.{ben}"].publish) == set(ALL)
        assert (await air.evening.viewer.post(f"{air.path}/leave")).status_code == 204
        await air.gone(f"u.{ben}")
    finally:
        await own.close()
        await air.client.close()


async def reported(hall, air, identity):
    """Tell what the media server's report of a connection says; this one reports to nobody."""
    found = await eventually(air.present, lambda found: identity in found, within=WITHIN, what=identity)
    report = reports.Connection(
        room=air.evening.id, sid=found[identity].sid, identity=identity, at=found[identity].joined_at
    )
    async with hall.app.house.desk.work(MEDIA) as work:
        await reports.joined(work, report)


async def test_rights_converge_without_reports_and_reactions(hall):
    air, identity = await on_air(hall)
    try:
        ben = await air.comes_on_stage()
        await air.may_publish(identity, ALL)
        await air.hall.app.house.relay.drained()
        await air.rooms.permit(Grant(room=air.evening.id, identity=identity))  # as if it had been lost
        await steps.settle(hall.app.house.desk, air.rooms, air.evening.id)
        assert set((await air.present())[identity].publish) == set(ALL)
        assert (await air.evening.host.post(f"{air.path}/participants/{ben}/remove")).status_code == 204
        await air.may_publish(identity, ())
        await air.hall.app.house.relay.drained()
        await air.rooms.permit(Grant(room=air.evening.id, identity=identity, publish=("camera",)))
        await steps.settle(hall.app.house.desk, air.rooms, air.evening.id)
        assert (await air.present())[identity].publish == ()
    finally:
        await air.client.close()


async def test_what_the_preset_switches_off_is_taken_from_open_connections(hall):
    air, identity = await on_air(hall)
    try:
        await air.comes_on_stage()
        await air.may_publish(identity, ALL)
        answer = await air.evening.host.patch(
            f"/sessions/{air.evening.id}/settings", json={"stage_enabled": False}
        )
        assert answer.status_code == 200
        await air.may_publish(identity, ())
    finally:
        await air.client.close()


async def test_who_is_dismissed_from_the_staff_watches_unseen_no_longer(hall):
    evening = await an_evening(hall)
    eve = await hall.signed_in("eve@example.org", "viewer")
    who = (await eve.get("/auth/me")).json()["data"]["id"]
    path = f"/sessions/{evening.id}/co-hosts"
    assert (await evening.host.post(path, json={"user_id": who})).status_code == 201
    token = (await eve.get(f"/sessions/{evening.id}/monitor-token")).json()["data"]
    host = (await evening.host.get(f"/sessions/{evening.id}/monitor-token")).json()["data"]
    connections = [LightPublisher(url(hall), each["token"]) for each in (token, host)]
    for each in connections:
        await each.connect()
    air = OnAir(hall, evening, connections[0])
    try:
        assert (await evening.host.delete(f"{path}/{who}")).status_code == 204
        await air.gone(token["identity"])
        await steps.settle(hall.app.house.desk, air.rooms, evening.id)
        assert host["identity"] in await air.present()
    finally:
        for each in connections:
            await each.close()
