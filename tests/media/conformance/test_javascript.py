"""livekit-client in Chromium: its media, and what goes with them."""

import asyncio

import pytest

from tests.media.conformance.case import Case
from tests.media.conformance.scripts import Pages, Script

pytestmark = [pytest.mark.media, pytest.mark.browser]

BOTH = pytest.mark.parametrize("single", [True, False], ids=["one connection", "two connections"])
RIGHTS = {"can_publish": True, "can_subscribe": True, "can_publish_data": True}


async def draw(person: Script, width: int = 320, height: int = 180, **options: object) -> str:
    """Publish a moving picture; the sid of its track."""
    wishes = ", ".join(f"{name}: {value}" for name, value in {"simulcast": "false", **options}.items())
    sid: str = await person.do(f"it.draw({width}, {height}, {{ {wishes} }}).then((made) => made.trackSid)")
    return sid


async def until_still(person: Script, identity: str) -> None:
    """Until no more frames of somebody are decoded."""
    one = f"it.one('{identity}').then((one) => one.frames)"
    async with asyncio.timeout(15):
        frames = -1
        while (now := await person.do(one)) != frames:
            frames = now
            await asyncio.sleep(0.5)  # ten frames would have come


async def permit(case: Case, identity: str, **rights: bool) -> None:
    await case.done("UpdateParticipant", room=case.room, identity=identity, permission={**RIGHTS, **rights})


# Codecs


@BOTH
@pytest.mark.parametrize("codec", ["vp8", "h264", "vp9", "av1"])
async def test_a_picture_is_decoded(case: Case, pages: Pages, codec: str, single: bool):
    room = {"singlePeerConnection": single, "publishDefaults": {"backupCodec": False}}
    alice, bob = await pages.join("alice", room=room), await pages.join("bob", room=room)
    await draw(alice, videoCodec=f"'{codec}'")
    assert (await bob.until_decodes("alice"))["codec"] == codec
    (track,) = (await case.participant("alice"))["tracks"]
    assert track["mime_type"].lower() == f"video/{codec}"


@BOTH
async def test_camera_and_microphone_are_seen_and_heard(case: Case, pages: Pages, single: bool):
    room = {"singlePeerConnection": single}
    alice, bob = await pages.join("alice", room=room), await pages.join("bob", room=room)
    carol = await case.join("carol")
    await alice.do("me.enableCameraAndMicrophone()")
    await bob.until_decodes("alice")
    await bob.until_hears("alice")
    await carol.until(lambda: carol.pictures and carol.sounds)


async def test_a_speaker_is_told(pages: Pages):
    alice, bob = await pages.join("alice"), await pages.join("bob")
    await alice.do("it.hum().then(() => 1)")
    await bob.until_told("activeSpeakersChanged", ["alice"])
    await alice.do("me.getTrackPublication('microphone').mute().then(() => 1)")
    await bob.until_told("activeSpeakersChanged", [])


async def test_a_later_one_sees_what_the_python_sdk_publishes(case: Case, pages: Pages):
    carol = await case.join("carol")
    await carol.film()
    await carol.speak()
    bob = await pages.join("bob")
    await bob.until_decodes("carol")
    await bob.until_hears("carol")


async def test_a_screen_is_shown_beside_the_camera(case: Case, pages: Pages):
    alice, bob = await pages.join("alice"), await pages.join("bob")
    await draw(alice)
    await draw(alice, source="'screen_share'")
    await bob.until_decodes("alice")
    await bob.until_decodes("alice", source="screen_share")
    tracks = (await case.participant("alice"))["tracks"]
    assert {track.get("source") for track in tracks} == {"CAMERA", "SCREEN_SHARE"}


# Layers


async def test_a_subscriber_chooses_the_quality(pages: Pages):
    alice, bob, carol = await pages.join("alice"), await pages.join("bob"), await pages.join("carol")
    await draw(alice, 1280, 720, simulcast="true")
    await bob.until_width("alice", 1280)
    for quality, width in ((0, 320), (2, 1280), (1, 640)):
        await bob.do(f"it.seen('alice').setVideoQuality({quality})")
        await bob.until_width("alice", width)
    await carol.until_width("alice", 1280)
    assert (await bob.until_decodes("alice"))["lost"] == 0


@pytest.mark.parametrize("codec", ["vp9", "av1"])
async def test_a_subscriber_chooses_the_quality_within_a_stream(pages: Pages, codec: str):
    room = {"publishDefaults": {"videoCodec": codec, "backupCodec": False}}
    alice, bob = await pages.join("alice", room=room), await pages.join("bob")
    await draw(alice, 1280, 720, simulcast="true")
    await bob.until_width("alice", 1280)
    for quality, width in ((0, 320), (1, 640), (2, 1280)):
        await bob.do(f"it.seen('alice').setVideoQuality({quality})")
        await bob.until_width("alice", width)
    assert (await bob.until_decodes("alice"))["lost"] == 0


async def test_what_is_shown_small_is_sent_small_and_what_is_hidden_is_not_sent(pages: Pages):
    alice, bob = await pages.join("alice"), await pages.join("bob", room={"adaptiveStream": True})
    await draw(alice, 1280, 720, simulcast="true")
    await bob.until_decodes("alice")
    element = "it.seen('alice').track.attachedElements[0].style"
    await bob.do(f"Object.assign({element}, {{ width: '160px', height: '90px' }}) && 1")
    await bob.until_width("alice", 320)
    await bob.do(f"({element}.display = 'none')")
    await until_still(bob, "alice")
    await bob.do(f"({element}.display = 'block')")
    await bob.until_decodes("alice")


