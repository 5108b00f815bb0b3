"""Films that are handed in, over HTTP: looked at, kept, watched like any other recording."""

import asyncio
import json
import os
import tracemalloc
from pathlib import Path
from types import SimpleNamespace

import pytest
from sqlalchemy import select
from starlette.requests import ClientDisconnect

from livehall.core.recordings import bringing
from livehall.core.recordings.keeping import Keeper
from livehall.core.recordings.rules import FILMS
from livehall.kernel.actor import SYSTEM
from livehall.kernel.db import Statement
from livehall.kernel.ids import new_id
from livehall.kernel.journal import journal
from tests.dialects.live.evening import an_evening, code
from tests.dialects.live.test_chat_files import later
from tests.dialects.live.test_quotas import go_by
from tests.support.films import a_film, box
from tests.support.people import actor_of
from tests.support.waiting import eventually

WAIT_S = 20.0
TYPES = Statement(select(journal.c.type).where(journal.c.audit.is_(True)), str)


@pytest.fixture(scope="module")
def film(tmp_path_factory) -> bytes:
    return a_film(tmp_path_factory.mktemp("films") / "film.mp4").read_bytes()


async def handed_in(client, session_id, content, **query):
    return await client.post("/recordings", params={"session_id": session_id, **query}, content=content)


async def until_ready(client, recording_id):
    async def is_ready():
        return (await client.get(f"/recordings/{recording_id}")).json()["data"]["status"] == "ready"

    await eventually(is_ready, within=WAIT_S, what="the film is kept")
    return (await client.get(f"/recordings/{recording_id}")).json()["data"]


def waiting(hall):
    """Files that lie where films come in."""
    folder = hall.app.house.settings.recordings / FILMS
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


async def test_a_film_becomes_a_recording_of_the_session(hall, film):
    evening = await an_evening(hall)
    heard = []
    publish = hall.app.house.hub.publish
    hall.app.house.hub.publish = lambda channel, said: (heard.append((channel, said)), publish(channel, said))
    answer = await handed_in(evening.host, evening.id, film, title="  The waves ", description="In colour.")
    assert answer.status_code == 201, answer.text
    made = answer.json()["data"]
    assert (made["title"], made["description"], made["file_size"]) == ("The waves", "In colour.", len(film))
    assert (made["session_id"], made["visibility"], made["format"]) == (evening.id, "private", "mp4")
    assert (made["duration"], made["width"], made["height"]) == (2, 320, 180)
    assert made["status"] == "processing"

    ready = await until_ready(evening.host, made["id"])
    stranger = hall.client()
    whole = await stranger.get(ready["playback_url"])
    assert (whole.status_code, whole.content) == (200, film)
    assert whole.headers["content-type"] == "video/mp4"
    picture = await stranger.get(ready["thumbnail_url"])
    assert picture.content.startswith(b"\xff\xd8\xff")
    listed = (await evening.host.get(f"/sessions/{evening.id}/recordings")).json()["data"]["recordings"]
    assert [each["id"] for each in listed] == [made["id"]]
    assert waiting(hall) == []
    states = [
        json.loads(said.data)["data"]["status"]
        for channel, said in heard
        if channel == f"staff:{evening.id}" and json.loads(said.data)["type"] == "recording.state"
    ]
    assert states == ["processing", "ready"]
    async with hall.app.house.desk.read(SYSTEM) as read:
        assert "recording.uploaded" in await read.db.all(TYPES)


async def test_it_is_published_and_watched_like_one_that_was_recorded(hall, film):
    evening = await an_evening(hall)
    await evening.end()
    made = (await handed_in(evening.host, evening.id, film)).json()["data"]
    assert made["title"] == "Waves"
    await until_ready(evening.host, made["id"])
    assert code(await evening.viewer.get(f"/recordings/{made['id']}")) == (404, "not_found")
    assert (await evening.host.post(f"/recordings/{made['id']}/publish")).status_code == 200
    played = await evening.viewer.get(f"/recordings/{made['id']}/playback")
    assert played.json()["data"]["duration"] == 2
    second = (await handed_in(evening.host, evening.id, film)).json()["data"]
    assert second["title"] == "Waves (2)"


