"""Broadcasts that are pushed to other platforms: which, when, and what becomes of them."""

import msgspec
import pytest

from livehall.core.ports.media import MediaUnavailable, StreamRefused
from livehall.core.recordings import jobs, store, streaming, wanting
from livehall.core.recordings.faults import (
    AlreadyStreaming,
    NotStreaming,
    StreamingTargetNotFound,
    TargetInUse,
)
from livehall.core.recordings.model import Egress, StreamingTarget
from livehall.core.recordings.streaming import CreateTarget, UpdateTarget
from livehall.core.sessions import machine, programme
from livehall.core.sessions import store as sessions
from livehall.core.sessions.faults import FeatureDisabled, InvalidState
from livehall.core.sessions.model import Session
from livehall.kernel.actor import SYSTEM, Actor
from livehall.kernel.faults import Conflict, Forbidden, Invalid
from tests.core.recordings.conftest import Hall
from tests.support.on_air import SEALING, a_session, end, in_backstage, on_air
from tests.support.people import Hands, a_person, actor_of

KEY = "live_5f0a-secret-91c2"
ENDPOINT = "rtmps://ingest.example.org/app"


async def a_target(hall: Hall, host: Actor, session: Session, **more: object) -> StreamingTarget:
    cmd = {"name": "Elsewhere", "endpoint": ENDPOINT, "stream_key": KEY, "is_enabled": False, **more}
    async with hall.desk.work(host) as work:
        return await streaming.create(work, SEALING, session.room_id, CreateTarget(**cmd))  # type: ignore[arg-type]


async def streams(hall: Hall, session: Session) -> list[Egress]:
    async with hall.desk.read(SYSTEM) as read:
        return [row for row in await store.newest_of(read, session.id) if row.kind == "rtmp"]


async def test_a_target_is_streamed_to_from_start_to_stop(hall: Hall, host: Actor, session: Session) -> None:
    target = await a_target(hall, host, session)
    row = await hall.recorder.start_stream(host, session.id, target.id)
    (output,) = hall.media.known
    assert hall.media.paths[output] == f"{ENDPOINT}/{KEY}"
    assert row.status == "starting"
    await hall.report(output, "active")
    with pytest.raises(AlreadyStreaming):  # I4
        await hall.recorder.start_stream(host, session.id, target.id)
    async with hall.desk.work(host) as work:
        with pytest.raises(TargetInUse):
            await streaming.remove(work, session.room_id, target.id)
    assert (await hall.recorder.stop_stream(host, session.id, target.id)).status == "ending"
    assert hall.media.stopped == [output]
    await hall.report(output, "complete")
    assert [row.status for row in await streams(hall, session)] == ["complete"]
    with pytest.raises(NotStreaming):
        await hall.recorder.stop_stream(host, session.id, target.id)


async def test_what_is_switched_on_begins_with_the_broadcast_once(hall: Hall, host: Actor) -> None:
    session = await in_backstage(hall.desk, host)
    wanted = await a_target(hall, host, session, is_enabled=True)
    await a_target(hall, host, session)
    async with hall.desk.work(SYSTEM) as work:
        camera = [f"PA_{session.id}", f"u.{host.id}", "camera"]
        await programme.seen(work, session.id, {"TR_camera": camera}, work.now)
        held, _ = await sessions.hold(work, session)
        await machine.go_live(work, held)
    await hall.drained()
    assert [row.streaming_target_id for row in await streams(hall, session)] == [wanted.id]


async def test_the_end_of_the_session_ends_its_streams(hall: Hall, host: Actor, session: Session) -> None:
    target = await a_target(hall, host, session)
    await hall.recorder.start_stream(host, session.id, target.id)
    (output,) = hall.media.known
    await hall.report(output, "active")
    await end(hall.desk, session)
    await hall.drained()
    assert hall.media.stopped == [output]


async def test_one_that_breaks_off_is_begun_again_and_no_more_often_than_thrice(
    hall: Hall, host: Actor, session: Session
) -> None:
    other = await a_target(hall, host, session)
    await hall.recorder.start_stream(host, session.id, other.id)
    target = await a_target(hall, host, session)
    await hall.recorder.start_stream(host, session.id, target.id)
    for attempt in range(1, 4):
        output = list(hall.media.known)[-1]
        await hall.report(output, "active")
        await hall.report(output, "failed", error="All streams have failed.")
        assert len(hall.media.known) == 1 + min(attempt + 1, 3)
    statuses = {row.streaming_target_id: row.status for row in await streams(hall, session)}
    assert statuses == {other.id: "starting", target.id: "failed"}


