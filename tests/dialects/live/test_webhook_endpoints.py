"""Webhooks: endpoints, what they are told, and what becomes of those that do not answer."""

from datetime import timedelta

import httpx
import msgspec
import pytest
from sqlalchemy import select

from livehall.core.webhooks import model, rules, store
from livehall.kernel.actor import SYSTEM
from livehall.kernel.clock import rfc3339
from livehall.kernel.db import Statement
from livehall.kernel.ids import new_id
from tests.dialects.live.test_clients import error_of, machine, made
from tests.support.receiver import fits

ENDPOINTS = "/webhook-endpoints"
STORED = Statement(select(model.endpoint.c.id), str)


@pytest.fixture
async def ann(hall) -> httpx.AsyncClient:
    return await hall.signed_in("ann@example.org", "admin")


async def endpoint(client, url, **fields):
    """The endpoint, and its secret."""
    answer = await client.post(ENDPOINTS, json={"url": url, **fields})
    assert answer.status_code == 201, answer.text
    data = answer.json()["data"]
    return data["endpoint"], data["secret"]


async def told(hall):
    """Once all that has happened was sent, as far as it is due."""
    house = hall.app.house
    await house.relay.drained()
    await house.telling.gather()
    await house.sending.start_due()
    await house.sending.settled()


async def deliveries(client, made_endpoint, query=""):
    answer = await client.get(f"{ENDPOINTS}/{made_endpoint['id']}/deliveries{query}")
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]["deliveries"]


def later(hall, monkeypatch, **passed):
    """The clock goes on by so much."""
    desk = hall.app.house.desk
    now = desk.clock
    monkeypatch.setattr(desk, "clock", lambda: now() + timedelta(**passed))


async def test_webhook_endpoints_are_made_shown_changed_and_removed(hall, ann, receiver):
    answer = await ann.post(
        ENDPOINTS,
        json={"url": f" {receiver.url} ", "description": " The shop ", "event_types": ["room.created"] * 2},
    )
    made_one = answer.json()["data"]
    assert (answer.status_code, answer.headers["Cache-Control"]) == (201, "no-store")
    assert made_one["secret"].startswith("whsec_")
    shown = made_one["endpoint"]
    assert (shown["url"], shown["description"], shown["event_types"]) == (
        receiver.url, "The shop", ["room.created"],
    )  # fmt: skip
    assert (shown["format"], shown["enabled"], shown["failing_since"]) == ("live", True, None)
    async with hall.app.house.desk.read(SYSTEM) as read:
        kept = await store.listening(read)
    assert made_one["secret"].encode() not in kept[0].secret_enc  # I19

    path = f"{ENDPOINTS}/{shown['id']}"
    listed = (await ann.get(ENDPOINTS)).json()["data"]
    assert (listed["endpoints"], listed["pagination"]["total"]) == ([shown], 1)
    assert "whsec_" not in str(listed)
    changed = await ann.patch(path, json={"event_types": [], "description": None, "enabled": False})
    assert (changed.json()["data"]["event_types"], changed.headers["ETag"]) == ([], '"1"')
    assert error_of(await ann.patch(path, json={"url": receiver.url}, headers={"If-Match": '"0"'})) == (
        409, "conflict",
    )  # fmt: skip
    for call in ("test", "replay"):
        body = {"since": rfc3339(hall.app.house.desk.clock())} if call == "replay" else {}
        assert error_of(await ann.post(f"{path}/{call}", json=body)) == (409, "webhook_off")
    assert (await ann.delete(path)).status_code == 204
    assert error_of(await ann.get(path)) == (404, "not_found")
    assert (await ann.get(ENDPOINTS)).json()["data"]["endpoints"] == []


