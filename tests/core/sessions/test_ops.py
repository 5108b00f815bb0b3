"""Use cases of sessions that the database alone decides, on both databases."""

import asyncio
from datetime import timedelta

import pytest

from livehall.core.rooms.faults import RoomNotFound
from livehall.core.sessions import ending, jobs, machine, meetings, ops, programme, store
from livehall.core.sessions.events import (
    HostMediaChanged,
    SessionCreated,
    SessionDeleted,
    SessionEnded,
    SessionRescheduled,
    SessionSettingsChanged,
    SessionWentLive,
    StreamStateChanged,
)
from livehall.core.sessions.faults import InvalidState, RoomBusy, SessionNotFound
from livehall.core.sessions.ops import ChangeSettings, CreateSession, Reschedule
from livehall.core.sessions.programme import ReportedTrack
from livehall.kernel import journal
from livehall.kernel.actor import ANONYMOUS, MEDIA
from livehall.kernel.faults import Conflict, Forbidden, Invalid
from tests.support.on_air import a_session, in_backstage, on_air
from tests.support.people import NOON, a_person, actor_of

LATER = NOON + timedelta(days=1)


def a_track(host, source="camera", sid="TR_1", participant="PA_1") -> ReportedTrack:
    return ReportedTrack(sid=sid, participant_sid=participant, identity=f"u.{host.id}", source=source)


async def report(desk, session, track, hands):
    async with desk.work(MEDIA) as work:
        await programme.track_published(work, session.id, track, hands.now)
        return work.events


async def now(desk, session):
    async with desk.read(MEDIA) as read:
        return await store.get(read, session.id)


async def journalled(database, kind):
    async with database.read() as db:
        return [entry for entry in await db.all(journal.NEW, limit=1000) if entry.type == kind]


async def test_a_session_is_planned_and_told(desk, ada):
    session = await a_session(desk, ada)
    async with desk.work(ada) as work:
        shown = await ops.create(
            work, CreateSession(room_id=session.room_id, title=" Late ", scheduled_start_at=LATER)
        )
        (event,) = work.events
    assert isinstance(event, SessionCreated)
    assert (shown.session.title, shown.session.status, shown.session.mode) == ("Late", "scheduled", "webcam")
    assert await now(desk, shown.session) == shown.session
    assert not event.in_new_room


async def test_of_a_meeting_it_is_told_that_its_room_is_new(desk, ada):
    async with desk.work(ada) as work:
        await meetings.create(work, meetings.CreateMeeting(title="Tea", scheduled_start_at=LATER))
        created = [each for each in work.events if isinstance(each, SessionCreated)]
    assert [each.in_new_room for each in created] == [True]


@pytest.mark.parametrize(
    "fields",
    [
        {"title": " "},
        {"mode": "external"},
        {"mode": "external", "external_url": "javascript:alert(1)"},
        {"external_url": "https://example.org/live"},
        {"scheduled_end_at": LATER},
        {"scheduled_start_at": LATER, "scheduled_end_at": NOON},
        {"timezone": "Mars/Olympus"},
        {"metadata": {"": "x"}},
        {"preset_id": "01973c2e-0000-7000-8000-000000000000"},
    ],
)
async def test_a_plan_that_makes_no_sense_is_refused(desk, ada, fields):
    session = await a_session(desk, ada)
    with pytest.raises(Invalid):
        async with desk.work(ada) as work:
            await ops.create(work, CreateSession(**{"room_id": session.room_id, "title": "x"} | fields))


async def test_only_the_rooms_host_plans_in_it_i22(desk, ada, bob, eve):
    session = await a_session(desk, ada)
    for actor, fault in ((bob, Forbidden), (eve, RoomNotFound), (ANONYMOUS, RoomNotFound)):
        with pytest.raises(fault):
            async with desk.work(actor) as work:
                await ops.create(work, CreateSession(room_id=session.room_id, title="x"))


async def test_running_a_session_is_for_its_host_and_administrators(desk, ada, bob, eve):
    session = await in_backstage(desk, ada)
    for actor, fault in ((bob, Forbidden), (eve, SessionNotFound), (ANONYMOUS, SessionNotFound)):
        with pytest.raises(fault):
            async with desk.work(actor) as work:
                await ops.end(work, session.id)
    admin = actor_of(await a_person(desk, "root@example.org", "admin"))
    async with desk.work(admin) as work:
        assert (await ops.end(work, session.id)).session.status == "ended"


async def test_two_sessions_of_a_room_cannot_be_open_at_once_i1(desk, ada):
    first = await in_backstage(desk, ada)
    async with desk.work(ada) as work:
        second = (await ops.create(work, CreateSession(room_id=first.room_id, title="Second"))).session
    with pytest.raises(RoomBusy):
        async with desk.work(ada) as work:
            await machine.begin(work, *await store.hold(work, second))


