"""Who is let in to signalling, and what those hear who are not."""

from typing import Any

import pytest

from tests.media.conformance.case import Case
from tests.media.conformance.servers import API_SECRET

pytestmark = pytest.mark.media


async def refusal(
    case: Case, token: str | None, path: str = "/rtc/validate", **query: str
) -> tuple[int, str]:
    if token is not None:
        query["access_token"] = token
    answer = await case.http.get(path, params=query)
    return answer.status_code, answer.text


async def test_a_good_token_is_valid(case: Case):
    assert await refusal(case, case.token("alice")) == (200, "success")


async def test_a_good_token_is_valid_in_a_header(case: Case):
    answer = await case.http.get("/rtc/validate", headers={"Authorization": f"Bearer {case.token('alice')}"})
    assert (answer.status_code, answer.text) == (200, "success")


async def test_no_token_is_refused(case: Case):
    assert await refusal(case, None) == (401, "no permissions to access the room")


async def test_nonsense_is_refused(case: Case):
    assert await refusal(case, "nonsense") == (401, "invalid authorization token")


async def test_a_key_that_is_not_known_is_named(case: Case):
    token = case.token("alice", key="otherkey")
    assert await refusal(case, token) == (401, "invalid API key: otherkey")


async def test_a_signature_by_another_secret_is_refused(case: Case):
    status, text = await refusal(case, case.token("alice", secret="s" * 32))
    assert status == 401
    assert text.startswith("invalid token")


@pytest.mark.only("ours", reason="the real server says the token back to whoever reads the answer")
async def test_a_refused_token_is_not_repeated(case: Case):
    token = case.token("alice", secret="s" * 32)
    assert token not in (await refusal(case, token))[1]


async def test_an_expired_token_is_refused(case: Case):
    status, text = await refusal(case, case.token("alice", ttl_s=-120))
    assert status == 401
    assert text.startswith("invalid token")


async def test_a_token_of_the_future_is_refused(case: Case):
    token = case.token("alice", claims={"nbf": 4_000_000_000})
    assert (await refusal(case, token))[0] == 401


@pytest.mark.parametrize(
    ("grants", "identity", "expected"),
    [
        ({"roomJoin": False}, "alice", (401, "permissions denied")),
        ({"roomJoin": False, "roomAdmin": True}, "alice", (401, "permissions denied")),
        ({"room": ""}, "alice", (400, "no room name")),
        ({}, "", (400, "identity cannot be empty")),
        ({}, "x" * 256, (200, "success")),
        ({}, "x" * 257, (400, "participant identity length exceeds limits: max length 256")),
        ({"room": "x" * 257}, "alice", (400, "room name length exceeds limits: max length 256")),
    ],
    ids=["no join", "only admin", "no room", "no identity", "longest", "long identity", "long room"],
)
async def test_what_a_token_must_say(
    case: Case, grants: dict[str, Any], identity: str, expected: tuple[int, str]
):
    assert await refusal(case, case.token(identity, **grants)) == expected


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ({}, "join_request is required"),
        ({"join_request": "!!"}, "cannot base64 decode wrapped join request"),
    ],
)
async def test_one_connection_needs_a_join_request(case: Case, query: dict[str, str], text: str):
    assert await refusal(case, case.token("alice"), "/rtc/v1/validate", **query) == (400, text)


@pytest.mark.parametrize("path", ["/rtc", "/rtc/v1"])
async def test_without_an_upgrade_there_is_nothing(case: Case, path: str):
    assert (await refusal(case, case.token("alice"), path))[0] == 404


async def test_the_root_answers_those_who_ask_whether_it_lives(case: Case):
    answer = await case.http.get("/")
    assert (answer.status_code, answer.text) == (200, "OK")


async def test_a_token_for_the_api_must_be_a_bearer(case: Case):
    answer = await case.http.post(
        "/twirp/livekit.RoomService/ListRooms", json={}, headers={"Authorization": case.admin_token()}
    )
    assert answer.status_code == 401
    assert "Must start with Bearer" in answer.text


async def test_a_call_without_a_token_is_denied(case: Case):
    answer = await case.http.post("/twirp/livekit.RoomService/ListRooms", json={})
    assert answer.status_code == 401
    assert answer.json() == {"code": "unauthenticated", "msg": "permissions denied"}


async def test_a_call_with_a_token_of_another_secret_is_denied(case: Case):
    answer = await case.call("ListRooms", {}, token=case.admin_token(secret="s" * 32))
    assert answer.status_code == 401
    assert answer.text.startswith("invalid token")


async def test_the_secret_is_not_part_of_any_answer(case: Case):
    for path in ("/", "/rtc/validate", "/nowhere"):
        assert API_SECRET not in (await case.http.get(path)).text
