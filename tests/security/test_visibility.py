"""What somebody may not see answers like what does not exist, on every operation (threats 15, 17, 18, 29)."""

import pytest

from livehall.dialects.live import routes as _routes
from livehall.dialects.live.api import api
from livehall.kernel.ids import new_id
from tests.contracts import bad_input

assert _routes

# What is mounted within libraries is held against these: `dialects/live/test_library_scope.py`.
OF_ONE = [route for route in api.routes if "{id}" in route.path and route.twin_of is None]
SIGNED = {"serveRecordingFile", "serveAsset"}  # an address that carries its own right


@pytest.fixture
async def theirs(hall):
    """The ids of a private room with a session of one organization."""
    client = await hall.signed_in("ada@example.org", organization="One")
    room = (await client.post("/rooms", json={"title": "Inner", "visibility": "private"})).json()["data"]
    session = await client.post(f"/rooms/{room['id']}/sessions", json={"title": "First"})
    return {"room": room["id"], "session": session.json()["data"]["session"]["id"], "client": client}


async def ask(client, route, id):
    path = route.path.replace("{id}", id).replace("{message_id}", new_id())
    # The least that passes the check of fields, which comes before that of visibility (C1).
    body = bad_input.valid_body(route) if route.signature.body is not None else None
    answer = await client.request(
        route.verb, path, json=body, params=bad_input.VALID_QUERY.get(route.operation)
    )
    found = answer.json()
    found.pop("timestamp", None)
    found.get("error", {}).pop("request_id", None)
    return answer.status_code, found


def id_for(route, theirs):
    return theirs["room" if route.path.startswith("/rooms") else "session"]


async def test_what_another_organization_has_answers_like_what_does_not_exist(hall, theirs):
    stranger = await hall.signed_in("eve@example.org", role="owner", organization="Two")
    for route in OF_ONE:
        real = await ask(stranger, route, id_for(route, theirs))
        assert real == await ask(stranger, route, new_id()), route.operation
        assert real[0] == (401 if route.operation in SIGNED else 404), route.operation


async def test_the_attempts_of_a_stranger_change_nothing(hall, theirs):
    stranger = await hall.signed_in("eve@example.org", role="owner", organization="Two")

    async def present():
        client = theirs["client"]
        room = (await client.get(f"/rooms/{theirs['room']}")).json()["data"]
        return room, (await client.get(f"/sessions/{theirs['session']}")).json()["data"]

    before = await present()
    for route in OF_ONE:
        await ask(stranger, route, id_for(route, theirs))
    assert await present() == before


async def test_lists_hold_nothing_of_a_private_room(hall, theirs):
    stranger = await hall.signed_in("eve@example.org", role="owner", organization="Two")
    for route in api.routes:
        if route.verb == "GET" and "{" not in route.path:
            text = (await stranger.get(route.path)).text
            assert theirs["room"] not in text
            assert theirs["session"] not in text


async def test_nobody_without_a_credential_gets_past_the_door(hall, theirs):
    for route in OF_ONE:
        status, _ = await ask(hall.client(), route, id_for(route, theirs))
        refused = route.needs_actor or route.operation in SIGNED
        assert status == (401 if refused else 404), route.operation


async def test_a_host_does_not_run_the_session_of_a_colleague(hall, theirs):
    """Public to see, and still not theirs to change."""
    await theirs["client"].patch(f"/rooms/{theirs['room']}", json={"visibility": "public"})
    colleague = await hall.signed_in("bob@example.org", organization="One")
    for route in OF_ONE:
        if route.access in ("host", "co-host", "moderator"):
            status, _ = await ask(colleague, route, id_for(route, theirs))
            assert status in (403, 404, 422), route.operation


async def test_a_viewer_who_registered_alone_is_no_member(hall):
    host = await hall.signed_in()
    room = (await host.post("/rooms", json={"title": "Inner", "visibility": "members"})).json()["data"]
    viewer = (await hall.client().post("/auth/viewers", json={"username": "Eve"})).json()["data"]
    answer = await hall.client(viewer["access_token"]).get(f"/rooms/{room['id']}")
    assert answer.status_code == 404


def test_reading_never_opens_a_unit_that_writes():
    # A note in the audit log; the attendance of somebody who begins to watch a replay.
    audited = {"exportAttendance", "getRecordingPlayback"}
    writing = {
        route.twin_of or route.operation
        for route in api.routes
        if route.verb == "GET" and route.signature.work
    }
    assert writing <= audited