async def test_webhooks_are_the_administrators_and_of_no_other_tenant(hall, ann, receiver):
    shown, _ = await endpoint(ann, receiver.url)
    sent = (await ann.post(f"{ENDPOINTS}/{shown['id']}/test")).json()["data"]
    one, since = f"{ENDPOINTS}/{shown['id']}", {"since": rfc3339(hall.app.house.desk.clock())}
    calls = [
        ("GET", one, None), ("PATCH", one, {"enabled": False}), ("DELETE", one, None),
        ("POST", f"{one}/rotate-secret", None), ("POST", f"{one}/test", None),
        ("POST", f"{one}/replay", since),
        ("GET", f"{one}/deliveries", None), ("GET", f"/webhook-deliveries/{sent['id']}", None),
        ("POST", f"/webhook-deliveries/{sent['id']}/retry", None),
    ]  # fmt: skip
    eve, host = await hall.signed_in("eve@example.org", "admin", "Elsewhere"), await hall.signed_in()
    for verb, path, body in calls:
        assert error_of(await eve.request(verb, path, json=body)) == (404, "not_found"), path
        assert error_of(await host.request(verb, path, json=body)) == (403, "forbidden"), path
    for verb, path in (("GET", ENDPOINTS), ("POST", ENDPOINTS), ("GET", "/webhook-event-types")):
        body = {"url": receiver.url} if verb == "POST" else None
        assert error_of(await host.request(verb, path, json=body)) == (403, "forbidden")
        assert (await hall.client().request(verb, path, json=body)).status_code == 401
    assert (await eve.get(ENDPOINTS)).json()["data"]["endpoints"] == []

    keys = {
        scope: machine(hall, (await made(ann, scopes=list(scope)))["secret"])
        for scope in (("write",), ("admin",))
    }
    assert error_of(await keys["write",].post(ENDPOINTS, json={"url": receiver.url})) == (403, "forbidden")
    assert (await keys["admin",].post(ENDPOINTS, json={"url": receiver.url})).status_code == 201
    library = (await ann.post("/libraries", json={"name": "Mine"})).json()["data"]["id"]
    limited = machine(hall, (await made(ann, scopes=["admin"], library_ids=[library]))["secret"])
    assert (await limited.get(ENDPOINTS)).status_code == 401


async def test_a_webhook_endpoint_says_what_is_wrong_with_it(hall, ann, receiver):
    shown, _ = await endpoint(ann, receiver.url)
    one = f"{ENDPOINTS}/{shown['id']}"
    good = {"url": receiver.url}
    for verb, path, body, field in (
        ("POST", ENDPOINTS, {}, "url"),
        ("POST", ENDPOINTS, {"url": "ftp://example.org"}, "url"),
        ("POST", ENDPOINTS, {"url": "https://a:b@example.org"}, "url"),
        ("POST", ENDPOINTS, {"url": "https://example.org/#x"}, "url"),
        ("POST", ENDPOINTS, {"url": "https://example.org:99999/"}, "url"),
        ("POST", ENDPOINTS, {"url": "https://example.org/a b"}, "url"),
        ("POST", ENDPOINTS, {"url": "https://example.org/" + "x" * 2000}, "url"),
        ("POST", ENDPOINTS, {**good, "format": "morse"}, "format"),
        ("POST", ENDPOINTS, {**good, "event_types": ["room.created", "room.sold"]}, "event_types[1]"),
        (
            "POST",
            ENDPOINTS,
            {**good, "format": "meltingspot", "event_types": ["room.created"]},
            "event_types[0]",
        ),
        ("POST", ENDPOINTS, {**good, "library_ids": [new_id()]}, "library_ids"),
        ("PATCH", one, {"library_ids": [new_id()]}, "library_ids"),
        ("PATCH", one, {"format": "live"}, "format"),
        ("POST", f"{one}/rotate-secret", {"overlap": -1}, "overlap"),
        ("POST", f"{one}/test", {"event_type": "room.sold"}, "event_type"),
        ("POST", f"{one}/replay", {"since": "2020-01-01T00:00:00Z"}, "since"),
        ("POST", f"{one}/replay", {}, "since"),
    ):
        answer = await ann.request(verb, path, json=body)
        assert error_of(answer) == (422, "validation_failed"), body
        assert answer.json()["error"]["details"][0]["field"] == field
    assert (await ann.get(f"{one}/deliveries?state=lost")).status_code == 422
    for _ in range(19):
        await endpoint(ann, receiver.url, enabled=False)
    assert error_of(await ann.post(ENDPOINTS, json=good)) == (409, "too_many_webhooks")


