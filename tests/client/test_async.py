"""The async client against a whole hall."""

from datetime import UTC, datetime

import pytest

from livehall.client import Conflict, Forbidden, Invalid, NotFound, Unauthenticated

SHOW = {"title": "Evening", "mode": "external", "external_url": "https://example.org/live"}


async def host(hall, client, email="ada@example.org", role="host"):
    return client(token=hall.token(await hall.person(email, role)))


async def test_a_session_from_plan_to_end(hall, client):
    ada = await host(hall, client)
    room = await ada.create_room(title="Talks")
    begin = datetime(2030, 5, 1, 18, tzinfo=UTC)
    planned = await ada.create_session(room.id, scheduled_start_time=begin, **SHOW)
    assert (planned.session.status, planned.session.scheduled_start_time) == ("scheduled", begin)
    live = await ada.go_live(planned.session.id)
    assert live.session.status == "live"

    registered = await client().register_viewer(username="Li", room_id=room.id)
    li = client(token=registered.access_token)
    seat = await li.join_session(live.session.id)
    assert seat.admission == "admitted"
    await li.attendance_beat(seat.attendance_id)
    await li.send_chat_message(live.session.id, message="Hello!")
    (heard,) = (await ada.list_chat_messages(live.session.id)).messages
    assert (heard.username, heard.message) == ("Li", "Hello!")

    await li.leave_session(live.session.id)
    assert (await ada.end_session(live.session.id)).status == "ended"
    assert [each.username async for each in ada.iter_attendance(live.session.id)] == ["Li"]
    async with ada.export_attendance(live.session.id, format="csv") as file:
        assert file.media_type == "text/csv"
        assert b"Li" in b"".join([piece async for piece in file])
    assert await ada.get_active_recording(live.session.id) is None


async def test_faults_are_told_by_their_class_and_code(hall, client):
    ada, li = await host(hall, client), await host(hall, client, "li@example.org", "viewer")
    with pytest.raises(Invalid) as invalid:
        await ada.create_room(title="")
    assert (invalid.value.status, invalid.value.code) == (422, "validation_failed")
    assert [each.field for each in invalid.value.details] == ["title"]
    assert invalid.value.request_id
    with pytest.raises(Forbidden, match="403 forbidden"):
        await li.create_room(title="Mine")
    with pytest.raises(NotFound):
        await ada.get_room("01900000-0000-7000-8000-000000000000")
    with pytest.raises(Unauthenticated):
        await client(token="nonsense").get_me()


async def test_a_change_on_the_condition_of_a_revision(hall, client):
    ada = await host(hall, client)
    room = await ada.create_room(title="Talks", description="Once a month")
    seen = await ada.get_room(room.id)
    changed = await ada.update_room(room.id, title="Lectures", revision=seen.revision)
    assert (changed.title, changed.description) == ("Lectures", "Once a month")  # absent stays
    assert changed.revision > seen.revision
    with pytest.raises(Conflict):
        await ada.update_room(room.id, title="Readings", revision=seen.revision)
    assert (await ada.update_room(room.id, description=None)).description is None  # None clears


async def test_pages_are_walked_to_the_last(hall, client):
    ada = await host(hall, client)
    made = [(await ada.create_room(title=f"Room {number}")).id for number in range(5)]
    assert [each.id async for each in ada.iter_rooms(sort="created_at", limit=2)] == made
    assert [each.id async for each in ada.iter_rooms(search="nothing")] == []


async def test_several_values_of_one_parameter(hall, client):
    ada = await host(hall, client)
    room = await ada.create_room(title="Talks")
    await ada.create_session(room.id, **SHOW)
    later = datetime(2030, 1, 1, tzinfo=UTC)
    assert (await ada.list_sessions(status=["live", "scheduled"])).pagination.total == 1
    assert (await ada.list_sessions(status=["live", "ended"])).pagination.total == 0
    assert (await ada.list_sessions(from_=later)).pagination.total == 0


async def test_within_a_library(hall, client):
    ann = await host(hall, client, "ann@example.org", "admin")
    outside = await ann.create_room(title="Outside")
    shelf = await ann.create_library(name="Spring")
    spring = ann.within(shelf.id)
    inside = await spring.create_room(title="Inside")
    assert inside.library_id == shelf.id
    assert [each.id async for each in spring.iter_rooms()] == [inside.id]
    assert [each.id async for each in ann.iter_rooms(library_id=shelf.id)] == [inside.id]
    with pytest.raises(NotFound):
        await spring.get_room(outside.id)


async def test_an_api_key(hall, client):
    ann = await host(hall, client, "ann@example.org", "admin")
    made = await ann.create_api_client(name="Shop", scopes=["write"])
    shop = client(api_key=made.secret)
    assert (await shop.create_room(title="From the shop")).title == "From the shop"
    with pytest.raises(Unauthenticated):
        await shop.get_me()  # an account of people


async def test_a_fresh_token_for_each_call(hall, client):
    token, asked = hall.token(await hall.person()), []

    async def fresh():
        asked.append(True)
        return token

    ada = client(token=fresh)
    await ada.get_me()
    await ada.list_rooms()
    assert len(asked) == 2
