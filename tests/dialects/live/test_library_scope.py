"""Everything below `/libraries/{library_id}`: the same operations, of which only one library exists.

Generated from the routes: whatever is mounted there is held against its operation.
"""

import re
from typing import Any

import msgspec
import pytest
from sqlalchemy import select

from livehall.core.insight import metrics_store
from livehall.dialects.kit import Route
from livehall.dialects.live import routes
from livehall.dialects.live.api import LIBRARY, api
from livehall.dialects.live.document import document
from livehall.kernel.actor import SYSTEM
from livehall.kernel.db import Statement, metadata
from livehall.kernel.ids import new_id
from tests.support.waiting import eventually

assert routes.ROUTES
TWINS = [route for route in api.routes if route.twin_of]
PLAIN = {route.operation: route for route in api.routes}
DOCUMENT = document()
BODIES: dict[str, dict[str, Any]] = {
    "createPoll": {"question": "Tea?", "options": ["Yes", "No"]},
    "votePoll": {"option_id": new_id()},
}
"""Where the least that the document's schema asks for is not enough."""
QUERIES = {"uploadChatFile": {"name": "notes.txt"}}


def body_of(route: Route, evening: dict[str, str]) -> object:
    """The least body that the document allows."""
    operation = route.twin_of or route.operation
    if operation == "createAuthCode":  # a key says for what
        return {"session_id": evening["sessions"]}
    if operation in BODIES or route.signature.body is None:
        return BODIES.get(operation)
    schema = msgspec.json.schema(route.signature.body)
    return least(schema, schema.get("$defs", {}))


def least(schema: dict[str, Any], defined: dict[str, Any]) -> object:
    if "$ref" in schema:
        return least(defined[schema["$ref"].rpartition("/")[2]], defined)
    if "enum" in schema:
        return schema["enum"][0]
    if "anyOf" in schema:
        return least(schema["anyOf"][0], defined)
    kind = schema["type"]
    if kind == "array":
        return [least(schema["items"], defined)] * schema.get("minItems", 0)
    if kind == "object":
        members = schema.get("properties", {})
        return {name: least(members[name], defined) for name in schema.get("required", ())}
    if kind == "string":
        by_format = {"uuid": new_id(), "date-time": "2097-01-01T10:00:00Z", "email": "bo@example.org"}
        return by_format.get(schema.get("format", ""), "x" * max(1, schema.get("minLength", 1)))
    return {"boolean": True, "integer": schema.get("minimum", 1)}[kind]


class Shelf:
    """One library, seen by its organization's administrator."""

    def __init__(self, client, library_id):
        self.client, self.id = client, library_id

    async def evening(self):
        """The ids of a room of this library with a session and a registration, and of a preset."""
        preset = await self._made(f"/libraries/{self.id}/presets", name=new_id(), type="whip")
        room = await self._made("/rooms", title="Talks", library_id=self.id)
        made = await self._made(f"/rooms/{room['id']}/sessions", title="Evening")
        session = made["session"]["id"]
        ann = await self._made(f"/sessions/{session}/registrations", email="ann@example.org")
        found = {"rooms": room["id"], "sessions": session, "presets": preset["id"]}
        return {**found, "registrations": ann["id"]}

    async def _made(self, path, **body):
        answer = await self.client.post(path, json=body)
        assert answer.status_code == 201, answer.text
        return answer.json()["data"]


async def shelf(client, name):
    answer = await client.post("/libraries", json={"name": name})
    assert answer.status_code == 201, answer.text
    return Shelf(client, answer.json()["data"]["id"])


def is_about_a_thing(route: Route) -> bool:
    return "{id}" in route.path


async def call(client, route: Route, evening, library_id=None):
    path = route.path.replace("{library_id}", library_id or "")
    path = re.sub(r"/(\w+)/{id}", lambda found: f"/{found[1]}/{evening[found[1]]}", path)
    path = re.sub(r"{\w+}", lambda _: new_id(), path)
    query = QUERIES.get(route.twin_of or route.operation)
    return await client.request(route.verb, path, json=body_of(route, evening), params=query)


ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
INSTANT = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+Z")
OPAQUE = re.compile(r"(?=[\w~.-]*[A-Z0-9])[\w~.-]{14,}")  # tokens and codes, which are made anew each time


