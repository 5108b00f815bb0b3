"""What is said on the signalling socket, and what the room makes of it."""

import asyncio
import json

import pytest
from livekit.protocol import models, rtc

from livehall.media.client.publisher import play
from livehall.media.client.receiver import JoinFailed, LightClient
from livehall.media.rooms.tokens import Keys
from tests.media.conftest import DEADLINE_S, KEY, SECRET, Stage, eventually

pytestmark = pytest.mark.media


def said(client: LightClient, kind: str) -> list:
    """All messages of one kind, in order."""
    return [getattr(response, kind) for response in client.signals if response.HasField(kind)]


def kinds(client: LightClient) -> list[str]:
    return [response.WhichOneof("message") for response in client.signals]


async def test_a_join_is_told_in_livekits_order(stage: Stage):
    bob = await stage.viewer()

    assert kinds(bob)[:4] == ["join", "refresh_token", "answer", "trickle"]
    join = bob.signals[0].join
    assert join.participant.identity == "bob"
    assert (join.ping_interval, join.ping_timeout) == (5, 15)
    assert not join.subscriber_primary
    assert not join.ice_servers  # no third party is asked for anything
    assert bob.signals[2].answer.id == 1
    candidate = json.loads(bob.signals[3].trickle.candidateInit)["candidate"]
    assert f" 127.0.0.1 {stage.server.udp_port} typ host" in candidate


async def test_the_refreshed_token_says_the_same_for_ten_minutes(stage: Stage):
    bob = await stage.viewer(can_publish=False)
    claims = Keys({KEY: SECRET}).verify(bob.token)

    assert bob.token != stage.token("bob")
    assert (claims.identity, claims.video.room) == ("bob", "hall")
    assert not claims.video.may_publish


async def test_a_watchers_first_answer_already_carries_the_tracks(stage: Stage):
    alice = await stage.publisher()
    (video,) = await alice.publish_video()
    audio = await alice.publish_audio()
    bob = await stage.viewer()

    assert set(bob.tracks_by_mid.values()) == {alice.sid_of(video), alice.sid_of(audio)}
    answer = said(bob, "answer")[0]
    assert f"a=msid:{alice.participant.sid}|{alice.sid_of(video)} {alice.sid_of(video)}" in answer.sdp


async def test_more_tracks_than_sections_are_asked_for(stage: Stage):
    bob = await stage.viewer()
    for number in range(4):
        alice = await stage.publisher(f"alice{number}")
        await alice.publish_video()
    await bob.until(lambda: len(bob.tracks_by_mid) == 4)

    assert "media_sections_requirement" in kinds(bob)


async def test_others_hear_of_a_participant_before_its_tracks(stage: Stage):
    bob = await stage.viewer()
    alice = await stage.publisher()
    await alice.publish_video()
    await bob.until(lambda: bool(bob.tracks_by_mid))

    states = [
        (info.identity, len(info.tracks))
        for response in bob.signals
        for info in response.update.participants
        if info.identity == "alice"
    ]
    assert states[0] == ("alice", 0)
    assert states[-1] == ("alice", 1)


async def test_a_track_is_announced_with_its_mid_codec_and_layers(stage: Stage):
    bob, alice = await stage.viewer(), await stage.publisher()
    await alice.publish_video(rids=("q", "h", "f"))
    await bob.until(lambda: bool(bob.tracks_by_mid))

    (track,) = bob.participants[alice.participant.sid].tracks
    assert track.sid.startswith("TR_VC")
    assert (track.mime_type, track.simulcast, track.mid) == ("video/VP8", True, "3")
    assert [(layer.rid, layer.width) for layer in track.layers] == [("q", 320), ("h", 640), ("f", 1280)]


async def test_h264_is_taken_when_the_publisher_prefers_it(stage: Stage):
    bob, alice = await stage.viewer(), await stage.publisher()
    await alice.publish_video(codec="h264")
    await bob.until(lambda: bool(bob.tracks_by_mid))

    (track,) = bob.participants[alice.participant.sid].tracks
    assert track.mime_type == "video/H264"


async def test_mute_is_told_to_the_others(stage: Stage):
    bob, alice = await stage.viewer(), await stage.publisher()
    audio = await alice.publish_audio()
    await bob.until(lambda: bool(bob.tracks_by_mid))
    await alice.signal(mute=rtc.MuteTrackRequest(sid=alice.sid_of(audio), muted=True))

    await bob.until(lambda: bob.participants[alice.participant.sid].tracks[0].muted)


