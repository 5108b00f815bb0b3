"""RoomService, called with the official `livekit-api` package."""

import json

import httpx
import pytest
from livekit import api
from livekit.protocol import models, room

from tests.media.conftest import KEY, SECRET, Stage, eventually

pytestmark = pytest.mark.media


async def test_a_room_is_made_once_and_listed(stage: Stage):
    lk = await stage.api()
    made = await lk.room.create_room(
        api.CreateRoomRequest(name="r", empty_timeout=300, departure_timeout=300, metadata="m")
    )
    again = await lk.room.create_room(api.CreateRoomRequest(name="r"))
    listed = await lk.room.list_rooms(api.ListRoomsRequest(names=["r"]))

    assert made.sid == again.sid
    assert made.sid.startswith("RM_")
    assert (made.empty_timeout, made.departure_timeout, made.metadata) == (300, 300, "m")
    assert [found.sid for found in listed.rooms] == [made.sid]
    assert not (await lk.room.list_rooms(api.ListRoomsRequest(names=["other"]))).rooms


async def test_participants_are_listed_with_their_tracks(stage: Stage):
    alice = await stage.publisher()
    audio = await alice.publish_audio()
    lk = await stage.api()
    listed = (await lk.room.list_participants(api.ListParticipantsRequest(room="hall"))).participants
    found = await lk.room.get_participant(api.RoomParticipantIdentity(room="hall", identity="alice"))

    assert [person.identity for person in listed] == ["alice"]
    assert found.state == models.ParticipantInfo.ACTIVE
    assert [track.sid for track in found.tracks] == [alice.sid_of(audio)]
    assert found.is_publisher


async def test_a_removed_participant_is_told_why(stage: Stage):
    bob = await stage.viewer()
    lk = await stage.api()
    await lk.room.remove_participant(api.RoomParticipantIdentity(room="hall", identity="bob"))
    await bob.until(lambda: bob.leave_reason is not None)

    assert bob.leave_reason == models.PARTICIPANT_REMOVED


async def test_a_deleted_room_sends_everybody_away(stage: Stage):
    alice, bob = await stage.publisher(), await stage.viewer()
    lk = await stage.api()
    await lk.room.delete_room(api.DeleteRoomRequest(room="hall"))
    await alice.until(lambda: alice.leave_reason is not None)
    await bob.until(lambda: bob.leave_reason is not None)

    assert {alice.leave_reason, bob.leave_reason} == {models.ROOM_DELETED}
    assert stage.server.rooms.find("hall") is None


async def test_a_track_is_muted_for_everybody(stage: Stage):
    alice, bob = await stage.publisher(), await stage.viewer()
    audio = await alice.publish_audio()
    await bob.until(lambda: bool(bob.tracks_by_mid))
    lk = await stage.api()
    answer = await lk.room.mute_published_track(
        api.MuteRoomTrackRequest(room="hall", identity="alice", track_sid=alice.sid_of(audio), muted=True)
    )
    await bob.until(lambda: bob.participants[alice.participant.sid].tracks[0].muted)
    await alice.until(lambda: any(response.mute.muted for response in alice.signals))

    assert answer.track.muted


async def test_taking_the_right_to_publish_away_ends_the_tracks(stage: Stage):
    alice, bob = await stage.publisher(), await stage.viewer()
    video, audio = (await alice.publish_video())[0], await alice.publish_audio()
    await bob.until(lambda: len(bob.tracks_by_mid) == 2)
    lk = await stage.api()
    only_sound = models.ParticipantPermission(
        can_subscribe=True, can_publish=True, can_publish_sources=[models.MICROPHONE]
    )
    before = alice.token
    await lk.room.update_participant(
        api.UpdateParticipantRequest(room="hall", identity="alice", permission=only_sound)
    )
    await bob.until(lambda: list(bob.tracks_by_mid.values()) == [alice.sid_of(audio)])
    await alice.until(lambda: alice.token != before)

    gone = [said.track_unpublished.track_sid for said in alice.signals if said.HasField("track_unpublished")]
    assert gone == [alice.sid_of(video)]
    assert list(alice.participant.permission.can_publish_sources) == [models.MICROPHONE]


