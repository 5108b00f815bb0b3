"""Media by the official SDK: every codec, subscriptions, layers, and the rights to all this."""

import asyncio

import pytest
from livekit import rtc

from tests.media.conformance.case import Case
from tests.media.conformance.people import Person
from tests.support.waiting import eventually

pytestmark = pytest.mark.media

TWO = rtc.RoomOptions(single_peer_connection=False)
PATIENCE_S = 2.0  # for what must not happen; the SDK itself would wait for ten seconds


def pictures(person: Person) -> int:
    return sum(map(len, person.pictures.values()))


def sounds(person: Person) -> int:
    return sum(person.sounds.values())


async def until_silent(person: Person) -> None:
    """The SDK does not tell of a subscription that a server has taken away: what arrives does."""

    async def more() -> int:
        before = sounds(person)
        await asyncio.sleep(0.5)  # fifty frames would have come
        return sounds(person) - before

    await eventually(more, lambda count: count == 0, within=15, what="silence")


async def tracks_of(case: Case, identity: str) -> list[dict]:
    return (await case.participant(identity))["tracks"]


@pytest.mark.parametrize("options", [None, TWO], ids=["one connection", "two connections"])
@pytest.mark.parametrize("codec", ["VP8", "H264", "VP9", "AV1"])
async def test_a_picture_is_decoded(case: Case, codec: str, options: rtc.RoomOptions | None):
    alice, bob = await case.join("alice", options=options), await case.join("bob", options=options)
    await alice.film(codec=getattr(rtc.VideoCodec, codec))
    await bob.until(lambda: pictures(bob) > 10)
    (track,) = await tracks_of(case, "alice")
    assert track["mime_type"] == f"video/{codec}"


@pytest.mark.parametrize("options", [None, TWO], ids=["one connection", "two connections"])
@pytest.mark.parametrize("extra", [{}, {"dtx": True}, {"red": True}], ids=["plain", "dtx", "red"])
async def test_a_sound_is_heard(case: Case, extra: dict[str, bool], options: rtc.RoomOptions | None):
    alice, bob = await case.join("alice", options=options), await case.join("bob", options=options)
    await alice.speak(**extra)
    await bob.until(lambda: sounds(bob) > 30)


async def test_who_comes_later_sees_and_hears(case: Case):
    alice = await case.join("alice")
    await alice.film()
    await alice.speak()
    bob = await case.join("bob")
    await bob.until(lambda: pictures(bob) > 5 and sounds(bob) > 20)


async def test_a_published_track_is_told_before_its_media(case: Case):
    alice, bob = await case.join("alice"), await case.join("bob")
    published = await alice.speak()
    await bob.until_told("track_subscribed")
    names = [name for name, _ in bob.heard if name in ("track_published", "track_subscribed")]
    assert names == ["track_published", "track_subscribed"]
    assert bob.told("track_subscribed")[0][1].sid == published.sid


@pytest.mark.parametrize(
    ("source", "name", "letters"),
    [
        (rtc.TrackSource.SOURCE_MICROPHONE, "MICROPHONE", "AM"),
        (rtc.TrackSource.SOURCE_SCREENSHARE_AUDIO, "SCREEN_SHARE_AUDIO", "As"),
    ],
)
async def test_a_source_of_sound_is_told(case: Case, source: int, name: str, letters: str):
    alice = await case.join("alice")
    published = await alice.speak(source=source)
    assert published.sid.startswith(f"TR_{letters}")
    (track,) = await eventually(
        lambda: tracks_of(case, "alice"), lambda tracks: len(tracks) == 1, within=15, what="a track"
    )
    assert (track["source"], track["type"], track["sid"]) == (name, "AUDIO", published.sid)


@pytest.mark.parametrize(
    ("source", "name", "letters"),
    [
        (rtc.TrackSource.SOURCE_CAMERA, "CAMERA", "VC"),
        (rtc.TrackSource.SOURCE_SCREENSHARE, "SCREEN_SHARE", "VS"),
    ],
)
async def test_a_source_of_pictures_is_told(case: Case, source: int, name: str, letters: str):
    alice = await case.join("alice")
    published = await alice.film(source=source)
    assert published.sid.startswith(f"TR_{letters}")
    (track,) = await eventually(
        lambda: tracks_of(case, "alice"), lambda tracks: len(tracks) == 1, within=15, what="a track"
    )
    assert (track["source"], track["type"]) == (name, "VIDEO")
    assert (track["width"], track["height"]) == (320, 180)


