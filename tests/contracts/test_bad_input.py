"""Bad input on every operation that exists: a 4xx in the dialect's error shape that says what is wrong."""

from typing import Any

import httpx
import msgspec
import pytest

from livehall.dialects.kit import Route
from livehall.dialects.kit.body import LIMIT
from tests.contracts import bad_input as bad
from tests.support.served import Served


def error_of(answer: httpx.Response, *statuses: int) -> bad.Error:
    """The error, after a look at its shape."""
    assert answer.status_code in statuses, f"{answer.request.url}: {answer.status_code} {answer.text[:500]}"
    assert answer.headers["content-type"] == "application/json"
    envelope = msgspec.json.decode(answer.content, type=bad.Envelope)
    assert not envelope.success
    assert envelope.error.message
    assert envelope.error.request_id == answer.headers["x-request-id"]
    return envelope.error


def fields_of(answer: httpx.Response) -> list[str]:
    """What the details of a 422 name."""
    error = error_of(answer, 422)
    assert error.code == "validation_failed"
    return [detail.field for detail in error.details]


def call(app: Served, route: Route, path: str | None = None, **options: Any) -> httpx.Response:
    headers = {"X-Proxy-Secret": app.secrets.centrifugo_secret, **options.pop("headers", {})}
    if path is None or "?" not in path:
        needed = bad.VALID_QUERY.get(route.twin_of or route.operation, {})
        options["params"] = needed | options.get("params", {})
    return app.ada.http.request(route.verb, path or bad.own_path(route, app.ada), headers=headers, **options)


def own_body(route: Route) -> dict[str, Any]:
    """The option that sends the least body, where the operation takes one."""
    return {} if route.signature.body is None else {"json": bad.valid_body(route)}


def raw(app: Served, route: Route, content: bytes, kind: str = "application/json") -> httpx.Response:
    return call(app, route, content=content, headers={"Content-Type": kind})


@bad.every(bad.WITH_BODY)
def test_a_member_of_a_wrong_type_is_named(app, route):
    for member, value in bad.wrong_types(route):
        answer = call(app, route, json=bad.valid_body(route) | {member: value})
        assert [field.partition(".")[0].partition("[")[0] for field in fields_of(answer)] == [member]


@bad.every(bad.WITH_BODY)
def test_a_missing_member_is_named(app, route):
    for member in bad.members(route):
        if member.required:
            body = bad.valid_body(route)
            del body[member.encode_name]
            assert fields_of(call(app, route, json=body)) == [member.encode_name]


@bad.every([route for route in bad.WITH_BODY if bad.refuses_unknown(route)])
def test_an_unknown_member_is_named(app, route):
    answer = call(app, route, json=bad.valid_body(route) | {"surprise": 1})
    assert fields_of(answer) == ["surprise"]


@bad.every([route for route in bad.WITH_BODY if not route.security])
def test_an_over_long_text_is_refused(app, route):
    """A Centrifugo beside us hands on what it was given: there the body's limit alone holds."""
    for member in bad.text_members(route):
        answer = call(app, route, json=bad.valid_body(route) | {member: "x" * 100_000})
        assert fields_of(answer) == [member]


@bad.every(bad.WITH_BODY)
def test_a_body_that_cannot_be_read_is_refused(app, route):
    for words, content in bad.UNREADABLE.items():
        assert error_of(raw(app, route, content), 400).code == "invalid_request", words


@bad.every(bad.WITH_BODY)
def test_a_body_that_is_no_object_is_refused(app, route):
    for content in bad.NOT_AN_OBJECT:
        assert error_of(raw(app, route, content), 422).code == "validation_failed"


@bad.every([route for route in bad.WITH_BODY if not route.signature.body_optional])
def test_a_body_that_is_not_there_is_refused(app, route):
    assert error_of(raw(app, route, b""), 400).code == "invalid_request"


@bad.every(bad.WITH_BODY)
def test_a_body_of_another_type_is_refused(app, route):
    for kind in ("text/plain", "application/x-www-form-urlencoded", "application/jsonx", ""):
        content = msgspec.json.encode(bad.valid_body(route))
        assert error_of(raw(app, route, content, kind), 400).code == "invalid_request"


@bad.every(
    [
        route
        for route in bad.ROUTES
        if route.signature.body is not None or route.operation == "receiveLivekitWebhook"
    ]
)
def test_a_body_over_the_limit_is_refused(app, route):
    content = b'{"title": "' + b"x" * LIMIT + b'"}'
    assert error_of(raw(app, route, content), 413).code == "payload_too_large"
    # Without a length in front it is counted while it comes.
    answer = call(
        app,
        route,
        content=iter([content[:1000], content[1000:]]),
        headers={"Content-Type": "application/json"},
    )
    assert error_of(answer, 413).code == "payload_too_large"


@bad.every([route for route in bad.ROUTES if route.signature.query is not None])
def test_C3_a_query_value_that_cannot_be_is_named(app, route):
    for name, value in bad.bad_queries(route):
        assert fields_of(call(app, route, params={name: value}, **own_body(route))) == [name]


