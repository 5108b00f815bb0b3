"""Webhooks: their order, their bodies, their signature, and what happens when nobody takes them."""

import pytest
from livekit import api
from livekit.api.webhook import WebhookReceiver
from livekit.protocol import models
from structlog.testing import capture_logs

from livehall.media.client.receiver import LightClient
from livehall.media.rooms import notifier
from tests.media.conftest import KEY, SECRET, Stage, eventually

pytestmark = pytest.mark.media


async def test_a_whole_life_is_told_in_livekits_order(stage: Stage):
    alice = await stage.publisher()
    await alice.publish_audio()
    await alice.publish_video()
    bob = await stage.viewer()
    await bob.close()
    await alice.close()
    await stage.hooks.until("room_finished")

    told = [(event["event"], event.get("participant", {}).get("identity")) for event in stage.hooks.events]
    assert told == [
        ("room_started", None),
        ("participant_joined", "alice"),
        ("track_published", "alice"),
        ("track_published", "alice"),
        ("participant_joined", "bob"),
        ("participant_left", "bob"),
        ("track_unpublished", "alice"),
        ("track_unpublished", "alice"),
        ("participant_left", "alice"),
        ("room_finished", None),
    ]
    assert len({event["id"] for event in stage.hooks.events}) == len(told)


async def test_bodies_have_livekits_shape(stage: Stage):
    alice = await stage.publisher()
    await alice.publish_video(rids=("q", "h", "f"))
    await alice.close()
    await stage.hooks.until("participant_left")
    started, joined, published, _, left = stage.hooks.events[:5]

    assert started["id"].startswith("EV_")
    assert isinstance(started["createdAt"], str)
    assert {"sid", "name", "emptyTimeout", "departureTimeout", "creationTime", "enabledCodecs"} <= set(
        started["room"]
    )
    assert joined["participant"]["state"] == "ACTIVE"
    assert joined["participant"]["permission"]["canPublish"]
    assert set(published["room"]) == {"sid", "name"}
    assert set(published["participant"]) == {"sid", "identity"}
    assert published["track"]["source"] == "CAMERA"
    assert published["track"]["simulcast"]
    assert left["participant"]["state"] == "DISCONNECTED"
    assert left["participant"]["disconnectReason"] == "CLIENT_INITIATED"


async def test_the_official_receiver_accepts_the_signature(stage: Stage):
    await stage.viewer()
    await stage.hooks.until("participant_joined")
    receiver = WebhookReceiver(api.TokenVerifier(KEY, SECRET))
    events = [receiver.receive(body.decode(), signature) for signature, body in stage.hooks.raw]

    assert [event.event for event in events] == ["room_started", "participant_joined"]


async def test_events_that_are_not_taken_come_again_in_order(stage: Stage):
    stage.hooks.refuse = 3
    bob = await stage.viewer()
    await bob.close()
    await stage.hooks.until("participant_left")

    assert stage.hooks.names() == ["room_started", "participant_joined", "participant_left"]


async def test_an_event_that_is_refused_for_good_is_dropped_at_once(stage: Stage):
    stage.hooks.refuse, stage.hooks.refusal = 1, 422
    await stage.viewer()
    await stage.hooks.until("participant_joined")

    assert stage.hooks.refused == 1
    assert stage.hooks.names() == ["participant_joined"]
    assert stage.hooks.events[0]["numDropped"] == 1


@pytest.mark.parametrize("status", [408, 429])
async def test_an_event_that_shall_come_later_is_sent_again(stage: Stage, status: int):
    stage.hooks.refuse, stage.hooks.refusal = 2, status
    await stage.viewer()
    await stage.hooks.until("participant_joined")

    assert stage.hooks.names() == ["room_started", "participant_joined"]


async def test_an_event_that_a_receiver_falls_over_does_not_hold_up_the_next(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(notifier, "MOST_FAULTS", 3)
    stage.hooks.refuse, stage.hooks.refusal = 3, 500
    await stage.viewer()
    await stage.hooks.until("participant_joined")

    assert stage.hooks.names() == ["participant_joined"]


async def test_a_receiver_that_starts_again_gets_more_tries_than_one_with_faults(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(notifier, "MOST_FAULTS", 1)
    port = int(stage.hooks.url.split(":")[2].split("/")[0])
    await stage.hooks.stop()
    with capture_logs() as logs:
        await stage.viewer()
        await eventually(lambda: sum(log["event"] == "webhook not taken" for log in logs) >= 2)
    await stage.hooks.start(port)
    await stage.hooks.until("participant_joined")

    assert stage.hooks.names() == ["room_started", "participant_joined"]


async def test_a_join_without_media_is_an_aborted_connection(stage: Stage):
    bob = LightClient(stage.url, stage.token("bob"))
    bob.path.start = nothing  # the signalling alone
    await bob.join()
    await bob.until(lambda: len(bob.signals) >= 3)
    await bob.vanish()
    await stage.hooks.until("participant_connection_aborted", "room_finished")

    assert stage.hooks.names() == ["room_started", "participant_connection_aborted", "room_finished"]
    assert stage.hooks.events[1]["participant"]["disconnectReason"] == "SIGNAL_CLOSE"


async def nothing(*_: object) -> None:
    """Connects no media."""


async def test_a_replaced_connection_leaves_before_the_next_joins(stage: Stage):
    await stage.viewer()
    await stage.viewer()
    await stage.hooks.until("participant_joined", "participant_joined", "participant_left")

    assert stage.hooks.names() == [
        "room_started",
        "participant_joined",
        "participant_left",
        "participant_joined",
    ]
    assert stage.hooks.events[2]["participant"]["disconnectReason"] == "DUPLICATE_IDENTITY"


async def test_a_deleted_room_tells_everything_before_it_ends(stage: Stage):
    alice = await stage.publisher()
    await alice.publish_audio()
    lk = await stage.api()
    await lk.room.delete_room(api.DeleteRoomRequest(room="hall"))
    await stage.hooks.until("room_finished")

    assert stage.hooks.names()[-3:] == ["track_unpublished", "participant_left", "room_finished"]
    reason = stage.hooks.events[-2]["participant"]["disconnectReason"]
    assert reason == models.DisconnectReason.Name(models.ROOM_DELETED)