async def test_a_film_is_not_what_was_recorded_last(hall, film):
    evening = await an_evening(hall)
    made = (await handed_in(evening.host, evening.id, film)).json()["data"]
    await until_ready(evening.host, made["id"])
    stop = f"/sessions/{evening.id}/recordings/stop"
    assert code(await evening.host.post(stop)) == (404, "not_found")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"hello",
        b'{"upload_id": "x"}',
        b"x" * (3 << 20),
        box(b"ftyp", b"isom\0\0\0\0isom"),
        box(b"ftyp", b"isom\0\0\0\0isom") + box(b"mdat", bytes(2 << 20)),
    ],
    ids=["nothing", "text", "json", "much", "head", "no index"],
)
async def test_what_is_no_film_is_refused(hall, content):
    evening = await an_evening(hall)
    answer = await handed_in(evening.host, evening.id, content)
    assert code(answer) == (422, "validation_failed")
    (detail,) = answer.json()["error"]["details"]
    assert (detail["field"], detail["message"]) == ("content", bringing.WORDS["unreadable"])
    assert waiting(hall) == []
    assert (await evening.host.get("/recordings")).json()["data"]["recordings"] == []


async def test_a_codec_that_players_do_not_know_is_named(hall, tmp_path):
    evening = await an_evening(hall)
    answer = await handed_in(evening.host, evening.id, a_film(tmp_path / "a.mp4", codec="mpeg4").read_bytes())
    assert code(answer) == (422, "validation_failed")
    assert "mpeg4" in answer.json()["error"]["details"][0]["message"]
    assert waiting(hall) == []


async def test_only_the_host_and_administrators_hand_in_films(hall, film):
    evening = await an_evening(hall)
    admin = await hall.signed_in("root@example.org", "admin")
    other = await hall.signed_in("otto@example.org", "host")
    for client, wanted in (
        (evening.viewer, (403, "forbidden")),
        (other, (403, "forbidden")),
        (hall.client(), (401, "unauthenticated")),
    ):
        assert code(await handed_in(client, evening.id, film)) == wanted
    assert code(await handed_in(evening.host, new_id(), film)) == (404, "not_found")
    assert code(await handed_in(evening.host, evening.id, film, title=" ")) == (422, "validation_failed")
    assert code(await evening.host.post("/recordings", content=film)) == (422, "validation_failed")
    assert (await handed_in(admin, evening.id, film)).status_code == 201


async def test_who_may_not_is_told_before_a_byte_is_read(hall):
    evening = await an_evening(hall)

    async def never():
        raise AssertionError("it was read")
        yield b""

    films = hall.app.house.films
    ben = (await evening.viewer.get("/auth/me")).json()["data"]["id"]
    assert ben
    answer = await evening.viewer.post("/recordings", params={"session_id": evening.id}, content=never())
    assert code(answer) == (403, "forbidden")
    assert films.largest == 10**10


async def test_a_film_that_is_too_large_is_refused_whether_it_says_so_or_not(hall, film):
    evening = await an_evening(hall)
    hall.app.house.films.largest = len(film) - 1
    assert code(await handed_in(evening.host, evening.id, film)) == (413, "payload_too_large")

    async def pieces():
        yield film[:1000]
        yield film[1000:]

    assert code(await handed_in(evening.host, evening.id, pieces())) == (413, "payload_too_large")
    assert waiting(hall) == []


async def test_a_film_counts_against_the_space_of_the_plan(hall, film):
    evening = await an_evening(hall)
    await go_by(hall, storage_bytes=len(film))
    assert (await handed_in(evening.host, evening.id, film)).status_code == 201
    assert code(await handed_in(evening.host, evening.id, film)) == (402, "quota_exceeded")