def alike(value: Any) -> Any:
    """An answer without what differs between two equal things: ids, tokens, instants."""
    if isinstance(value, dict):
        return {name: alike(each) for name, each in value.items() if name not in ("timestamp", "request_id")}
    if isinstance(value, list):
        return [alike(each) for each in value]
    if isinstance(value, str):
        return OPAQUE.sub("…", INSTANT.sub("@", ID.sub("#", value)))
    return value


def seen(answer):
    is_json = answer.headers.get("content-type", "") == "application/json"
    return answer.status_code, alike(answer.json()) if is_json else answer.headers.get("content-type")


async def figures_due(hall):
    await hall.app.house.figures.gather()  # which rests between two rounds
    async with hall.app.house.desk.read(SYSTEM) as read:
        return await metrics_store.due(read, 1)


async def rows(hall):
    """Everything that is kept, once what follows from it is done; of the journal how much, since the relay
    marks what it has told.
    """
    await hall.app.house.relay.drained()
    await eventually(lambda: figures_due(hall), lambda due: not due, within=30, what="the sessions' figures")
    found = {}
    async with hall.app.house.desk.read(SYSTEM) as read:
        for table in metadata.sorted_tables:
            kept = await read.db.all(Statement(select(*table.c), lambda *row: repr(row)))
            found[table.name] = len(kept) if table.name == "journal" else sorted(kept)
    return found


def test_the_39_documented_operations_are_mounted():
    assert {"listRoomsInLibrary", "exportAttendanceInLibrary", "createAuthCodeInLibrary"} <= {
        route.operation for route in TWINS
    }
    assert all(route.function is PLAIN[route.twin_of].function for route in TWINS)


async def a_key(hall, ada, **limits):
    """A host: without the scope `admin` a key has no more of its maker, whose rooms these are."""
    body = {"name": "CRM", "scopes": ["write", "codes"], **limits}
    made = await ada.post("/api-clients", json=body)
    assert made.status_code == 201, made.text
    client = hall.client()
    client.headers["X-Api-Key"] = made.json()["data"]["secret"]
    return client


async def check_alike(whole, limited, here):
    """Within the library `limited` is answered what `whole` is elsewhere, word for word but for ids."""
    shared = await here.evening()
    for twin in sorted(TWINS, key=lambda route: route.verb != "GET"):  # reading first: one evening is enough
        is_read = twin.verb == "GET"
        plain = await call(whole, PLAIN[twin.twin_of], shared if is_read else await here.evening())
        scoped = await call(limited, twin, shared if is_read else await here.evening(), here.id)
        if is_about_a_thing(twin) or is_read:
            assert seen(scoped) == seen(plain), twin.operation
        else:  # what is made there belongs to the library, and elsewhere to the default one, or to none
            status, answer = seen(scoped)
            assert 200 <= status < 300, (twin.operation, answer)
            found, there = answer["data"], seen(plain)[1]["data"]
            placed = dict.fromkeys({"library_id", "is_default"} & set(found))  # the first of its shelf is one
            assert found | placed == there | placed, twin.operation
            assert scoped.json()["data"].get("library_id", here.id) == here.id, twin.operation
            assert status == plain.status_code, twin.operation


async def test_within_its_library_an_operation_answers_as_it_does_elsewhere(hall):
    ada = await hall.signed_in(role="admin")
    await check_alike(ada, ada, await shelf(ada, "Here"))


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_who_is_limited_to_a_library_is_answered_there_as_others_are_elsewhere(hall):
    ada = await hall.signed_in(role="admin")
    here = await shelf(ada, "Here")
    whole, limited = await a_key(hall, ada), await a_key(hall, ada, library_ids=[here.id])
    await check_alike(whole, limited, here)
    evening = await here.evening()
    for twin in TWINS:
        answer = await call(limited, PLAIN[twin.twin_of], evening)
        assert answer.status_code == 401 or not PLAIN[twin.twin_of].needs_actor, twin.operation


