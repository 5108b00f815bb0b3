"""Bans: who may speak them, what they close, and that they hold on every way back in."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from livehall.core.audience import jobs, store
from livehall.core.audience import ops as audience
from livehall.core.chat import ops as chat
from livehall.core.messages.pace import Pace
from livehall.core.moderation import ops
from livehall.core.moderation.faults import AlreadyBanned, BanNotFound
from livehall.core.participants.model import ParticipantRole
from livehall.core.ports.media import Presence
from livehall.core.sessions import ops as session_ops
from livehall.core.sessions import places
from livehall.core.sessions.faults import Banned
from livehall.core.sessions.model import Session
from livehall.core.sessions.places import StageMember
from livehall.kernel import journal
from livehall.kernel.actor import SYSTEM, Actor
from livehall.kernel.faults import Forbidden, Invalid
from livehall.kernel.ids import new_id
from livehall.kernel.journal import Entry
from livehall.kernel.work import Desk
from tests.core.moderation.conftest import LAPTOP, PHONE, Stage, banned, lifted, on
from tests.support.on_air import a_session
from tests.support.people import Hands, a_person, actor_of

Appoint = Callable[[Actor, ParticipantRole], Awaitable[None]]


async def told(desk: Desk, *types: str) -> list[Entry]:
    async with desk.read(SYSTEM) as read:
        rows = await read.db.all(journal.NEW, limit=200)
    return [row for row in rows if row.type in types]


async def mine(desk: Desk, session: Session, actor: Actor) -> bool:
    async with desk.read(actor) as read:
        return await ops.mine(read, session.id) is not None


async def listed(desk: Desk, session: Session, actor: Actor, **more: bool) -> list[str]:
    async with desk.read(actor) as read:
        return [each.name for each in await ops.page(read, session.id, **more)]


async def test_c16_a_banned_account_does_not_join_again_from_any_device(
    stage: Stage, desk: Desk, session: Session, host: Actor, ben: Actor
) -> None:
    await stage.join(on(PHONE, ben))
    await banned(desk, host, session, ben)

    for returning in (ben, on(PHONE, ben), on(LAPTOP, ben)):
        with pytest.raises(Banned):
            await stage.join(returning)
        assert await mine(desk, session, returning)


async def test_c16_registering_anew_on_the_same_device_does_not_help(
    stage: Stage, desk: Desk, session: Session, host: Actor, ben: Actor, eve: Actor
) -> None:
    await stage.join(on(PHONE, ben))
    await banned(desk, host, session, ben)

    with pytest.raises(Banned):
        await stage.join(on(PHONE, eve))
    assert await mine(desk, session, on(PHONE, eve))
    assert (await stage.join(on(LAPTOP, eve))).admission == "admitted"


async def test_c16_who_is_there_on_a_banned_device_goes_with_it_unless_of_the_staff(
    stage: Stage, desk: Desk, session: Session, host: Actor, ben: Actor, eve: Actor
) -> None:
    for actor, sid in ((ben, "PA_1"), (eve, "PA_2"), (host, "PA_3")):
        await stage.joined((await stage.join(on(PHONE, actor))).identity, sid)
    await banned(desk, host, session, ben)

    async with desk.read(SYSTEM) as read:
        assert [row.account_id for row in await store.present_in(read, session.id)] == [host.id]
    (entry,) = await told(desk, "participant.banned")
    assert entry.data["others"] == [eve.id]
    assert (await stage.join(on(PHONE, host))).admission == "admitted"


async def test_c16_a_ban_ends_attendance_at_once_and_says_so(
    stage: Stage, desk: Desk, session: Session, host: Actor, ben: Actor, clock: Hands
) -> None:
    joined = await stage.join(ben)
    await stage.joined(joined.identity, "PA_1")
    clock.forward(seconds=40)
    await banned(desk, host, session, ben)

    (entry,) = await told(desk, "attendance.left")
    assert (entry.data["reason"], entry.data["duration_s"]) == ("banned", 40)
    async with desk.read(SYSTEM) as read:
        assert await store.present_in(read, session.id) == []


async def test_c16_a_ban_takes_the_place_on_stage(
    stage: Stage, desk: Desk, session: Session, host: Actor, ben: Actor
) -> None:
    await stage.join(ben)
    async with desk.work(SYSTEM) as work:
        seat = StageMember(
            id=new_id(), organization_id=session.organization_id, session_id=session.id,
            account_id=ben.id or "", request_id=None, via="added", may_audio=True, may_video=True,
            may_screen=False, joined_at=work.now, left_at=None, left_reason=None, requests_blocked=False,
        )  # fmt: skip
        await places.add(work, seat)
    await banned(desk, host, session, ben)

    async with desk.read(SYSTEM) as read:
        left = await places.latest(read, session.id, ben.id or "")
    assert left is not None
    assert left.left_reason == "banned"
    (entry,) = await told(desk, "stage.left")
    assert entry.data["reason"] == "banned"


async def test_c16_a_media_token_from_before_the_ban_opens_nothing(
    stage: Stage, desk: Desk, session: Session, host: Actor, ben: Actor
) -> None:
    joined = await stage.join(ben)
    await banned(desk, host, session, ben)
    await stage.joined(joined.identity, "PA_1")
    await stage.joined(f"u.{ben.id}", "PA_2")
    await stage.joined(f"m.{ben.id}.0a0b", "PA_3")

    refused = await told(desk, "connection.refused")
    assert [entry.data["identity"] for entry in refused] == [
        joined.identity, f"u.{ben.id}", f"m.{ben.id}.0a0b",
    ]  # fmt: skip
    async with desk.read(SYSTEM) as read:
        assert await store.present_in(read, session.id) == []


class Connected:
    """A media server in whose room somebody is, and whose reports are lost."""

    def __init__(self, *present: Presence) -> None:
        self.there = present

    async def present(self, room: str) -> tuple[Presence, ...]:
        return self.there


async def test_c16_without_reports_the_reconciler_refuses_whoever_is_banned(
    stage: Stage, desk: Desk, session: Session, host: Actor, ben: Actor, clock: Hands
) -> None:
    joined = await stage.join(ben)
    await stage.joined(joined.identity, "PA_1")
    await banned(desk, host, session, ben)
    began = clock.now
    clock.forward(minutes=2)
    there = Connected(
        Presence(sid="PA_1", identity=joined.identity, kind="standard", joined_at=began),
        Presence(sid="PA_2", identity=joined.identity, kind="standard", joined_at=began),
    )
    await jobs.reconcile_presence(desk, there)  # type: ignore[arg-type]

    assert len(await told(desk, "connection.refused")) == 2
    async with desk.read(SYSTEM) as read:
        assert await store.present_in(read, session.id) == []


async def test_c16_a_beat_does_not_bring_a_banned_viewer_back(
    stage: Stage, desk: Desk, session: Session, host: Actor, ben: Actor, clock: Hands
) -> None:
    joined = await stage.join(ben, prefer="hls")
    assert joined.attendance is not None
    async with desk.work(ben) as work:
        await audience.beat(work, joined.attendance.id)
    await banned(desk, host, session, ben)
    clock.forward(minutes=1)
    with pytest.raises(Banned):
        async with desk.work(ben) as work:
            await audience.beat(work, joined.attendance.id)


async def test_c16_everything_that_needs_having_joined_is_refused(
    stage: Stage, desk: Desk, session: Session, host: Actor, ben: Actor
) -> None:
    await stage.join(ben)
    await banned(desk, host, session, ben)
    with pytest.raises(Banned):
        async with desk.work(ben) as work:
            await chat.send(work, Pace(), chat.SendMessage(session_id=session.id, text="hello"))
    with pytest.raises(Banned):
        async with desk.read(ben) as read:
            await chat.read(read, chat.ReadMessages(session_id=session.id))
    async with desk.read(ben) as read:  # what a stranger may read
        assert (await session_ops.get(read, session.id)).session.title == "Evening"


async def test_a_ban_ends_by_itself_and_can_be_spoken_again(
    stage: Stage, desk: Desk, session: Session, host: Actor, ben: Actor, clock: Hands
) -> None:
    await banned(desk, host, session, ben, duration_s=60)
    clock.forward(seconds=59)
    assert await listed(desk, session, host) == ["ben"]
    clock.forward(seconds=1)
    assert await listed(desk, session, host) == []
    assert (await stage.join(ben)).admission == "admitted"
    await banned(desk, host, session, ben)
    assert await listed(desk, session, host, include_lifted=True) == ["ben", "ben"]


async def test_a_lifted_ban_lets_come_back(
    stage: Stage, desk: Desk, session: Session, host: Actor, ben: Actor
) -> None:
    await stage.join(on(PHONE, ben))
    await banned(desk, host, session, ben)
    await lifted(desk, host, session, ben)
    assert not await mine(desk, session, on(PHONE, ben))
    assert (await stage.join(on(PHONE, ben))).admission == "admitted"
    with pytest.raises(BanNotFound):
        await lifted(desk, host, session, ben)
    assert await listed(desk, session, host) == []
    assert [entry.data["account_id"] for entry in await told(desk, "participant.unbanned")] == [ben.id]


async def test_i8_one_unlifted_ban_a_person(desk: Desk, session: Session, host: Actor, ben: Actor) -> None:
    await banned(desk, host, session, ben)
    with pytest.raises(AlreadyBanned):
        await banned(desk, host, session, ben)


async def test_i8_of_many_at_once_one_ban_is_spoken(
    desk: Desk, session: Session, host: Actor, ben: Actor
) -> None:
    outcomes = await asyncio.gather(
        *(banned(desk, host, session, ben) for _ in range(6)), return_exceptions=True
    )
    assert sum(isinstance(each, AlreadyBanned) for each in outcomes) == 5
    assert await listed(desk, session, host, include_lifted=True) == ["ben"]


async def test_i16_nobody_bans_an_equal_or_higher_one(
    stage: Stage, desk: Desk, session: Session, host: Actor, ben: Actor, eve: Actor, appoint: Appoint
) -> None:
    admin = actor_of(await a_person(desk, "root@example.org", "admin"))
    mia = actor_of(await a_person(desk, "mia@example.org", "viewer"))
    await appoint(ben, "moderator")
    await appoint(eve, "co_host")
    await appoint(mia, "moderator")
    for by, whom in (
        (ben, host),
        (ben, eve),
        (ben, mia),
        (ben, ben),
        (eve, host),
        (eve, admin),
        (admin, host),
    ):
        with pytest.raises(Forbidden) as refused:
            await banned(desk, by, session, whom)
        assert refused.value.code == "forbidden"
    for by, whom in ((eve, ben), (host, eve)):
        await banned(desk, by, session, whom)
    with pytest.raises(Banned):
        await stage.join(eve)
    with pytest.raises(Banned):  # whoever is banned has no right left
        await banned(desk, ben, session, actor_of(await a_person(desk, "zoe@example.org", "viewer")))


async def test_i16_a_moderator_does_not_lift_the_ban_of_an_equal(
    desk: Desk, session: Session, host: Actor, ben: Actor, eve: Actor, appoint: Appoint
) -> None:
    await appoint(ben, "moderator")
    await appoint(eve, "moderator")
    await banned(desk, host, session, eve)
    with pytest.raises(Forbidden):
        await lifted(desk, ben, session, eve)
    await lifted(desk, host, session, eve)


async def test_a_viewer_neither_bans_nor_reads_who_is_banned(
    stage: Stage, desk: Desk, session: Session, ben: Actor, eve: Actor
) -> None:
    await stage.join(ben)
    with pytest.raises(Forbidden):
        await banned(desk, ben, session, eve)
    with pytest.raises(Forbidden):
        await listed(desk, session, ben)
    with pytest.raises(Forbidden):
        await lifted(desk, ben, session, eve)


async def test_c5_somebody_unknown_cannot_be_banned(desk: Desk, session: Session, host: Actor) -> None:
    stranger = actor_of(await a_person(desk, "xena@example.org", "viewer", "Elsewhere"))
    for whom in (stranger, Actor(kind="account", id=new_id())):
        with pytest.raises(Invalid) as refused:
            await banned(desk, host, session, whom)
        assert refused.value.details[0].field == "user_id"


async def test_a_ban_of_one_session_is_none_of_another(
    stage: Stage, desk: Desk, session: Session, host: Actor, ben: Actor
) -> None:
    other = await a_session(desk, host)
    await banned(desk, host, session, ben)
    assert not await mine(desk, other, ben)


async def test_what_a_banned_person_wrote_can_go_with_them(
    stage: Stage, desk: Desk, session: Session, host: Actor, ben: Actor, eve: Actor
) -> None:
    pace = Pace()
    for actor, text in ((ben, "rude"), (eve, "kind"), (ben, "worse")):
        await stage.join(actor)
        async with desk.work(actor) as work:
            await chat.send(work, pace, chat.SendMessage(session_id=session.id, text=text))
    await banned(desk, host, session, ben, delete_messages=True)

    async with desk.read(host) as read:
        page = await chat.read(read, chat.ReadMessages(session_id=session.id))
    assert [message.text for message in page.messages] == ["", "kind", ""]
    (entry,) = await told(desk, "chat.purged")
    assert entry.data["message_ids"] == [page.messages[0].id, page.messages[2].id]
