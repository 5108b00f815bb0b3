"""A recording from its start to its file, and what goes wrong on the way."""

import asyncio
from typing import Any

import pytest

from livehall.core.people import ops as people
from livehall.core.people import plans
from livehall.core.people.model import Quotas
from livehall.core.people.plans import PutPlan
from livehall.core.ports.media import Layout, MediaUnavailable, Output, OutputUnsupported
from livehall.core.recordings import arranging, jobs, ops, store
from livehall.core.recordings.arranging import Arrange
from livehall.core.recordings.faults import AlreadyRecording, NotReady, RecordingNotFound
from livehall.core.recordings.links import Links
from livehall.core.recordings.model import Recording
from livehall.core.recordings.ops import Query
from livehall.core.rooms import ops as rooms
from livehall.core.sessions import ops as sessions
from livehall.core.sessions import store as session_store
from livehall.core.sessions.faults import InvalidState
from livehall.core.sessions.model import Session
from livehall.core.sessions.ops import ChangeSettings
from livehall.kernel.actor import SYSTEM, Actor
from livehall.kernel.faults import Forbidden
from livehall.kernel.ids import Id
from livehall.kernel.work import Desk
from tests.core.recordings.conftest import Hall
from tests.support.on_air import a_session, end, in_backstage
from tests.support.people import Hands
from tests.support.waiting import eventually

LINKS = Links(b"k" * 32)


async def recordings(hall: Hall, session: Session) -> list[Recording]:
    async with hall.desk.read(SYSTEM) as read:
        wanted = store.Wanted(organization_id=session.organization_id, sort="created_at")
        return (await store.page(read, wanted, limit=100, offset=0))[0]


async def only(hall: Hall, session: Session) -> Recording:
    (found,) = await recordings(hall, session)
    return found


async def test_from_start_to_a_file_that_can_be_had(
    hall: Hall, host: Actor, session: Session, clock: Hands
) -> None:
    shown = await hall.recorder.start(host, session.id)
    assert shown.recording.status == "starting"
    (output,) = hall.media.known
    await hall.report(output, "active")
    assert (await only(hall, session)).status == "recording"

    clock.forward(seconds=61)
    stopped = await hall.recorder.stop(host, session.id)
    assert (stopped.recording.status, hall.media.stopped) == ("processing", [output])
    await hall.report(output, "complete", seconds=60.4)

    ready = await only(hall, session)
    assert (ready.status, ready.duration_s, ready.attempts) == ("ready", 60, 1)
    async with hall.desk.read(host) as read:
        token = (await ops.download(read, LINKS, ready.id)).token
        asset = await ops.file(read, LINKS, ready.id, token)
    stored = await hall.storage.find(asset.storage_key)
    assert stored is not None
    assert stored.size == asset.size == 1024


async def test_a_layout_chosen_while_the_media_server_is_asked_is_what_it_shows(
    hall: Hall, host: Actor, session: Session
) -> None:
    await _arrange(hall, host, session, "grid")
    asked = hall.media.record

    async def meanwhile(room: str, path: str, layout: Layout = "single", pinned: str = "") -> Output:
        output = await asked(room, path, layout, pinned)
        await _arrange(hall, host, session, "speaker")
        return output

    hall.media.record = meanwhile  # type: ignore[method-assign]
    await hall.recorder.start(host, session.id)
    await hall.relay.drained()
    assert list(hall.media.layouts.values()) == ["speaker"]


async def test_a_layout_that_is_chosen_while_the_media_server_is_away_is_shown_when_it_is_back(
    hall: Hall, host: Actor, session: Session
) -> None:
    await _arrange(hall, host, session, "grid")
    await hall.recorder.start(host, session.id)
    (output,) = hall.media.known
    await hall.report(output, "active")
    hall.media.fault = MediaUnavailable()
    await _arrange(hall, host, session, "side_by_side")
    await hall.relay.drained()
    await jobs.reconcile_outputs(hall.recorder)
    with pytest.raises(InvalidState):
        await _arrange(hall, host, session, "single")
    assert hall.media.layouts[output] == "grid"
    hall.media.fault = None
    await jobs.reconcile_outputs(hall.recorder)
    assert hall.media.layouts[output] == "side_by_side"

    hall.media.layouts.clear()
    await jobs.reconcile_outputs(hall.recorder)
    assert not hall.media.layouts  # what it has been told it is not told again
    await hall.recorder.stop(host, session.id)
    await hall.recorder.start(host, session.id)
    assert list(hall.media.layouts.values()) == ["side_by_side"]