async def test_a_film_that_does_not_say_its_size_is_cut_off_where_the_plan_ends(hall, film):
    evening = await an_evening(hall)
    await go_by(hall, storage_bytes=len(film) + (2 << 20))

    async def pieces():
        yield film
        yield (8 << 20).to_bytes(4) + b"free"
        for _ in range(4):
            yield bytes(1 << 20)
        raise AssertionError("it was read on")

    assert code(await handed_in(evening.host, evening.id, pieces())) == (402, "quota_exceeded")
    assert waiting(hall) == []


async def test_a_film_needs_room_on_the_disk(hall, film, monkeypatch):
    evening = await an_evening(hall)
    monkeypatch.setattr(bringing, "SPARE", 1 << 60)
    assert code(await handed_in(evening.host, evening.id, film)) == (503, "unavailable")
    assert waiting(hall) == []


async def test_each_film_on_its_way_has_room_to_itself_on_the_disk(hall, film, monkeypatch):
    evening = await an_evening(hall)
    free = bringing.SPARE + round(bringing.LOOK_EVERY * 1.5)
    monkeypatch.setattr(bringing.shutil, "disk_usage", lambda folder: SimpleNamespace(free=free))

    async def pieces():
        yield film[:2000]
        assert code(await handed_in(evening.host, evening.id, film)) == (503, "unavailable")
        yield film[2000:]

    assert (await handed_in(evening.host, evening.id, pieces())).status_code == 201


async def test_one_organization_hands_in_so_many_at_once(hall, film):
    evening = await an_evening(hall)
    answers = []

    async def second():
        yield film[:2000]
        answers.append(code(await handed_in(evening.host, evening.id, film)))
        yield film[2000:]

    async def first():
        yield film[:2000]
        answers.append((await handed_in(evening.host, evening.id, second())).status_code)
        yield film[2000:]

    assert (await handed_in(evening.host, evening.id, first())).status_code == 201
    assert answers == [(503, "unavailable"), 201]
    assert (await handed_in(evening.host, evening.id, film)).status_code == 201  # they are done


async def test_films_of_one_organization_are_looked_at_one_by_one(hall, film):
    evening, films = await an_evening(hall), hall.app.house.films
    real, now, most = films._inspector.look, 0, 0

    async def look(path):
        nonlocal now, most
        now, most = now + 1, max(most, now + 1)
        try:
            return await real(path)
        finally:
            now -= 1

    films._inspector.look = look
    answers = await asyncio.gather(*(handed_in(evening.host, evening.id, film) for _ in range(2)))
    assert [each.status_code for each in answers] == [201, 201]
    assert most == 1


async def test_who_sends_nothing_more_keeps_no_place(hall, film, monkeypatch):
    monkeypatch.setattr(bringing, "PATIENCE_S", 0.3)
    evening = await an_evening(hall)

    async def stalled():
        yield film[:2000]
        assert waiting(hall) != []
        await asyncio.Event().wait()

    answer = await handed_in(evening.host, evening.id, stalled())
    assert code(answer) == (503, "unavailable")
    assert "too slowly" in answer.text
    assert waiting(hall) == []


