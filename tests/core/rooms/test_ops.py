"""Use cases of rooms, on both databases."""

import asyncio

import pytest
from alembic import command

from livehall import migrations
from livehall.core.insight import listing_store
from livehall.core.ports.media import Ingest
from livehall.core.rooms import ops, store
from livehall.core.rooms.events import RoomCreated, RoomDeleted, RoomUpdated
from livehall.core.rooms.faults import RoomInUse, RoomNotFound
from livehall.core.rooms.ops import CreateRoom, UpdateRoom
from livehall.core.sessions import ingest
from livehall.core.sessions import ops as sessions
from livehall.core.sessions import store as session_store
from livehall.kernel import journal
from livehall.kernel.actor import ANONYMOUS
from livehall.kernel.faults import Conflict, Forbidden, Invalid
from tests.support.on_air import SEALING, a_session, end, in_backstage
from tests.support.people import a_person, actor_of


@pytest.fixture
async def ada(desk):
    return actor_of(await a_person(desk))


@pytest.fixture
async def bob(desk, ada):
    """A viewer of the same organization."""
    return actor_of(await a_person(desk, "bob@example.org", "viewer"))


@pytest.fixture
async def eve(desk, ada):
    """An administrator of another organization."""
    return actor_of(await a_person(desk, "eve@example.org", "admin", "Elsewhere"))


async def a_room(desk, host, title="Talks", **more):
    async with desk.work(host) as work:
        return (await ops.create(work, SEALING, CreateRoom(title=title, **more))).room


async def listed(desk, actor, **query):
    async with desk.read(actor) as read:
        found = await ops.page(read, store.Query(**query))
    return [each.room.title for each in found.rooms], found.total


async def test_a_new_room_is_its_hosts_public_and_in_the_default_library_c9(desk, ada):
    async with desk.work(ada) as work:
        shown = await ops.create(work, SEALING, CreateRoom(title="  Talks  "))
        (event,) = work.events
    assert (shown.room.title, shown.room.host_id, shown.room.visibility) == ("Talks", ada.id, "public")
    assert shown.host is not None
    assert shown.host.id == ada.id
    assert isinstance(event, RoomCreated)
    async with desk.read(ada) as read:
        library = await store.find_library(read, shown.room.library_id)
        assert await store.visible(read, shown.room.id) == shown.room
    assert library is not None
    assert library.is_default


async def test_rooms_made_at_once_share_one_default_library(desk, ada):
    rooms = await asyncio.gather(*(a_room(desk, ada, f"Room {number}") for number in range(5)))
    assert len({room.library_id for room in rooms}) == 1


@pytest.mark.parametrize("title", ["", "   ", "x" * 201, "a\tb"])
async def test_a_title_has_one_to_two_hundred_readable_characters_c8(desk, ada, title):
    with pytest.raises(Invalid):
        await a_room(desk, ada, title)


async def test_a_viewer_cannot_own_a_room(desk, bob):
    with pytest.raises(Forbidden):
        await a_room(desk, bob)


async def test_a_library_of_another_organization_is_as_unknown_c5(desk, ada, eve):
    theirs = await a_room(desk, eve)
    with pytest.raises(Invalid):
        await a_room(desk, ada, library_id=theirs.library_id)


@pytest.mark.parametrize(
    ("visibility", "seen_by"),
    [
        ("public", "ada bob eve nobody"),
        ("unlisted", "ada bob eve nobody"),
        ("members", "ada bob"),
        ("private", "ada"),
    ],
)
async def test_who_sees_a_room_by_its_id(desk, ada, bob, eve, visibility, seen_by):
    room = await a_room(desk, ada, visibility=visibility)
    found = []
    for name, actor in {"ada": ada, "bob": bob, "eve": eve, "nobody": ANONYMOUS}.items():
        async with desk.read(actor) as read:
            try:
                await ops.get(read, room.id)
                found.append(name)
            except RoomNotFound:
                continue
    assert found == seen_by.split()


async def test_lists_show_public_rooms_and_members_those_of_their_organization(desk, ada, bob, eve):
    for visibility in ("public", "unlisted", "members", "private"):
        await a_room(desk, ada, visibility, visibility=visibility)
    assert await listed(desk, ANONYMOUS) == (["public"], 1)
    assert await listed(desk, eve) == (["public"], 1)
    assert await listed(desk, bob, sort="title") == (["members", "public"], 2)
    assert await listed(desk, ada, mine=True, sort="-title") == (
        ["unlisted", "public", "private", "members"],
        4,
    )


