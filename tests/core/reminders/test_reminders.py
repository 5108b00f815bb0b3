"""Who follows a room is told in time, once, and nothing that is not so."""

import asyncio
import base64
from datetime import timedelta

import msgspec
import pytest
from sqlalchemy import Text, bindparam, select, update

from livehall.core.people import ops as people
from livehall.core.people.model import account, membership
from livehall.core.people.ops import RegisterViewer
from livehall.core.ports.mail import MailRefused, MailUnavailable
from livehall.core.reminders import jobs, ops, reactions, rules
from livehall.core.reminders.faults import NoSuchLink
from livehall.core.rooms import ops as rooms
from livehall.core.rooms.faults import RoomNotFound
from livehall.kernel import journal
from livehall.kernel.actor import ANONYMOUS, SYSTEM
from livehall.kernel.db import Command, Key, Statement
from livehall.kernel.faults import Invalid
from livehall.kernel.ids import new_id
from tests.core.reminders.conftest import ALL, ORIGIN, SENDER, entry_in
from tests.support.on_air import SEALING
from tests.support.people import a_person, actor_of

WHO = bindparam("who", type_=Key)
SPEAKS = Command(
    update(account).where(account.c.id == WHO).values(language=bindparam("language", type_=Text))
)
LEAVES = Command(update(membership).where(membership.c.account_id == WHO).values(is_active=False))
NOTICES = Statement(select(journal.journal).where(journal.journal.c.type == "notice"), journal.Entry)


async def test_a_follower_is_reminded_before_the_start_and_not_earlier(house, ben):
    room = await house.room()
    await house.follow(ben, room)
    session = await house.session(room, in_minutes=120)
    await house.until(minutes=104)
    assert house.subjects == []
    await house.until(minutes=1)
    (letter,) = house.door.letters
    assert (letter.to, letter.subject) == ("ben@example.org", "Reminder: Evening")
    assert f"{ORIGIN}/w/{room}" in letter.text
    assert "Sunday, 1 March 2026, 14:00 (UTC)" in letter.text
    method, event = entry_in(letter)
    assert (method, event["UID"]) == ("REQUEST", session.id)
    assert event["DTSTART"].dt == session.scheduled_start_at
    await house.until(minutes=1)
    assert len(house.door.letters) == 1


async def test_each_lead_time_is_a_reminder(house, ben):
    room = await house.room()
    await house.session(room, in_minutes=120)
    await house.follow(ben, room, lead_times=[5, 60, 15])
    for _ in range(120):
        await house.until(minutes=1)
    assert house.subjects == ["Reminder: Evening"] * 3


async def test_who_begins_to_follow_late_is_reminded_at_once(house, ben):
    room = await house.room()
    await house.session(room, in_minutes=10)
    await house.follow(ben, room)
    await house.until()
    assert house.subjects == ["Reminder: Evening"]


async def test_moving_a_session_moves_its_reminders_and_tells_of_it(house, ben):
    room = await house.room()
    await house.follow(ben, room)
    session = await house.session(room, in_minutes=120)
    await house.move(session, in_minutes=600)
    await house.until()
    (letter,) = house.door.letters
    assert letter.subject == "New time: Evening"
    assert "Before, it was planned for Sunday, 1 March 2026, 14:00 (UTC)" in letter.text
    assert entry_in(letter)[1]["DTSTART"].dt == house.clock.now + timedelta(minutes=600)
    await house.until(minutes=200)
    assert len(house.door.letters) == 1
    await house.until(minutes=385)
    assert house.subjects == ["New time: Evening", "Reminder: Evening"]


async def test_a_move_can_be_silent_and_reminders_move_all_the_same(house, ben):
    room = await house.room()
    await house.follow(ben, room)
    session = await house.session(room, in_minutes=120)
    await house.move(session, in_minutes=600, notify=False)
    await house.until(minutes=580)
    assert house.subjects == []
    await house.until(minutes=5)
    assert house.subjects == ["Reminder: Evening"]


async def test_a_session_moved_away_and_back_is_reminded_of_once(house, ben):
    room = await house.room()
    await house.follow(ben, room)
    session = await house.session(room, in_minutes=120)
    await house.move(session, in_minutes=600, notify=False)
    await house.move(session, in_minutes=120, notify=False)
    await house.until(minutes=110)
    assert house.subjects == ["Reminder: Evening"]