async def test_a_large_film_is_never_in_memory(hall, film):
    evening = await an_evening(hall)
    size, piece = 96 << 20, bytes(1 << 16)

    async def pieces():
        yield film
        yield (size + 8).to_bytes(4) + b"free"
        for _ in range(size // len(piece)):
            yield piece

    tracemalloc.start()
    try:
        answer = await handed_in(evening.host, evening.id, pieces())
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert answer.status_code == 201, answer.text
    assert answer.json()["data"]["file_size"] == len(film) + 8 + size
    assert most < 16 << 20, most
    await until_ready(evening.host, answer.json()["data"]["id"])


async def test_a_call_that_breaks_off_leaves_nothing(hall, film):
    evening = await an_evening(hall)
    ada = actor_of(await hall.person("root@example.org", "admin"))

    async def broken():
        yield film[:2000]
        assert waiting(hall) != []
        raise ClientDisconnect

    with pytest.raises(ClientDisconnect):
        await hall.app.house.films.bring(ada, bringing.Bring(session_id=evening.id), None, broken())
    assert waiting(hall) == []


async def test_a_film_that_was_answered_is_kept_by_the_next_process(hall, film):
    evening, house = await an_evening(hall), hall.app.house
    house.keeper.keep_soon = house.keeper.keep_left = _nothing
    made = (await handed_in(evening.host, evening.id, film)).json()["data"]
    house.desk.clock = later(hall, minutes=2)
    await Keeper(house.desk, house.storage, house.settings.recordings).keep_left()
    ready = await until_ready(evening.host, made["id"])
    assert (await hall.client().get(ready["playback_url"])).content == film


async def test_what_a_crash_left_is_swept_and_what_waits_is_not(hall, film):
    evening, house = await an_evening(hall), hall.app.house
    house.keeper.keep_soon = house.keeper.keep_left = _nothing
    made = (await handed_in(evening.host, evening.id, film)).json()["data"]
    folder: Path = house.settings.recordings / FILMS
    stray, part = folder / f"{new_id()}.mp4", folder / f".{new_id()}.mp4.part"
    fresh = folder / f".{new_id()}.mp4.part"
    for path in (stray, part, fresh):
        path.write_bytes(film)
    for name in waiting(hall):
        if name != fresh.name:
            os.utime(folder / name, (1, 1))
    await house.films.sweep()
    kept = sorted([fresh.name, f"{made['id']}.mp4", f"{made['id']}.mp4.jpeg"])
    assert waiting(hall) == kept
    await evening.end()
    assert (await evening.host.delete(f"/sessions/{evening.id}")).status_code == 204
    await house.films.sweep()
    assert waiting(hall) == kept  # until what was deleted is removed for good


async def test_what_is_still_on_its_way_is_not_swept(hall, film):
    evening, house = await an_evening(hall), hall.app.house

    async def pieces():
        yield film[:2000]
        for name in waiting(hall):
            os.utime(house.settings.recordings / FILMS / name, (1, 1))
        await house.films.sweep()
        yield film[2000:]

    answer = await handed_in(evening.host, evening.id, pieces())
    assert answer.status_code == 201, answer.text
    assert answer.json()["data"]["file_size"] == len(film)


async def test_a_film_whose_file_was_lost_fails_and_is_tried_again(hall, film):
    evening, house = await an_evening(hall), hall.app.house
    keep, house.keeper.keep_soon = house.keeper.keep, _nothing
    made = (await handed_in(evening.host, evening.id, film)).json()["data"]
    path = house.settings.recordings / FILMS / f"{made['id']}.mp4"
    path.rename(path.with_suffix(".away"))
    await keep(None, made["id"])
    shown = (await evening.host.get(f"/recordings/{made['id']}")).json()["data"]
    assert (shown["status"], shown["error_code"]) == ("failed", "file_missing")
    admin = await hall.signed_in("root@example.org", "admin")
    retry = f"/admin/recordings/{made['id']}/retry"
    assert code(await admin.post(retry)) == (410, "link_expired")
    path.with_suffix(".away").rename(path)
    assert (await admin.post(retry)).status_code == 202
    await keep(None, made["id"])
    await until_ready(evening.host, made["id"])


async def test_a_film_that_is_deleted_goes_with_a_cleanup(hall, film):
    evening, house = await an_evening(hall), hall.app.house
    made = (await handed_in(evening.host, evening.id, film)).json()["data"]
    await until_ready(evening.host, made["id"])
    assert (await evening.host.delete(f"/recordings/{made['id']}")).status_code == 204
    admin = await hall.signed_in("root@example.org", "admin")
    asked = await admin.post("/admin/storage/cleanup", json={"older_than_days": 0})
    assert asked.status_code == 202, asked.text

    async def used():
        await house.cleaner.clean_running()
        return (await admin.get("/admin/storage")).json()["data"]["used"]

    await eventually(used, lambda left: left == 0, within=WAIT_S, what="the film is gone")


async def _nothing(*_: object) -> None:
    """As if the process had been killed before it came to this."""
