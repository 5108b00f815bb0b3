"""The media server's reports over HTTP: signature first, then each effect once."""

import base64
import time
from datetime import datetime

import pytest

from livehall.core.recordings import store as recordings
from livehall.kernel.actor import SYSTEM
from livehall.kernel.ids import new_id
from tests.dialects.live.evening import an_evening, code
from tests.support.reporting import TYPE, Reporter


@pytest.fixture
async def evening(hall):
    return await an_evening(hall)


@pytest.fixture
def server(evening, hall_secrets):
    return Reporter(
        evening.hall.client(), evening.id, hall_secrets.media_api_key, hall_secrets.media_api_secret
    )


def participant(identity: str, sid: str = "PA_1", **more: object):
    return {"sid": sid, "identity": identity, "joinedAtMs": str(int(time.time() * 1000))} | more


async def present(evening) -> int:
    answer = await evening.host.get(f"/sessions/{evening.id}/viewers")
    return int(answer.json()["data"]["count"])


async def test_joined_and_left_are_presence(evening, server):
    joined = await evening.join()
    who = participant(joined["identity"], state="ACTIVE")
    answer = await server.report("participant_joined", participant=who)
    assert (answer.status_code, answer.json()["data"]) == (200, None)
    assert await present(evening) == 1
    await server.report("participant_left", participant={**who, "disconnectReason": "CLIENT_INITIATED"})
    assert await present(evening) == 0


async def test_who_signalled_for_a_while_is_there_from_the_moment_the_media_stands(evening, server):
    joined = await evening.join()
    stood_s = int(time.time()) - 2  # told late, in whole seconds: taken for the middle of the second
    who = participant(joined["identity"], joinedAtMs=str((stood_s - 3) * 1000))
    await server.report("participant_joined", participant=who, at_s=stood_s)
    shown = (await evening.host.get(f"/sessions/{evening.id}/attendance")).json()["data"]["attendance"]
    [row] = [each for each in shown if each["role"] == "viewer"]
    assert datetime.fromisoformat(row["joined_at"]).timestamp() == stood_s + 0.5


async def test_a_repeat_is_acknowledged_and_does_nothing(evening, server):
    joined = await evening.join()
    who = participant(joined["identity"])
    await server.report("participant_joined", id="EV_1", participant=who)
    await evening.viewer.post(f"/sessions/{evening.id}/leave")
    again = await server.report("participant_joined", id="EV_1", participant={**who, "sid": "PA_2"})
    assert again.status_code == 200
    assert await present(evening) == 0


async def test_an_unknown_event_or_room_is_acknowledged(evening, server):
    assert (await server.report("something_new")).status_code == 200
    foreign = {"sid": "RM_y", "name": "somebody-elses"}
    report = await server.report("participant_joined", room=foreign, participant=participant("x"))
    assert report.status_code == 200
    gone = {"sid": "RM_z", "name": new_id()}
    report = await server.report("participant_left", room=gone, participant=participant("x"))
    assert report.status_code == 200


async def test_a_track_of_the_host_is_the_programme(evening, server):
    ada = (await evening.host.get("/auth/me")).json()["data"]["id"]
    who = {"sid": "PA_host2", "identity": f"u.{ada}"}
    track = {"sid": "TR_AM1", "source": "MICROPHONE"}
    await server.report("track_published", participant=who, track=track)
    for sid in ("TR_AM1", f"TR_{evening.id}"):
        await server.report("track_unpublished", participant=who, track={"sid": sid})
    shown = (await evening.host.get(f"/sessions/{evening.id}")).json()["data"]
    assert (shown["status"], shown["stream_state"]) == ("live", "interrupted")


async def test_egress_reports_move_the_recording(evening, server):
    path = f"/sessions/{evening.id}/recordings"
    started = (await evening.host.post(f"{path}/start")).json()["data"]
    async with evening.hall.app.house.desk.read(SYSTEM) as read:
        (row,) = await recordings.open_in(read, evening.id)
    egress = {
        "egressId": row.media_id,
        "roomName": evening.id,
        "status": "EGRESS_ACTIVE",
        "startedAt": str(time.time_ns()),
        "fileResults": [{"filename": "x.mp4"}],
    }
    await server.report("egress_started", room={}, egressInfo=egress)
    running = (await evening.host.get(f"{path}/active")).json()["data"]
    assert (running["id"], running["status"]) == (started["id"], "recording")


async def test_a_late_left_of_a_killed_connection_leaves_the_present_one(evening, server):
    joined = await evening.join()
    for sid in ("PA_1", "PA_2"):
        await server.report("participant_joined", participant=participant(joined["identity"], sid))
    await server.report("participant_left", participant=participant(joined["identity"], "PA_1"))
    assert await present(evening) == 1


@pytest.mark.parametrize(
    "claims",
    [
        {"sha256": "AAAA"}, {"sha256": None}, {"sha256": 7}, {"iss": "another"}, {"iss": None},
        {"exp": 1}, {"exp": None}, {"nbf": 9_999_999_999},
    ],
)  # fmt: skip
async def test_a_wrong_signature_is_refused_before_the_body_is_read(server, claims):
    answer = await server.send(b"not even JSON", **claims)
    assert code(answer) == (401, "invalid_signature")


async def test_another_secret_no_token_and_no_algorithm_are_refused(server):
    body = b"{}"
    stranger = Reporter(server.client, server.room, server.key, "x" * 32).sign(body)
    plain = base64.urlsafe_b64encode(b'{"alg":"none"}').rstrip(b"=").decode() + ".e30."
    for token in (stranger, plain, "", "Bearer", "a.b.c"):
        headers = {**TYPE, "Authorization": token}
        answer = await server.client.post("/webhooks/livekit", content=body, headers=headers)
        assert code(answer) == (401, "invalid_signature")


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"{}", b'{"event":"x"}', b'{"id":"EV_1"}', b'{"event":7,"id":"a"}', b"\xff"]
)
async def test_a_signed_body_that_is_no_report_is_refused(server, body):
    answer = await server.send(body)
    assert answer.status_code in (400, 422)
