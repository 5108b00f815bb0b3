"""A dialect, running: its order of checks, its shapes of answers and errors, its rates."""

import httpx
import msgspec
import pytest

from livehall.dialects.kit import FORM, Answer, Dialect, DialectApp, Limiter, Rate, Tolerant
from livehall.dialects.kit.body import LIMIT, TooLarge, Unreadable, WrongMediaType
from livehall.kernel.actor import Actor
from livehall.kernel.faults import Conflict, Fault, Forbidden, Invalid, Limited, NotFound, Unauthenticated
from livehall.kernel.ids import Id, new_id

STATUSES: dict[type[Fault], int] = {
    Unreadable: 400, WrongMediaType: 415, TooLarge: 413, Invalid: 422, Unauthenticated: 401, Forbidden: 403,
    NotFound: 404, Conflict: 409, Limited: 429, Fault: 500,
}  # fmt: skip
LIVE = ("rate", "sign_in", "media_type", "syntax", "schema", "path", "permission")
SOURCELOOP = ("rate", "media_type", "syntax", "schema", "path", "sign_in", "permission")
VOILA = ("rate", "sign_in", "permission", "path", "media_type", "syntax", "schema")


class Error(msgspec.Struct):
    words: str


class Thing(Tolerant):
    name: str


class SignIn:
    async def __call__(self, call):
        who = call.headers.get("authorization")
        if who is None:
            raise Unauthenticated
        return Actor(kind="account", id=new_id(), name=who)


def permit(route, call, actor):
    if actor.name == "forbidden":
        raise Forbidden


def running(**options):
    toy = Dialect(
        name="toy", title="Toy", version="1", prefix="/toy", sign_in=SignIn, permit=permit,
        statuses=STATUSES, shape=lambda problem: Error(problem.fault.text), problem=Error, **options,
    )  # fmt: skip
    common = {"tag": "things", "access": "service"}

    @toy.route("PUT", "/things/{thingId}", operation="put", **common)
    async def put(thing_id: Id, body: Thing) -> Thing:
        return body

    @toy.route("POST", "/forms", operation="form", takes_media=FORM, media="text/plain", **common)
    async def form(body: Thing) -> str:
        return body.name

    @toy.route("GET", "/nothing", operation="nothing", **common)
    async def nothing() -> None:
        return None

    @toy.route("GET", "/mistake", operation="mistake", **common)
    async def mistake() -> None:
        raise RuntimeError("a secret of ours")

    @toy.route("GET", "/taken", operation="taken", raises=[Conflict], statuses={Conflict: 400}, **common)
    async def taken() -> Answer:
        raise Conflict

    app = DialectApp(toy, desk=None, sealing=None, services={}, limiter=Limiter())
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://toy.test")


JSON = {"content-type": "application/json"}
ILLS = {  # what is wrong with a call, and what it is answered if that alone is wrong
    "sign_in": ({"headers": {}}, 401),
    "permission": ({"headers": {"authorization": "forbidden"}}, 403),
    "media_type": ({"kind": "text/plain"}, 415),
    "syntax": ({"content": b"{"}, 400),
    "schema": ({"content": b"{}"}, 422),
    "path": ({"path": "/things/7"}, 404),
}


@pytest.mark.parametrize("order", [LIVE, SOURCELOOP, VOILA], ids=["live", "sourceloop", "voila"])
async def test_of_two_things_that_are_wrong_the_first_check_is_answered(order):
    well = {
        "path": f"/things/{new_id()}", "content": b'{"name": "a", "more": 1}', "kind": "application/json",
        "headers": {"authorization": "ann"},
    }  # fmt: skip
    async with running(order=order) as client:

        async def asked(**ill):
            call = well | ill
            headers = call["headers"] | {"content-type": call["kind"]}
            return await client.put(call["path"], content=call["content"], headers=headers)

        assert (await asked()).json() == {"name": "a"}
        checks = [check for check in order if check in ILLS]
        for number, first in enumerate(checks):
            for second in (first, *checks[number + 1 :]):
                # The earlier check's ill wins where both touch the same part of the call.
                answer = await asked(**(ILLS[second][0] | ILLS[first][0]))
                assert answer.status_code == ILLS[first][1], (first, second)
                assert list(answer.json()) == ["words"]


async def test_answers_may_be_bare_text_or_nothing():
    async with running() as client:
        client.headers["authorization"] = "ann"
        text = await client.post("/forms", data={"name": "Füße", "more": "x"})
        assert (text.text, text.headers["content-type"]) == ("Füße", "text/plain; charset=utf-8")
        empty = await client.get("/nothing")
        assert (empty.status_code, empty.content) == (200, b"")
        assert "content-type" not in empty.headers
        assert (
            await client.post("/forms", content=b"name=a&name=b", headers={"content-type": FORM})
        ).status_code == 400


async def test_every_error_has_the_dialects_shape():
    async with running() as client:
        client.headers["authorization"] = "ann"
        wide = JSON | {"content-length": str(LIMIT + 1)}
        for answer, status in (
            (await client.get("/nowhere"), 404),
            (await client.delete("/nothing"), 405),
            (await client.get("/mistake"), 500),
            (await client.get("/taken"), 400),
            (await client.put(f"/things/{new_id()}", content=b"x", headers=wide), 413),
        ):
            assert answer.status_code == status
            assert list(answer.json()) == ["words"]
            assert answer.headers["x-request-id"]
            assert "secret" not in answer.text
    async with running(wrong_method=404) as client:
        assert (await client.delete("/nothing")).status_code == 404


async def test_several_rates_hold_for_each_credential():
    rates = [Rate(per_minute=600, burst=100), Rate(per_minute=1, burst=3)]
    async with running(rates=rates, credential=lambda call: call.headers.get("authorization")) as client:
        statuses = [
            (await client.get("/nothing", headers={"authorization": who})).status_code
            for who in ("ann", "ann", "ann", "ann", "ben")
        ]
        refused = await client.get("/nothing", headers={"authorization": "ann"})
    assert statuses == [200, 200, 200, 429, 200]
    assert (refused.status_code, list(refused.json())) == (429, ["words"])
    assert 0 < int(refused.headers["retry-after"]) <= 60
