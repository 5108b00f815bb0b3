"""Presets over HTTP, and how sessions go by them."""

import asyncio

import msgspec
import pytest

from livehall.core.presets.flags import BROADCAST, NAMES
from livehall.kernel.ids import new_id
from tests.dialects.live.evening import an_evening, code


async def made(client, **body):
    answer = await client.post("/presets", json={"name": "Town hall", **body})
    assert answer.status_code == 201, answer.text
    return answer.json()["data"]


async def room_of(client, **body):
    return (await client.post("/rooms", json={"title": "Physics", **body})).json()["data"]


async def session_in(client, room, **body):
    answer = await client.post(f"/rooms/{room['id']}/sessions", json={"title": "Waves", **body})
    assert answer.status_code == 201, answer.text
    return answer.json()["data"]["session"]


async def test_create_preset(hall):
    host = await hall.signed_in()
    preset = await made(host, chat_enabled=False, max_join_limit=4, primary_color="#0a84ff")
    assert (preset["name"], preset["type"], preset["library_id"]) == ("Town hall", "whip", None)
    assert (preset["chat_enabled"], preset["max_join_limit"], preset["primary_color"]) == (
        False,
        4,
        "#0a84ff",
    )
    untouched = [name for name in NAMES if name != "chat_enabled"]
    assert {name: preset[name] for name in untouched} == {
        name: getattr(BROADCAST, name) for name in untouched
    }
    assert preset["is_default"], "the first one of an owner is the default"


async def test_list_presets(hall):
    host, other = await hall.signed_in(), await hall.signed_in("eve@example.org")
    for name in ("b", "a", "c"):
        await made(host, name=name)
    await made(other, name="hers")
    data = (await host.get("/presets?limit=2")).json()["data"]
    assert [each["name"] for each in data["presets"]] == ["a", "b"]
    assert (data["pagination"]["total"], data["pagination"]["total_pages"]) == (3, 2)
    viewer = await hall.signed_in("ben@example.org", "viewer")
    assert code(await viewer.get("/presets")) == (403, "forbidden")


async def test_get_preset(hall):
    host = await hall.signed_in()
    preset = await made(host)
    assert (await host.get(f"/presets/{preset['id']}")).json()["data"] == preset
    colleague = await hall.signed_in("eve@example.org")
    assert code(await colleague.get(f"/presets/{preset['id']}")) == (404, "not_found")
    admin = await hall.signed_in("root@example.org", "admin")
    assert (await admin.get(f"/presets/{preset['id']}")).status_code == 200
    foreign = await hall.signed_in("far@example.net", "owner", "Elsewhere")
    assert code(await foreign.get(f"/presets/{preset['id']}")) == (404, "not_found")


async def test_update_preset(hall):
    host = await hall.signed_in()
    preset = await made(host, logo="https://example.org/logo.svg")
    path = f"/presets/{preset['id']}"
    changed = await host.patch(path, json={"poll_enabled": False, "logo": None, "name": "Quiet"})
    data = changed.json()["data"]
    assert (data["poll_enabled"], data["logo"], data["name"]) == (False, None, "Quiet")
    assert data["chat_enabled"] is True
    stale = await host.patch(path, json={"name": "Late"}, headers={"If-Match": '"0"'})
    assert code(stale) == (409, "conflict")
    await made(host, name="Taken")
    assert code(await host.patch(path, json={"name": "Taken"})) == (409, "conflict")


async def test_delete_preset(hall):
    host = await hall.signed_in()
    first, second = await made(host, name="one"), await made(host, name="two", chat_enabled=False)
    room = await room_of(host, default_preset_id=first["id"])
    planned = await session_in(host, room, preset_id=first["id"])
    assert (await host.delete(f"/presets/{first['id']}")).status_code == 204
    assert code(await host.get(f"/presets/{first['id']}")) == (404, "not_found")
    assert (await host.get(f"/presets/{second['id']}")).json()["data"]["is_default"], "it hands its mark on"
    session = (await host.get(f"/sessions/{planned['id']}")).json()["data"]
    assert session["preset"]["id"] == second["id"], "sessions to come fall back to the default"
    assert session["effective_chat_enabled"] is False
    assert (await host.get(f"/rooms/{room['id']}")).json()["data"]["default_preset_id"] is None


async def test_c7_a_preset_of_an_open_session_stays(hall):
    host = await hall.signed_in()
    preset = await made(host)
    session = await session_in(host, await room_of(host), preset_id=preset["id"], mode="webcam")
    assert (await host.post(f"/sessions/{session['id']}/start")).status_code == 200
    assert code(await host.delete(f"/presets/{preset['id']}")) == (409, "in_use")
    await host.post(f"/sessions/{session['id']}/end")
    assert (await host.delete(f"/presets/{preset['id']}")).status_code == 204
    over = (await host.get(f"/sessions/{session['id']}")).json()["data"]
    assert over["preset"]["id"] == preset["id"], "what held is still shown"


async def test_set_default_preset(hall):
    host = await hall.signed_in()
    first, second = await made(host, name="one"), await made(host, name="two")
    assert (first["is_default"], second["is_default"]) == (True, False)
    for _ in range(2):
        marked = await host.post(f"/presets/{second['id']}/default")
        assert marked.json()["data"]["is_default"]
    found = (await host.get("/presets")).json()["data"]["presets"]
    assert [each["name"] for each in found if each["is_default"]] == ["two"], "I3"