async def test_who_publishes_is_a_publisher(case: Case):
    alice = await case.join("alice")
    published = await alice.speak()
    await eventually(
        lambda: case.participant("alice"), lambda info: info["is_publisher"], within=15, what="a publisher"
    )
    await alice.me.unpublish_track(published.sid)
    await eventually(lambda: tracks_of(case, "alice"), lambda tracks: not tracks, within=15, what="no track")


async def test_an_unpublished_track_ends_for_all(case: Case):
    alice, bob = await case.join("alice"), await case.join("bob")
    published = await alice.speak()
    await bob.until_told("track_subscribed")
    await alice.me.unpublish_track(published.sid)
    await bob.until_told("track_unpublished")
    assert not bob.room.remote_participants["alice"].track_publications


async def test_a_publisher_hears_of_the_first_subscriber(case: Case):
    alice = await case.join("alice")
    published = await alice.speak()
    await case.join("bob")
    await asyncio.wait_for(published.wait_for_subscription(), 15)


# Muting


async def test_a_track_is_muted_by_its_publisher(case: Case):
    alice, bob = await case.join("alice"), await case.join("bob")
    published = await alice.speak()
    await bob.until_told("track_subscribed")
    published.track.mute()
    await bob.until_told("track_muted")
    published.track.unmute()
    await bob.until_told("track_unmuted")


async def test_a_track_is_muted_by_a_server(case: Case):
    alice, bob = await case.join("alice"), await case.join("bob")
    published = await alice.speak()
    await bob.until_told("track_subscribed")
    body = {"room": case.room, "identity": "alice", "track_sid": published.sid, "muted": True}
    answer = await case.done("MutePublishedTrack", **body)
    assert answer["track"]["muted"] is True
    await bob.until_told("track_muted")
    await alice.until_told("track_muted")


@pytest.mark.only("ours", reason="the real server answers as if it had muted something")
async def test_a_track_that_is_not_there_is_not_muted(case: Case):
    await case.join("alice")
    body = {"room": case.room, "identity": "alice", "track_sid": "TR_unknown", "muted": True}
    answer = await case.call("MutePublishedTrack", body)
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


# Subscriptions


async def test_nothing_is_subscribed_without_being_asked_for(case: Case):
    alice = await case.join("alice")
    await alice.speak()
    bob = await case.join("bob", options=rtc.RoomOptions(auto_subscribe=False))
    await bob.until(lambda: bob.room.remote_participants["alice"].track_publications)
    (publication,) = bob.room.remote_participants["alice"].track_publications.values()
    assert not publication.subscribed
    publication.set_subscribed(True)
    await bob.until(lambda: sounds(bob) > 10)


async def test_a_subscription_is_given_up(case: Case):
    alice, bob = await case.join("alice"), await case.join("bob")
    await alice.speak()
    await bob.until_told("track_subscribed")
    (publication,) = bob.room.remote_participants["alice"].track_publications.values()
    publication.set_subscribed(False)
    await bob.until_told("track_unsubscribed")


async def test_a_server_takes_a_subscription_away_and_gives_it_back(case: Case):
    alice, bob = await case.join("alice"), await case.join("bob")
    published = await alice.speak()
    await bob.until(lambda: sounds(bob) > 5)
    body = {"room": case.room, "identity": "bob", "track_sids": [published.sid]}
    assert await case.done("UpdateSubscriptions", **body, subscribe=False) == {}
    await until_silent(bob)
    heard = sounds(bob)
    await case.done("UpdateSubscriptions", **body, subscribe=True)
    await bob.until(lambda: sounds(bob) > heard + 5)


async def test_who_may_not_subscribe_receives_nothing(case: Case):
    alice = await case.join("alice")
    bob = await case.join("bob", canSubscribe=False)
    carol = await case.join("carol")
    await alice.speak()
    await carol.until_told("track_subscribed")
    assert not bob.told("track_subscribed")


async def test_the_right_to_subscribe_comes_and_goes(case: Case):
    alice = await case.join("alice")
    bob = await case.join("bob", canSubscribe=False)
    await alice.speak()
    rights = {"can_publish": True, "can_publish_data": True}
    body = {"room": case.room, "identity": "bob"}
    await case.done("UpdateParticipant", **body, permission={**rights, "can_subscribe": True})
    await bob.until(lambda: sounds(bob) > 5)
    await case.done("UpdateParticipant", **body, permission={**rights, "can_subscribe": False})
    await until_silent(bob)


async def test_a_publisher_says_who_may_receive(case: Case):
    alice = await case.join("alice")
    alice.me.set_track_subscription_permissions(
        allow_all_participants=False,
        participant_permissions=[rtc.ParticipantTrackPermission(participant_identity="bob", allow_all=True)],
    )
    carol, bob = await case.join("carol"), await case.join("bob")
    await alice.speak()
    await bob.until_told("track_subscribed")
    assert not carol.told("track_subscribed")


