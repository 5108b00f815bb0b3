"""Presence: from `join` and from the media server's reports, whatever their order."""

from datetime import timedelta

import pytest

from livehall.core.audience import jobs, ops, people, store
from livehall.core.audience.jobs import ViewerCount, ViewerCounts
from livehall.core.audience.people import Attendee, Query
from livehall.core.audience.reports import stood, when
from livehall.core.ports.media import MediaRooms, Presence
from livehall.core.sessions import store as sessions
from livehall.core.sessions.faults import InvalidState, SessionNotFound, WrongPassword
from livehall.core.sessions.model import Session
from livehall.kernel import journal
from livehall.kernel.actor import SYSTEM, Actor
from livehall.kernel.db import Connection
from livehall.kernel.work import Desk, Read
from tests.core.audience.conftest import Stage
from tests.support.on_air import end, in_backstage, on_air
from tests.support.people import NOON, Hands, a_person, actor_of


async def attendees(stage: Stage, host: Actor) -> dict[str, Attendee]:
    async with stage.desk.read(host) as read:
        page = await people.page(read, stage.session.id, Query(limit=100))
    return {one.name: one for one in page.attendees}


async def test_c12_join_alone_is_no_attendance(stage: Stage, host: Actor, ben: Actor) -> None:
    joined = await stage.join(ben)

    assert joined.admission == "admitted"
    assert joined.media is not None
    assert await attendees(stage, host) == {}


async def test_c12_the_media_report_makes_presence(stage: Stage, host: Actor, ben: Actor) -> None:
    joined = await stage.join(ben)
    await stage.joined(joined.identity, "PA_1")

    one = (await attendees(stage, host))["ben"]
    assert joined.attendance is not None
    assert (one.id, one.is_active, one.join_count) == (joined.attendance.id, True, 1)


async def test_c12_a_row_that_nobody_saw_is_removed_after_60_s(
    stage: Stage, ben: Actor, clock: Hands
) -> None:
    joined = await stage.join(ben)
    assert joined.attendance is not None
    clock.forward(seconds=60)
    await jobs.sweep(stage.desk)
    async with stage.desk.read(SYSTEM) as read:
        assert await store.get(read, joined.attendance.id) is not None
    clock.forward(seconds=1)
    await jobs.sweep(stage.desk)
    async with stage.desk.read(SYSTEM) as read:
        assert await store.get(read, joined.attendance.id) is None


async def test_joining_again_gives_the_same_attendance_and_a_fresh_token(stage: Stage, ben: Actor) -> None:
    first = await stage.join(ben)
    await stage.joined(first.identity, "PA_1")
    again = await stage.join(ben)

    assert first.attendance is not None
    assert again.attendance is not None
    assert again.attendance.id == first.attendance.id
    assert again.identity != first.identity
    assert again.media != first.media


async def test_c14_who_says_goodbye_is_there_until_then(
    stage: Stage, host: Actor, ben: Actor, clock: Hands
) -> None:
    joined = await stage.join(ben)
    await stage.joined(joined.identity, "PA_1")
    clock.forward(seconds=75)
    await stage.leave(ben)
    clock.forward(seconds=1)
    await stage.left(joined.identity, "PA_1")  # the media server's own report changes nothing more

    one = (await attendees(stage, host))["ben"]
    assert (one.duration_s, one.is_active) == (75, False)


async def test_c6_leaving_without_presence_changes_nothing(stage: Stage, host: Actor, ben: Actor) -> None:
    await stage.leave(ben)
    await stage.leave(ben)
    assert await attendees(stage, host) == {}


async def test_c14_who_vanished_left_with_the_last_packet(
    stage: Stage, host: Actor, ben: Actor, clock: Hands
) -> None:
    joined = await stage.join(ben)
    await stage.joined(joined.identity, "PA_1")
    clock.forward(seconds=120)  # the media server waits 20 s before it says so
    await stage.left(joined.identity, "PA_1", reason="CONNECTION_TIMEOUT")

    assert (await attendees(stage, host))["ben"].duration_s == 100


