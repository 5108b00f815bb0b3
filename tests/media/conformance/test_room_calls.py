"""RoomService as it goes over the wire: grants, codes of errors, rooms."""

from typing import Any

import pytest

from tests.media.conformance.case import Case

pytestmark = pytest.mark.media

DENIED = {"code": "unauthenticated", "msg": "permissions denied"}
ADMIN_CALLS: dict[str, dict[str, Any]] = {
    "ListParticipants": {},
    "GetParticipant": {"identity": "nobody"},
    "RemoveParticipant": {"identity": "nobody"},
    "MutePublishedTrack": {"identity": "nobody", "track_sid": "TR_x", "muted": True},
    "UpdateParticipant": {"identity": "nobody", "metadata": "m"},
    "UpdateSubscriptions": {"identity": "nobody", "track_sids": ["TR_x"]},
    "SendData": {"data": "AAAA"},
    "UpdateRoomMetadata": {"metadata": "m"},
    "PerformRpc": {"destination_identity": "nobody", "method": "m"},
    "ForwardParticipant": {"identity": "nobody", "destination_room": "elsewhere"},
    "MoveParticipant": {"identity": "nobody", "destination_room": "elsewhere"},
}


@pytest.mark.parametrize("method", ADMIN_CALLS)
@pytest.mark.parametrize("right", ["no grant", "another room", "no room named"])
async def test_a_call_about_a_room_needs_its_administration(case: Case, method: str, right: str):
    tokens = {
        "no grant": case.token("alice"),
        "another room": case.admin_token(room="another"),
        "no room named": case.admin_token(),
    }
    name = "" if right == "no room named" else case.room
    answer = await case.call(method, {"room": name, **ADMIN_CALLS[method]}, token=tokens[right])
    assert (answer.status_code, answer.json()) == (401, DENIED)


@pytest.mark.parametrize(
    ("method", "grants"),
    [
        ("CreateRoom", {"roomList": True, "roomAdmin": True}),
        ("ListRooms", {"roomCreate": True, "roomAdmin": True}),
        ("DeleteRoom", {"roomList": True, "roomAdmin": True}),
    ],
)
async def test_a_call_about_rooms_needs_its_grant(case: Case, method: str, grants: dict[str, bool]):
    body = {"ListRooms": {}, "CreateRoom": {"name": case.room}, "DeleteRoom": {"room": case.room}}[method]
    answer = await case.call(method, body, token=case.token("alice", **grants))
    assert (answer.status_code, answer.json()) == (401, DENIED)


@pytest.mark.parametrize("method", ["GetParticipant", "RemoveParticipant", "UpdateParticipant"])
async def test_somebody_who_is_not_there_is_not_found(case: Case, method: str):
    await case.done("CreateRoom", name=case.room)
    answer = await case.call(method, {"room": case.room, **ADMIN_CALLS[method]})
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert answer.json()["msg"].endswith("participant does not exist")


@pytest.mark.parametrize("method", ["GetParticipant", "RemoveParticipant", "UpdateParticipant"])
async def test_nobody_is_found_in_a_room_that_is_not_there(case: Case, method: str):
    answer = await case.call(method, {"room": case.room, **ADMIN_CALLS[method]})
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


@pytest.mark.only("ours", reason="the real server asks nobody's node, and gives up after three seconds")
@pytest.mark.parametrize("method", ["MutePublishedTrack", "UpdateSubscriptions", "PerformRpc"])
async def test_a_track_of_somebody_who_is_not_there_is_not_found(case: Case, method: str):
    answer = await case.call(method, {"room": case.room, **ADMIN_CALLS[method]})
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


@pytest.mark.only("ours", reason="a LiveKit server alone gives up after three seconds")
@pytest.mark.parametrize("method", ["ForwardParticipant", "MoveParticipant"])
async def test_nobody_is_sent_to_another_room(case: Case, method: str):
    token = case.admin_token(destinationRoom="elsewhere")
    answer = await case.call(method, {"room": case.room, **ADMIN_CALLS[method]}, token=token)
    assert (answer.status_code, answer.json()["code"]) == (501, "unimplemented")


@pytest.mark.parametrize("method", ["DeleteRoom", "UpdateRoomMetadata"])
async def test_a_room_that_is_not_there_is_not_found(case: Case, method: str):
    answer = await case.call(method, {"room": case.room, "metadata": "m"})
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert answer.json()["msg"].endswith("requested room does not exist")


async def test_a_room_that_is_not_there_has_nobody_in_it(case: Case):
    assert await case.done("ListParticipants", room=case.room) == {"participants": []}


async def test_a_method_that_is_not_there_is_a_bad_route(case: Case):
    answer = await case.call("Nonsense", {})
    path = "/twirp/livekit.RoomService/Nonsense"
    assert answer.status_code == 404
    assert answer.json() == {
        "code": "bad_route",
        "msg": f'no handler for path "{path}"',
        "meta": {"twirp_invalid_route": f"POST {path}"},
    }


async def test_a_service_that_is_not_there_is_not_found(case: Case):
    assert (await case.call("CreateRoom", {}, service="Nonsense")).status_code == 404


async def test_only_post_calls(case: Case):
    answer = await case.http.get("/twirp/livekit.RoomService/ListRooms")
    assert (answer.status_code, answer.json()["code"]) == (404, "bad_route")


async def test_another_content_type_is_a_bad_route(case: Case):
    answer = await case.call("ListRooms", b"{}", content_type="text/plain")
    assert (answer.status_code, answer.json()["code"]) == (404, "bad_route")
    assert answer.json()["msg"] == 'unexpected Content-Type: "text/plain"'