async def test_giving_the_right_to_subscribe_gives_the_tracks(stage: Stage):
    alice, bob = await stage.publisher(), await stage.viewer(can_subscribe=False)
    await alice.publish_audio()
    lk = await stage.api()
    await lk.room.update_participant(
        api.UpdateParticipantRequest(
            room="hall", identity="bob", permission=models.ParticipantPermission(can_subscribe=True)
        )
    )
    await bob.until(lambda: bool(bob.tracks_by_mid))


async def test_names_and_attributes_are_changed(stage: Stage):
    bob = await stage.viewer()
    lk = await stage.api()
    await lk.room.update_participant(
        api.UpdateParticipantRequest(room="hall", identity="bob", name="Bob", attributes={"hand": "up"})
    )
    await bob.until(lambda: bob.participant.name == "Bob")
    assert dict(bob.participant.attributes) == {"hand": "up"}


async def test_who_only_watches_is_described_as_they_are_now(stage: Stage):
    await stage.viewer()
    lk = await stage.api()
    bob = api.RoomParticipantIdentity(room="hall", identity="bob")
    versions = [(await lk.room.get_participant(bob)).version]
    may_publish = models.ParticipantPermission(can_subscribe=True, can_publish=True)
    for change in (
        {"name": "Bob"}, {"metadata": "m"}, {"attributes": {"hand": "up"}}, {"permission": may_publish},
    ):  # fmt: skip
        await lk.room.update_participant(api.UpdateParticipantRequest(room="hall", identity="bob", **change))
        versions.append((await lk.room.get_participant(bob)).version)
    assert versions == sorted(set(versions))
    carol = await stage.viewer("carol")
    told = carol.participants[(await lk.room.get_participant(bob)).sid]
    assert (told.name, told.metadata, dict(told.attributes)) == ("Bob", "m", {"hand": "up"})
    assert (told.version, told.permission.can_publish) == (versions[-1], True)


async def test_subscriptions_are_changed(stage: Stage):
    alice, bob = await stage.publisher(), await stage.viewer()
    audio = await alice.publish_audio()
    await bob.until(lambda: bool(bob.tracks_by_mid))
    lk = await stage.api()
    sid = alice.sid_of(audio)
    await lk.room.update_subscriptions(
        api.UpdateSubscriptionsRequest(room="hall", identity="bob", track_sids=[sid], subscribe=False)
    )
    await bob.until(lambda: not bob.tracks_by_mid)


async def test_data_from_the_server_reaches_whom_it_is_for(stage: Stage):
    alice, bob = await stage.viewer("alice"), await stage.viewer()
    lk = await stage.api()

    async def send(text: bytes, *identities: str) -> None:
        await lk.room.send_data(
            api.SendDataRequest(room="hall", data=text, topic="t", destination_identities=list(identities))
        )

    people = stage.server.rooms.find("hall").participants.values()
    await eventually(lambda: all(p.publisher.channels.is_open("_reliable") for p in people))
    await send(b"bob only", "bob")
    await send(b"all")
    await alice.until(lambda: bool(alice.messages))
    await bob.until(lambda: len(bob.messages) == 2)

    assert [packet.user.payload for _, packet in alice.messages] == [b"all"]
    assert [packet.user.payload for _, packet in bob.messages] == [b"bob only", b"all"]


async def test_room_metadata_is_told(stage: Stage):
    bob = await stage.viewer()
    lk = await stage.api()
    await lk.room.update_room_metadata(api.UpdateRoomMetadataRequest(room="hall", metadata="new"))
    await bob.until(lambda: any(response.room_update.room.metadata == "new" for response in bob.signals))