async def test_a_refusal_leaves_nothing_behind(hall: Hall, host: Actor, session: Session) -> None:
    target = await a_target(hall, host, session)
    for refusal in (StreamRefused(), MediaUnavailable()):
        hall.media.refusal = refusal
        with pytest.raises(type(refusal)):
            await hall.recorder.start_stream(host, session.id, target.id)
    assert await streams(hall, session) == []


async def test_a_stream_that_the_media_server_has_lost_is_begun_again(
    hall: Hall, host: Actor, session: Session, clock: Hands
) -> None:
    target = await a_target(hall, host, session)
    await hall.recorder.start_stream(host, session.id, target.id)
    (output,) = hall.media.known
    await hall.report(output, "active")
    hall.media.known[output] = msgspec.structs.replace(hall.media.known[output], room="another")
    clock.forward(seconds=30)
    await jobs.reconcile_outputs(hall.recorder)
    await hall.drained()
    assert [row.attempt for row in await streams(hall, session)] == [2]


async def test_i14_what_is_encrypted_between_clients_is_neither_recorded_nor_packaged_nor_streamed(
    hall: Hall, host: Actor
) -> None:
    session = await on_air(hall.desk, host, e2ee=True)
    target = await a_target(hall, host, session, is_enabled=True)
    for act in (hall.recorder.start, hall.recorder.ensure_hls):
        with pytest.raises(FeatureDisabled):
            await act(host, session.id)
    with pytest.raises(FeatureDisabled):
        await hall.recorder.start_stream(host, session.id, target.id)
    async with hall.desk.work(SYSTEM) as work:
        held = await sessions.get(work, session.id)
        await wanting.want_streams(work, held)
        await wanting.want_recording(work, held)
    await hall.drained()
    assert hall.media.known == {}


async def test_only_a_live_session_is_streamed(hall: Hall, host: Actor) -> None:
    waiting = await in_backstage(hall.desk, host)
    planned = await a_session(hall.desk, host)
    for session in (waiting, planned):
        target = await a_target(hall, host, session)
        with pytest.raises(InvalidState):
            await hall.recorder.start_stream(host, session.id, target.id)


async def test_i19_the_key_is_sealed_and_its_end_alone_is_shown(
    hall: Hall, host: Actor, session: Session
) -> None:
    target = await a_target(hall, host, session)
    assert KEY.encode() not in target.stream_key_enc
    assert target.key_end == "91c2"
    assert (await a_target(hall, host, session, stream_key="short")).key_end == ""
    async with hall.desk.work(host) as work:
        changed = await streaming.update(
            work, SEALING, session.room_id, target.id, UpdateTarget(stream_key="another-key-of-length")
        )
    assert streaming.address(SEALING, changed) == f"{ENDPOINT}/another-key-of-length"


async def test_a_change_of_what_another_has_changed_is_refused(
    hall: Hall, host: Actor, session: Session
) -> None:
    target = await a_target(hall, host, session)
    cmd = UpdateTarget(name="Here", expected_revision=target.revision)
    async with hall.desk.work(host) as work:
        await streaming.update(work, SEALING, session.room_id, target.id, cmd)
    with pytest.raises(Conflict):
        async with hall.desk.work(host) as work:
            await streaming.update(work, SEALING, session.room_id, target.id, cmd)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("endpoint", "https://example.org/app"),
        ("endpoint", "rtmp://example.org"),
        ("endpoint", "rtmp://example.org/app live=1"),
        ("stream_key", "two words"),
        ("name", "  "),
        ("public_url", "javascript:alert(1)"),
    ],
)
async def test_what_cannot_be_a_target_is_refused_by_field(
    hall: Hall, host: Actor, session: Session, field: str, value: str
) -> None:
    with pytest.raises(Invalid) as refusal:
        await a_target(hall, host, session, **{field: value})
    assert [detail.field for detail in refusal.value.details] == [field]


async def test_strangers_have_no_hand_in_it(hall: Hall, host: Actor, session: Session) -> None:
    target = await a_target(hall, host, session)
    stranger = actor_of(await a_person(hall.desk, "eve@example.org"))
    for act in (hall.recorder.start_stream, hall.recorder.stop_stream):
        with pytest.raises(Forbidden):
            await act(stranger, session.id, target.id)
    async with hall.desk.read(stranger) as read:
        with pytest.raises(Forbidden):
            await streaming.all_of(read, session.room_id)
        with pytest.raises(Forbidden):
            await streaming.outputs(read, session.id)
    other = await on_air(hall.desk, host)
    with pytest.raises(StreamingTargetNotFound):  # of another room
        await hall.recorder.start_stream(host, other.id, target.id)