async def test_a_search_finds_within_words_whatever_the_case_also_after_a_change(desk, ada):
    titles = ('Straße "Ä"', "ΟΔΟΝ 7_8", "𐐀𐐁𐐂 Deseret", "a*b AND -c", "Same", "Same")
    made = [await a_room(desk, ada, title) for title in titles]
    assert await listed(desk, ada, search="STRASSE") == ([], 0)
    for title in titles:
        for word in (title.split()[0], title.split()[-1], title.split()[0][1:], title.split()[0].lower()):
            found, total = await listed(desk, ada, search=word, sort="title")
            assert found == sorted(each for each in titles if word.lower() in each.lower()), (word, found)
            assert total == len(found)
    async with desk.work(ada) as work:
        await ops.update(work, SEALING, made[-1].id, UpdateRoom(title="Other", description="Samesame"))
        await ops.update(work, SEALING, made[0].id, UpdateRoom(description="In the ÄTHER"))
    assert await listed(desk, ada, search="same", sort="title") == (["Other", "Same"], 2)
    assert await listed(desk, ada, search="äther straße") == (['Straße "Ä"'], 1)
    async with desk.work(ada) as work:
        await ops.update(work, SEALING, made[-1].id, UpdateRoom(description=None))
    assert await listed(desk, ada, search="same") == (["Same"], 1)


async def test_a_search_folds_letter_by_letter_on_every_database(desk, ada, database_url):
    """A Σ at the end of a word is as within one, and İ is an i; also in rows older than the index."""
    title = "ΟΔΟΣΑ İstanbul"
    for made in (title, "Other"):
        await a_room(desk, ada, made, description=f"About {made}")
    words = ("ΟΔΟΣ", "οδοσ", "istanbul", "İSTANBUL", "stan", "Σ", "i")
    for word in words:
        assert await listed(desk, ada, search=word) == ([title], 1), word
    if desk.database.name == "sqlite":
        for step, revision in ((command.downgrade, "0034"), (command.upgrade, "head")):
            await migrations.run(database_url, lambda db, to=revision, go=step: go(migrations.config(db), to))
        for word in words:
            assert await listed(desk, ada, search=word) == ([title], 1), word


async def test_a_list_is_searched_word_by_word_and_paged(desk, ada):
    for title, description in (("Alpha talk", None), ("Beta", "a TALK about 100%"), ("Gamma", "100 things")):
        await a_room(desk, ada, title, description=description)
    assert await listed(desk, ada, search="talk", sort="title") == (["Alpha talk", "Beta"], 2)
    assert await listed(desk, ada, search="talk alpha") == (["Alpha talk"], 1)
    assert await listed(desk, ada, search="100%") == (["Beta"], 1)
    assert await listed(desk, ada, sort="title", limit=1, offset=1) == (["Beta"], 3)


async def test_a_room_is_changed_and_told_once(desk, ada):
    room = await a_room(desk, ada)
    async with desk.work(ada) as work:
        changed = await ops.update(work, SEALING, room.id, UpdateRoom(title="Debates", waiting_room=True))
        (event,) = work.events
    assert (changed.room.title, changed.room.waiting_room, changed.room.revision) == ("Debates", True, 1)
    assert isinstance(event, RoomUpdated)
    async with desk.work(ada) as work:
        await ops.update(work, SEALING, room.id, UpdateRoom(title="Debates"))
        assert work.events == []


async def test_a_change_based_on_another_revision_is_refused(desk, ada):
    room = await a_room(desk, ada)
    with pytest.raises(Conflict):
        async with desk.work(ada) as work:
            await ops.update(work, SEALING, room.id, UpdateRoom(title="Late"), expected_revision=7)


async def test_only_host_and_administrator_change_a_room_and_others_do_not_know_it_i22(desk, ada, bob, eve):
    room = await a_room(desk, ada)
    admin = actor_of(await a_person(desk, "root@example.org", "admin"))
    async with desk.work(admin) as work:
        await ops.update(work, SEALING, room.id, UpdateRoom(title="By admin"))
    for actor, fault in ((bob, Forbidden), (eve, RoomNotFound)):
        with pytest.raises(fault):
            async with desk.work(actor) as work:
                await ops.update(work, SEALING, room.id, UpdateRoom(title="Mine"))