async def test_of_two_moves_in_a_row_only_the_last_is_told(house, ben):
    room = await house.room()
    await house.follow(ben, room)
    session = await house.session(room, in_minutes=120)
    await house.move(session, in_minutes=300)
    await house.move(session, in_minutes=600)
    await house.until()
    (letter,) = house.door.letters
    assert "22:00 (UTC)" in letter.text


async def test_the_sequence_of_a_calendar_entry_rises_with_every_move_and_the_cancellation(house, ben):
    room = await house.room()
    await house.follow(ben, room)
    session = await house.session(room, in_minutes=10)
    await house.until()
    await house.move(session, in_minutes=600)
    await house.until()
    await house.move(session, in_minutes=700)
    await house.until()
    await house.delete(session)
    await house.until()
    entries = [entry_in(letter) for letter in house.door.letters]
    assert [method for method, _ in entries] == ["REQUEST", "REQUEST", "REQUEST", "CANCEL"]
    assert {str(event["UID"]) for _, event in entries} == {session.id}
    sequences = [event["SEQUENCE"] for _, event in entries]
    assert sequences == sorted(set(sequences))


async def test_a_deleted_session_is_called_off_and_not_reminded_of(house, ben):
    room = await house.room()
    await house.follow(ben, room)
    session = await house.session(room, in_minutes=120)
    await house.delete(session)
    await house.until(minutes=110)
    assert house.subjects == ["Cancelled: Evening"]


async def test_deleting_a_room_calls_off_what_was_planned_in_it(house, ben):
    room = await house.room()
    await house.follow(ben, room)
    await house.session(room, in_minutes=120)
    async with house.desk.work(house.host) as work:
        await rooms.delete(work, room)
    await house.relay.drained()
    await house.until(minutes=110)
    assert house.subjects == ["Cancelled: Evening"]


async def test_deleting_what_is_over_or_was_never_planned_tells_nobody(house, ben):
    room = await house.room()
    await house.follow(ben, room)
    past = await house.session(room, in_minutes=30)
    house.clock.forward(minutes=31)
    await house.delete(past)
    await house.delete(await house.session(room, in_minutes=None))
    over = await house.session(room, in_minutes=None)
    await house.go_live(over)
    await house.end(over)
    await house.delete(over)
    await house.until()
    assert "Cancelled: Evening" not in house.subjects


async def test_going_live_tells_those_who_were_not_reminded_just_before(house, ben):
    cleo = actor_of(await a_person(house.desk, "cleo@example.org", "viewer"))
    room = await house.room()
    await house.follow(ben, room)
    await house.follow(cleo, room, lead_times=[])
    session = await house.session(room, in_minutes=20)
    await house.until(minutes=5)
    await house.go_live(session)
    await house.until(minutes=1)
    assert [(letter.to, letter.subject) for letter in house.door.letters] == [
        ("ben@example.org", "Reminder: Evening"),
        ("cleo@example.org", "Live now: Evening"),
    ]


async def test_going_live_without_a_plan_tells_everybody_and_early_replaces_the_reminder(house, ben):
    room = await house.room()
    await house.follow(ben, room)
    session = await house.session(room, in_minutes=120)
    await house.go_live(session)
    for _ in range(8):
        await house.until(minutes=20)
    assert house.subjects == ["Live now: Evening"]
    assert house.door.letters[0].calendar is None


async def test_nobody_is_told_of_what_is_past(house, ben):
    room = await house.room()
    await house.follow(ben, room)
    await house.session(room, in_minutes=120)
    live = await house.session(room, in_minutes=None)
    await house.go_live(live)
    await house.end(live)
    await house.until(minutes=121)  # nothing was delivered meanwhile
    assert house.subjects == []
    assert {state for _, state in await house.states()} == {"suppressed"}


async def test_who_stops_following_hears_no_more(house, ben):
    room = await house.room()
    await house.follow(ben, room)
    session = await house.session(room, in_minutes=120)
    await house.unfollow(ben, room)
    await house.unfollow(ben, room)
    await house.move(session, in_minutes=200)
    await house.until(minutes=190)
    assert house.subjects == []
    await house.follow(ben, room)
    await house.until()
    assert house.subjects == ["Reminder: Evening"]