async def test_things_of_another_library_are_not_found_and_stay_as_they_are(hall):
    ada = await hall.signed_in(role="admin")
    here, there = await shelf(ada, "Here"), await shelf(ada, "There")
    evening = await here.evening()
    before = await rows(hall)
    for twin in filter(is_about_a_thing, TWINS):
        answer = await call(ada, twin, evening, there.id)
        assert answer.status_code == 404, (twin.operation, answer.text)
        assert answer.json()["error"]["code"] == "not_found"
    assert await rows(hall) == before


@pytest.mark.parametrize("who", ["ada", "eve"])
async def test_an_unknown_or_foreign_library_is_not_found(hall, who):
    ada = await hall.signed_in(role="admin")
    eve = await hall.signed_in("eve@example.org", "admin", "Elsewhere")
    here = await shelf(ada, "Here")
    evening = await here.evening()
    client, library_id = (ada, new_id()) if who == "ada" else (eve, here.id)
    before = await rows(hall)
    for twin in TWINS:
        answer = await call(client, twin, evening, library_id)
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found"), twin.operation
    assert await rows(hall) == before


async def test_c9_lists_show_what_carries_the_librarys_id(hall):
    ada = await hall.signed_in(role="admin")
    here, there = await shelf(ada, "Here"), await shelf(ada, "There")
    evening = await here.evening()
    personal = await ada.post("/presets", json={"name": "Mine", "type": "whip"})
    assert personal.status_code == 201
    for path, name, found in (
        ("/rooms", "rooms", evening["rooms"]),
        ("/rooms/mine", "rooms", evening["rooms"]),
        ("/sessions", "sessions", evening["sessions"]),
        ("/presets", "presets", evening["presets"]),  # the personal one is not among them
    ):
        for library, expected in ((here, [found]), (there, [])):
            data = (await ada.get(f"/libraries/{library.id}{path}")).json()["data"]
            assert [each["id"] for each in data[name]] == expected, path
            assert data["pagination"]["total"] == len(expected)


async def test_a_room_created_in_a_library_belongs_to_it(hall):
    ada = await hall.signed_in(role="admin")
    here, there = await shelf(ada, "Here"), await shelf(ada, "There")
    made = await ada.post(f"/libraries/{here.id}/rooms", json={"title": "Talks"})
    assert made.json()["data"]["library_id"] == here.id
    other = await ada.post(f"/libraries/{here.id}/rooms", json={"title": "x", "library_id": there.id})
    assert other.status_code == 422
    assert other.json()["error"]["details"][0]["field"] == "library_id"  # C5


async def test_a_stranger_sees_in_a_library_what_strangers_see(hall):
    ada = await hall.signed_in(role="admin")
    here = await shelf(ada, "Here")
    evening = await here.evening()
    room_id, session_id = evening["rooms"], evening["sessions"]
    anybody = hall.client()
    assert (await anybody.get(f"/libraries/{here.id}/rooms/{room_id}")).status_code == 200
    assert (await anybody.get(f"/libraries/{here.id}/sessions/{session_id}")).status_code == 200
    for path in ("/rooms/mine", f"/sessions/{session_id}/share-urls"):
        assert (await anybody.get(f"/libraries/{here.id}{path}")).status_code == 401  # C2


async def test_a_code_within_a_library_is_for_a_session_of_it(hall):
    ada = await hall.signed_in(role="admin")
    here, there = await shelf(ada, "Here"), await shelf(ada, "There")
    body = {"session_id": (await here.evening())["sessions"]}
    assert (await ada.post(f"/libraries/{here.id}/auth/code", json=body)).status_code == 201
    refused = await ada.post(f"/libraries/{there.id}/auth/code", json=body)
    assert refused.status_code == 422
    assert refused.json()["error"]["details"][0]["field"] == "session_id"  # C5


def test_the_document_leaves_out_what_the_path_has_said():
    route = next(route for route in TWINS if route.twin_of == "listRooms")
    assert LIBRARY.parameter == route.signature.scope
    operation = DOCUMENT["paths"]["/libraries/{library_id}/rooms"]["get"]
    places = [(parameter["in"], parameter["name"]) for parameter in operation["parameters"]]
    assert ("path", "library_id") in places
    assert ("query", "library_id") not in places