async def test_the_end_closes_everything_in_one_transaction_i17(desk, database, ada, monkeypatch):
    closed = []

    async def close(work, session):
        closed.append((work.now, session.status))

    monkeypatch.setattr(ending, "closings", [close])
    session = await on_air(desk, ada)
    async with desk.work(ada) as work:
        shown = await ops.end(work, session.id)
        (event,) = [each for each in work.events if isinstance(each, SessionEnded)]
    ended = shown.session
    assert closed == [(ended.ended_at, "live")]
    assert (ended.status, ended.end_reason, ended.stream_state) == ("ended", "host", "idle")
    assert ended.preset_snapshot is not None
    assert ended.preset_snapshot["chat_enabled"] is True
    assert (event.revision, event.media_room) == (ended.revision, session.id)
    assert shown.room.active_session_id is None


async def test_a_closing_that_fails_takes_the_end_back(desk, ada, monkeypatch):
    async def fail(work, session):
        raise LookupError

    monkeypatch.setattr(ending, "closings", [fail])
    session = await on_air(desk, ada)
    with pytest.raises(LookupError):
        async with desk.work(ada) as work:
            await ops.end(work, session.id)
    assert (await now(desk, session)).status == "live"


async def test_two_ends_at_once_are_one_transition_and_one_event_c6(desk, database, ada):
    session = await on_air(desk, ada)

    async def end():
        async with desk.work(ada) as work:
            return (await ops.end(work, session.id)).session.status

    assert await asyncio.gather(end(), end()) == ["ended", "ended"]
    assert len(await journalled(database, "session.ended")) == 1


async def test_a_session_that_was_not_started_cannot_be_ended(desk, ada):
    session = await a_session(desk, ada)
    with pytest.raises(InvalidState):
        async with desk.work(ada) as work:
            await ops.end(work, session.id)


async def test_a_plan_is_moved_and_told_with_its_old_time(desk, ada):
    session = await a_session(desk, ada)
    async with desk.work(ada) as work:
        await ops.reschedule(work, session.id, Reschedule(scheduled_start_at=LATER, timezone="Europe/Berlin"))
    even_later = LATER + timedelta(days=1)
    async with desk.work(ada) as work:
        shown = await ops.reschedule(work, session.id, Reschedule(scheduled_start_at=even_later))
        (event,) = work.events
    assert isinstance(event, SessionRescheduled)
    assert (event.previous_start_at, event.scheduled_start_at) == (LATER, even_later)
    assert (shown.session.timezone, shown.session.revision) == ("Europe/Berlin", 2)


async def test_a_plan_is_not_moved_into_the_past_nor_once_it_runs_nor_over_another_change(desk, ada):
    session = await a_session(desk, ada)
    for cmd, expected, fault in (
        (Reschedule(scheduled_start_at=NOON), None, Invalid),
        (Reschedule(scheduled_start_at=LATER), 9, Conflict),
    ):
        with pytest.raises(fault):
            async with desk.work(ada) as work:
                await ops.reschedule(work, session.id, cmd, expected)
    running = await in_backstage(desk, ada)
    with pytest.raises(InvalidState):
        async with desk.work(ada) as work:
            await ops.reschedule(work, running.id, Reschedule(scheduled_start_at=LATER))


async def test_settings_override_the_preset_until_removed(desk, ada):
    session = await in_backstage(desk, ada)
    async with desk.work(ada) as work:
        shown = await ops.change_settings(
            work, session.id, ChangeSettings(chat_enabled=False, max_join_limit=3)
        )
        (event,) = work.events
    assert (shown.settings.chat_enabled, shown.settings.max_join_limit) == (False, 3)
    assert isinstance(event, SessionSettingsChanged)
    assert event.permissions["viewer"]["chat.send"] is False
    assert event.permissions["host"]["chat.send"] is True
    assert event.revision == shown.session.revision == session.revision + 1
    async with desk.work(ada) as work:
        shown = await ops.change_settings(work, session.id, ChangeSettings(chat_enabled=None))
    assert shown.settings.chat_enabled is True


async def test_a_setting_that_stays_is_not_told(desk, ada):
    session = await in_backstage(desk, ada)
    async with desk.work(ada) as work:
        await ops.change_settings(work, session.id, ChangeSettings(chat_enabled=None))
        assert work.events == []


async def test_the_host_says_that_the_camera_is_off(desk, ada):
    session = await on_air(desk, ada)
    async with desk.work(ada) as work:
        await ops.set_host_media(work, session.id, video=False)
        (event,) = work.events
    assert isinstance(event, HostMediaChanged)
    assert (event.video, event.audio) == (False, False)


