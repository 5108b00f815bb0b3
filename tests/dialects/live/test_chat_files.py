"""Files of the chat: who brings and opens them, which, and when they are gone."""

import json
from datetime import timedelta

import pytest

from livehall.core.chat import kinds
from livehall.kernel.faults import Invalid
from livehall.kernel.ids import new_id
from tests.dialects.live.evening import an_evening, code

PNG = b"\x89PNG\r\n\x1a\n" + b"picture"


async def with_files(hall):
    """An evening whose audience may send files, with Ben and Cleo in it."""
    host = await hall.signed_in()
    preset = await host.post("/presets", json={"name": "Files", "audience_chat_send_file": True})
    evening = await an_evening(hall, mode="webcam", preset_id=preset.json()["data"]["id"])
    evening.preset = f"/presets/{preset.json()['data']['id']}"
    evening.cleo = await hall.signed_in("cleo@example.org", "viewer")
    evening.files, evening.chat = f"/sessions/{evening.id}/files", f"/sessions/{evening.id}/chat"
    await evening.join()
    await evening.join(evening.cleo)
    return evening


async def bring(evening, client=None, content=PNG, kind="image/png", name="wave.png"):
    client = client or evening.viewer
    return await client.post(
        evening.files, params={"name": name}, content=content, headers={"Content-Type": kind}
    )


async def at(hall, url, **headers):
    """What the address gives to anybody who holds it."""
    return await hall.client().get(url.partition("/api/v1")[2], headers=headers)


async def test_a_file_is_brought_sent_and_opened_by_those_who_read_the_chat(hall):
    evening = await with_files(hall)
    brought = (await bring(evening)).json()["data"]
    assert (brought["name"], brought["content_type"], brought["size"]) == ("wave.png", "image/png", len(PNG))
    asset = f"/assets/{brought['id']}"
    assert code(await evening.cleo.get(asset)) == (404, "not_found"), "it is not sent yet"
    sent = await evening.viewer.post(evening.chat, json={"file_id": brought["id"]})
    assert sent.status_code == 201, sent.text
    message = sent.json()["data"]
    assert (message["type"], message["message"], message["attachment"]["id"]) == ("file", "", brought["id"])
    (listed,) = (await evening.cleo.get(evening.chat)).json()["data"]["messages"]
    shown = (await evening.cleo.get(asset)).json()["data"]
    for url in (listed["attachment"]["url"], shown["url"]):
        answer = await at(hall, url)
        assert (answer.status_code, answer.content) == (200, PNG)
        assert answer.headers["content-disposition"].startswith("inline")
        assert answer.headers["x-content-type-options"] == "nosniff"
    part = await at(hall, shown["url"], Range="bytes=1-3")
    assert (part.status_code, part.content) == (206, b"PNG")
    assert code(await at(hall, shown["url"] + "x")) == (401, "unauthenticated")
    other = (await bring(evening, evening.cleo, name="b.png")).json()["data"]
    swapped = shown["url"].replace(brought["id"], other["id"])
    assert code(await at(hall, swapped)) == (404, "not_found"), "an address opens its own file alone"
    hall.app.house.desk.clock = later(hall, minutes=16)
    assert code(await at(hall, shown["url"])) == (410, "link_expired")
    stranger = await hall.signed_in("eve@example.org", "viewer")
    assert code(await stranger.get(asset)) == (404, "not_found")


def later(hall, **by):
    clock = hall.app.house.desk.clock
    return lambda: clock() + timedelta(**by)


async def test_c5_a_file_is_sent_once_by_who_brought_it_into_this_session(hall):
    evening = await with_files(hall)
    brought = (await bring(evening)).json()["data"]["id"]
    for client, file_id in ((evening.cleo, brought), (evening.viewer, new_id())):
        answer = await client.post(evening.chat, json={"message": "look", "file_id": file_id})
        assert code(answer) == (422, "validation_failed")
        assert answer.json()["error"]["details"][0]["field"] == "file_id"
    assert (await evening.viewer.post(evening.chat, json={"file_id": brought})).status_code == 201
    again = await evening.viewer.post(evening.chat, json={"file_id": brought})
    assert code(again) == (422, "validation_failed")