async def test_who_is_pinned_is_told_to_what_begins_and_to_what_runs(
    hall: Hall, host: Actor, session: Session
) -> None:
    await hall.recorder.start(host, session.id)
    (output,) = hall.media.known
    await hall.report(output, "active")
    assert (hall.media.layouts[output], hall.media.pinned[output]) == ("single", "")
    await _pin(hall, host, session, host.id)  # in the programme by the camera
    await hall.relay.drained()
    assert (hall.media.layouts[output], hall.media.pinned[output]) == ("single", f"u.{host.id}")
    hall.media.pinned.clear()
    await jobs.reconcile_outputs(hall.recorder)
    assert not hall.media.pinned  # what it has been told it is not told again
    await hall.recorder.stop(host, session.id)
    await hall.recorder.start(host, session.id)
    assert list(hall.media.pinned.values()) == [f"u.{host.id}"]


async def test_a_pin_that_is_taken_back_while_the_media_server_is_away_is_gone_when_it_is_back(
    hall: Hall, host: Actor, session: Session
) -> None:
    await _pin(hall, host, session, host.id)
    await hall.recorder.start(host, session.id)
    (output,) = hall.media.known
    await hall.report(output, "active")
    hall.media.fault = MediaUnavailable()
    await _pin(hall, host, session, None)
    await hall.relay.drained()
    assert hall.media.pinned[output] == f"u.{host.id}"
    hall.media.fault = None
    await jobs.reconcile_outputs(hall.recorder)
    assert hall.media.pinned[output] == ""


async def test_an_output_that_only_begins_is_told_its_layout_again_when_it_runs(
    hall: Hall, host: Actor, session: Session
) -> None:
    await _arrange(hall, host, session, "grid")
    await hall.recorder.start(host, session.id)
    (output,) = hall.media.known
    await _arrange(hall, host, session, "speaker")
    await hall.relay.drained()
    assert hall.media.layouts[output] == "speaker"
    hall.media.layouts[output] = "grid"  # it could not follow yet
    await hall.report(output, "active")
    await jobs.reconcile_outputs(hall.recorder)
    assert hall.media.layouts[output] == "speaker"


async def _arrange(hall: Hall, host: Actor, session: Session, layout: Layout) -> None:
    async with hall.desk.work(host) as work:
        await arranging.arrange(work, session.id, Arrange(layout=layout))


async def _pin(hall: Hall, host: Actor, session: Session, account_id: Id | None) -> None:
    async with hall.desk.work(host) as work:
        await arranging.arrange(work, session.id, Arrange(pinned_id=account_id))


async def test_i4_a_second_recording_is_refused(hall: Hall, host: Actor, session: Session) -> None:
    await hall.recorder.start(host, session.id)
    with pytest.raises(AlreadyRecording):
        await hall.recorder.start(host, session.id)
    assert len(hall.media.known) == 1


async def test_the_media_server_is_asked_once_though_the_relay_finishes_intents(
    hall: Hall, host: Actor, session: Session
) -> None:
    await hall.recorder.start(host, session.id)
    await hall.drained()
    assert len(hall.media.known) == 1


async def test_a_media_server_that_is_away_leaves_nothing_behind(
    hall: Hall, host: Actor, session: Session
) -> None:
    hall.media.fault = MediaUnavailable()
    with pytest.raises(MediaUnavailable):
        await hall.recorder.start(host, session.id)
    await hall.drained()
    assert await recordings(hall, session) == []

    hall.media.fault = None
    await hall.recorder.start(host, session.id)
    assert (await only(hall, session)).status == "starting"


async def test_a_stop_that_the_media_server_refuses_changes_nothing(
    hall: Hall, host: Actor, session: Session
) -> None:
    await hall.recorder.start(host, session.id)
    (output,) = hall.media.known
    await hall.report(output, "active")
    hall.media.fault = MediaUnavailable()
    with pytest.raises(MediaUnavailable):
        await hall.recorder.stop(host, session.id)
    assert (await only(hall, session)).status == "recording"
    hall.media.fault = None
    assert (await hall.recorder.stop(host, session.id)).recording.status == "processing"


async def test_stopping_again_answers_with_the_last_one(hall: Hall, host: Actor, session: Session) -> None:
    with pytest.raises(RecordingNotFound):
        await hall.recorder.stop(host, session.id)
    first = await hall.recorder.start(host, session.id)
    await hall.recorder.stop(host, session.id)
    assert (await hall.recorder.stop(host, session.id)).recording.id == first.recording.id
    assert len(hall.media.stopped) == 1