async def test_a_running_session_is_not_deleted_and_a_deleted_one_is_gone_c7(desk, ada):
    session = await in_backstage(desk, ada)
    with pytest.raises(InvalidState):
        async with desk.work(ada) as work:
            await ops.delete(work, session.id)
    planned = await a_session(desk, ada)
    async with desk.work(ada) as work:
        await ops.delete(work, planned.id)
        assert isinstance(work.events[0], SessionDeleted)
    async with desk.read(ada) as read:
        with pytest.raises(SessionNotFound):
            await ops.get(read, planned.id)


async def test_lists_hide_backstage_from_the_audience_and_unlisted_rooms_from_strangers(desk, ada, bob):
    planned, backstage = await a_session(desk, ada), await in_backstage(desk, ada)
    live = await on_air(desk, ada)
    unlisted = await a_session(desk, ada, visibility="unlisted")

    async def ids(actor, **query):
        async with desk.read(actor) as read:
            page = await ops.page(read, store.Query(**query))
        assert page.total == len(page.sessions)
        return {each.session.id for each in page.sessions}

    assert await ids(bob) == await ids(ANONYMOUS) == {planned.id, live.id}
    assert await ids(ada) == {planned.id, backstage.id, live.id, unlisted.id}
    assert await ids(bob, room_id=unlisted.room_id) == {unlisted.id}
    assert await ids(bob, only_room_id=unlisted.room_id) == set()
    assert await ids(bob, statuses=("live", "ended")) == {live.id}
    assert await ids(bob, sort="on_air", statuses=("live",)) == {live.id}
    assert await ids(bob, search="evening") == {planned.id, live.id}
    assert await ids(bob, search="morning") == set()


async def test_a_list_is_in_the_order_of_the_plan_with_the_unplanned_last(desk, ada):
    session = await a_session(desk, ada)
    for days, title in ((2, "second"), (1, "first"), (3, "third")):
        async with desk.work(ada) as work:
            start = NOON + timedelta(days=days)
            await ops.create(
                work, CreateSession(room_id=session.room_id, title=title, scheduled_start_at=start)
            )
    async with desk.read(ada) as read:
        up = await ops.page(read, store.Query(room_id=session.room_id, sort="scheduled_start_time"))
        down = await ops.page(read, store.Query(room_id=session.room_id))
        cut = await ops.page(
            read,
            store.Query(
                room_id=session.room_id, since=NOON + timedelta(days=2), until=NOON + timedelta(days=3)
            ),
        )
    assert [each.session.title for each in up.sessions] == ["first", "second", "third", "Evening"]
    assert [each.session.title for each in down.sessions] == ["third", "second", "first", "Evening"]
    assert [each.session.title for each in cut.sessions] == ["second"]


class Counting:
    """A connection that counts what it is asked."""

    def __init__(self, db) -> None:
        self.db, self.asked = db, 0

    async def all(self, statement, **values):
        self.asked += 1
        return await self.db.all(statement, **values)

    async def one(self, statement, **values):
        self.asked += 1
        return await self.db.one(statement, **values)


async def test_a_list_costs_the_same_number_of_queries_however_long(desk, ada):
    counts = []
    for _ in range(2):
        for _ in range(5):
            await a_session(desk, ada)
        async with desk.read(ada) as read:
            read.db = Counting(read.db)
            await ops.page(read, store.Query(limit=100))
            counts.append(read.db.asked)
    assert counts == [3, 3]


async def test_a_token_of_another_session_opens_nothing_here(desk, ada):
    session, other = await a_session(desk, ada), await a_session(desk, ada)
    bound = type(ada)(
        kind="account", id=ada.id, organization_id=ada.organization_id, role="host", session_id=other.id
    )
    async with desk.read(bound) as read:
        assert (await ops.get(read, other.id)).session.id == other.id
        with pytest.raises(SessionNotFound):
            await ops.get(read, session.id)


async def test_the_first_track_makes_the_stream_active_and_a_repeat_says_nothing(desk, ada, hands):
    session = await in_backstage(desk, ada)
    events = await report(desk, session, a_track(ada), hands)
    assert [type(event) for event in events] == [HostMediaChanged, StreamStateChanged]
    assert await report(desk, session, a_track(ada), hands) == []
    assert (await now(desk, session)).stream_state == "active"


async def test_a_viewers_track_is_not_the_programme(desk, ada, bob, hands):
    session = await in_backstage(desk, ada)
    track = ReportedTrack(sid="TR_1", participant_sid="PA_1", identity=f"u.{bob.id}.n", source="camera")
    assert await report(desk, session, track, hands) == []


