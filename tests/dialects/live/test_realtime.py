"""The questions of a Centrifugo beside us."""

from datetime import timedelta

import pytest

from livehall.core.sessions import store as sessions
from livehall.kernel import journal, trimming
from tests.dialects.live.evening import an_evening

ASKED = {"client": "c1", "transport": "websocket", "protocol": "json", "encoding": "json"}


@pytest.fixture
def secret(hall_secrets):
    return {"X-Proxy-Secret": hall_secrets.centrifugo_secret}


async def test_connect_with_an_access_token(hall, secret):
    ada = await hall.person()
    body = {**ASKED, "data": {"token": hall.token(ada)}}
    answer = (await hall.client().post("/centrifugo/connect", json=body, headers=secret)).json()
    assert answer["result"]["user"] == ada.id
    assert answer["result"]["subs"] == {f"user:{ada.id}": {}}
    assert answer["result"]["meta"]["org"] == ada.organization_id


async def test_connect_without_a_token_is_anonymous(hall, secret):
    answer = (await hall.client().post("/centrifugo/connect", json=ASKED, headers=secret)).json()
    assert answer == {"result": {"user": "", "info": {}, "meta": {}, "subs": {}}}


async def test_connect_with_a_bad_token_is_final(hall, secret):
    body = {**ASKED, "data": {"token": "a.b.c"}}
    answer = (await hall.client().post("/centrifugo/connect", json=body, headers=secret)).json()
    assert answer == {"disconnect": {"code": 4501, "reason": "bad token"}}