async def test_kind_size_name_and_right_are_asked(hall):
    evening = await with_files(hall)
    for content, kind, name in (
        (b"<script>", "text/html", "a.html"), (b"<svg/>", "image/svg+xml", "a.svg"),
        (b"<html>", "image/png", "a.png"), (b"", "image/png", "a.png"), (b"a\0b", "text/plain", "a.txt"),
        (PNG, "image/png", ".."), (PNG, "", "a.png"),
    ):  # fmt: skip
        answer = await bring(evening, content=content, kind=kind, name=name)
        assert code(answer) == (422, "validation_failed"), (kind, name)
    large = PNG + bytes(kinds.LARGEST)
    assert code(await bring(evening, content=large)) == (413, "payload_too_large")
    stranger = await hall.signed_in("eve@example.org", "viewer")
    assert code(await bring(evening, stranger)) == (403, "forbidden")
    assert code(await bring(evening, hall.client())) == (401, "unauthenticated")
    await evening.host.patch(evening.preset, json={"audience_chat_send_file": False})
    assert code(await bring(evening)) == (403, "feature_disabled")
    await evening.end()
    assert code(await bring(evening, evening.host)) == (409, "invalid_state")


@pytest.mark.parametrize("name", ["", "..", "a/..", "x" * 201, "a\x00", "a\u202egnp"])
def test_a_name_is_readable(name):
    with pytest.raises(Invalid):
        kinds.clean_name(name)
    assert kinds.clean_name("C:\\fakepath\\wave.png") == "wave.png"


async def test_a_file_goes_with_its_message_its_session_or_when_none_was_sent(hall):
    evening = await with_files(hall)
    files, storage = hall.app.house.files, hall.app.house.storage
    ids = [(await bring(evening, name=f"{n}.png")).json()["data"]["id"] for n in range(3)]
    for file_id in ids[:2]:
        sent = await evening.viewer.post(evening.chat, json={"file_id": file_id})
    await evening.viewer.delete(f"{evening.chat}/{sent.json()['data']['id']}")
    (kept, gone) = (await evening.host.get(evening.chat)).json()["data"]["messages"]
    assert (kept["attachment"]["id"], gone["attachment"]) == (ids[0], None)

    async def left():
        await files.sweep()
        return [await storage.find(f"chat/{evening.id}/{file_id}") is not None for file_id in ids]

    assert await left() == [True, False, True]
    hall.app.house.desk.clock = later(hall, minutes=61)
    assert await left() == [True, False, False]
    await evening.end()
    assert (await evening.host.delete(f"/sessions/{evening.id}")).status_code == 204
    assert await left() == [False, False, False]


async def test_who_is_banned_opens_no_file_with_an_address_of_before(hall):
    evening = await with_files(hall)
    brought = (await bring(evening, evening.cleo)).json()["data"]
    await evening.cleo.post(evening.chat, json={"file_id": brought["id"]})
    url = (await evening.viewer.get(f"/assets/{brought['id']}")).json()["data"]["url"]
    ben = (await evening.viewer.get("/auth/me")).json()["data"]["id"]
    await evening.host.post(f"/sessions/{evening.id}/bans", json={"user_id": ben})
    assert code(await at(hall, url)) == (404, "not_found")


async def test_what_is_published_names_the_file_and_no_address(hall):
    evening = await with_files(hall)
    brought = (await bring(evening)).json()["data"]
    heard = []
    publish = hall.app.house.hub.publish
    hall.app.house.hub.publish = lambda channel, told: (heard.append(told.data), publish(channel, told))
    await evening.viewer.post(evening.chat, json={"message": "look", "file_id": brought["id"]})
    await hall.app.house.relay.drained()
    (told,) = [json.loads(each) for each in heard if b"chat.message" in each]
    del brought["url"]
    assert (told["data"]["type"], told["data"]["attachment"]) == ("file", brought)