async def test_what_happens_is_told_in_order_and_signed(hall, ann, receiver):
    await ann.post("/rooms", json={"title": "Before"})
    shown, secret = await endpoint(ann, receiver.url)
    only, _ = await endpoint(ann, receiver.url, event_types=["session.live"])
    room = (await ann.post("/rooms", json={"title": "Physics", "visibility": "private"})).json()["data"]
    planned = await ann.post(
        f"/rooms/{room['id']}/sessions",
        json={"title": "Waves", "mode": "external", "external_url": "https://example.org/live"},
    )
    session = planned.json()["data"]["session"]
    await ann.post(f"/sessions/{session['id']}/go-live")
    await ann.post(f"/sessions/{session['id']}/end")
    await told(hall)
    mine = await deliveries(ann, shown)
    types = [each["event_type"] for each in reversed(mine)]
    assert types[0] == "room.created"  # nothing from before it was there
    assert [each for each in types if each.startswith("session.")] == [
        "session.created", "session.started", "session.live", "session.ended",
    ]  # fmt: skip
    assert {each["state"] for each in mine} == {"succeeded"}
    assert [each["event_type"] for each in await deliveries(ann, only)] == ["session.live"]
    assert sorted(receiver.types) == sorted([*types, "session.live"])

    known = {each["message_id"]: each for each in mine}
    calls = [(headers, body) for headers, body in receiver.calls if fits(secret, headers, body)]
    assert [headers["webhook-id"] for headers, _ in calls] == [each["message_id"] for each in reversed(mine)]
    assert {headers["content-type"] for headers, _ in calls} == {"application/json"}
    assert not fits(secret, calls[0][0], calls[0][1] + b" ")
    assert all(known[headers["webhook-id"]]["attempts"] == 1 for headers, _ in calls)

    one = (await ann.get(f"/webhook-deliveries/{mine[0]['id']}")).json()["data"]
    assert (one["response_status"], one["response_excerpt"], one["error"]) == (200, "heard", None)
    assert one["request_body"].encode() in [body for _, body in calls]
    assert "whsec_" not in str(one)
    again = (await ann.post(f"/webhook-deliveries/{mine[0]['id']}/retry")).json()["data"]
    assert (again["state"], again["attempts"]) == ("pending", 0)
    before = len(receiver.calls)
    await told(hall)
    assert receiver.calls[before:][0][1] == one["request_body"].encode()
    assert receiver.ids[-1] == one["message_id"]
    assert [each["state"] for each in await deliveries(ann, shown, "?event_type=room.created")] == [
        "succeeded"
    ]
    assert await deliveries(ann, shown, "?state=failed") == []
    health = (await ann.get(f"{ENDPOINTS}/{shown['id']}")).json()["data"]
    assert (health["failing_since"], health["last_success_at"] is None) == (None, False)


async def test_a_webhook_secret_is_rotated_without_a_gap(hall, ann, receiver, monkeypatch):
    shown, old = await endpoint(ann, receiver.url)
    answer = await ann.post(f"{ENDPOINTS}/{shown['id']}/rotate-secret", json={"overlap": 60})
    new = answer.json()["data"]["secret"]
    assert answer.json()["data"]["endpoint"]["previous_secret_until"]
    await ann.post(f"{ENDPOINTS}/{shown['id']}/test", json={"event_type": "room.created"})
    await told(hall)
    assert fits(old, *receiver.calls[0])
    assert fits(new, *receiver.calls[0])
    later(hall, monkeypatch, seconds=61)
    await ann.post(f"{ENDPOINTS}/{shown['id']}/test")
    await told(hall)
    assert (fits(old, *receiver.calls[1]), fits(new, *receiver.calls[1])) == (False, True)