async def test_layers_that_nobody_watches_are_not_sent(pages: Pages):
    alice, bob = await pages.join("alice", room={"dynacast": True}), await pages.join("bob")
    await draw(alice, 1280, 720, simulcast="true")
    await bob.until_decodes("alice")
    sender = "me.getTrackPublication('camera').track.sender"
    sent = f"{sender}.getParameters().encodings.map((each) => each.active).join()"
    await bob.do("it.seen('alice').setVideoQuality(0)")
    await alice.until(f"{sent} === 'true,false,false'", within=25)
    await bob.do("it.seen('alice').setVideoQuality(2)")
    await alice.until(f"{sent} === 'true,true,true'", within=25)
    await bob.until_width("alice", 1280)


# Mute


async def test_a_track_is_muted_by_its_publisher_and_by_a_server(case: Case, pages: Pages):
    alice, bob = await pages.join("alice"), await pages.join("bob")
    sid = await draw(alice)
    await bob.until_decodes("alice")
    await alice.do("me.getTrackPublication('camera').mute().then(() => 1)")
    await bob.until_told("trackMuted", "camera", "alice")
    await alice.do("me.getTrackPublication('camera').unmute().then(() => 1)")
    await bob.until_told("trackUnmuted", "camera", "alice")
    await bob.until_decodes("alice")
    await case.done("MutePublishedTrack", room=case.room, identity="alice", track_sid=sid, muted=True)
    await alice.until("it.told('trackMuted').length === 2")
    await bob.until("it.told('trackMuted').length === 2")
    assert await alice.do("me.getTrackPublication('camera').isMuted")


# Subscriptions and rights


async def test_a_subscriber_takes_and_leaves(pages: Pages):
    alice = await pages.join("alice")
    await draw(alice)
    bob = await pages.join("bob", connect={"autoSubscribe": False})
    await bob.until("it.seen('alice')")
    assert not await bob.told("trackSubscribed")
    await bob.do("it.seen('alice').setSubscribed(true)")
    await bob.until_decodes("alice")
    await bob.do("it.seen('alice').setEnabled(false)")
    await until_still(bob, "alice")
    await bob.do("it.seen('alice').setEnabled(true)")
    await bob.until_decodes("alice")
    await bob.do("it.seen('alice').setSubscribed(false)")
    await bob.until_told("trackUnsubscribed", "camera", "alice")


async def test_a_track_is_unpublished_and_published_again(pages: Pages):
    alice, bob = await pages.join("alice"), await pages.join("bob")
    for times in (1, 2):
        await draw(alice)
        await bob.until_decodes("alice")
        await alice.do("me.unpublishTrack(me.getTrackPublication('camera').track).then(() => 1)")
        await bob.until(f"it.told('trackUnpublished').length === {times}")


async def test_a_publisher_says_who_may_receive(pages: Pages):
    alice, bob, carol = await pages.join("alice"), await pages.join("bob"), await pages.join("carol")
    await alice.do(
        "me.setTrackSubscriptionPermissions(false, [{ participantIdentity: 'bob', allowAll: true }])"
    )
    await draw(alice)
    await bob.until_decodes("alice")
    await carol.until_told("trackSubscriptionPermissionChanged", "not_allowed", "alice")
    assert not await carol.told("trackSubscribed")
    await alice.do("me.setTrackSubscriptionPermissions(true)")
    await carol.until_decodes("alice")


async def test_rights_come_and_go_on_an_open_connection(case: Case, pages: Pages):
    alice, bob = await pages.join("alice"), await pages.join("bob")
    await draw(alice)
    await bob.until_decodes("alice")
    await permit(case, "bob", can_subscribe=False)
    await bob.until_told("participantPermissionsChanged", "bob")
    await until_still(bob, "alice")
    await permit(case, "bob")
    await bob.until_decodes("alice")
    await permit(case, "alice", can_publish=False)
    await alice.until_told("localTrackUnpublished", "camera")
    await bob.until_told("trackUnpublished", "camera", "alice")
    assert await alice.do("[me.permissions.canPublish, me.permissions.canSubscribe]") == [False, True]


async def test_who_may_not_publish_is_told(pages: Pages):
    alice = await pages.join("alice", grants={"canPublish": False})
    refused = await alice.do("it.draw(320, 180).catch((fault) => fault.name)")
    assert refused == "PublishTrackError"


async def test_a_hidden_one_watches_unseen(pages: Pages):
    alice, ghost = await pages.join("alice"), await pages.join("ghost", grants={"hidden": True})
    await draw(alice)
    await ghost.until_decodes("alice")
    assert await alice.do("[...room.remoteParticipants.keys()]") == []


# End-to-end encryption


async def test_who_has_the_key_sees_and_others_do_not(pages: Pages):
    alice = await pages.join("alice", secret="word")
    bob = await pages.join("bob", tab=1, secret="word")
    eve = await pages.join("eve", tab=1, secret="guess")
    await draw(alice)
    await alice.do("me.setMicrophoneEnabled(true).then(() => 1)")
    await bob.until_decodes("alice")
    await bob.until_told("participantEncryptionStatusChanged", True, "alice")
    await eve.until("it.one('alice').then((one) => one.packets > 10)")
    assert (await eve.do("it.one('alice')"))["frames"] == 0
    await alice.do("me.publishData(bytes('secret'), { reliable: true, topic: 't' })")
    await bob.until("it.told('dataReceived').some((told) => told[0] === 'secret' && told[1] === 'alice')")
    assert not await eve.told("dataReceived")