async def test_a_repeated_wish_replaces_the_first(house, ben):
    room = await house.room()
    first = await house.follow(ben, room, lead_times=[60])
    house.clock.forward(minutes=1)
    await house.session(room, in_minutes=120)
    second = await house.follow(ben, room, lead_times=[5])
    assert (second.wish.lead_times, second.since) == ([5], first.since)
    await house.until(minutes=100)
    assert house.subjects == []
    await house.until(minutes=16)
    assert house.subjects == ["Reminder: Evening"]


async def test_reactions_may_run_twice(house, ben):
    room = await house.room()
    await house.follow(ben, room)
    session = await house.session(room, in_minutes=120)
    await house.move(session, in_minutes=300)
    before = await house.states()
    async with house.desk.read(SYSTEM) as read:
        entries = await read.db.all(journal.SINCE_IN_SESSION, session_id=session.id, after=0, limit=100)
    by_event = reactions.reactions(house.desk)
    for entry in entries:
        for reaction in by_event.get(entry.type, ()):
            await reaction(entry)
    after = [pair for pair in await house.states() if pair[1] == "queued"]
    assert after == [pair for pair in before if pair[1] == "queued"]


async def test_more_followers_than_a_batch_are_all_told(house, monkeypatch):
    monkeypatch.setattr("livehall.core.reminders.planning.BATCH", 3)
    monkeypatch.setattr("livehall.core.reminders.jobs.BATCH", 3)
    room = await house.room()
    for number in range(8):
        person = await a_person(house.desk, f"p{number}@example.org", "viewer")
        await house.follow(actor_of(person), room)
    await house.session(room, in_minutes=120)
    await house.until(minutes=110)
    assert sorted(letter.to for letter in house.door.letters) == [f"p{n}@example.org" for n in range(8)]


async def test_a_mail_server_that_is_away_gets_it_later(house, ben):
    room = await house.room()
    await house.follow(ben, room)
    await house.session(room, in_minutes=120)
    house.door.troubles = [MailUnavailable(), MailUnavailable()]
    await house.until(minutes=105)
    await house.until(seconds=59)
    assert len(house.door.troubles) == 1
    await house.until(seconds=1)
    await house.until(minutes=2)
    assert house.subjects == ["Reminder: Evening"]


async def test_after_the_last_try_it_has_failed(house, ben, monkeypatch):
    monkeypatch.setattr(rules, "ATTEMPTS", 2)
    room = await house.room()
    await house.follow(ben, room)
    await house.session(room, in_minutes=120)
    house.door.troubles = [MailUnavailable()] * 5
    await house.until(minutes=105)
    await house.until(minutes=1)
    assert await house.states() == [("reminder", "failed")]
    assert len(house.door.troubles) == 3


async def test_a_refusal_for_good_is_not_tried_again(house, ben):
    room = await house.room()
    await house.follow(ben, room)
    await house.session(room, in_minutes=120)
    house.door.troubles = [MailRefused()]
    await house.until(minutes=105)
    await house.until(minutes=5)
    assert (await house.states(), house.subjects) == ([("reminder", "failed")], [])


async def test_a_crash_between_sending_and_marking_sends_the_same_message_again(house, ben):
    room = await house.room()
    await house.follow(ben, room)
    await house.session(room, in_minutes=120)
    house.door.dies_after_sending = True
    with pytest.raises(asyncio.CancelledError):
        await house.until(minutes=105)
    house.door.dies_after_sending = False
    await house.until(minutes=1)
    assert len(house.door.letters) == 1  # it is still claimed
    await house.until(minutes=5)
    assert len(house.door.letters) == 2
    assert len({letter.message_id for letter in house.door.letters}) == 1
    assert len(house.files) == 1


async def test_two_couriers_at_once_send_each_letter_once(house, ben):
    room = await house.room()
    await house.follow(ben, room)
    await house.session(room, in_minutes=120)
    house.clock.forward(minutes=105)
    await asyncio.gather(*(house.a_courier().deliver() for _ in range(4)))
    assert len(house.door.letters) == 1


async def test_mails_are_in_the_language_of_the_account(house, ben):
    async with house.desk.database.write() as db:
        await db.run(SPEAKS, who=ben.id, language="de")
    room = await house.room()
    await house.follow(ben, room)
    await house.session(room, in_minutes=120, timezone="Europe/Berlin")
    await house.until(minutes=105)
    (message,) = house.files
    assert (message["Subject"], message["Content-Language"]) == ("Erinnerung: Evening", "de")
    assert "Sonntag, 1. März 2026, 15:00 (Europe/Berlin)" in house.door.letters[0].text