async def test_a_webhook_that_fails_comes_again_later_and_later_and_holds_nothing_back(
    hall, ann, receiver, monkeypatch
):
    shown, _ = await endpoint(ann, receiver.url, event_types=["room.created"])
    receiver.status = 302  # a redirect is followed by nobody
    await ann.post("/rooms", json={"title": "One"})
    await told(hall)
    (first,) = await deliveries(ann, shown)
    assert (first["state"], first["attempts"], first["response_status"]) == ("failed", 1, 302)
    receiver.status = 200
    await ann.post("/rooms", json={"title": "Two"})
    await told(hall)
    assert [each["state"] for each in await deliveries(ann, shown)] == ["succeeded", "failed"]
    receiver.status = 500
    waited = []
    for pause in rules.PAUSES:
        later(hall, monkeypatch, seconds=pause.total_seconds() * 1.1)
        await told(hall)
        row = (await deliveries(ann, shown))[1]
        waited.append(row["state"])
    assert waited == ["failed"] * 8 + ["abandoned"]
    assert (row["attempts"], row["next_attempt_at"]) == (10, None)
    assert len(set(receiver.ids)) == 2
    assert receiver.ids.count(first["message_id"]) == 10
    assert (
        len({body for headers, body in receiver.calls if headers["webhook-id"] == first["message_id"]}) == 1
    )


async def test_a_webhook_that_fails_for_days_is_switched_off_and_its_administrators_are_told(
    hall, ann, receiver, monkeypatch
):
    shown, _ = await endpoint(ann, receiver.url)
    path, mails = f"{ENDPOINTS}/{shown['id']}", hall.app.house.settings.mail_folder
    receiver.status = 503
    await ann.post("/rooms", json={"title": "One"})
    await told(hall)
    assert (await ann.get(path)).json()["data"]["failing_since"]
    later(hall, monkeypatch, days=5)
    await ann.post("/rooms", json={"title": "Two"})
    await told(hall)
    await hall.app.house.relay.drained()
    row = (await ann.get(path)).json()["data"]
    assert (row["enabled"], row["off_reason"]) == (False, "failing")
    assert {each["state"] for each in await deliveries(ann, shown)} == {"abandoned"}
    (letter,) = [each.read_text() for each in mails.glob("*.eml") if "webhook" in each.read_text().lower()]
    assert "ann@example.org" in letter
    assert receiver.url.removesuffix("/hooks") in letter.replace("=\n", "")

    receiver.status = 200
    await ann.post("/rooms", json={"title": "Three"})
    await ann.patch(path, json={"enabled": True})
    heard = len(receiver.calls)
    await told(hall)
    assert len(receiver.calls) == heard  # what happened meanwhile is told when it is asked for
    since = rfc3339(hall.app.house.desk.clock() - timedelta(days=6))
    await ann.post(f"{path}/replay", json={"since": since})
    await told(hall)
    titles = [each["data"]["title"] for each in receiver.bodies[heard:]]
    assert titles == ["One", "Two", "Three"]
    assert (await ann.get(path)).json()["data"]["failing_since"] is None


async def test_a_webhook_that_is_gone_is_called_no_more(hall, ann, receiver):
    shown, _ = await endpoint(ann, receiver.url)
    receiver.status = 410
    for title in ("One", "Two", "Three"):
        await ann.post("/rooms", json={"title": title})
    await told(hall)
    row = (await ann.get(f"{ENDPOINTS}/{shown['id']}")).json()["data"]
    assert (row["enabled"], row["off_reason"], len(receiver.calls)) == (False, "gone", 1)


async def test_a_delivery_is_sent_again_when_its_sender_died(hall, ann, receiver, monkeypatch):
    """At least once: a lease runs out, and the same bytes go again under the same id."""
    house = hall.app.house
    shown, _ = await endpoint(ann, receiver.url, event_types=["room.created"])
    monkeypatch.setattr(house.sending, "_settle", _dies)
    await ann.post("/rooms", json={"title": "One"})
    await told(hall)
    monkeypatch.undo()
    await told(hall)
    assert len(receiver.calls) == 1  # nobody else has it meanwhile
    later(hall, monkeypatch, seconds=61)
    await told(hall)
    assert receiver.calls[0][1] == receiver.calls[1][1]
    assert receiver.ids[0] == receiver.ids[1]
    assert [(each["state"], each["attempts"]) for each in await deliveries(ann, shown)] == [("succeeded", 2)]


async def _dies(*_):
    raise RuntimeError("killed")