@pytest.mark.parametrize(
    ("body", "content_type", "name"),
    [
        (b"{", "application/json", "json"),
        (b'{"name": 5}', "application/json", "json"),
        (b"[]", "application/json", "json"),
        (b"\xff\xff", "application/protobuf", "protobuf"),
    ],
)
async def test_what_cannot_be_read_is_malformed(case: Case, body: bytes, content_type: str, name: str):
    answer = await case.call("CreateRoom", body, content_type=content_type)
    assert answer.status_code == 400
    assert answer.json() == {"code": "malformed", "msg": f"the {name} request could not be decoded"}


async def test_unknown_fields_are_passed_over(case: Case):
    assert (await case.done("CreateRoom", name=case.room, colour="red"))["name"] == case.room


@pytest.mark.parametrize("field", ["max_participants", "maxParticipants"])
async def test_fields_may_be_written_in_both_ways(case: Case, field: str):
    made = await case.done("CreateRoom", **{"name": case.room, field: 7})
    assert made["max_participants"] == 7


async def test_answers_write_out_what_is_zero(case: Case):
    made = await case.done("CreateRoom", name=case.room)
    assert (made["num_participants"], made["max_participants"], made["metadata"]) == (0, 0, "")
    assert made["active_recording"] is False


async def test_protobuf_is_answered_with_protobuf(case: Case):
    made = await case.call("CreateRoom", b"\x0a\x01x", content_type="application/protobuf")
    assert made.headers["content-type"] == "application/protobuf"
    assert b"RM_" in made.content
    await case.call("DeleteRoom", {"room": "x"})


async def test_a_room_has_the_shape_of_its_name(case: Case):
    made = await case.done("CreateRoom", name=case.room)
    assert made["sid"].startswith("RM_")
    assert len(made["sid"]) == 15
    assert int(made["creation_time_ms"]) // 1000 == int(made["creation_time"])


async def test_a_room_keeps_what_it_was_made_with(case: Case):
    wish = {"metadata": "m", "max_participants": 7, "empty_timeout": 60, "departure_timeout": 50}
    made = await case.done("CreateRoom", name=case.room, **wish)
    assert {name: made[name] for name in wish} == wish


async def test_a_room_has_the_servers_time_limits(case: Case):
    made = await case.done("CreateRoom", name=case.room)
    assert (made["empty_timeout"], made["departure_timeout"]) == (120, 20)


async def test_a_room_that_is_there_is_not_made_anew(case: Case):
    first = await case.done("CreateRoom", name=case.room, metadata="m", max_participants=7)
    second = await case.done("CreateRoom", name=case.room, metadata="n", max_participants=8)
    assert (second["sid"], second["metadata"], second["max_participants"]) == (first["sid"], "m", 7)


async def test_a_name_of_256_characters_is_the_longest(case: Case):
    longest = case.room.ljust(256, "x")
    assert (await case.done("CreateRoom", name=longest))["name"] == longest
    answer = await case.call("CreateRoom", {"name": longest + "x"})
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_argument")
    assert answer.json()["msg"].endswith("room name length exceeds limits: max length 256")
    await case.done("DeleteRoom", room=longest)


@pytest.mark.only("ours", reason="the real server makes a room that nobody can join")
async def test_a_room_needs_a_name(case: Case):
    answer = await case.call("CreateRoom", {})
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_argument")


async def test_rooms_are_listed_by_name(case: Case):
    await case.done("CreateRoom", name=case.room)
    listed = await case.done("ListRooms", names=[case.room, "another"])
    assert [room["name"] for room in listed["rooms"]] == [case.room]


async def test_all_rooms_are_listed(case: Case):
    await case.done("CreateRoom", name=case.room)
    listed = await case.done("ListRooms")
    assert case.room in {room["name"] for room in listed["rooms"]}


async def test_no_room_of_a_name_is_an_empty_list(case: Case):
    assert await case.done("ListRooms", names=[case.room]) == {"rooms": []}


async def test_a_deleted_room_is_gone(case: Case):
    await case.done("CreateRoom", name=case.room)
    assert await case.done("DeleteRoom", room=case.room) == {}
    assert await case.done("ListRooms", names=[case.room]) == {"rooms": []}


async def test_a_room_that_is_made_again_is_another_one(case: Case):
    first = await case.done("CreateRoom", name=case.room)
    await case.done("DeleteRoom", room=case.room)
    second = await case.done("CreateRoom", name=case.room)
    assert first["sid"] != second["sid"]


async def test_metadata_of_a_room_is_changed(case: Case):
    await case.done("CreateRoom", name=case.room, metadata="m")
    changed = await case.done("UpdateRoomMetadata", room=case.room, metadata="n")
    listed = await case.done("ListRooms", names=[case.room])
    assert changed["metadata"] == listed["rooms"][0]["metadata"] == "n"


async def test_metadata_of_a_room_is_emptied(case: Case):
    await case.done("CreateRoom", name=case.room, metadata="m")
    assert (await case.done("UpdateRoomMetadata", room=case.room, metadata=""))["metadata"] == ""


async def test_data_for_an_empty_room_is_taken(case: Case):
    await case.done("CreateRoom", name=case.room)
    assert await case.done("SendData", room=case.room, data="AAAA", kind="RELIABLE") == {}


@pytest.mark.parametrize("method", ["ListEgress", "StopEgress", "StartRoomCompositeEgress", "UpdateLayout"])
async def test_recording_needs_its_grant(case: Case, method: str):
    token = case.admin_token(roomRecord=False)
    answer = await case.call(method, {"room_name": case.room}, token=token, service="Egress")
    assert (answer.status_code, answer.json()) == (401, DENIED)