async def test_a_hidden_one_receives(case: Case):
    alice = await case.join("alice")
    await alice.speak()
    ghost = await case.join("ghost", hidden=True)
    await ghost.until(lambda: sounds(ghost) > 10)


# The right to publish


async def test_who_may_not_publish_does_not(case: Case):
    alice = await case.join("alice", canPublish=False)
    with pytest.raises((rtc.participant.PublishTrackError, TimeoutError)):
        await asyncio.wait_for(alice.speak(), PATIENCE_S)
    assert await tracks_of(case, "alice") == []


async def test_only_the_sources_named_are_published(case: Case):
    alice = await case.join("alice", canPublishSources=["microphone"])
    await alice.speak()
    with pytest.raises((rtc.participant.PublishTrackError, TimeoutError)):
        await asyncio.wait_for(alice.film(), PATIENCE_S)
    tracks = await eventually(lambda: tracks_of(case, "alice"), within=15, what="a track")
    assert [track["source"] for track in tracks] == ["MICROPHONE"]


async def test_the_right_to_publish_is_taken_away(case: Case):
    alice, bob = await case.join("alice"), await case.join("bob")
    await alice.speak()
    await bob.until_told("track_subscribed")
    permission = {"can_publish": False, "can_subscribe": True, "can_publish_data": True}
    await case.done("UpdateParticipant", room=case.room, identity="alice", permission=permission)
    await bob.until_told("track_unpublished")
    await eventually(lambda: tracks_of(case, "alice"), lambda tracks: not tracks, within=15, what="no track")


async def test_the_right_to_publish_is_given(case: Case):
    alice, bob = await case.join("alice", canPublish=False), await case.join("bob")
    permission = {"can_publish": True, "can_subscribe": True, "can_publish_data": True}
    await case.done("UpdateParticipant", room=case.room, identity="alice", permission=permission)
    await alice.until(lambda: alice.me.permissions.can_publish)
    await alice.speak()
    await bob.until(lambda: sounds(bob) > 10)


# Layers


async def test_layers_are_announced(case: Case):
    alice = await case.join("alice")
    await alice.film(size=(1280, 720), simulcast=True)
    tracks = await eventually(lambda: tracks_of(case, "alice"), within=15, what="a track")
    assert tracks[0]["simulcast"] is True
    assert [layer["quality"] for layer in tracks[0]["layers"]] == ["LOW", "MEDIUM", "HIGH"]
    assert [layer["width"] for layer in tracks[0]["layers"]] == [320, 640, 1280]


@pytest.mark.parametrize(("quality", "width"), [("VIDEO_QUALITY_LOW", 320), ("VIDEO_QUALITY_MEDIUM", 640)])
async def test_a_lower_quality_is_a_smaller_picture(case: Case, quality: str, width: int):
    alice, bob = await case.join("alice"), await case.join("bob")
    published = await alice.film(size=(1280, 720), simulcast=True)
    await bob.until_told("track_subscribed")
    bob.room.remote_participants["alice"].track_publications[published.sid].set_video_quality(
        getattr(rtc.VideoQuality, quality)
    )
    await bob.until(lambda: [seen[0] for seen in bob.pictures.get(published.sid, [])[-3:]] == [width] * 3, 25)


# Told beside media


async def test_a_speaker_is_told(case: Case):
    alice, bob = await case.join("alice"), await case.join("bob")
    await alice.speak()
    await bob.until(
        lambda: any(p.identity == "alice" for (who,) in bob.told("active_speakers_changed") for p in who)
    )


async def test_the_quality_of_a_good_connection_is_excellent(case: Case):
    alice, bob = await case.join("alice"), await case.join("bob")
    await alice.speak()
    await bob.until_told("track_subscribed")
    await alice.until(lambda: alice.told("connection_quality_changed"), 20)
    assert rtc.ConnectionQuality.QUALITY_EXCELLENT in {q for _, q in alice.told("connection_quality_changed")}


@pytest.mark.parametrize("how", ["SIMULATE_SIGNAL_RECONNECT", "SIMULATE_FULL_RECONNECT"])
async def test_media_goes_on_after_a_reconnect(case: Case, how: str):
    alice, bob = await case.join("alice"), await case.join("bob")
    await alice.speak()
    await bob.until(lambda: sounds(bob) > 5)
    await bob.room.simulate_scenario(getattr(rtc.SimulateScenarioKind, how))
    await bob.until_told("reconnected")
    heard = sounds(bob)
    await bob.until(lambda: sounds(bob) > heard + 20)