async def test_a_webhook_hears_of_its_libraries_alone(hall, ann, receiver):
    library = (await ann.post("/libraries", json={"name": "Mine"})).json()["data"]["id"]
    shown, _ = await endpoint(ann, receiver.url, event_types=["room.created"], library_ids=[library])
    await ann.post("/rooms", json={"title": "Elsewhere"})
    await ann.post("/rooms", json={"title": "Here", "library_id": library})
    eve = await hall.signed_in("eve@example.org", "admin", "Elsewhere")
    await eve.post("/rooms", json={"title": "Another tenant's"})
    await told(hall)
    assert [each["data"]["title"] for each in receiver.bodies] == ["Here"]
    assert len(await deliveries(ann, shown)) == 1


async def test_a_webhook_hears_of_registrations_in_every_room_the_library_only_where_all_may_see_it(
    hall, ann, receiver
):
    await endpoint(ann, receiver.url, event_types=["participant.registered"])
    on_library, publish = [], hall.app.house.hub.publish

    def noted(channel, publication):
        if channel.startswith("library:"):
            on_library.append(msgspec.json.decode(publication.data))
        publish(channel, publication)

    hall.app.house.hub.publish = noted
    rooms = {}
    for visibility in ("public", "members", "unlisted", "private"):
        made_room = (await ann.post("/rooms", json={"title": "Physics", "visibility": visibility})).json()
        rooms[visibility] = room = made_room["data"]["id"]
        assert (await ann.put(f"/rooms/{room}/registration", json={"mode": "required"})).status_code == 200
        person = {"first_name": "Mia", "last_name": "Wolf", "email": "mia@example.org"}
        answer = await ann.post(f"/rooms/{room}/registrations", json=person)
        assert answer.status_code == 201, answer.text
    await told(hall)
    assert [each["data"]["room_id"] for each in receiver.bodies] == list(rooms.values())
    assert {each["data"]["name"] for each in receiver.bodies} == {"Mia Wolf"}
    assert [each["data"]["room_id"] for each in on_library if each["type"] == "participant.registered"] == [
        rooms["public"], rooms["members"],
    ]  # fmt: skip


async def test_every_event_type_has_a_sample_that_can_be_sent(hall, ann, receiver):
    known = (await ann.get("/webhook-event-types")).json()["data"]["event_types"]
    assert {each["format"] for each in known} == {"live", "meltingspot"}
    shown, secret = await endpoint(ann, receiver.url)
    for each in known:
        if each["format"] == "live":
            assert each["sample"]["type"] == each["type"]
            sent = await ann.post(f"{ENDPOINTS}/{shown['id']}/test", json={"event_type": each["type"]})
            assert (sent.status_code, sent.json()["data"]["test"]) == (202, True)
    for _ in range(2):
        await told(hall)
    assert receiver.types == [each["type"] for each in known if each["format"] == "live"]
    assert all(fits(secret, headers, body) for headers, body in receiver.calls)


async def test_old_deliveries_are_forgotten(hall, ann, receiver, monkeypatch):
    shown, _ = await endpoint(ann, receiver.url, event_types=["room.created"])
    await ann.post("/rooms", json={"title": "One"})
    await told(hall)
    await hall.app.house.telling.forget()
    assert len(await deliveries(ann, shown)) == 1
    later(hall, monkeypatch, days=31)
    await hall.app.house.telling.forget()
    assert await deliveries(ann, shown) == []


async def test_removed_webhook_endpoints_are_forgotten_with_what_they_were_told(
    hall, ann, receiver, monkeypatch
):
    async def known():
        async with hall.app.house.database.read() as db:
            return sorted(await db.all(STORED))

    removed, lasting = [(await endpoint(ann, receiver.url))[0]["id"] for _ in range(2)]
    await ann.post("/rooms", json={"title": "One"})
    await told(hall)
    assert (await ann.delete(f"{ENDPOINTS}/{removed}")).status_code == 204
    later(hall, monkeypatch, days=29)
    await hall.app.house.telling.forget()
    assert await known() == sorted([removed, lasting])
    later(hall, monkeypatch, days=2)
    await hall.app.house.telling.forget()
    assert await known() == [lasting]