async def test_c15_back_within_30_s_is_one_interval(
    stage: Stage, host: Actor, ben: Actor, clock: Hands
) -> None:
    joined = await stage.join(ben)
    await stage.joined(joined.identity, "PA_1")
    clock.forward(seconds=60)
    await stage.left(joined.identity, "PA_1")
    clock.forward(seconds=30)
    await stage.joined(joined.identity, "PA_2")
    clock.forward(seconds=10)

    one = (await attendees(stage, host))["ben"]
    assert (one.duration_s, one.join_count, one.is_active) == (100, 1, True)


async def test_c15_back_later_is_a_second_interval(
    stage: Stage, host: Actor, ben: Actor, clock: Hands
) -> None:
    joined = await stage.join(ben)
    await stage.joined(joined.identity, "PA_1")
    clock.forward(seconds=60)
    await stage.left(joined.identity, "PA_1")
    clock.forward(seconds=31)
    again = await stage.join(ben)
    await stage.joined(again.identity, "PA_2")
    clock.forward(seconds=10)

    one = (await attendees(stage, host))["ben"]
    assert (one.duration_s, one.join_count) == (70, 2)


async def test_a_left_before_its_joined_is_a_closed_interval(
    stage: Stage, host: Actor, ben: Actor, clock: Hands
) -> None:
    joined = await stage.join(ben)
    began = clock.now
    clock.forward(seconds=8)
    await stage.left(joined.identity, "PA_1")
    assert await attendees(stage, host) == {}
    clock.forward(seconds=1)
    await stage.joined(joined.identity, "PA_1", at=began)

    one = (await attendees(stage, host))["ben"]
    assert (one.duration_s, one.is_active) == (8, False)


async def test_a_late_left_of_the_old_connection_leaves_the_new_one_alone(
    stage: Stage, host: Actor, ben: Actor, clock: Hands
) -> None:
    joined = await stage.join(ben)
    await stage.joined(joined.identity, "PA_1")
    clock.forward(seconds=10)
    await stage.joined(joined.identity, "PA_2")
    clock.forward(minutes=3)
    await stage.left(joined.identity, "PA_1")

    one = (await attendees(stage, host))["ben"]
    assert (one.is_active, one.join_count, one.duration_s) == (True, 1, 190)


async def test_doubled_reports_change_nothing(stage: Stage, host: Actor, ben: Actor, clock: Hands) -> None:
    joined = await stage.join(ben)
    await stage.joined(joined.identity, "PA_1")
    clock.forward(seconds=10)
    await stage.joined(joined.identity, "PA_1")
    await stage.left(joined.identity, "PA_1")
    clock.forward(seconds=10)
    await stage.left(joined.identity, "PA_1")
    await stage.joined(joined.identity, "PA_1")

    one = (await attendees(stage, host))["ben"]
    assert (one.duration_s, one.join_count, one.is_active) == (10, 1, False)


async def test_a_connection_whose_media_never_came_is_not_counted(
    stage: Stage, host: Actor, ben: Actor, clock: Hands
) -> None:
    joined = await stage.join(ben)
    await stage.joined(joined.identity, "PA_1")
    clock.forward(seconds=9)
    await stage.aborted(joined.identity, "PA_1")
    assert await attendees(stage, host) == {}


async def test_a_connection_whose_media_never_came_is_taken_off_the_lists_that_were_told_of_it(
    stage: Stage, ben: Actor, clock: Hands
) -> None:
    joined = await stage.join(ben)
    await stage.joined(joined.identity, "PA_1")
    clock.forward(seconds=9)
    await stage.aborted(joined.identity, "PA_1")

    async with stage.desk.read(SYSTEM) as read:
        entries = await read.db.all(journal.NEW, limit=100)
    last = entries[-1].data
    assert entries[-1].type == "attendance.left"
    assert (last["duration_s"], last["reason"]) == (0, "disconnected")


async def test_i13_two_devices_of_one_account_are_one_person(
    stage: Stage, host: Actor, ben: Actor, clock: Hands
) -> None:
    first = await stage.join(ben)
    second = await stage.join(ben)
    await stage.joined(first.identity, "PA_1")
    await stage.joined(second.identity, "PA_2")
    clock.forward(seconds=50)
    await stage.left(first.identity, "PA_1")
    clock.forward(seconds=50)

    one = (await attendees(stage, host))["ben"]
    assert (one.duration_s, one.join_count, one.is_active) == (100, 1, True)