async def test_the_stream_is_interrupted_only_when_the_last_track_is_gone(desk, ada, hands):
    session = await on_air(desk, ada)
    await report(desk, session, a_track(ada, "microphone", "TR_2", "PA_2"), hands)
    async with desk.work(MEDIA) as work:
        await programme.track_unpublished(work, session.id, "TR_camera", hands.now)
        assert [type(event) for event in work.events] == [HostMediaChanged]
    hands.forward(seconds=5)
    async with desk.work(MEDIA) as work:
        await programme.participant_gone(work, session.id, "PA_2", hands.now)
        assert [type(event) for event in work.events] == [HostMediaChanged, StreamStateChanged]
    found = await now(desk, session)
    assert (found.stream_state, found.interruptions, found.interrupted_at) == ("interrupted", 1, hands.now)
    assert (found.status, found.host_media["audio"]) == ("live", False)


async def test_a_backstage_without_source_is_idle_again(desk, ada, hands):
    session = await in_backstage(desk, ada)
    await report(desk, session, a_track(ada), hands)
    async with desk.work(MEDIA) as work:
        await programme.source_gone(work, session.id, hands.now)
    found = await now(desk, session)
    assert (found.stream_state, found.interruptions) == ("idle", 0)


async def test_a_list_that_is_older_than_a_report_is_left_aside(desk, ada, hands):
    session = await in_backstage(desk, ada)
    before = session.programme
    await report(desk, session, a_track(ada), hands)
    async with desk.work(MEDIA) as work:
        await programme.seen(work, session.id, {}, hands.now, known=before)
        assert work.events == []
    assert (await now(desk, session)).stream_state == "active"


async def wish(desk, session, on):
    async with desk.work(MEDIA) as work:
        held, room = await store.hold(work, session)
        return await machine.wish_live(work, held, room, on)


async def test_the_first_picture_takes_a_webcam_start_live_and_sound_alone_does_not_c18(desk, ada, hands):
    session = await in_backstage(desk, ada)
    await wish(desk, session, "picture")
    await report(desk, session, a_track(ada, "microphone", "TR_2"), hands)
    assert (await now(desk, session)).status == "backstage"
    hands.forward(seconds=59)
    events = await report(desk, session, a_track(ada), hands)
    assert isinstance(events[-1], SessionWentLive)
    found = await now(desk, session)
    assert (found.status, found.started_at) == ("live", hands.now)


async def test_without_a_picture_within_a_minute_it_stays_backstage_c18(desk, ada, hands):
    session = await in_backstage(desk, ada)
    await wish(desk, session, "picture")
    hands.forward(seconds=61)
    await report(desk, session, a_track(ada), hands)
    assert (await now(desk, session)).status == "backstage"


async def test_a_start_with_go_live_takes_any_source_at_any_time(desk, ada, hands):
    session = await in_backstage(desk, ada)
    await wish(desk, session, "source")
    hands.forward(hours=2)
    await report(desk, session, a_track(ada, "microphone"), hands)
    assert (await now(desk, session)).status == "live"


async def test_reports_about_a_session_that_is_over_change_nothing(desk, ada, hands):
    session = await on_air(desk, ada)
    async with desk.work(ada) as work:
        ended = (await ops.end(work, session.id)).session
    assert await report(desk, session, a_track(ada, sid="TR_late"), hands) == []
    assert await now(desk, session) == ended


async def test_a_session_without_source_ends_after_the_rooms_idle_limit(desk, ada, hands):
    session, steady = await on_air(desk, ada), await on_air(desk, ada)
    async with desk.work(MEDIA) as work:
        await programme.source_gone(work, session.id, hands.now)
    hands.forward(seconds=599)
    await jobs.sweep_idle(desk)
    assert (await now(desk, session)).status == "live"
    hands.forward(seconds=1)
    await jobs.sweep_idle(desk)
    found = await now(desk, session)
    assert (found.status, found.end_reason) == ("ended", "idle")
    assert (await now(desk, steady)).status == "live"


async def test_revisions_rise_by_one_with_each_event_on_the_session_channel_c23(desk, database, ada, hands):
    session = await on_air(desk, ada)
    async with desk.work(ada) as work:
        await ops.change_settings(work, session.id, ChangeSettings(chat_enabled=False))
    async with desk.work(ada) as work:
        assert await store.set_viewer_count(work, await store.get(work, session.id), 5) == (5, 5, 5)
        assert await store.set_viewer_count(work, await store.get(work, session.id), 5) is None
        assert await store.set_viewer_count(work, await store.get(work, session.id), 2) == (2, 5, 5)
    async with desk.work(ada) as work:
        await ops.end(work, session.id)
    async with database.read() as db:
        entries = [e for e in await db.all(journal.NEW, limit=100) if e.session_id == session.id]
    assert [(e.type, e.data["revision"]) for e in entries] == [
        ("session.created", 0),
        ("session.started", 1),
        ("host.media", 2),
        ("stream.state", 3),
        ("session.live", 4),
        ("session.settings", 5),
        ("session.ended", 6),
    ]