async def test_nobody_publishes_without_the_right(stage: Stage):
    alice = await stage.publisher(can_publish=False)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(1.0):
            await alice.publish_video()

    refusal = said(alice, "request_response")[0]
    assert refusal.reason == rtc.RequestResponse.NOT_ALLOWED


async def test_only_the_granted_sources_may_be_published(stage: Stage):
    alice = await stage.publisher(can_publish_sources=["microphone"])
    await alice.publish_audio()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(1.0):
            await alice.publish_video()


async def test_nobody_receives_without_the_right(stage: Stage):
    alice = await stage.publisher()
    await alice.publish_audio()
    bob = await stage.viewer(can_subscribe=False)

    assert not bob.tracks_by_mid
    assert bob.participants[alice.participant.sid].tracks


async def test_a_hidden_participant_is_seen_by_nobody(stage: Stage):
    bob = await stage.viewer()
    ghost = await stage.viewer("ghost", hidden=True)
    carol = await stage.viewer("carol")
    await bob.until(lambda: bool(bob.participants))

    assert [info.identity for info in bob.participants.values()] == ["carol"]
    assert [info.identity for info in carol.participants.values()] == ["bob"]
    assert {info.identity for info in ghost.participants.values()} == {"bob", "carol"}


async def test_a_second_connection_of_an_identity_replaces_the_first(stage: Stage):
    first = await stage.viewer()
    second = await stage.viewer()
    await first.until(lambda: first.leave_reason is not None)

    assert first.leave_reason == models.DUPLICATE_IDENTITY
    room = stage.server.rooms.find("hall")
    assert room.participants["bob"].sid == second.participant.sid


async def test_leaving_is_echoed_and_told(stage: Stage):
    alice, bob = await stage.viewer("alice"), await stage.viewer()
    await alice.until(lambda: bool(alice.participants))
    await bob.close()
    await alice.until(lambda: not alice.participants)

    assert bob.leave_reason == models.CLIENT_INITIATED


async def test_lost_signalling_is_taken_up_again_while_media_goes_on(stage: Stage):
    alice, bob = await stage.publisher(), await stage.viewer()
    (video,) = await alice.publish_video()
    playing = asyncio.create_task(play(video, seconds=30))
    await bob.until(lambda: bob.stream("video") is not None)
    sid, stream = bob.participant.sid, bob.stream("video")
    await bob.drop_signalling()
    carol = await stage.viewer("carol")
    packets = stream.packets
    await bob.join(resume=True)
    await bob.until(lambda: "reconnect" in kinds(bob) and carol.participant.sid in bob.participants)
    await bob.until(lambda: stream.packets > packets + 5)
    playing.cancel()

    assert stage.server.rooms.find("hall").participants["bob"].sid == sid
    assert bob.totals().lost == 0


async def test_a_resume_of_an_unknown_participant_is_told_to_join_anew(stage: Stage):
    bob = await stage.viewer()
    await bob.drop_signalling()
    stage.server.rooms.find("hall").participants["bob"].sid = "PA_other"
    await bob.join(resume=True)
    await bob.until(lambda: any(response.HasField("leave") for response in bob.signals))

    leave = said(bob, "leave")[0]
    assert leave.action == rtc.LeaveRequest.RECONNECT


async def test_a_publisher_decides_who_receives_its_tracks(stage: Stage):
    alice, bob, carol = await stage.publisher(), await stage.viewer(), await stage.viewer("carol")
    audio = await alice.publish_audio()
    await bob.until(lambda: bool(bob.tracks_by_mid))
    only_carol = rtc.TrackPermission(participant_identity="carol", all_tracks=True)
    await alice.signal(subscription_permission=rtc.SubscriptionPermission(track_permissions=[only_carol]))
    await bob.until(lambda: not bob.tracks_by_mid)

    last = [
        r.subscription_permission_update for r in bob.signals if r.HasField("subscription_permission_update")
    ][-1]
    assert (last.track_sid, last.allowed) == (alice.sid_of(audio), False)
    assert carol.tracks_by_mid


async def test_a_track_that_is_not_wanted_is_not_sent(stage: Stage):
    alice, bob = await stage.publisher(), await stage.viewer()
    audio = await alice.publish_audio()
    await bob.until(lambda: bool(bob.tracks_by_mid))
    sid = alice.sid_of(audio)
    await bob.signal(subscription=rtc.UpdateSubscription(track_sids=[sid], subscribe=False))
    await bob.until(lambda: not bob.tracks_by_mid)
    await bob.signal(subscription=rtc.UpdateSubscription(track_sids=[sid], subscribe=True))
    await bob.until(lambda: list(bob.tracks_by_mid.values()) == [sid])