async def test_a_session_goes_by_the_named_the_rooms_or_the_hosts_default(hall):
    host = await hall.signed_in()
    assert "preset" not in await session_in(host, await room_of(host)), "the built-in one has no row"
    default, rooms, named = [await made(host, name=name) for name in ("default", "room", "named")]
    plain, chosen = await room_of(host), await room_of(host, default_preset_id=rooms["id"])
    for room, body, expected in (
        (plain, {}, default), (chosen, {}, rooms), (chosen, {"preset_id": named["id"]}, named),
    ):  # fmt: skip
        session = await session_in(host, room, **body)
        assert session["preset"]["id"] == expected["id"]


async def test_the_mode_follows_the_type_of_the_preset(hall):
    host = await hall.signed_in()
    preset = await made(host, type="rtmp")
    room = await room_of(host)
    assert (await session_in(host, room, preset_id=preset["id"]))["mode"] == "rtmp"
    assert (await session_in(host, room, preset_id=preset["id"], mode="webcam"))["mode"] == "webcam"


@pytest.mark.parametrize("place", ["room", "session"])
async def test_c5_a_preset_that_may_not_be_seen_is_refused_by_name(hall, place):
    host = await hall.signed_in()
    hers = await made(await hall.signed_in("eve@example.org"))
    room = await room_of(host)
    for preset_id in (new_id(), hers["id"]):
        if place == "room":
            answer = await host.patch(f"/rooms/{room['id']}", json={"default_preset_id": preset_id})
        else:
            answer = await host.post(
                f"/rooms/{room['id']}/sessions", json={"title": "x", "preset_id": preset_id}
            )
        assert code(answer) == (422, "validation_failed")
        field = "default_preset_id" if place == "room" else "preset_id"
        assert answer.json()["error"]["details"][0]["field"] == field


async def test_an_open_session_follows_its_preset_at_once_and_an_ended_one_no_more(hall):
    evening_host = await hall.signed_in()
    preset = await made(evening_host)
    evening = await an_evening(hall, mode="webcam")  # the same host: the preset is the default
    assert evening.session["preset"]["id"] == preset["id"]
    path = f"/presets/{preset['id']}"
    await evening.host.patch(path, json={"chat_enabled": False})
    live = (await evening.host.get(f"/sessions/{evening.id}")).json()["data"]
    assert live["effective_chat_enabled"] is False
    assert live["revision"] > evening.session["revision"]
    await evening.end()
    await evening.host.patch(path, json={"chat_enabled": True})
    over = (await evening.host.get(f"/sessions/{evening.id}")).json()["data"]
    assert (over["effective_chat_enabled"], over["preset"]["chat_enabled"]) == (False, False), "I17"


@pytest.mark.parametrize(
    "body",
    [
        {}, {"name": ""}, {"name": " "}, {"name": "x" * 121}, {"name": "a", "type": "sip"},
        {"name": "a", "max_join_limit": -1}, {"name": "a", "chat_enabled": "yes"},
        {"name": "a", "primary_color": "red; background: url(x)"}, {"name": "a", "logo": "javascript:1"},
        {"name": "a", "logo_destination_url": "//example.org"}, {"name": "a", "nonsense": True},
    ],
)  # fmt: skip
async def test_what_cannot_be_a_preset_is_refused(hall, body):
    host = await hall.signed_in()
    assert code(await host.post("/presets", json=body)) == (422, "validation_failed")


def test_there_are_the_28_switches_of_the_contract_and_those_of_questions():
    assert len(NAMES) == 28 + 4
    beside = {"max_join_limit", "everybody_on_stage"}
    assert {field.name for field in msgspec.structs.fields(BROADCAST)} == {*NAMES, *beside}


async def test_a_removed_preset_leaves_others_with_their_own_default_and_not_its_owners(hall):
    """A preset on a shelf serves every host; its owner's personal ones serve the owner alone."""
    ada, bob = await hall.signed_in(), await hall.signed_in("bob@example.org")
    room = await room_of(bob)
    library = f"/libraries/{room['library_id']}"
    shelf = await ada.post(f"{library}/presets", json={"name": "shelf"})
    assert shelf.status_code == 201, shelf.text
    await made(ada, name="hers", chat_enabled=False)
    planned = await session_in(bob, room, preset_id=shelf.json()["data"]["id"])
    assert (await ada.delete(f"/presets/{shelf.json()['data']['id']}")).status_code == 204
    session = (await bob.get(f"/sessions/{planned['id']}")).json()["data"]
    assert "preset" not in session
    assert session["effective_chat_enabled"] is True


async def test_i3_the_first_presets_of_an_owner_made_at_once_are_all_made_and_one_is_the_default(hall):
    host = await hall.signed_in()
    answers = await asyncio.gather(
        *(host.post("/presets", json={"name": str(number)}) for number in range(6))
    )
    assert [answer.status_code for answer in answers] == [201] * 6
    found = (await host.get("/presets")).json()["data"]["presets"]
    assert len([each for each in found if each["is_default"]]) == 1
