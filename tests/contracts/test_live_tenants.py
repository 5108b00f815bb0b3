"""What is another organization's is as what is not there, by every operation of the Live API that names it in
its path, body or query; and it stays as it is.
"""

import asyncio
import re
import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest

from livehall.core.audience import store
from livehall.dialects.kit import FORM, Route
from livehall.dialects.live.api import api
from livehall.kernel.actor import SYSTEM
from livehall.kernel.ids import new_id
from livehall.kernel.work import Desk
from livehall.media.serve import MediaServer
from livehall.media.settings import MediaSettings
from livehall.server.secrets import load_secrets
from tests.contracts import bad_input as bad
from tests.contracts.callers import NAME, filled
from tests.contracts.live_things import MAKERS, PNG, SECRETS, TREE, Things
from tests.contracts.test_tenants import rows_of
from tests.support.processes import free_port
from tests.support.served import DEADLINE_S, Served, served
from tests.support.waiting import wait_until

ROUTES = sorted(api.routes, key=lambda route: route.operation)
OPERATIONS = {route.operation for route in ROUTES}
WORDS = {"token": "x"}  # parameters of paths that are no ids
PARAMETER = re.compile(r"/([\w.-]+)/{(\w+)}")

# The thing that a parameter of a path names, by the word before it.
THINGS = {
    "api-clients": "client", "assets": "file", "attendance": "seat", "bans": "banned", "chat": "message",
    "co-hosts": "co_host", "groups": "group", "hands": "hand", "join-requests": "request",
    "libraries": "library", "members": "member", "moderators": "moderator", "organizations": "organization",
    "outputs": "target", "participants": "on_stage", "people": "person", "polls": "poll",
    "presets": "preset", "questions": "question", "recordings": "recording",
    "registrations": "registration", "rooms": "room", "sessions": "session", "streaming-targets": "target",
    "waiting": "waiting", "webhook-deliveries": "delivery", "webhook-endpoints": "endpoint",
    "exports": "export",
}  # fmt: skip
# Those that a session on air refuses.
BEFORE_IT_BEGINS = {"cancelSession", "deleteSession", "rescheduleSession", "updateSession"}
# After these the room or session is another.
ENDING = {"endSession", "updateRoom", "sendChatMessage"}
USER = {"user_id": "{account}"}
HOOK = {"url": "https://example.org/hooks", "enabled": False}
CHANNEL = {"user": "{account}", "channel": "session:{session}"}
# Bodies that name things; of the others `bad.VALID` has the least.
BODIES: dict[str, list[dict[str, Any]]] = {
    "addCoHost": [USER],
    "addModerator": [USER],
    "addGroupMemberByAddress": [{"email": "{email}"}],
    "addToStage": [{"user_id": "{viewer}"}],
    "answerQuestion": [{"text": "Because."}],
    "banParticipant": [{"user_id": "{viewer}"}],
    "centrifugoConnect": [{**bad.CENTRIFUGO, "channels": ["session:{session}"]}],
    "centrifugoRefresh": [{**bad.CENTRIFUGO, "user": "{account}"}],
    "centrifugoSubRefresh": [bad.CENTRIFUGO | CHANNEL],
    "centrifugoSubscribe": [bad.CENTRIFUGO | CHANNEL],
    "clearChat": [{"user_id": "{viewer}"}],
    "createApiClient": [{"name": "A key", "library_ids": ["{library}"]}],
    "createAuthCode": [{"session_id": "{session}"}],
    "createExport": [
        {"kind": "chat", "session_id": "{session}"},
        {"kind": "registrations", "room_id": "{room}"},
    ],
    "createRoom": [
        {
            "title": "A room",
            "library_id": "{library}",
            "default_preset_id": "{preset}",
            "host_id": "{account}",
        }
    ],
    "createSession": [{"title": "An evening", "preset_id": "{preset}"}],
    "createWebhookEndpoint": [{**HOOK, "library_ids": ["{library}"]}],
    "invitePeople": [{"people": [USER]}],
    "invitePerson": [USER],
    "inviteSpeaker": [USER],
    "inviteSpeakers": [{"people": [USER]}],
    "issueClientToken": [
        {
            "grant_type": "client_credentials",
            "client_id": "{oauth_client}",
            "client_secret": "{oauth_secret}",
        }
    ],
    "linkLibraryGroup": [{"group_id": "{group}"}],
    "linkSessionGroups": [{"group_ids": ["{group}"]}],
    "login": [{"email": "ada@example.org", "password": "correct horse", "organization_id": "{organization}"}],
    "registerViewer": [
        {"username": "Vera", "organization_id": "{organization}"},
        {"username": "Vera", "room_id": "{room}"},
    ],
    "revokeClientToken": [
        {"token": "{oauth_token}", "client_id": "{oauth_client}", "client_secret": "{oauth_secret}"}
    ],
    "sendChatMessage": [{"message": "hello", "reply_to": "{message}"}, {"file_id": "{file}"}],
    "unlinkSessionGroups": [{"group_ids": ["{group}"]}],
    "updateApiClient": [{"library_ids": ["{library}"]}],
    "updateRecording": [{"title": "A film"}, {"thumbnail_id": "{picture}"}],
    "updateRoom": [{"library_id": "{other_library}"}, {"default_preset_id": "{preset}"}],
    "updateSession": [{"preset_id": "{preset}"}],
    "updateSessionLayout": [{"pinned": "{on_stage}"}],
    "updateWebhookEndpoint": [{"library_ids": ["{library}"]}],
    "votePoll": [{"option_id": "{option}"}, {"option_ids": ["{option}"]}],
}
QUERIES = {
    "deleteLibrary": {"move_to": "{other_library}"},
    "getPrivacyPolicy": {"organization_id": "{organization}", "room_id": "{room}"},
    "listChatMessages": {"after": "{message}"},
    "listMyRecordings": {"room_id": "{room}"},
    "listReplays": {"library_id": "{library}", "room_id": "{room}"},
    "listRooms": {"library_id": "{library}"},
    "listSessions": {"room_id": "{room}"},
    "serveAsset": {"token": "{file_token}"},
    "serveRecordingFile": {"token": "{recording_token}"},
    "uploadRecording": {"session_id": "{session}"},
}


