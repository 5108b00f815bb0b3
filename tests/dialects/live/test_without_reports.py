"""An evening whose media server reports nothing: comparisons alone bring all to where it should be.

In a hall they run every 5 s, a connection is left to its report for 5 s more, and a seat for 30 s to one who
may come back; here all are a twentieth, so that what takes a minute at most there takes three seconds here.
That the real ones stay within that minute is asserted first. Order and states are asserted, no rates.
"""

from datetime import timedelta
from typing import Any, Literal

import msgspec
import pytest

from livehall.core.audience import jobs
from livehall.core.recordings import jobs as outputs
from livehall.core.sessions import reconciler
from livehall.core.stage import jobs as stage
from livehall.server import house
from tests.dialects.live.test_sessions import planned
from tests.support.media_servers import MediaAddress, publishing
from tests.support.waiting import eventually

PATIENCE_S = 20.0  # never reached; a minute here is three seconds
QUICKER = 20
CALL = timedelta(seconds=5)  # what a look at the media server takes at most (`architecture.md`, rule 2)


def real_ways() -> dict[str, timedelta]:
    """How long each thing takes at most, step by step, where no report comes."""
    look = timedelta(seconds=house.RECONCILE_S) + CALL
    sweep, count = timedelta(seconds=house.SWEEP_S), timedelta(seconds=jobs.COUNT_S)
    return {
        "somebody who came is there, and counted": jobs.REPORTS_FIRST + look + count,
        "somebody who went is gone, and counted no more": look + count,
        "one who said goodbye and stayed is there again": jobs.GOODBYE + look + count,
        "the programme has what is sent, and the session is live": look,
        "a media room that a call left behind is open": reconciler.CUT_OFF + look,
        "an output that a call left behind begins": outputs.CALLER + look,
        "an output is what the media server lists": outputs.YOUNG + look,
        "a seat of one who is gone is free": look + stage.GRACE + sweep,
        "a connection may send what its holder may": timedelta(seconds=stage.SETTLE_S) + CALL,
    }


REAL = real_ways()


def test_with_reports_switched_off_the_slowest_takes_less_than_a_minute():
    assert {what: took for what, took in REAL.items() if took > timedelta(minutes=1)} == {}
    assert max(REAL.values()) > timedelta(seconds=30)  # they are the real ones, and not what is below


@pytest.fixture(autouse=True)
def compressed(monkeypatch):
    for module, names in (
        (house, ("RECONCILE_S", "SWEEP_S")),
        (jobs, ("REPORTS_FIRST", "COUNT_S", "GOODBYE")),
        (outputs, ("CALLER", "YOUNG")),
        (stage, ("GRACE", "SETTLE_S")),
    ):
        for name in names:
            monkeypatch.setattr(module, name, getattr(module, name) / QUICKER)


@pytest.fixture
def hall_hls() -> Literal["always", "demand"]:
    return "always"


async def test_with_reports_switched_off_everything_converges(hall, media_server):
    ada, ben = await hall.signed_in(), await hall.signed_in("ben@example.org", "viewer")
    session = await planned(ada, recording_enabled=True)
    path = f"/sessions/{session['id']}"
    address = MediaAddress(f"http://127.0.0.1:{media_server.http_port}", is_ours=True)
    told = host_media_told(hall, session["id"])

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

    async def stage_is(*members):
        async def is_so():
            found = (await read(of=f"{path}/stage/participants"))["participants"]
            return [(each["username"], each["is_publishing"]) for each in found] == list(members)

        await eventually(is_so, within=PATIENCE_S, what=f"the stage to be {members}")

    async def host_sends(*states):
        async def was_told():
            return [each["audio"] for each in told] == list(states)

        await eventually(was_told, within=PATIENCE_S, what=f"the host's sound to be told as {states}")

    async def may_send(identity):
        async def has_right():
            present = await hall.app.house.media.rooms.present(session["id"]) or ()
            return any(each.identity == identity and each.publish for each in present)

        await eventually(has_right, within=PATIENCE_S, what="the connection's right to publish")

    token = (await ada.post(f"{path}/start", json={"go_live": True})).json()["data"]["token"]
    async with publishing(address, token) as host:
        await host.publish_audio()
        await becomes("the source to take it live", status="live", stream_state="active")
        await host_sends(True)
        await recording("recording")

        async def is_packaged():
            return (await read())["hls_url"] is not None

        await eventually(is_packaged, within=PATIENCE_S, what="the address of HLS")
        came = (await ben.post(f"{path}/join")).json()["data"]
        async with publishing(address, came["token"]) as viewer:
            await viewers(2)
            await becomes("the viewer to be counted", viewer_count=1)
            account = came["identity"].split(".")[1]  # `u.<account>.<nonce>`
            seated = await ada.post(f"{path}/stage/participants", json={"user_id": account})
            assert seated.status_code == 201, seated.text
            await may_send(came["identity"])
            await stage_is(("ben", False))
            await viewer.publish_audio()
            await stage_is(("ben", True))
        await viewers(1)
        await becomes("the viewer to be gone", viewer_count=0, max_viewers=1)
        await stage_is()
        left = (await read(of=f"{path}/attendance"))["attendance"]
        assert sorted((each["username"], each["is_active"]) for each in left) == [
            ("ada", True), ("ben", False),
        ]  # fmt: skip
    await becomes("the stream to be interrupted", status="live", stream_state="interrupted")
    await host_sends(True, False)
    await ada.post(f"{path}/end")
    await recording("ready")
    ended = await read()
    assert (ended["status"], ended["hls_url"], ended["viewer_count"]) == ("ended", None, 0)
    assert await hall.app.house.media.rooms.present(session["id"]) is None


def host_media_told(hall, session_id) -> list[dict[str, Any]]:
    """What the audience hears of the host's camera and microphone, from now on."""
    heard: list[dict[str, Any]] = []
    publish = hall.app.house.hub.publish

    def noted(channel, publication):
        message = msgspec.json.decode(publication.data)
        if channel == f"session:{session_id}" and message["type"] == "host.media":
            heard.append(message["data"])
        publish(channel, publication)

    hall.app.house.hub.publish = noted
    return heard