async def test_only_staff_records_and_only_while_it_runs(
    hall: Hall, host: Actor, ben: Actor, session: Session
) -> None:
    with pytest.raises(Forbidden):
        await hall.recorder.start(ben, session.id)
    with pytest.raises(Forbidden):
        await hall.recorder.stop(ben, session.id)
    await end(hall.desk, session)
    with pytest.raises(InvalidState):
        await hall.recorder.start(host, session.id)


async def test_the_backstage_can_be_recorded(hall: Hall, host: Actor) -> None:
    session = await in_backstage(hall.desk, host)
    await hall.recorder.start(host, session.id)
    assert (await only(hall, session)).status == "starting"


async def test_a_session_not_begun_cannot_be_recorded(hall: Hall, host: Actor) -> None:
    session = await a_session(hall.desk, host)
    with pytest.raises(InvalidState):
        await hall.recorder.start(host, session.id)


async def live_with_recording(desk: Desk, host: Actor) -> Session:
    session = await in_backstage(desk, host)
    async with desk.work(host) as work:
        await sessions.change_settings(work, session.id, ChangeSettings(recording_enabled=True))
    return await on_air_again(desk, host, session)


async def on_air_again(desk: Desk, host: Actor, session: Session) -> Session:
    from livehall.core.sessions import machine, programme
    from livehall.kernel.actor import MEDIA

    async with desk.work(MEDIA) as work:
        await programme.seen(work, session.id, {"TR_1": ["PA_1", f"u.{host.id}", "camera"]}, work.now)
        held, _ = await session_store.hold(work, session)
        return await machine.go_live(work, held)


async def test_c26_a_session_whose_setting_says_so_is_recorded_from_go_live_to_its_end(
    hall: Hall, host: Actor, clock: Hands
) -> None:
    session = await live_with_recording(hall.desk, host)
    await hall.drained()
    (output,) = hall.media.known
    await hall.report(output, "active")
    clock.forward(seconds=30)
    await end(hall.desk, session)
    await hall.drained()
    assert hall.media.stopped == [output]
    assert (await only(hall, session)).status == "processing"

    await hall.report(output, "complete", seconds=30)
    assert (await only(hall, session)).status == "ready"


async def test_without_the_setting_nothing_is_recorded(hall: Hall, session: Session) -> None:
    await hall.drained()
    assert hall.media.known == {}


async def test_a_media_server_without_a_recorder_fails_an_automatic_recording_in_plain_sight(
    hall: Hall, host: Actor
) -> None:
    hall.media.fault = OutputUnsupported()
    session = await live_with_recording(hall.desk, host)
    await hall.drained()
    failed = await only(hall, session)
    assert (failed.status, failed.error_code) == ("failed", "media_unavailable")


async def test_an_automatic_recording_waits_for_a_media_server_that_is_away(
    hall: Hall, host: Actor, clock: Hands
) -> None:
    hall.media.fault = MediaUnavailable()
    session = await live_with_recording(hall.desk, host)
    await hall.drained()
    assert (await only(hall, session)).status == "starting"
    hall.media.fault = None
    clock.forward(seconds=11)
    await jobs.reconcile_outputs(hall.recorder)
    assert len(hall.media.known) == 1


async def test_what_was_asked_too_early_is_asked_again_when_the_media_room_is_there(
    hall: Hall, host: Actor
) -> None:
    record, asked, refused = hall.media.record, asyncio.Event(), asyncio.Event()

    async def without_a_room(*arguments: Any) -> Output:
        hall.media.record = record  # type: ignore[method-assign]
        asked.set()
        await refused.wait()
        raise MediaUnavailable

    hall.media.record = without_a_room  # type: ignore[method-assign]
    session = await live_with_recording(hall.desk, host)
    async with asyncio.timeout(30):
        await asked.wait()
    await hall.recorder.begin_waiting(session.id)
    assert not hall.media.known
    refused.set()
    await eventually(lambda: _known(hall), within=30, what="the recording begins")
    await hall.drained()
    assert len(hall.media.known) == 1


async def _known(hall: Hall) -> int:
    return len(hall.media.known)