# Whoever names an organization becomes its guest; it takes no credential, so no tenant's either.
OPEN = {("registerViewer", "organization")}
# Answered alike whatever is named, and without an error: lists of what is found there, a token that was ended
# anyhow (RFC 7009 §2.2), Centrifugo's own way to refuse, and taking away what is not there.
SILENT = {
    "centrifugoConnect", "centrifugoRefresh", "centrifugoSubRefresh", "centrifugoSubscribe", "clearChat",
    "listChatMessages", "listMyRecordings", "listReplays", "listRooms", "listSessions", "revokeClientToken",
    "unlinkSessionGroups",
}  # fmt: skip
# One's own organization is there; a storage of its own is not.
NOTHING_THERE = {"getStorageTarget", "removeStorageTarget"}
# By what a call names last, what it may name of others without an answer of 404, since it is refused before
# anybody looks there: no token of a link (401), nobody on stage (403), a picture that is not ours to send on
# (409) or is none (422).
EARLIER = {
    ("removeFromStage", "on_stage"): {"on_stage"},
    ("serveAsset", "file"): {"file"},
    ("serveRecordingFile", "recording"): {"recording"},
    ("startOutput", "target"): {"target"},
    ("updateRecording", "picture"): {"recording"},
    ("updateStagePermissions", "on_stage"): {"on_stage"},
}
AWAY = {502, 503}  # documented: a part is really away
PASSING = re.compile(r'"timestamp":\d+|"request_id":"[^"]+"')


def bodies_of(route: Route) -> list[dict[str, Any]]:
    name = route.twin_of or route.operation
    return BODIES.get(name, [bad.VALID.get(name, {})])


def path_things(route: Route) -> dict[str, str]:
    """What each parameter that is an id names."""
    name, found = route.twin_of or route.operation, {}
    for word, parameter in PARAMETER.findall(route.path):
        if parameter in route.signature.path_ids:
            found[parameter] = THINGS[word]
    if name in BEFORE_IT_BEGINS:
        found["id"] = "planned"
    if "group_id" in found:
        found["group_id"] = "linked"
    return found