async def test_who_has_no_address_is_told_in_open_pages(house):
    async with house.desk.work(ANONYMOUS) as work:
        signed_in = await people.register_viewer(work, RegisterViewer(username="Gil"))
    gil = msgspec.structs.replace(actor_of(signed_in.person), is_guest=True)
    room = await house.room()
    status = await house.follow(gil, room)
    assert status.wish.channels == ["realtime"]
    await house.session(room, in_minutes=120)
    await house.until(minutes=105)
    async with house.desk.read(SYSTEM) as read:
        rows = await read.db.all(journal.SINCE_IN_ROOM, room_id=room, after=0, limit=100)
        notices = await read.db.all(NOTICES)
    assert [row.data["text"] for row in notices] == ["Reminder: Evening"]
    assert "notice" not in [row.type for row in rows]  # what one person is told is no news of the room
    with pytest.raises(Invalid):
        await house.follow(gil, room, channels=["email"])


async def test_threat_20_who_may_not_see_the_room_any_more_is_told_nothing(house, ben):
    room = await house.room(visibility="members")
    await house.follow(ben, room)
    await house.session(room, in_minutes=120)
    async with house.desk.database.write() as db:
        await db.run(LEAVES, who=ben.id)
    await house.until(minutes=105)
    assert (await house.states(), house.subjects) == ([("reminder", "suppressed")], [])


async def test_a_room_that_is_out_of_sight_cannot_be_followed(house, ben):
    eve = actor_of(await a_person(house.desk, "eve@example.org", "admin", "Elsewhere"))
    room = await house.room(visibility="members")
    for room_id in (room, new_id()):
        with pytest.raises(RoomNotFound):
            await house.follow(eve, room_id)
        with pytest.raises(RoomNotFound):
            await house.unfollow(eve, room_id)
    public = await house.room()
    await house.follow(eve, public)
    await house.session(public, in_minutes=10)
    await house.until()
    assert [letter.to for letter in house.door.letters] == ["eve@example.org"]


async def test_threat_32_no_address_gets_more_than_so_many_mails_in_an_hour(house, ben):
    for _ in range(rules.MOST_PER_ADDRESS + 5):
        room = await house.room()
        await house.follow(ben, room)
        await house.session(room, in_minutes=10)
    for _ in range(30):
        await house.until(seconds=1)
    assert len(house.door.letters) == rules.MOST_PER_ADDRESS


async def test_threat_21_a_mail_names_no_address_but_its_recipients(house, ben):
    cleo = actor_of(await a_person(house.desk, "cleo@example.org", "viewer"))
    room = await house.room()
    for person in (ben, cleo):
        await house.follow(person, room)
    session = await house.session(room, in_minutes=10)
    await house.until()
    await house.move(session, in_minutes=60)
    await house.until()
    everybody = {"ada@example.org", "ben@example.org", "cleo@example.org"}
    for message in house.files:
        raw = b"".join(part.get_payload(decode=True) or b"" for part in message.walk()) + message.as_bytes()
        plain = raw.replace(b"\r\n ", b"").replace(b"=\n", b"")
        named = {address for address in everybody if address.encode() in plain}
        assert named == {message["To"]}
        assert message["From"] == SENDER


async def test_threat_23_a_description_adds_nothing_to_the_calendar(house, ben):
    room = await house.room()
    await house.follow(ben, room)
    await house.session(room, in_minutes=10, description="Hello\r\nATTENDEE:mailto:eve@example.org\rX:1")
    await house.until()
    _, event = entry_in(house.door.letters[0])
    assert event["ATTENDEE"] == "mailto:ben@example.org"


async def test_the_link_of_a_mail_ends_the_mails_about_that_room_only(house, ben):
    room, other = await house.room(), await house.room()
    for each in (room, other):
        await house.follow(ben, each)
        await house.session(each, in_minutes=120)
    token = ops.link_of(SEALING, ben.id, room)
    for _ in range(2):
        async with house.desk.work(ANONYMOUS) as work:
            await ops.stop_mails(work, SEALING, token)
    await house.until(minutes=110)
    assert [letter.unsubscribe.count("/api/v1/unsubscribe/") for letter in house.door.letters] == [1]
    assert f"/w/{other}" in house.door.letters[0].text


