"""Bad input for every operation that exists, read off the routes: a new operation brings its own."""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from livehall.dialects.kit import Route
from livehall.dialects.kit import body as bodies
from livehall.dialects.kit.openapi import security_of
from livehall.dialects.live import routes
from livehall.dialects.live.api import api
from livehall.kernel.clock import rfc3339, utc_now
from livehall.kernel.faults import Invalid
from tests.support.served import Host

assert routes.ROUTES, "importing them registers every operation"

# What has errors of its own shape has tests of its own (`test_oauth`).
ROUTES = sorted((route for route in api.routes if route.problem is None), key=lambda route: route.operation)
PATHS = sorted({route.path for route in ROUTES})
WITH_BODY = [route for route in ROUTES if route.signature.body is not None]
WITH_IDS = [route for route in ROUTES if route.signature.path_ids]
# Where a signed link is the credential, the link is looked at first.
WITH_IDS_FOR_PEOPLE = [route for route in WITH_IDS if route.access != "none"]
# A signed or shared secret is checked by the route itself, not by the `Authorization` of a person.
FOR_PEOPLE = [route for route in ROUTES if route.needs_actor]
FOR_MACHINES = [route for route in ROUTES if route.security]
OPTIONAL_SIGN_IN = [route for route in ROUTES if route.access == "public"]

UNKNOWN = "01890000-0000-7000-8000-000000000000"
RECENTLY = rfc3339(utc_now() - timedelta(hours=1))
LATER = "2040-01-01T10:00:00.000Z"
CENTRIFUGO = {"client": "c", "transport": "websocket", "protocol": "json", "encoding": "json"}

# The least body that each operation takes.
VALID: dict[str, dict[str, Any]] = {
    "createExport": {"kind": "chat", "session_id": UNKNOWN},
    "createWebhookEndpoint": {"url": "https://example.org/hooks"},
    "replayWebhookEndpoint": {"since": RECENTLY},
    "updateSessionLayout": {"layout": "grid"},
    "login": {"email": "ada@example.org", "password": "correct horse"},
    "loginDevice": {"device_token": "x" * 43},
    "refreshToken": {"refresh_token": "x" * 43},
    "registerViewer": {"username": "Vera"},
    "exchangeAuthCode": {"code": "x" * 43},
    "tradeAccessLink": {"access_token": "x" * 43},
    "setRegistrationForm": {"mode": "optional"},
    "registerForRoom": {"email": "mia@example.org", "first_name": "Mia", "last_name": "Wolf"},
    "registerForSession": {"email": "mia@example.org", "first_name": "Mia", "last_name": "Wolf"},
    "setOwnConsent": {"accepted": True},
    "importRegistrations": {"csv": "email\nmia@example.org\n"},
    "createRoom": {"title": "A room"},
    "createApiClient": {"name": "A key"},
    "createPreset": {"name": "Quiet", "type": "whip"},
    "addToStage": {"user_id": UNKNOWN},
    "banParticipant": {"user_id": UNKNOWN},
    "createLibrary": {"name": "A shelf"},
    "setStorageTarget": {"kind": "s3"},
    "createStreamingTarget": {"name": "Elsewhere", "endpoint": "rtmp://example.org/app", "stream_key": "key"},
    "createSession": {"title": "An evening"},
    "createGroup": {"name": "Friends"},
    "addGroupMemberByAddress": {"email": "mia@example.org"},
    "invitePerson": {"email": "mia@example.org"},
    "invitePeople": {"people": [{"email": "mia@example.org"}]},
    "inviteSpeaker": {"email": "mia@example.org"},
    "inviteSpeakers": {"people": [{"email": "mia@example.org"}]},
    "linkLibraryGroup": {"group_id": UNKNOWN},
    "linkSessionGroups": {"group_ids": [UNKNOWN]},
    "unlinkSessionGroups": {"group_ids": [UNKNOWN]},
    "rescheduleSession": {"scheduled_start_time": LATER},
    "sendChatMessage": {"message": "hello"},
    "askQuestion": {"text": "Why?"},
    "react": {"emoji": "👏"},
    "createPoll": {"question": "Tea?", "options": ["yes", "no"]},
    "votePoll": {"option_id": UNKNOWN},
    "setHostVideo": {"enabled": True},
    "setHostAudio": {"enabled": True},
    "centrifugoConnect": CENTRIFUGO,
    "centrifugoSubscribe": {**CENTRIFUGO, "user": UNKNOWN, "channel": f"session:{UNKNOWN}"},
    "centrifugoRefresh": {**CENTRIFUGO, "user": UNKNOWN},
    "centrifugoSubRefresh": {**CENTRIFUGO, "user": UNKNOWN, "channel": f"session:{UNKNOWN}"},
}

# What the queries cannot do without; the token is no right one.
VALID_QUERY = {
    "serveRecordingFile": {"token": "x"},
    "serveAsset": {"token": "x"},
    "uploadChatFile": {"name": "notes.txt"},
    "uploadRecording": {"session_id": UNKNOWN},
}

ONE_OF_EACH_TYPE: tuple[Any, ...] = ([7], {"a": 7}, 7.5, True, "text")
BAD_QUERY_VALUES = ("", "nonsense", "-1", "9" * 30, "x" * 10_000)

