"""What the events of rooms and sessions publish: a pure function of the journal's rows."""

import re

import msgspec
import pytest

from livehall.core.rooms import ops as rooms
from livehall.core.sessions import meetings, ops
from livehall.core.sessions.events import SessionMoved
from livehall.core.sessions.meetings import CreateMeeting
from livehall.dialects.live.realtime.publishing import MAPPINGS, publications
from livehall.dialects.live.rooms import publications as of_rooms  # noqa: F401  # registers its mappings
from livehall.dialects.live.sessions import publications as of_sessions  # noqa: F401
from livehall.kernel import journal
from tests.support.on_air import SEALING, on_air
from tests.support.people import a_person, actor_of

INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


@pytest.fixture
async def evening(desk, database, hands):
    """The journal of a room and a session from the plan to the end."""
    ada = actor_of(await a_person(desk))
    session = await on_air(desk, ada, description="x" * 4000, password="sesame")
    async with desk.work(ada) as work:
        await ops.change_settings(work, session.id, ops.ChangeSettings(chat_enabled=False))
        await ops.hls_changed(work, session.id, "https://hall.test/hls/x.m3u8")
    async with desk.work(ada) as work:
        await rooms.update(work, SEALING, session.room_id, rooms.UpdateRoom(title="Debates"))
        await ops.end(work, session.id)
    async with database.read() as db:
        return [journal.at(entry, entry.seq) for entry in await db.all(journal.NEW, limit=100)]


def payloads(entries, channel):
    return [
        decode(publication)
        for entry in entries
        for name, publication in publications(entry)
        if name.startswith(channel)
    ]


def decode(publication):
    return msgspec.json.decode(publication.data)


def test_every_event_of_a_session_is_published():
    told = {"session.updated", "session.rescheduled", "session.settings", "stream.state", "host.media"}
    assert told | {kind.__struct_config__.tag for kind in SessionMoved.__subclasses__()} <= set(MAPPINGS)


async def test_the_session_channel_tells_the_evening_in_rising_revisions_c23(evening):
    told = payloads(evening, "session:")
    assert [each["type"] for each in told] == [
        "session.state", "host.media", "stream.state", "session.state", "session.settings",
        "session.updated", "session.state",
    ]  # fmt: skip
    assert [each["revision"] for each in told] == list(range(1, 8))
    assert [each["data"]["to"] for each in told if each["type"] == "session.state"] == [
        "backstage",
        "live",
        "ended",
    ]
    assert told[4]["data"]["permissions"]["viewer"]["chat.send"] is False
    assert told[5]["data"] == {"hls_url": "https://hall.test/hls/x.m3u8"}


async def test_the_room_goes_on_and_off_air(evening):
    air = [each["data"] for each in payloads(evening, "room:") if each["type"] == "room.live"]
    assert [each["live"] for each in air] == [True, False]
    assert air[0]["title"] == "Evening"


async def test_a_room_hears_of_new_sessions_but_not_of_one_that_it_was_made_with(desk, database, evening):
    assert "session.created" in types(evening, "library:")
    assert "session.created" not in types(evening, "room:")
    olga = actor_of(await a_person(desk, "olga@example.org"))
    async with desk.work(olga) as work:
        _, room = await meetings.create(work, CreateMeeting(title="Tea", scheduled_start_at=work.now))
    made = await told_since(database, evening)
    assert {"room.created", "session.created"} <= {entry.type for entry in made}
    assert types(made, "room:") == types(made, "library:") == []
    async with desk.work(olga) as work:
        await ops.create(work, ops.CreateSession(room_id=room.id, title="More tea"))
    assert types(await told_since(database, made), "room:") == ["session.created"]


async def told_since(database, entries):
    async with database.read() as db:
        return [
            journal.at(entry, entry.seq)
            for entry in await db.all(journal.NEW, limit=100)
            if entry.seq > entries[-1].seq
        ]


def types(entries, channel):
    return [each["type"] for each in payloads(entries, channel)]


async def test_instants_have_milliseconds_and_descriptions_fit(evening):
    for told in payloads(evening, ""):
        for name, value in told["data"].items():
            if value is not None and name.endswith(("_at", "_time", "since")):
                assert INSTANT.fullmatch(value), (told["type"], name)
    (created,) = [each["data"] for each in payloads(evening, "library:") if each["type"] == "room.created"]
    assert len(created["description"]) == 1000
    assert created["has_password"] is True


async def test_nothing_secret_is_published(evening):
    assert "sesame" not in repr([publications(entry) for entry in evening])