async def test_the_link_of_a_mail_leaves_other_channels(house, ben):
    room = await house.room()
    await house.follow(ben, room, channels=["email", "realtime"])
    async with house.desk.work(ANONYMOUS) as work:
        await ops.stop_mails(work, SEALING, ops.link_of(SEALING, ben.id, room))
    async with house.desk.read(ben) as read:
        assert (await ops.status(read, room)).wish.channels == ["realtime"]


def broken_links(token: str) -> list[str]:
    other = SEALING.seal(f"{new_id()} {new_id()}", purpose="room password")
    first = "B" if token[0] == "A" else "A"
    return ["", "x", token[:-2], first + token[1:], token * 9, "é", base64.urlsafe_b64encode(other).decode()]


async def test_threat_2_a_link_that_is_not_ours_ends_nothing(house, ben):
    room = await house.room()
    await house.follow(ben, room)
    for token in broken_links(ops.link_of(SEALING, ben.id, room)):
        with pytest.raises(NoSuchLink):
            async with house.desk.work(ANONYMOUS) as work:
                await ops.stop_mails(work, SEALING, token)
    async with house.desk.read(ben) as read:
        assert (await ops.status(read, room)).wish is not None


async def test_what_a_link_says_cannot_be_read_from_it(house, ben):
    room = await house.room()
    token = ops.link_of(SEALING, ben.id, room)
    assert ben.id not in token
    assert ops.link_of(SEALING, ben.id, room) != token


async def test_registrants_are_reminded_and_told_of_moves_and_cancellations_with_their_link(house):
    room = await house.room()
    session = await house.session(room)
    mia = await house.register("mia@example.org", room, language="de")
    leo = await house.register("leo@example.org", room, session_id=session.id)
    zoe = await house.register("zoe@example.org", room)
    await house.cancel_registration(zoe)
    await house.until(minutes=104)
    assert house.subjects == []
    await house.until(minutes=2)
    assert sorted(house.subjects) == ["Erinnerung: Evening", "Reminder: Evening"]
    links = {letter.to: letter.text for letter in house.door.letters}
    assert mia.link in links["mia@example.org"]
    assert "angemeldet haben" in links["mia@example.org"]
    assert leo.link in links["leo@example.org"]
    assert {letter.unsubscribe for letter in house.door.letters} == {None}

    await house.move(session, in_minutes=240)
    await house.until(seconds=1)
    method, event = entry_in(house.door.letters[-1])
    assert (method, len(house.door.letters)) == ("REQUEST", 4)
    assert str(event["url"]) in (mia.link, leo.link)
    await house.delete(session)
    await house.until(seconds=1)
    assert len(house.door.letters) == 6
    assert entry_in(house.door.letters[-1])[0] == "CANCEL"


async def test_who_registers_and_follows_is_told_once(house, ben):
    room = await house.room()
    await house.register("ben@example.org", room)
    await house.follow(ben, room)
    await house.session(room)
    await house.until(minutes=106)
    assert house.subjects == ["Reminder: Evening"]
    assert house.door.letters[0].unsubscribe is not None


async def test_notices_that_are_long_over_are_dropped_and_those_to_come_stay(house, ben):
    room = await house.room()
    await house.follow(ben, room)
    await house.session(room, in_minutes=120)
    far = await house.session(room, in_minutes=60 * 24 * 60)
    await house.until(minutes=110)
    assert sorted(row.state for row in await planned(house)) == ["queued", "sent"]
    await jobs.forget_settled(house.desk, timedelta(days=30))
    assert len(await planned(house)) == 2
    house.clock.forward(days=31)
    await jobs.forget_settled(house.desk, timedelta(days=30))
    assert [row.session_id for row in await planned(house)] == [far.id]


async def planned(house):
    async with house.desk.read(SYSTEM) as read:
        return await read.db.all(ALL)


async def test_a_session_in_a_room_that_was_made_with_it_is_looked_at_by_nobody(house):
    assert not house.relay.follows("session.created", {"in_new_room": True})
    assert house.relay.follows("session.created", {"in_new_room": False})
    assert house.relay.follows("session.created", {})  # of an earlier version
    assert not house.relay.follows("room.created", {})
