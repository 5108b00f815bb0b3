"""What a server tells the application: which events, in which order, with what in them, signed how."""

import base64
import hashlib

import pytest
from joserfc import jwt
from joserfc.jwk import OctKey
from livekit import rtc

from tests.media.conformance.case import Case
from tests.media.conformance.servers import API_KEY, API_SECRET

pytestmark = pytest.mark.media


def names(events: list[dict]) -> list[str]:
    return [event["event"] for event in events]


async def test_a_room_that_is_made_is_told(case: Case):
    made = await case.done("CreateRoom", name=case.room, metadata="m")
    events = await case.until_hooked("room_started")
    assert names(events) == ["room_started"]
    assert (events[0]["room"]["sid"], events[0]["room"]["metadata"]) == (made["sid"], "m")


async def test_an_event_has_an_id_and_a_time(case: Case):
    await case.done("CreateRoom", name=case.room)
    (event,) = await case.until_hooked("room_started")
    assert event["id"].startswith("EV_")
    assert isinstance(event["createdAt"], str)
    assert event["createdAt"].isdigit()


async def test_events_have_different_ids(case: Case):
    await case.done("CreateRoom", name=case.room)
    await case.done("DeleteRoom", room=case.room)
    events = await case.until_hooked("room_started", "room_finished")
    assert len({event["id"] for event in events}) == len(events)


async def test_a_room_that_is_deleted_is_told(case: Case):
    await case.done("CreateRoom", name=case.room)
    await case.done("DeleteRoom", room=case.room)
    events = await case.until_hooked("room_finished")
    assert names(events) == ["room_started", "room_finished"]


async def test_a_stay_is_told_from_its_beginning_to_its_end(case: Case):
    alice = await case.join("alice", claims={"name": "Alice", "metadata": "m"})
    await case.until_hooked("participant_joined")
    await alice.leave()
    events = await case.until_hooked("participant_left")

    assert names(events) == ["room_started", "participant_joined", "participant_left"]
    joined, left = events[1]["participant"], events[2]["participant"]
    assert joined["sid"] == left["sid"]
    assert (joined["identity"], joined["name"], joined["metadata"]) == ("alice", "Alice", "m")
    assert (joined["state"], left["state"]) == ("ACTIVE", "DISCONNECTED")
    assert left["disconnectReason"] == "CLIENT_INITIATED"


async def test_a_track_is_told_from_its_beginning_to_its_end(case: Case):
    alice = await case.join("alice")
    track = await alice.speak()
    await case.until_hooked("track_published")
    await alice.me.unpublish_track(track.sid)
    events = await case.until_hooked("track_unpublished")

    published = next(event for event in events if event["event"] == "track_published")
    assert names(events)[-2:] == ["track_published", "track_unpublished"]
    assert published["track"]["sid"] == track.sid
    assert published["track"]["source"] == "MICROPHONE"
    assert set(published["participant"]) == {"sid", "identity"}
    assert set(published["room"]) == {"sid", "name"}


async def test_a_track_ends_before_its_publisher_leaves(case: Case):
    alice = await case.join("alice")
    await alice.speak()
    await case.until_hooked("track_published")
    await alice.leave()
    events = await case.until_hooked("participant_left")
    assert names(events) == [
        "room_started", "participant_joined", "track_published", "track_unpublished", "participant_left",
    ]  # fmt: skip


async def test_a_video_track_is_described(case: Case):
    alice = await case.join("alice")
    await alice.film(size=(320, 180))
    events = await case.until_hooked("track_published")
    track = next(event["track"] for event in events if event["event"] == "track_published")
    assert (track["type"], track["source"], track["mimeType"]) == ("VIDEO", "CAMERA", "video/VP8")
    assert (track["width"], track["height"]) == (320, 180)
    assert track["sid"].startswith("TR_VC")


async def test_a_room_is_finished_after_everybody_has_left(case: Case):
    alice = await case.join("alice")
    await alice.speak()
    await case.until_hooked("track_published")
    await case.done("DeleteRoom", room=case.room)
    events = await case.until_hooked("room_finished")
    assert names(events)[-3:] == ["track_unpublished", "participant_left", "room_finished"]
    assert events[-2]["participant"]["disconnectReason"] == "ROOM_DELETED"


async def test_a_removal_is_told(case: Case):
    await case.join("alice")
    await case.until_hooked("participant_joined")
    await case.done("RemoveParticipant", room=case.room, identity="alice")
    events = await case.until_hooked("participant_left")
    assert events[-1]["participant"]["disconnectReason"] == "PARTICIPANT_REMOVED"


async def test_a_replacement_is_a_leave_and_a_join(case: Case):
    first = await case.join("alice")
    await case.until_hooked("participant_joined")
    before = first.me.sid
    second = await case.join("alice")
    events = await case.until_hooked("participant_joined", "participant_joined", "participant_left")

    assert names(events) == ["room_started", "participant_joined", "participant_left", "participant_joined"]
    assert [event["participant"]["sid"] for event in events[1:]] == [before, before, second.me.sid]
    assert events[2]["participant"]["disconnectReason"] == "DUPLICATE_IDENTITY"


async def test_every_join_has_one_leave(case: Case):
    people = [await case.join(name) for name in ("alice", "bob", "carol")]
    for person in people:
        await person.leave()
    events = await case.until_hooked(*["participant_left"] * 3)
    joined = [e["participant"]["sid"] for e in events if e["event"] == "participant_joined"]
    left = [e["participant"]["sid"] for e in events if e["event"] == "participant_left"]
    assert sorted(joined) == sorted(left)


async def test_a_quick_reconnect_is_not_told(case: Case):
    alice = await case.join("alice")
    await alice.room.simulate_scenario(rtc.SimulateScenarioKind.SIMULATE_SIGNAL_RECONNECT)
    await alice.until_told("reconnected")
    await alice.leave()
    events = await case.until_hooked("participant_left")
    assert names(events) == ["room_started", "participant_joined", "participant_left"]


async def test_a_hidden_one_is_told_of_too(case: Case):
    await case.join("ghost", hidden=True)
    events = await case.until_hooked("participant_joined")
    assert events[-1]["participant"]["permission"]["hidden"] is True


async def test_a_webhook_is_signed(case: Case):
    await case.done("CreateRoom", name=case.room)
    await case.until_hooked("room_started")
    headers, body = next(raw for raw in case.server.hooks.raw if case.room.encode() in raw[1])
    claims = jwt.decode(headers["authorization"], OctKey.import_key(API_SECRET)).claims

    assert headers["content-type"] == "application/webhook+json"
    assert claims["iss"] == API_KEY
    assert claims["sha256"] == base64.b64encode(hashlib.sha256(body).digest()).decode()
    assert claims["exp"] - claims["nbf"] == 300
