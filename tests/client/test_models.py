"""What goes over the wire as structs."""

import httpx
import msgspec
import pytest

from livehall.client import AsyncLivehall, Unreadable, models

ROOM = {
    "id": "01900000-0000-7000-8000-000000000001",
    "host_id": "01900000-0000-7000-8000-000000000002",
    "library_id": "01900000-0000-7000-8000-000000000003",
    "title": "Talks",
    "description": None,
    "analytics": {},
    "active_session_id": None,
    "kind": "broadcast",
    "e2ee": False,
    "max_direct_viewers": 100,
    "visibility": "public",
    "waiting_room": False,
    "has_password": False,
    "created_at": "2030-05-01T18:00:00.500Z",
    "updated_at": "2030-05-01T18:00:00.500Z",
}


def answering(data):
    transport = httpx.MockTransport(lambda _: httpx.Response(200, json={"success": True, "data": data}))
    return AsyncLivehall("http://hall.test", token="t", transport=transport)


async def test_members_of_a_later_version_are_ignored():
    async with answering({**ROOM, "colour": "green"}) as client:
        room = await client.get_room(ROOM["id"])
    assert (room.title, room.created_at.microsecond, room.revision) == ("Talks", 500_000, None)


@pytest.mark.parametrize("wrong", [{}, None, {**ROOM, "title": 7}])
async def test_an_answer_that_does_not_fit_is_told(wrong):
    async with answering(wrong) as client:
        with pytest.raises(Unreadable, match="does not fit the API"):
            await client.get_room(ROOM["id"])


async def test_a_struct_goes_into_a_call_as_it_came_out(hall, client):
    ada = client(token=hall.token(await hall.person()))
    tags = models.RoomAnalytics(
        google_tag_manager=models.GoogleTagManager(enabled=True, container_id="GTM-ABC123")
    )
    made = await ada.create_room(title="Talks", analytics=tags)
    assert made.analytics == tags
    assert (await ada.update_room(made.id, analytics=made.analytics)).analytics == tags
    assert msgspec.json.encode(models.RoomAnalytics()) == b"{}"  # what is not given is not sent