@pytest.mark.parametrize(
    ("method", "body", "status", "code"),
    [
        ("DeleteRoom", {"room": "none"}, 404, "not_found"),
        ("GetParticipant", {"room": "none", "identity": "bob"}, 404, "not_found"),
        ("ListParticipants", {"room": "other"}, 401, "unauthenticated"),
        ("CreateRoom", {}, 400, "invalid_argument"),
        ("CreateRoom", {"name": 5}, 400, "malformed"),
        ("CreateRoom", None, 400, "malformed"),
        ("Nonsense", {}, 404, "bad_route"),
    ],
)
async def test_errors_are_twirps(stage: Stage, method: str, body: dict | None, status: int, code: str):
    grants = api.VideoGrants(room_create=True, room_list=True, room_admin=True, room="none")
    token = api.AccessToken(KEY, SECRET).with_grants(grants).to_jwt()
    async with httpx.AsyncClient(base_url=stage.http_url) as http:
        answer = await http.post(
            f"/twirp/livekit.RoomService/{method}",
            content=b"{" if body is None else json.dumps(body),
            headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
        )

    assert answer.status_code == status
    assert answer.json()["code"] == code
    assert answer.json()["msg"]


async def test_what_livekit_has_and_we_do_not_is_unimplemented(stage: Stage):
    lk = await stage.api()
    calls = [
        lambda: lk.sip.list_inbound_trunk(api.ListSIPInboundTrunkRequest()),
        lambda: lk.sip.create_sip_participant(
            api.CreateSIPParticipantRequest(sip_trunk_id="ST_x", sip_call_to="+49", room_name="hall")
        ),
        lambda: lk.agent_dispatch.create_dispatch(
            api.CreateAgentDispatchRequest(agent_name="a", room="hall")
        ),
        lambda: lk.agent_dispatch.list_dispatch("hall"),
        lambda: lk.egress.start_web_egress(api.WebEgressRequest(url="https://example.com")),
    ]
    for call in calls:
        with pytest.raises(api.TwirpError) as refusal:
            await call()
        assert (refusal.value.code, refusal.value.status) == ("unimplemented", 501)


async def test_nothing_is_done_without_the_grant(stage: Stage):
    token = stage.token("bob")
    await stage.viewer()
    bodies = {
        "CreateRoom": room.CreateRoomRequest(name="x"),
        "ListRooms": room.ListRoomsRequest(),
        "DeleteRoom": room.DeleteRoomRequest(room="hall"),
        "ListParticipants": room.ListParticipantsRequest(room="hall"),
        "RemoveParticipant": room.RoomParticipantIdentity(room="hall", identity="bob"),
        "UpdateParticipant": room.UpdateParticipantRequest(room="hall", identity="bob"),
        "SendData": room.SendDataRequest(room="hall"),
    }
    async with httpx.AsyncClient(base_url=stage.http_url) as http:
        for method, message in bodies.items():
            answer = await http.post(
                f"/twirp/livekit.RoomService/{method}",
                content=message.SerializeToString(),
                headers={"Authorization": f"Bearer {token}", "Content-Type": "application/protobuf"},
            )
            assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated"), method
        answer = await http.post("/twirp/livekit.RoomService/ListRooms", json={})
        assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")
    assert "bob" in stage.server.rooms.find("hall").participants


async def test_egress_refusals_are_twirps(stage: Stage):
    lk = await stage.api()
    with pytest.raises(api.TwirpError) as unknown:
        await lk.egress.stop_egress(api.StopEgressRequest(egress_id="EG_none"))
    assert unknown.value.code == "not_found"
    assert not (await lk.egress.list_egress(api.ListEgressRequest(room_name="hall"))).items

    async with httpx.AsyncClient(base_url=stage.http_url) as http:
        answer = await http.post(
            "/twirp/livekit.Egress/ListEgress",
            json={},
            headers={"Authorization": f"Bearer {stage.token('bob')}"},
        )
    assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")