async def test_a_password_is_kept_sealed_and_opens_the_room_i19(desk, ada):
    room = await a_room(desk, ada, password="sesame")
    assert room.password_enc is not None
    assert b"sesame" not in room.password_enc
    assert ops.knows_password(SEALING, room, "sesame")
    assert not ops.knows_password(SEALING, room, "Sesame")
    assert not ops.knows_password(SEALING, room, None)
    async with desk.work(ada) as work:
        cleared = await ops.update(work, SEALING, room.id, UpdateRoom(password=None))
    assert ops.knows_password(SEALING, cleared.room, None)


async def test_no_event_tells_a_password(desk, database, ada):
    await a_room(desk, ada, password="sesame")
    async with database.read() as db:
        entries = await db.all(journal.NEW, limit=10)
    assert "sesame" not in repr(entries)


async def test_a_room_with_a_running_session_is_not_deleted_c7(desk, ada):
    session = await in_backstage(desk, ada)
    with pytest.raises(RoomInUse):
        async with desk.work(ada) as work:
            await ops.delete(work, session.room_id)
    await end(desk, session)
    async with desk.work(ada) as work:
        await ops.delete(work, session.room_id)
        assert isinstance(work.events[0], RoomDeleted)
    async with desk.read(ada) as read:
        with pytest.raises(RoomNotFound):
            await ops.get(read, session.room_id)


async def test_sessions_go_with_their_room_and_those_of_rooms_removed_before_have_gone(
    desk, ada, database_url
):
    """At the same moment as it; what was removed before, and what is elsewhere, stays as it is."""
    made = Ingest(id="in", room="", kind="whip", url="http://there", key="key", state="inactive")
    kept, gone, before = await a_session(desk, ada), await a_session(desk, ada), await in_backstage(desk, ada)
    async with desk.work(ada) as work:
        again = await sessions.create(
            work, sessions.CreateSession(room_id=before.room_id, title="Again", mode="whip")
        )
        await ingest.keep(work, SEALING, again.session, made)
    await end(desk, before)
    async with desk.work(ada) as work:
        await sessions.delete(work, before.id)

    async def removed_at():
        """When each was removed; how many the filtered list has, and whether the encoder's key is kept."""
        async with desk.read(ada) as read:
            at = [(await session_store.ever(read, each)).deleted_at for each in ids]
            rooms_at = [each.deleted_at for each in (await store.by_ids(read, places)).values()]
            _, total = await listing_store.page(read, [], 10, 0)
            assert total == sum(each is None for each in at)
            return at, rooms_at, await ingest.is_kept(read, again.session.id)

    ids = [kept.id, gone.id, before.id, again.session.id]
    places = {gone.room_id, before.room_id}
    (_, _, first, _), _, is_kept = await removed_at()
    assert (first is not None, is_kept) == (True, True)
    async with desk.work(ada) as work:
        for room_id in sorted(places):
            await ops.delete(work, room_id)
        assert [type(event) for event in work.events] == [RoomDeleted, RoomDeleted]
        moment = work.now
    wanted = [None, moment, first, moment], [moment, moment], False
    assert await removed_at() == wanted

    async with desk.work(ada) as work:  # as a hall before 0048 has left them
        await session_store.note(work, gone.id, {"deleted_at": None})
        await session_store.note(work, again.session.id, {"deleted_at": None})
        await ingest.keep(work, SEALING, again.session, made)
    for step, revision in ((command.downgrade, "0047"), (command.upgrade, "head")):
        await migrations.run(database_url, lambda db, to=revision, go=step: go(migrations.config(db), to))
    assert await removed_at() == wanted


async def test_the_audience_learns_of_the_session_only_while_live(desk, ada, bob):
    session = await in_backstage(desk, ada)
    async with desk.read(bob) as read:
        assert (await ops.get(read, session.room_id)).active_session_id is None
    async with desk.read(ada) as read:
        assert (await ops.get(read, session.room_id)).active_session_id == session.id