async def test_c13_the_host_is_listed_and_counted_nowhere(
    stage: Stage, host: Actor, ben: Actor, clock: Hands
) -> None:
    for actor, sid in ((host, "PA_host"), (ben, "PA_ben")):
        joined = await stage.join(actor)
        await stage.joined(joined.identity, sid)
    clock.forward(seconds=60)

    assert (await attendees(stage, host))["ada"].role == "host"
    async with stage.desk.read(host) as read:
        figures = await people.statistics(read, stage.session.id)
    assert figures.current_viewers == figures.peak.viewers == figures.unique_viewers == 1
    assert (figures.total_joins, figures.total_watch_s, figures.average_duration_s) == (1, 60, 60)


async def test_a_monitor_and_a_machine_are_no_audience(stage: Stage, host: Actor, eve: Actor) -> None:
    await stage.joined(f"m.{eve.id}.abc", "PA_1")
    await stage.joined("EG_x", "PA_2", kind="egress")
    assert await attendees(stage, host) == {}


async def test_one_whose_row_is_gone_is_known_by_the_account(stage: Stage, host: Actor, ben: Actor) -> None:
    await stage.joined(f"u.{ben.id}.abc", "PA_1", name="Ben")
    one = (await attendees(stage, host))["Ben"]
    assert (one.account_id, one.role) == (ben.id, "viewer")


async def test_i17_the_end_closes_every_presence_at_its_instant(
    stage: Stage, host: Actor, ben: Actor, eve: Actor, clock: Hands
) -> None:
    joined = await stage.join(ben)
    await stage.joined(joined.identity, "PA_1")
    await stage.join(eve)
    clock.forward(seconds=33)
    await end(stage.desk, stage.session)
    clock.forward(seconds=5)
    await stage.left(joined.identity, "PA_1")

    found = await attendees(stage, host)
    assert {name: one.duration_s for name, one in found.items()} == {"ben": 33}


async def test_a_connection_after_the_end_is_refused(stage: Stage, host: Actor, ben: Actor) -> None:
    joined = await stage.join(ben)
    await end(stage.desk, stage.session)
    await stage.joined(joined.identity, "PA_1")
    assert await attendees(stage, host) == {}
    with pytest.raises(InvalidState):
        await stage.join(ben)


async def test_nobody_of_the_audience_enters_the_backstage(
    desk: Desk, media: MediaRooms, host: Actor, ben: Actor, clock: Hands
) -> None:
    stage = Stage(desk, media, await in_backstage(desk, host), clock)
    joined = await stage.join(ben)
    assert (joined.admission, joined.media, joined.attendance) == ("too_early", None, None)
    assert (await stage.join(host)).admission == "admitted"


async def test_a_room_with_a_password_asks_for_it(
    desk: Desk, media: MediaRooms, host: Actor, ben: Actor, clock: Hands
) -> None:
    stage = Stage(desk, media, await on_air(desk, host, password="sesame"), clock)
    for wrong in (None, "", "Sesame"):
        with pytest.raises(WrongPassword):
            await stage.join(ben, password=wrong)
    assert (await stage.join(ben, password="sesame")).admission == "admitted"


async def test_a_private_room_is_not_there_for_others(
    desk: Desk, media: MediaRooms, host: Actor, ben: Actor, clock: Hands
) -> None:
    stage = Stage(desk, media, await on_air(desk, host, visibility="private"), clock)
    with pytest.raises(SessionNotFound):
        await stage.join(ben)
    with pytest.raises(SessionNotFound):
        await stage.leave(ben)