async def test_own_metadata_needs_the_right(stage: Stage):
    alice = await stage.viewer("alice", can_update_own_metadata=True)
    bob = await stage.viewer()
    wish = rtc.UpdateParticipantMetadata(metadata="m", name="New", attributes={"a": "1"}, request_id=7)
    await alice.signal(update_metadata=wish)
    await bob.signal(update_metadata=wish)
    await bob.until(lambda: "request_response" in kinds(bob))
    await bob.until(lambda: bob.participants[alice.participant.sid].metadata == "m")

    refusal = said(bob, "request_response")[0]
    assert (refusal.request_id, refusal.reason) == (7, rtc.RequestResponse.NOT_ALLOWED)
    assert not stage.server.rooms.find("hall").participants["bob"].metadata


async def test_a_publisher_hears_of_its_first_subscriber_and_the_wanted_layers(stage: Stage, monkeypatch):
    monkeypatch.setattr("livehall.media.rooms.quality._LOWER_AFTER_S", 0.5)
    alice = await stage.publisher()
    (first, *_) = await alice.publish_video(rids=("q", "h", "f"))
    bob = await stage.viewer()
    await alice.until(lambda: {"track_subscribed", "subscribed_quality_update"} <= set(kinds(alice)))
    sid = alice.sid_of(first)
    await bob.signal(track_setting=rtc.UpdateTrackSettings(track_sids=[sid], quality=models.LOW))

    def only_low() -> bool:
        updates = [
            r.subscribed_quality_update for r in alice.signals if r.HasField("subscribed_quality_update")
        ]
        return [quality.enabled for quality in updates[-1].subscribed_qualities] == [True, False, False]

    await alice.until(only_low, DEADLINE_S)


async def test_a_description_that_makes_no_sense_ends_the_connection_only(stage: Stage):
    alice, bob = await stage.viewer("alice"), await stage.viewer()
    await bob.signal(offer=rtc.SessionDescription(type="offer", sdp="v=0\r\nm=nonsense\r\n", id=9))
    await bob.until(lambda: bob.leave_reason is not None)
    await alice.until(lambda: not alice.participants)

    assert bob.leave_reason == models.STATE_MISMATCH
    assert (await stage.viewer("carol")).participant.identity == "carol"


async def test_a_full_room_lets_nobody_in(stage: Stage):
    stage.server.rooms.create("small", max_participants=1)
    await stage.viewer(room="small")
    late = LightClient(stage.url, stage.token("late", "small"))
    with pytest.raises(JoinFailed, match="JOIN_FAILURE"):
        await late.connect()
    await late.vanish()

    assert late.leave_reason == models.JOIN_FAILURE
    assert len(stage.server.rooms.find("small").participants) == 1


async def test_a_client_that_vanishes_is_found_out(stage: Stage, monkeypatch):
    monkeypatch.setattr("livehall.media.rooms.rooms.SILENCE_S", 1.0)
    alice, bob = await stage.viewer("alice"), await stage.viewer()
    await alice.until(lambda: bool(alice.participants))
    await bob.vanish()
    keeping = asyncio.create_task(keep_alive(alice))
    await alice.until(lambda: not alice.participants)
    keeping.cancel()
    await stage.hooks.until("participant_left")

    assert stage.hooks.events[-1]["participant"]["disconnectReason"] == "CONNECTION_TIMEOUT"


async def keep_alive(client: LightClient) -> None:
    """Packets more often than a client's consent checks come."""
    while True:
        client.request_key_frame(1)
        await asyncio.sleep(0.1)


async def test_an_empty_room_ends_after_its_timeout(stage: Stage):
    bob = await stage.viewer()
    await bob.close()
    await eventually(lambda: stage.server.rooms.find("hall") is None)
    await stage.hooks.until("room_finished")


async def test_a_closed_connection_is_a_goodbye_that_was_lost(stage: Stage):
    bob = await stage.viewer()
    await bob.drop_signalling()
    bob.path.dtls.say_goodbye()
    people = stage.server.rooms.find("hall").participants
    await eventually(lambda: "bob" not in people)
    await stage.hooks.until("participant_left")
    assert stage.hooks.events[-1]["participant"]["disconnectReason"] == "CLIENT_INITIATED"