async def test_an_intent_outlasts_a_downtime_of_ours(hall: Hall, host: Actor, clock: Hands) -> None:
    hall.media.fault = MediaUnavailable()
    session = await live_with_recording(hall.desk, host)
    await hall.drained()
    hall.media.fault = None
    clock.forward(minutes=10)
    await jobs.reconcile_outputs(hall.recorder)
    assert (await only(hall, session)).status == "starting"
    assert len(hall.media.known) == 1


async def test_an_intent_outlasts_a_downtime_of_the_media_server(
    hall: Hall, host: Actor, session: Session, clock: Hands
) -> None:
    await hall.recorder.start(host, session.id)
    (first,) = hall.media.known
    await hall.report(first, "active")
    await jobs.reconcile_outputs(hall.recorder)
    hall.media.refusal = MediaUnavailable()
    await hall.report(first, "complete", seconds=5)
    hall.media.fault = MediaUnavailable()
    await jobs.reconcile_outputs(hall.recorder)
    clock.forward(minutes=10)
    hall.media.fault = hall.media.refusal = None
    await jobs.reconcile_outputs(hall.recorder)
    assert [one.status for one in await recordings(hall, session)] == ["ready", "starting"]
    assert len(hall.media.known) == 2


async def test_a_session_set_to_record_is_recorded_after_an_intent_was_given_up(
    hall: Hall, host: Actor, clock: Hands
) -> None:
    hall.media.refusal = MediaUnavailable()
    session = await live_with_recording(hall.desk, host)
    await hall.drained()
    clock.forward(seconds=11)
    await jobs.reconcile_outputs(hall.recorder)
    clock.forward(minutes=3)
    hall.media.refusal = None
    await jobs.reconcile_outputs(hall.recorder)
    await hall.drained()
    found = await recordings(hall, session)
    assert [one.status for one in found] == ["failed", "starting"]
    assert found[0].error_code == "media_unavailable"
    assert len(hall.media.known) == 1


async def test_an_output_that_ends_by_itself_is_followed_by_another_recording(
    hall: Hall, host: Actor, session: Session
) -> None:
    await hall.recorder.start(host, session.id)
    (first,) = hall.media.known
    await hall.report(first, "active")
    await hall.report(first, "complete", seconds=5)

    found = await recordings(hall, session)
    assert [one.status for one in found] == ["ready", "starting"]
    assert len(hall.media.known) == 2


async def test_what_the_plan_does_not_allow_any_more_follows_no_recording(
    hall: Hall, host: Actor, session: Session
) -> None:
    async with hall.desk.work(SYSTEM) as work:
        await plans.put(work, PutPlan(code="small", name="Small", quotas=Quotas(recording_minutes=1)))
        await plans.assign(work, await people.default_organization(work, "Livehall"), "small")
    await hall.recorder.start(host, session.id)
    (first,) = hall.media.known
    await hall.report(first, "active")
    await hall.report(first, "complete", seconds=61)
    assert (await only(hall, session)).status == "ready"
    assert len(hall.media.known) == 1


async def test_an_output_that_keeps_failing_is_given_up_after_three_attempts(
    hall: Hall, host: Actor, session: Session
) -> None:
    await hall.recorder.start(host, session.id)
    for number in range(3):
        output = list(hall.media.known)[number]
        await hall.report(output, "failed", error="disk full")
    found = await recordings(hall, session)
    assert [(one.status, one.error_code) for one in found] == [("failed", "output_failed")] * 3


async def test_reports_that_come_late_twice_or_backwards_change_nothing(
    hall: Hall, host: Actor, session: Session
) -> None:
    await hall.recorder.start(host, session.id)
    (output,) = hall.media.known
    await hall.report(output, "active")
    await hall.recorder.stop(host, session.id)
    await hall.report(output, "complete", seconds=9)
    before = await only(hall, session)
    whole = hall.media.known[output]
    for state in ("active", "ending", "failed", "starting"):
        await hall.report(output, state)  # type: ignore[arg-type]
    hall.media.known[output] = whole
    await jobs.reconcile_outputs(hall.recorder)
    assert await only(hall, session) == before


async def test_without_any_report_the_reconciler_does_the_same(
    hall: Hall, host: Actor, session: Session, clock: Hands
) -> None:
    await hall.recorder.start(host, session.id)
    (output,) = hall.media.known
    hall.media.say(output, "active")
    await jobs.reconcile_outputs(hall.recorder)
    assert (await only(hall, session)).status == "recording"
    await hall.recorder.stop(host, session.id)
    hall.media.say(output, "complete", seconds=12)
    await jobs.reconcile_outputs(hall.recorder)
    await hall.drained()
    ready = await only(hall, session)
    assert (ready.status, ready.duration_s) == ("ready", 12)