def named_by(route: Route, body: dict[str, Any]) -> list[str]:
    """The things that a call names: in its path, its body and its query."""
    query = QUERIES.get(route.twin_of or route.operation, {})
    found = [*path_things(route).values(), *NAME.findall(f"{body}{query}")]
    return [each for each in dict.fromkeys(found) if each not in SECRETS]


NAMING = [route for route in ROUTES if any(named_by(route, body) for body in bodies_of(route))]


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A hall with its media server, so that it answers as it does at work."""
    folder = tmp_path_factory.mktemp("tenants")
    port = free_port()
    with media_server(folder, port), served(folder, LIVEHALL_MEDIA_PORT=str(port)) as running:
        yield running


@contextmanager
def media_server(folder: Path, port: int) -> Iterator[None]:
    """In a thread of this process, with a loop of its own."""
    secrets = load_secrets(folder)
    server = MediaServer(
        MediaSettings(
            port=port,
            udp_host="127.0.0.1",
            udp_port=0,
            rtmp_port=free_port(),
            keys={secrets.media_api_key: secrets.media_api_secret},
            output_dir=folder / "recordings",
        )
    )
    with asyncio.Runner() as runner, ThreadPoolExecutor(1) as thread:
        thread.submit(runner.run, server.start()).result(DEADLINE_S)
        stopped = asyncio.Event()
        running = thread.submit(runner.run, stopped.wait())
        try:
            yield
        finally:
            runner.get_loop().call_soon_threadsafe(stopped.set)
            running.result(DEADLINE_S)
            thread.submit(runner.run, server.stop()).result(DEADLINE_S)


@pytest.fixture(scope="module")
def both(app: Served) -> Iterator[tuple[Things, Things]]:
    """One's own things, and another tenant's."""
    own, other = Things(app, "ann", "Livehall"), Things(app, "eva", "Elsewhere")
    assert other.all
    other.stay()
    yield own, other
    own.close()
    other.close()


@pytest.fixture(scope="module")
def before(app: Served, both: tuple[Things, Things]) -> dict[str, list[Any]]:
    """The other tenant's rows, when all that followed from making them is done."""
    _, other = both
    wait_until(
        lambda: not is_anything_due(app, other), within=DEADLINE_S, what="nothing follows any more", every=0.2
    )
    return rows_of(app, "eve")


def test_every_id_of_the_document_has_a_thing():
    """Whoever adds one, in a path, a body or a query, says here what it names."""
    for route in ROUTES:
        name = route.twin_of or route.operation
        assert path_things(route).keys() == route.signature.path_ids, name
        assert {*path_things(route).values()} <= {"organization", *MAKERS}, name
        named = set().union(*(members_of(body) for body in bodies_of(route)))
        assert ids_in(route.signature.body) <= named, name
        query = members_of(QUERIES.get(name, {}))
        assert ids_in(route.signature.query) - {route.signature.scope} <= query, name
    assert {name for name in (*BODIES, *QUERIES, *SILENT) if name not in OPERATIONS} == set()


@bad.every(NAMING)
def test_what_is_another_tenants_is_as_what_is_not_there(app, both, before, route):
    own, other = both
    name = route.twin_of or route.operation
    for body in bodies_of(route):
        if name in ENDING:
            own.use_up("session")
        things = named_by(route, body)
        for some in dict.fromkeys([(*things,), *((each,) for each in things)]):
            if (name, *some) in OPEN:
                continue
            theirs = asked(own, route, body, {each: other[each] for each in some})
            unknown = asked(own, route, body, {each: unknown_like(other[each]) for each in some})
            assert theirs == unknown, some
            assert theirs[0] >= 400 or name in SILENT, some
            if {*some} & {*path_things(route).values()} - EARLIER.get((name, things[-1]), set()):
                assert theirs[0] == 404, some
        status, text = asked(own, route, body, {})
        assert status != 404 or name in NOTHING_THERE, text
        assert status < 500 or status in AWAY, text
        assert [each for each in other.all.values() if each in text] == []
    if route.verb != "GET":
        assert changed(app, before) == {}
        own.use_up("account", "viewer", *(TREE if name in ENDING else ()))
    if route.verb == "DELETE":
        own.use_up(things[-1] if name not in QUERIES else "library")