async def test_a_wrong_proxy_secret_is_refused(hall):
    answer = await hall.client().post("/centrifugo/connect", json=ASKED, headers={"X-Proxy-Secret": "wrong"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "invalid_signature")


async def test_c22_both_documents_are_served(hall):
    for name, version in (("asyncapi", "3."), ("openapi", "3.")):
        answer = await hall.client().get(f"http://hall.test/{name}/live.json")
        assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")
        assert answer.json()[name].startswith(version)
        assert answer.json()["channels" if name == "asyncapi" else "paths"]


async def test_subscribe_to_a_public_room(hall, secret):
    client = await hall.signed_in()
    room = (await client.post("/rooms", json={"title": "Chemistry"})).json()["data"]
    body = {**ASKED, "user": "", "channel": f"room:{room['id']}"}
    answer = (await hall.client().post("/centrifugo/subscribe", json=body, headers=secret)).json()
    assert answer["result"]["data"]["snapshot"]["room"]["title"] == "Chemistry"


@pytest.mark.parametrize(
    ("channel", "code"),
    [
        ("session:{session}", 103),
        ("chat:{session}", 103),
        ("staff:{session}", 103),
        ("user:{other}", 103),
        ("room:{other}", 103),
        ("nothing:{other}", 102),
        ("room:none", 102),
    ],
)
async def test_channels_of_others_are_refused_c24(hall, secret, channel, code):
    ada, bob = await hall.person(), await hall.person("bob@example.org")
    client = hall.client(hall.token(ada))
    room = (await client.post("/rooms", json={"title": "Chemistry"})).json()["data"]
    made = await client.post(f"/rooms/{room['id']}/sessions", json={"title": "One"})
    session = made.json()["data"]["session"]["id"]
    body = {
        **ASKED,
        "user": ada.id,
        "channel": channel.format(session=session, other=bob.id),
        "meta": {"org": ada.organization_id},
    }
    answer = (await client.post("/centrifugo/subscribe", json=body, headers=secret)).json()
    assert answer["error"]["code"] == code


async def test_refresh_prolongs_as_long_as_the_right_exists(hall, secret):
    ada = await hall.person()
    asked = {**ASKED, "user": ada.id, "meta": {"org": ada.organization_id}}
    answer = (await hall.client().post("/centrifugo/refresh", json=asked, headers=secret)).json()
    assert answer["result"]["expire_at"] > 0
    stranger = {**asked, "meta": {"org": ada.id}}
    answer = (await hall.client().post("/centrifugo/refresh", json=stranger, headers=secret)).json()
    assert answer == {"result": {"expired": True}}


async def test_sub_refresh_prolongs_as_long_as_the_right_exists(hall, secret):
    client = await hall.signed_in()
    room = (await client.post("/rooms", json={"title": "Chemistry"})).json()["data"]
    asked = {**ASKED, "user": "", "channel": f"room:{room['id']}"}
    answer = (await client.post("/centrifugo/sub-refresh", json=asked, headers=secret)).json()
    assert answer["result"]["expire_at"] > 0
    await client.delete(f"/rooms/{room['id']}")
    answer = (await client.post("/centrifugo/sub-refresh", json=asked, headers=secret)).json()
    assert answer == {"result": {"expired": True}}


async def test_who_was_away_for_longer_than_the_journal_reaches_begins_anew(hall):
    evening = await an_evening(hall)
    house, channel = hall.app.house, f"session:{evening.id}"
    await house.relay.drained()
    async with house.database.read() as db:
        top = await db.one(journal.TOP)
    assert await house.gate.history(channel, 0, 1000)
    later = house.desk.clock() + timedelta(days=400)
    dropped = await trimming.trim(
        house.database, now=later, keep=timedelta(days=30), keep_audit=timedelta(days=365)
    )
    assert dropped
    assert await house.gate.history(channel, 0, 1000) is None
    assert await house.gate.history(channel, top, 1000) == ()
    await house._clean()  # as the hourly round calls it


@pytest.mark.parametrize("read", [1, 2])
async def test_a_trim_while_history_is_read_never_makes_a_hole_look_like_the_whole(hall, monkeypatch, read):
    """Another process trims after the first, or the second, of what a client's recovery reads."""
    evening = await an_evening(hall)
    house, channel = hall.app.house, f"session:{evening.id}"
    await house.relay.drained()
    whole = await house.gate.history(channel, 0, 1000)
    assert whole
    later, keep = house.desk.clock() + timedelta(days=400), timedelta(days=30)
    async with house.database.read() as db:
        reader = type(db)
    reads = []

    def trimmed_after(method):
        async def reading(self, statement, /, **values):
            found = await method(self, statement, **values)
            if statement in (journal.SINCE_IN_SESSION, trimming.FLOOR):
                reads.append(statement)
                if len(reads) == read:
                    assert await trimming.trim(house.database, now=later, keep=keep, keep_audit=keep)
            return found

        return reading

    monkeypatch.setattr(reader, "all", trimmed_after(reader.all))
    monkeypatch.setattr(reader, "one", trimmed_after(reader.one))
    assert await house.gate.history(channel, 0, 1000) in (None, whole)
    assert len(reads) == 2


@pytest.mark.parametrize("kind", ["session", "chat", "stage", "staff"])
async def test_what_changes_while_a_snapshot_is_read_is_told_behind_it(hall, monkeypatch, kind):
    evening = await an_evening(hall)
    house = hall.app.house
    who = await house.gate.connect((await evening.join(evening.host))["realtime"]["token"])
    await house.relay.drained()
    async with house.database.read() as db:
        before = await db.one(journal.TOP)
        reader = type(db)
    statuses = []

    def changed_after(method):
        async def reading(self, statement, /, **values):
            found = await method(self, statement, **values)
            if statement is sessions.ANY:
                monkeypatch.setattr(reader, "one", method)
                changed = await evening.host.patch(f"/sessions/{evening.id}", json={"title": "Optics"})
                statuses.append(changed.status_code)
            return found

        return reading

    monkeypatch.setattr(reader, "one", changed_after(reader.one))
    subscribed = await house.gate.subscribe(who, f"{kind}:{evening.id}")
    assert statuses == [200]
    await house.relay.drained()
    async with house.database.read() as db:
        assert before <= subscribed.top < await db.one(journal.TOP)