async def test_an_output_that_the_media_server_has_forgotten_is_lost(
    hall: Hall, host: Actor, session: Session, clock: Hands
) -> None:
    await hall.recorder.start(host, session.id)
    (output,) = hall.media.known
    await hall.report(output, "active")
    del hall.media.known[output]
    clock.forward(seconds=11)
    await jobs.reconcile_outputs(hall.recorder)
    found = await recordings(hall, session)
    assert [(one.status, one.error_code) for one in found] == [("failed", "lost"), ("starting", None)]


async def test_a_file_that_is_missing_fails_the_recording(hall: Hall, host: Actor, session: Session) -> None:
    await hall.recorder.start(host, session.id)
    (output,) = hall.media.known
    await hall.report(output, "active")
    await hall.recorder.stop(host, session.id)
    hall.media.say(output, "complete", seconds=3)
    (hall.media.folder / hall.media.paths[output]).unlink()
    await jobs.reconcile_outputs(hall.recorder)
    await hall.drained()
    failed = await only(hall, session)
    assert (failed.status, failed.error_code) == ("failed", "file_missing")


async def test_private_recordings_are_the_staffs_alone(
    hall: Hall, host: Actor, ben: Actor, session: Session
) -> None:
    shown = await hall.recorder.start(host, session.id)
    async with hall.desk.read(ben) as read:
        with pytest.raises(RecordingNotFound):
            await ops.get(read, shown.recording.id)
        with pytest.raises(RecordingNotFound):
            await ops.download(read, LINKS, shown.recording.id)
        with pytest.raises(Forbidden):
            await ops.active(read, session.id)
        with pytest.raises(Forbidden):
            await ops.page(read, Query())
        assert (await ops.of_session(read, session.id, offset=0, limit=20)).total == 0
    async with hall.desk.read(host) as read:
        assert (await ops.page(read, Query())).total == 1
        assert (await ops.of_session(read, session.id, offset=0, limit=20)).total == 1
        running = await ops.active(read, session.id)
        with pytest.raises(NotReady):
            await ops.download(read, LINKS, shown.recording.id)
    assert running is not None
    assert running.recording.id == shown.recording.id


async def test_hls_is_one_output_whoever_wants_it_and_its_address_comes_and_goes(
    hall: Hall, host: Actor, session: Session
) -> None:
    first = await hall.recorder.ensure_hls(host, session.id)
    again = await hall.recorder.ensure_hls(host, session.id)
    assert (first.created, again.created) == (True, False)
    assert first.egress.id == again.egress.id
    (output,) = hall.media.known
    await hall.report(output, "active")
    async with hall.desk.read(SYSTEM) as read:
        assert (await session_store.get(read, session.id)).hls_url == (
            f"https://hall.example/hls/{session.id}/index.m3u8"
        )
    await end(hall.desk, session)
    await hall.drained()
    assert hall.media.stopped == [output]
    async with hall.desk.read(SYSTEM) as read:
        assert (await session_store.get(read, session.id)).hls_url is None


async def test_what_runs_out_after_the_room_was_removed_is_kept_all_the_same(
    hall: Hall, host: Actor, session: Session
) -> None:
    """The room goes at the moment its session has ended; the reports of that end come later."""
    await hall.recorder.start(host, session.id)
    await hall.recorder.ensure_hls(host, session.id)
    for output in hall.media.known:
        await hall.report(output, "active")
    await end(hall.desk, session)
    await hall.drained()
    async with hall.desk.work(host) as work:
        await rooms.delete(work, session.room_id)
    film, package = sorted(hall.media.known, key=lambda each: hall.media.known[each].kind)
    await hall.report(film, "complete", seconds=12)
    hall.media.say(package, "complete")
    await jobs.reconcile_outputs(hall.recorder)
    await hall.drained()
    ready = await only(hall, session)
    assert (ready.status, ready.duration_s) == ("ready", 12)
    async with hall.desk.read(SYSTEM) as read:
        assert await store.all_open(read) == []
        asset = await store.asset_of(read, ready.id)
    assert asset is not None
    assert await hall.storage.find(asset.storage_key) is not None


async def test_hls_that_ends_while_live_begins_again(hall: Hall, host: Actor, session: Session) -> None:
    await hall.recorder.ensure_hls(host, session.id)
    (output,) = hall.media.known
    await hall.report(output, "failed", error="no space")
    assert len(hall.media.known) == 2