@bad.every([route for route in ROUTES if route not in NAMING])
def test_what_names_nothing_shows_nothing_of_another_tenant(app, both, before, route):
    own, other = both
    _, text = asked(own, route, bodies_of(route)[0], {})
    assert [each for each in other.all.values() if each in text] == []
    assert changed(app, before) == {}


def is_anything_due(app: Served, things: Things) -> bool:
    """Whether something is still to follow: reactions, figures, the next count of who watches."""

    async def uncounted(desk: Desk) -> list[store.Count]:
        async with desk.read(SYSTEM) as read:
            return [each for each in await store.counts(read) if each.present != each.viewer_count]

    with sqlite3.connect(f"file:{app.database}?mode=ro", uri=True) as db:
        due = [
            *db.execute("select 1 from journal where done_at is null or position is null"),
            *db.execute("select 1 from session where figures_due_at is not null"),
        ]
    db.close()
    return bool(due or things.desk(uncounted))


def changed(app: Served, before: dict[str, list[Any]]) -> dict[str, set[Any]]:
    """The other tenant's rows that are not as they were; they count as they are now from here on."""
    after = rows_of(app, "eve")
    found = {table: set(rows) ^ set(after[table]) for table, rows in before.items() if rows != after[table]}
    before.update(after)
    return found


def unknown_like(value: str) -> str:
    """An id, an address or a token that nobody has: of the same length, and an id of the same time."""
    if is_id(value):
        return value[:-12] + new_id()[-12:]
    return f"{new_id()[-8:]}{value[8:]}" if "@" in value else f"{value[:-8]}{new_id()[-8:]}"


def asked(own: Things, route: Route, body: dict[str, Any], others: dict[str, str]) -> tuple[int, str]:
    """Status and body of a call with things of others."""
    name = route.twin_of or route.operation
    things = {each: others.get(each) or own[each] for each in named_by(route, body)}
    things |= {each: own[each] for each in SECRETS}
    path = filled(route.path, {each: things[thing] for each, thing in path_things(route).items()} | WORDS)
    options: dict[str, Any] = {}
    if route.takes is bytes:
        options = {"content": PNG, "headers": {"Content-Type": "image/png"}}
    elif route.signature.body is not None:
        options["data" if route.takes_media == FORM else "json"] = filled(body, things)
    query = bad.VALID_QUERY.get(name, {}) | filled(QUERIES.get(name, {}), things)
    client = own.nobody if route.takes_media == FORM else own.http
    answer = client.request(route.verb, path, params=query, **options)
    text = PASSING.sub("", answer.text)
    for value in others.values():
        text = text.replace(value, "…")
    return answer.status_code, text


def is_id(value: str) -> bool:
    return len(value) == len(bad.UNKNOWN) and value.count("-") == bad.UNKNOWN.count("-")


def ids_in(kind: type[Any] | None) -> set[str]:
    """The members of a body or a query that are ids, those within others with a dot between."""
    if kind is None:
        return set()
    (schema,), components = msgspec.json.schema_components([kind])
    return set(_ids_in(schema, components, ""))


def _ids_in(schema: dict[str, Any], components: dict[str, Any], at: str) -> Iterator[str]:
    if "$ref" in schema:
        schema = components[schema["$ref"].rpartition("/")[2]]
    if schema.get("format") == "uuid":
        yield at
    for each in (*schema.get("anyOf", ()), *(schema[key] for key in ("items",) if key in schema)):
        yield from _ids_in(each, components, at)
    for name, each in schema.get("properties", {}).items():
        yield from _ids_in(each, components, f"{at}.{name}".lstrip("."))


def members_of(body: Any, at: str = "") -> set[str]:
    """The members of a body that name things."""
    if isinstance(body, dict):
        return set().union(*(members_of(each, f"{at}.{name}".lstrip(".")) for name, each in body.items()))
    if isinstance(body, list):
        return set().union(*(members_of(each, at) for each in body))
    return {at} if isinstance(body, str) and NAME.search(body) else set()