async def test_c14_who_is_not_heard_of_for_90_s_left_when_last_heard(
    stage: Stage, host: Actor, ben: Actor, clock: Hands
) -> None:
    joined = await stage.join(ben)
    assert joined.attendance is not None
    async with stage.desk.work(ben) as work:
        await ops.beat(work, joined.attendance.id)
    clock.forward(seconds=30)
    async with stage.desk.work(ben) as work:
        await ops.beat(work, joined.attendance.id)
    clock.forward(seconds=90)
    await jobs.sweep(stage.desk)
    assert (await attendees(stage, host))["ben"].is_active
    clock.forward(seconds=1)
    await jobs.sweep(stage.desk)

    one = (await attendees(stage, host))["ben"]
    assert (one.duration_s, one.is_active) == (30, False)


async def test_c15_a_beat_after_that_is_a_new_interval(
    stage: Stage, host: Actor, ben: Actor, clock: Hands
) -> None:
    joined = await stage.join(ben)
    assert joined.attendance is not None
    for _ in range(2):
        async with stage.desk.work(ben) as work:
            await ops.beat(work, joined.attendance.id)
        clock.forward(seconds=100)
        await jobs.sweep(stage.desk)
    for _ in range(2):
        async with stage.desk.work(ben) as work:
            await ops.beat(work, joined.attendance.id)
        clock.forward(seconds=10)

    one = (await attendees(stage, host))["ben"]
    assert (one.join_count, one.duration_s, one.is_active) == (3, 20, True)


class Server:
    """What a media server that was asked answers."""

    def __init__(self, present: tuple[Presence, ...] | None) -> None:
        self.known = present

    async def present(self, _: str) -> tuple[Presence, ...] | None:
        return self.known


async def seen(stage: Stage, identity: str, sid: str) -> Server:
    """Somebody is present for 10 s, and the media server was asked just now."""
    began = stage.clock.now
    await stage.joined(identity, sid)
    server = Server((Presence(sid=sid, identity=identity, kind="standard", joined_at=began),))
    stage.clock.forward(seconds=10)
    await jobs.reconcile_presence(stage.desk, server)  # type: ignore[arg-type]
    return server


async def test_c15_a_killed_media_server_reports_nothing_and_nobody_is_counted_twice(
    stage: Stage, host: Actor, ben: Actor, clock: Hands
) -> None:
    await seen(stage, (await stage.join(ben)).identity, "PA_1")
    rounds = ((4, 14, True), (5, 10, False))  # the first leaves it to a report
    for seconds, duration_s, is_active in rounds:
        clock.forward(seconds=seconds)
        await jobs.reconcile_presence(stage.desk, Server(None))  # type: ignore[arg-type]
        one = (await attendees(stage, host))["ben"]
        assert (one.duration_s, one.is_active) == (duration_s, is_active)

    clock.forward(seconds=1)
    again = await stage.join(ben)
    there = Presence(sid="PA_9", identity=again.identity, kind="standard", joined_at=clock.now)
    clock.forward(seconds=6)
    await jobs.reconcile_presence(stage.desk, Server((there,)))  # type: ignore[arg-type]
    one = (await attendees(stage, host))["ben"]
    assert (one.duration_s, one.join_count, one.is_active) == (26, 1, True)


async def test_a_goodbye_that_is_on_its_way_counts_and_not_the_last_round(
    stage: Stage, host: Actor, ben: Actor, clock: Hands
) -> None:
    await seen(stage, (await stage.join(ben)).identity, "PA_1")
    clock.forward(seconds=5)
    await jobs.reconcile_presence(stage.desk, Server(()))  # type: ignore[arg-type]
    await stage.leave(ben)
    one = (await attendees(stage, host))["ben"]
    assert (one.duration_s, one.is_active) == (15, False)


async def outage(stage: Stage, identity: str, sid: str) -> Server:
    """Somebody is present for 10 s, and remains connected while nobody hears of them for 2 minutes."""
    server = await seen(stage, identity, sid)
    stage.clock.forward(minutes=2)
    return server


async def test_a_connection_outlives_an_outage_of_two_minutes(
    stage: Stage, host: Actor, ben: Actor, clock: Hands
) -> None:
    server = await outage(stage, (await stage.join(ben)).identity, "PA_1")
    await jobs.sweep(stage.desk)
    assert (await attendees(stage, host))["ben"].is_active

    await jobs.reconcile_presence(stage.desk, server)  # type: ignore[arg-type]
    one = (await attendees(stage, host))["ben"]
    assert (one.duration_s, one.join_count, one.is_active) == (130, 1, True)