@bad.every([route for route in bad.ROUTES if route.signature.query is not None])
def test_C3_a_query_that_cannot_be_read_is_refused(app, route):
    path = bad.own_path(route, app.ada)
    answer = call(app, route, f"{path}?page=%FF&limit=%FF", **own_body(route))
    assert error_of(answer, 422).code == "validation_failed"


@bad.every(bad.WITH_IDS)
def test_C3_an_id_that_is_none_is_not_found(app, route):
    for word in ("7", "x" * 5_000, "%00", "..%2f..", bad.UNKNOWN[:-1], "%FF%FE"):
        path = bad.with_ids(route, room=word, session=word, other=word)
        error_of(call(app, route, path, json=bad.valid_body(route)), 404)


@bad.every(bad.WITH_IDS_FOR_PEOPLE)
def test_an_id_of_another_organization_is_answered_as_an_unknown_one(app, route):
    def answered(room: str, session: str) -> tuple[int, bytes]:
        path = bad.with_ids(route, room=room, session=session)
        answer = call(app, route, path, json=bad.valid_body(route))
        error = error_of(answer, 404)
        stamp = msgspec.json.decode(answer.content)["timestamp"]
        body = answer.content.replace(error.request_id.encode(), b"id")
        return answer.status_code, body.replace(f'"timestamp":{stamp}'.encode(), b'"timestamp":0')

    assert answered(app.eve.room, app.eve.session) == answered(bad.UNKNOWN, bad.UNKNOWN)


@bad.every([route for route in bad.ROUTES if bad.is_secured(route)])
def test_C2_nobody_calls_it_without_a_credential(app, route):
    path = bad.own_path(route, app.ada)
    with httpx.Client(base_url=f"{app.url}/api/v1") as stranger:
        error_of(stranger.request(route.verb, path, json=bad.valid_body(route)), 401)


@bad.every(bad.FOR_PEOPLE)
def test_C1_a_missing_credential_is_said_before_what_is_wrong_with_the_body(app, route):
    path = bad.own_path(route, app.ada)
    with httpx.Client(base_url=f"{app.url}/api/v1") as stranger:
        error_of(stranger.request(route.verb, path, content=b"{"), 401)


@bad.every([*bad.FOR_PEOPLE, *bad.OPTIONAL_SIGN_IN])
def test_C2_nobody_calls_it_with_a_bad_credential(app, route):
    token = app.token("ada")
    forged = token[:-4] + ("AAAA" if token[-4:] != "AAAA" else "BBBB")
    for header in (
        "Bearer",
        "Bearer x",
        f"Bearer {forged}",
        f"Bearer {'x' * 5_000}",
        f"Basic {token}",
        token,
        f"Bearer {app.token('ada', 'realtime')}",
    ):
        error_of(call(app, route, headers={"Authorization": header}), 401)
    error_of(call(app, route, headers={"X-Api-Key": "lh_1"}), 401)


@bad.every(bad.FOR_MACHINES)
def test_C2_a_machine_with_a_bad_secret_is_refused(app, route):
    for headers in ({"X-Proxy-Secret": "x"}, {"X-Proxy-Secret": "é"}, {"Authorization": "x"}):
        wrong = {"X-Proxy-Secret": "", **headers}
        answer = call(
            app,
            route,
            json=bad.valid_body(route),
            headers={name: value.encode() for name, value in wrong.items()},
        )
        assert error_of(answer, 401).code in {"invalid_signature", "unauthenticated"}


@pytest.mark.parametrize("path", bad.PATHS)
def test_a_method_that_an_address_does_not_know_is_refused(app, path):
    address = bad.with_ids(next(route for route in bad.ROUTES if route.path == path), room="1", session="1")
    known = {route.verb for route in bad.ROUTES if bad.is_at(route, address)}
    for verb in {"GET", "POST", "PUT", "PATCH", "DELETE", "TRACE", "QUERY"} - known:
        answer = app.ada.http.request(verb, address)
        error_of(answer, 405)
        assert set(answer.headers["allow"].split(", ")) - {"HEAD"} == known


def test_an_address_that_nobody_knows_is_not_found(app):
    for path in ("/nowhere", "/", "/rooms/", "//rooms", "/rooms%0A/x", "/%00", "/" + "x" * 8_000):
        error_of(app.ada.http.get(f"{app.url}/api/v1{path}"), 404)


@bad.every([route for route in bad.ROUTES if route.repeatable])
def test_C4_a_key_that_cannot_be_one_is_refused(app, route):
    for key in ("", "x" * 129):
        answer = call(app, route, json=bad.valid_body(route), headers={"Idempotency-Key": key})
        assert error_of(answer, 422).code == "validation_failed"


def test_the_faults_of_a_body_come_before_the_path(app):
    (route,) = (route for route in bad.ROUTES if route.operation == "createSession")
    path = bad.with_ids(route, room=bad.UNKNOWN, session=bad.UNKNOWN)
    error_of(call(app, route, path, json={}), 422)