UNREADABLE = {
    "duplicate keys": b'{"title": "a", "title": "b"}',
    "duplicate keys, deep": b'{"analytics": {"a": 1, "a": 2}}',
    "invalid UTF-8": b'{"title": "\xff\xfe"}',
    "NaN": b'{"title": NaN}',
    "infinity": b'{"title": -Infinity}',
    "lone surrogate": b'{"title": "\\ud800"}',
    "NUL": b'{"title": "a\\u0000b"}',
    "nested deeply": b'{"title": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "nested a little too deeply": b'{"title": ' + b"[" * 40 + b"]" * 40 + b"}",
    "a huge number": b'{"title": ' + b"9" * 5_000 + b"}",
    "cut off": b'{"title": "a',
    "two values": b"{} {}",
    "no JSON": b"title=a",
    "UTF-16": '{"title": "a"}'.encode("utf-16"),
}
NOT_AN_OBJECT = (b"[]", b'"text"', b"7", b"null", b"true")


def valid_body(route: Route) -> dict[str, Any]:
    """The least body; operations that are missing in `VALID` take an empty one."""
    return dict(VALID.get(route.twin_of or route.operation, {}))


def members(route: Route) -> tuple[msgspec.structs.FieldInfo, ...]:
    assert route.signature.body is not None
    return msgspec.structs.fields(route.signature.body)


def wrong_types(route: Route) -> Iterator[tuple[str, Any]]:
    """(member, a value of a type it does not take), for members that do not take everything."""
    for member in members(route):
        for value in ONE_OF_EACH_TYPE:
            if not _takes(member.type, value):
                yield member.encode_name, value
                break


def text_members(route: Route) -> Iterator[str]:
    for member in members(route):
        if _takes(member.type, "text"):
            yield member.encode_name


def bad_queries(route: Route) -> Iterator[tuple[str, str]]:
    """(parameter, a value it cannot have), for parameters that do not take any text."""
    kind = route.signature.query
    if kind is None:
        return
    for parameter in msgspec.structs.fields(kind):
        name = parameter.encode_name
        if name == route.signature.scope:
            continue
        yield name, "a\0b"
        others = VALID_QUERY.get(route.twin_of or route.operation, {})
        for value in BAD_QUERY_VALUES:
            if _refuses(kind, {**others, name: value}):
                yield name, value


def refuses_unknown(route: Route) -> bool:
    assert route.signature.body is not None
    config: Any = getattr(route.signature.body, "__struct_config__", None)
    return bool(config.forbid_unknown_fields)


def is_secured(route: Route) -> bool:
    """Whether the document says that a credential is needed."""
    required = security_of(route)
    return bool(required) and {} not in required


def takes_input(route: Route) -> bool:
    """Whether the document can forbid something: any text may stand in a path that is no id."""
    signature = route.signature
    return bool(signature.path_ids or signature.query or signature.body or route.repeatable or route.takes)


def own_path(route: Route, host: Host) -> str:
    """The path with ids of things that exist and are this host's."""
    return with_ids(route, room=host.room, session=host.session, library=host.library)


def fresh_path(route: Route, host: Host) -> str:
    """The same with things that nothing was done to yet."""
    return with_ids(route, room=host.new_room(), session=host.new_session(), library=host.library)


def with_ids(
    route: Route, *, room: str, session: str, library: str | None = None, other: str = UNKNOWN
) -> str:
    """The path with an id for what each parameter names, by the word before it."""
    known = {"rooms": room, "sessions": session, "libraries": library or other}

    def put(match: re.Match[str]) -> str:
        return f"/{match[1]}/{known.get(match[1], other)}"

    return re.sub(r"/(\w[\w-]*)/{\w+(?::\w+)?}", put, route.path)


def path_values(route: Route, path: str) -> dict[str, str]:
    """The parameters of the route in a path of its."""
    match = _pattern(route).fullmatch(path)
    assert match is not None
    return match.groupdict()


def is_at(route: Route, path: str) -> bool:
    return _pattern(route).fullmatch(path) is not None


def _pattern(route: Route) -> re.Pattern[str]:
    return re.compile(re.sub(r"{(\w+)(?::\w+)?}", r"(?P<\1>[^/]+)", route.path))


def _takes(kind: Any, value: Any) -> bool:
    try:
        msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        # The type is right, and the value breaks a bound.
        return "Expected `" in str(error) and ", got" not in str(error)
    return True


def _refuses(kind: type[Any], query: dict[str, str]) -> bool:
    try:
        bodies.convert(query, kind, lax=True)
    except Invalid:
        return True
    return False


class Detail(msgspec.Struct, forbid_unknown_fields=True):
    code: str
    message: str
    field: str = ""


class Error(msgspec.Struct, forbid_unknown_fields=True):
    code: str
    message: str
    request_id: str
    details: list[Detail] = []


class Envelope(msgspec.Struct, forbid_unknown_fields=True):
    """What an error of the Live API looks like."""

    success: bool
    error: Error
    timestamp: int


def every(routes: list[Route]) -> pytest.MarkDecorator:
    """A test for each of these operations, named after it."""
    return pytest.mark.parametrize("route", routes, ids=[route.operation for route in routes])