@pytest.mark.parametrize("known", [None, ()], ids=["no such room", "an empty room"])
async def test_c14_who_is_not_connected_after_an_outage_left_when_last_heard(
    stage: Stage, host: Actor, ben: Actor, known: tuple[Presence, ...] | None
) -> None:
    await outage(stage, (await stage.join(ben)).identity, "PA_1")
    await jobs.sweep(stage.desk)
    await jobs.reconcile_presence(stage.desk, Server(known))  # type: ignore[arg-type]

    one = (await attendees(stage, host))["ben"]
    assert (one.duration_s, one.is_active) == (10, False)


async def test_a_connection_that_nobody_could_ask_about_for_10_minutes_is_closed(
    stage: Stage, host: Actor, ben: Actor, clock: Hands
) -> None:
    await outage(stage, (await stage.join(ben)).identity, "PA_1")
    clock.forward(minutes=8)
    await jobs.sweep(stage.desk)
    assert (await attendees(stage, host))["ben"].is_active
    clock.forward(seconds=1)
    await jobs.sweep(stage.desk)

    one = (await attendees(stage, host))["ben"]
    assert (one.duration_s, one.is_active) == (10, False)


async def test_one_given_up_and_connected_all_the_time_goes_on_in_the_same_interval(
    stage: Stage, host: Actor, ben: Actor, clock: Hands
) -> None:
    server = await outage(stage, (await stage.join(ben)).identity, "PA_1")
    clock.forward(minutes=10)
    await jobs.sweep(stage.desk)
    assert not (await attendees(stage, host))["ben"].is_active
    await jobs.reconcile_presence(stage.desk, server)  # type: ignore[arg-type]

    one = (await attendees(stage, host))["ben"]
    assert (one.duration_s, one.join_count, one.is_active) == (730, 1, True)
    assert await told(stage) == ["attendance.joined", "attendance.left", "attendance.joined"]


async def test_one_who_said_goodbye_is_not_there_again_however_long_still_connected(
    stage: Stage, host: Actor, ben: Actor, clock: Hands
) -> None:
    server = await outage(stage, (await stage.join(ben)).identity, "PA_1")
    await stage.leave(ben)
    for _ in range(3):
        await jobs.reconcile_presence(stage.desk, server)  # type: ignore[arg-type]
        clock.forward(seconds=10)

    one = (await attendees(stage, host))["ben"]
    assert (one.duration_s, one.is_active) == (130, False)


async def told(stage: Stage) -> list[str]:
    """What the journal says of attendance, in order."""
    async with stage.desk.read(SYSTEM) as read:
        entries = await read.db.all(journal.NEW, limit=100)
    return [entry.type for entry in entries if entry.type.startswith("attendance.")]


async def test_i12_viewers_are_counted_from_rows_and_told_when_changed(
    stage: Stage, ben: Actor, eve: Actor, host: Actor, session: Session
) -> None:
    told: list[ViewerCount] = []
    counts = ViewerCounts(stage.desk, told.append)
    for actor, sid in ((ben, "PA_1"), (eve, "PA_2"), (host, "PA_3"), (ben, "PA_4")):
        joined = await stage.join(actor)
        await stage.joined(joined.identity, sid)
    await counts.count()
    await counts.count()
    await stage.leave(eve)
    await counts.count()

    assert [(one.count, one.peak) for one in told] == [(2, 2), (1, 2)]
    async with stage.desk.read(SYSTEM) as read:
        row = await sessions.get(read, session.id)
    assert (row.viewer_count, row.max_viewers) == (1, 2)


async def test_the_list_is_filtered_sorted_and_paged(
    stage: Stage, host: Actor, ben: Actor, eve: Actor, clock: Hands
) -> None:
    for actor, sid in ((ben, "PA_1"), (eve, "PA_2")):
        joined = await stage.join(actor)
        await stage.joined(joined.identity, sid)
        clock.forward(seconds=60)
    await stage.leave(ben)

    async def names(**query: object) -> list[str]:
        async with stage.desk.read(host) as read:
            page = await people.page(read, stage.session.id, Query(**query))  # type: ignore[arg-type]
        return [one.name for one in page.attendees]

    assert await names() == ["ben", "eve"]
    assert await names(sort="-joined_at") == ["eve", "ben"]
    assert await names(sort="duration") == ["eve", "ben"]
    assert await names(active=True) == ["eve"]
    assert await names(active=False) == ["ben"]
    assert await names(search="EVE@example") == ["eve"]
    assert await names(offset=1, limit=1) == ["eve"]
    assert await names(source="replay") == []


async def test_the_list_is_searched_letter_by_letter(stage: Stage, host: Actor, ben: Actor) -> None:
    joined = await stage.join(ben, display_name="ΟΔΟΣΑ İstanbul")
    await stage.joined(joined.identity, "PA_1")
    async with stage.desk.read(host) as read:
        for word in ("ΟΔΟΣ", "istanbul", "İSTAN"):
            page = await people.page(read, stage.session.id, Query(search=word))
            assert [one.name for one in page.attendees] == ["ΟΔΟΣΑ İstanbul"], word


async def test_the_list_costs_the_same_number_of_queries_however_many_there_are(
    stage: Stage, host: Actor, desk: Desk
) -> None:
    async def queries() -> int:
        async with desk.read(host) as read:
            counting = Counting(read.db)
            await people.page(Read(counting, host, read.now), stage.session.id, Query())  # type: ignore[arg-type]
        return counting.asked

    await queries()
    few = await queries()
    for number in range(10):
        actor = actor_of(await a_person(desk, f"viewer{number}@example.org", "viewer"))
        joined = await stage.join(actor)
        await stage.joined(joined.identity, f"PA_{number}")
    assert await queries() <= few + 1  # the addresses of all, in one query


class Counting:
    """A connection that counts what it is asked."""

    def __init__(self, db: Connection) -> None:
        self._db, self.asked = db, 0

    async def all(self, *asked: object, **values: object) -> object:
        self.asked += 1
        return await self._db.all(*asked, **values)  # type: ignore[arg-type]

    async def one(self, *asked: object, **values: object) -> object:
        self.asked += 1
        return await self._db.one(*asked, **values)  # type: ignore[arg-type]


def test_a_report_in_whole_seconds_is_dated_as_well_as_can_be() -> None:
    fresh = NOON + timedelta(milliseconds=700)
    assert when(int(NOON.timestamp()), fresh) == fresh
    assert when(int(NOON.timestamp()), NOON + timedelta(seconds=9)) == NOON + timedelta(milliseconds=500)


@pytest.mark.parametrize(
    ("signalled_s", "stood_s"),
    [(-3, 0.5), (0.7, 0.7), (20, 9)],
    ids=["signalling took its time", "within the second that is told", "by a clock that is ahead"],
)
def test_somebody_is_there_from_the_moment_the_media_stands(signalled_s: float, stood_s: float) -> None:
    told = int(NOON.timestamp())
    now = NOON + timedelta(seconds=9)
    assert stood(NOON + timedelta(seconds=signalled_s), told, now) == NOON + timedelta(seconds=stood_s)


async def test_a_meeting_ends_when_everybody_has_left_for_its_rooms_idle_limit(
    desk: Desk, clock: Hands, host: Actor, ben: Actor, media: MediaRooms
) -> None:
    session = await on_air(desk, host, kind="meeting")
    lonely = await on_air(desk, host, kind="meeting")
    stage = Stage(desk, media, session, clock)

    async def status(of: Session = session) -> str:
        await jobs.end_empty_meetings(desk)
        async with desk.read(host) as read:
            return (await sessions.get(read, of.id)).status

    joined = await stage.join(ben)
    await stage.joined(joined.identity, "PA_1")
    clock.forward(hours=2)
    assert await status() == "live"  # somebody is there, whether or not they send anything
    await stage.left(joined.identity, "PA_1")
    clock.forward(seconds=599)
    assert await status() == "live"
    clock.forward(seconds=2)
    assert await status() == "ended"
    assert await status(lonely) == "live"
    clock.forward(days=1)
    assert await status(lonely) == "ended"
