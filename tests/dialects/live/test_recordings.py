"""Recordings over HTTP: the file in ranges, signed addresses, who sees what, HLS."""

import gzip
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import update

from livehall.core.people.model import membership
from livehall.core.recordings import rows, store
from livehall.core.recordings.model import Recording
from livehall.core.sessions import store as sessions
from livehall.dialects.live.realtime.publishing import publications
from livehall.dialects.live.recordings import hls
from livehall.dialects.live.recordings.files import OutOfRange, content_disposition, range_of
from livehall.kernel import journal
from livehall.kernel.actor import SYSTEM
from livehall.kernel.db import Command
from livehall.kernel.ids import new_id
from tests.dialects.live.evening import Evening, an_evening, code

FILM = bytes(range(256)) * 8


async def a_ready_recording(evening: Evening, tmp_path: Path, visibility: str = "private") -> Recording:
    """As it is after a recorder's whole work."""
    house = evening.hall.app.house
    source = tmp_path / "film.mp4"
    source.write_bytes(FILM)
    async with house.desk.work(SYSTEM) as work:
        session = await sessions.get(work, evening.id)
        recording = await rows.add_recording(work, session)
        asset = await rows.file_of(work, recording, len(FILM))
        await store.add_asset(work, asset)
        recording = await store.change(work, recording, visibility=visibility)
        recording = await rows.move(work, recording, "processing", duration_ms=61_400)
    await house.storage.take(source, asset.storage_key)
    async with house.desk.work(SYSTEM) as work:
        await store.set_asset(work, asset, state="ready", size=len(FILM))
        return await rows.move(work, recording, "ready", size=len(FILM))


async def test_start_active_stop(hall):
    evening = await an_evening(hall)
    path = f"/sessions/{evening.id}/recordings"
    assert (await evening.host.get(f"{path}/active")).json()["data"] is None

    started = await evening.host.post(f"{path}/start")
    assert started.status_code == 201, started.text
    assert started.json()["data"]["status"] == "starting"
    assert code(await evening.host.post(f"{path}/start")) == (409, "already_recording")
    assert (await evening.host.get(f"{path}/active")).json()["data"]["id"] == started.json()["data"]["id"]

    stopped = await evening.host.post(f"{path}/stop")
    assert stopped.json()["data"]["status"] == "processing"
    listed = (await evening.host.get("/recordings")).json()["data"]
    assert [each["id"] for each in listed["recordings"]] == [started.json()["data"]["id"]]


async def test_a_recording_that_never_was_cannot_be_stopped(hall):
    evening = await an_evening(hall)
    assert code(await evening.host.post(f"/sessions/{evening.id}/recordings/stop")) == (404, "not_found")


async def test_c4_a_repeated_start_answers_the_same(hall):
    evening = await an_evening(hall)
    path, key = f"/sessions/{evening.id}/recordings/start", {"Idempotency-Key": "k"}
    first = await evening.host.post(path, headers=key)
    again = await evening.host.post(path, headers=key)
    assert (again.status_code, again.json()["data"]["id"]) == (201, first.json()["data"]["id"])
    assert again.headers["Idempotent-Replayed"] == "true"


@pytest.mark.parametrize("verb", ["start", "stop"])
async def test_viewers_do_not_record(hall, verb):
    evening = await an_evening(hall)
    answer = await evening.viewer.post(f"/sessions/{evening.id}/recordings/{verb}")
    assert code(answer) == (403, "forbidden")


async def test_the_file_comes_whole_in_parts_and_not_at_all_when_known(hall, tmp_path):
    evening = await an_evening(hall)
    recording = await a_ready_recording(evening, tmp_path)
    answer = await evening.host.get(f"/recordings/{recording.id}/download")
    download = answer.json()["data"]
    assert (download["file_name"], download["file_size"]) == ("Waves.mp4", len(FILM))

    stranger = hall.client()  # the address carries its own right
    whole = await stranger.get(download["url"])
    assert (whole.status_code, whole.content) == (200, FILM)
    assert whole.headers["content-type"] == "video/mp4"
    assert whole.headers["content-disposition"].startswith('attachment; filename="Waves.mp4"')
    part = await stranger.get(download["url"], headers={"Range": "bytes=100-199"})
    assert (part.status_code, part.content) == (206, FILM[100:200])
    assert part.headers["content-range"] == f"bytes 100-199/{len(FILM)}"
    beyond = await stranger.get(download["url"], headers={"Range": "bytes=99999-"})
    assert (beyond.status_code, beyond.headers["content-range"]) == (416, f"bytes */{len(FILM)}")
    known = await stranger.get(download["url"], headers={"If-None-Match": whole.headers["etag"]})
    assert (known.status_code, known.content) == (304, b"")
    changed = await stranger.get(download["url"], headers={"Range": "bytes=0-9", "If-Range": '"another"'})
    assert (changed.status_code, len(changed.content)) == (200, len(FILM))


async def test_a_player_gets_an_address_with_the_recording(hall, tmp_path):
    evening = await an_evening(hall)
    recording = await a_ready_recording(evening, tmp_path)
    shown = (await evening.host.get(f"/recordings/{recording.id}")).json()["data"]
    assert (shown["status"], shown["duration"], shown["file_size"]) == ("ready", 61, len(FILM))
    played = await hall.client().get(shown["playback_url"], headers={"Range": "bytes=-16"})
    assert (played.status_code, played.content) == (206, FILM[-16:])
    assert played.headers["content-disposition"].startswith("inline")


async def test_a_picture_of_a_recording_is_had_by_whoever_may_watch_it(hall, tmp_path):
    evening, house = await an_evening(hall), hall.app.house
    async with house.desk.work(SYSTEM) as work:
        session = await sessions.get(work, evening.id)
        recording = await rows.add_recording(work, session)
        output = await rows.add_egress(work, session, "file", recording.id)
        output = await store.change_egress(work, output, status="complete", media_id="EG_made")
        await store.add_asset(work, await rows.file_of(work, recording, len(FILM)))
        recording = await store.change(work, recording, visibility="public")
        await rows.move(work, recording, "processing", duration_ms=61_400)
    folder = house.keeper._folder
    (folder / output.path).parent.mkdir(parents=True, exist_ok=True)
    (folder / output.path).write_bytes(FILM)
    (folder / f"{output.path}.jpeg").write_bytes(b"jpeg")  # as our media server does
    await house.keeper.keep(output.id, recording.id)

    path, stranger = f"/recordings/{recording.id}", hall.client()
    shown = (await evening.viewer.get(path)).json()["data"]
    (listed,) = (await evening.host.get("/recordings")).json()["data"]["recordings"]
    for address in (shown["thumbnail_url"], listed["thumbnail_url"]):
        picture = await stranger.get(address)
        assert (picture.status_code, picture.content) == (200, b"jpeg")
        assert picture.headers["content-type"] == "image/jpeg"
        assert picture.headers["content-disposition"].startswith('inline; filename="Waves.mp4.jpeg"')
    assert (await stranger.get(shown["playback_url"])).content == FILM
    await evening.host.patch(path, json={"visibility": "private"})
    assert code(await stranger.get(shown["thumbnail_url"])) == (404, "not_found")


async def test_a_recording_without_a_picture_has_no_address_of_one(hall, tmp_path):
    evening = await an_evening(hall)
    recording = await a_ready_recording(evening, tmp_path)
    shown = (await evening.host.get(f"/recordings/{recording.id}")).json()["data"]
    assert shown["thumbnail_url"] is None


async def test_a_token_opens_its_own_recording_only(hall, tmp_path):
    evening = await an_evening(hall)
    recording = await a_ready_recording(evening, tmp_path)
    shown = (await evening.host.get(f"/recordings/{recording.id}")).json()["data"]
    token = shown["playback_url"].partition("token=")[2]
    client = hall.client()
    assert code(await client.get(f"/recordings/{new_id()}/file?token={token}")) == (404, "not_found")
    assert code(await client.get(f"/recordings/{recording.id}/file?token=x")) == (401, "unauthenticated")
    assert code(await client.get(f"/recordings/{recording.id}/file")) == (422, "validation_failed")


async def test_an_address_given_before_a_recording_was_withdrawn_opens_nothing(hall, tmp_path):
    evening = await an_evening(hall)
    recording = await a_ready_recording(evening, tmp_path, "public")
    path = f"/recordings/{recording.id}"
    player = (await evening.viewer.get(f"{path}/playback")).json()["data"]["playback_url"]
    download = (await evening.viewer.get(f"{path}/download")).json()["data"]["url"]
    hosts = (await evening.host.get(f"{path}/playback")).json()["data"]["playback_url"]
    await evening.host.patch(path, json={"visibility": "private"})
    client = hall.client()
    for address in (player, download):
        assert code(await client.get(address)) == (404, "not_found")
    assert (await client.get(hosts)).status_code == 200


async def test_an_address_given_to_a_member_ends_with_the_membership(hall, tmp_path):
    evening = await an_evening(hall)
    recording = await a_ready_recording(evening, tmp_path, "members")
    shown = (await evening.viewer.get(f"/recordings/{recording.id}/playback")).json()["data"]
    client = hall.client()
    assert (await client.get(shown["playback_url"])).status_code == 200
    who = (await evening.viewer.get("/auth/me")).json()["data"]["id"]
    async with hall.app.house.desk.work(SYSTEM) as work:
        await work.db.run(
            Command(update(membership).where(membership.c.account_id == who).values(is_active=False))
        )
    assert code(await client.get(shown["playback_url"])) == (404, "not_found")


async def test_a_file_that_is_gone_is_gone(hall, tmp_path):
    evening = await an_evening(hall)
    recording = await a_ready_recording(evening, tmp_path)
    shown = (await evening.host.get(f"/recordings/{recording.id}")).json()["data"]
    async with hall.app.house.desk.read(SYSTEM) as read:
        asset = await store.asset_of(read, recording.id)
    await hall.app.house.storage.delete(asset.storage_key)
    assert code(await hall.client().get(shown["playback_url"])) == (410, "link_expired")


@pytest.mark.parametrize(
    ("visibility", "seen", "had"), [("private", 404, 404), ("members", 200, 403), ("public", 200, 200)]
)
async def test_what_viewers_reach(hall, tmp_path, visibility, seen, had):
    evening = await an_evening(hall)
    recording = await a_ready_recording(evening, tmp_path, visibility)
    assert (await evening.viewer.get(f"/recordings/{recording.id}")).status_code == seen
    assert (await evening.viewer.get(f"/recordings/{recording.id}/download")).status_code == had
    listed = (await evening.viewer.get(f"/sessions/{evening.id}/recordings")).json()["data"]
    assert listed["pagination"]["total"] == (0 if visibility == "private" else 1)


async def test_another_organization_sees_what_does_not_exist(hall, tmp_path):
    evening = await an_evening(hall)
    recording = await a_ready_recording(evening, tmp_path, "members")
    other = await hall.signed_in("eve@example.net", "owner", "Elsewhere")
    for path in (f"/recordings/{recording.id}", f"/recordings/{new_id()}"):
        assert code(await other.get(path)) == (404, "not_found")
    assert (await other.get("/recordings")).json()["data"]["pagination"]["total"] == 0


async def test_the_list_is_filtered_and_sorted(hall, tmp_path):
    evening = await an_evening(hall)
    recording = await a_ready_recording(evening, tmp_path)

    async def found(query: str) -> int:
        answer = await evening.host.get(f"/recordings?{query}")
        assert answer.status_code == 200, answer.text
        return int(answer.json()["data"]["pagination"]["total"])

    assert await found("status=ready&status=failed") == 1
    assert await found("status=failed") == 0
    assert await found(f"room_id={recording.room_id}") == 1
    assert await found(f"room_id={new_id()}") == 0
    assert await found("search=wav") == 1
    assert await found("search=%25") == 0
    for sort in ("created_at", "-created_at", "duration", "-duration", "file_size", "-file_size"):
        assert await found(f"sort={sort}") == 1
    assert code(await evening.host.get("/recordings?sort=colour")) == (422, "validation_failed")
    assert code(await evening.viewer.get("/recordings")) == (403, "forbidden")


async def test_hls_is_for_those_who_are_in_the_session(hall):
    evening = await an_evening(hall)
    made = (await evening.host.post(f"/sessions/{evening.id}/hls")).json()["data"]
    assert (made["status"], made["created"], made["hls_url"]) == ("starting", True, None)
    again = (await evening.host.post(f"/sessions/{evening.id}/hls")).json()["data"]
    assert (again["created"], again["egress_id"]) == (False, made["egress_id"])
    assert code(await evening.viewer.post(f"/sessions/{evening.id}/hls")) == (403, "forbidden")

    segment = await package_is_active(evening)
    joined = await evening.join(prefer="hls")
    assert joined["delivery"] == "hls"
    address = joined["hls_url"].rsplit("/", 1)[0]
    client = hall.client()
    playlist = await client.get(joined["hls_url"])
    assert (playlist.status_code, playlist.headers["cache-control"]) == (200, "no-store")
    assert playlist.headers["content-type"].startswith("application/vnd.apple.mpegurl")
    assert (await client.get(f"{joined['hls_url']}?_HLS_part=0")).status_code == 400  # of which segment
    whole = await client.get(f"{joined['hls_url']}?_HLS_msn=99")
    assert (whole.status_code, whole.text) == (200, playlist.text)  # has no parts, and keeps nobody waiting
    assert (await client.get(f"{address}/index_00000.ts")).content == segment
    for name in ("index_00001.ts", "..%2Findex.m3u8", "index.mp4", ""):
        assert (await client.get(f"{address}/{name}")).status_code == 404
    assert (await client.get(joined["hls_url"].replace(evening.id, new_id()))).status_code == 403
    assert (await client.get(f"http://hall.test/hls/{evening.id}/index.m3u8")).status_code == 401

    await evening.viewer.post(f"/sessions/{evening.id}/leave")
    hall.app.house.hls.forget()
    assert (await client.get(joined["hls_url"])).status_code == 403  # C16


async def test_the_hls_address_of_a_co_host_ends_with_the_role(hall):
    evening = await an_evening(hall)
    carl = await hall.signed_in("carl@example.org", "viewer")
    who = (await carl.get("/auth/me")).json()["data"]["id"]
    await evening.host.post(f"/sessions/{evening.id}/co-hosts", json={"user_id": who})
    await carl.post(f"/sessions/{evening.id}/hls")
    await package_is_active(evening)
    address = (await carl.post(f"/sessions/{evening.id}/hls")).json()["data"]["hls_url"]
    assert (await hall.client().get(address)).status_code == 200
    assert (await evening.host.delete(f"/sessions/{evening.id}/co-hosts/{who}")).status_code == 204
    hall.app.house.hls.forget()
    assert (await hall.client().get(address)).status_code == 403


@pytest.mark.parametrize("accepted", ["gzip", "identity", "gzip;q=0"])
async def test_a_playlist_comes_packed_to_those_who_take_that(hall, accepted):
    evening = await an_evening(hall)
    await evening.host.post(f"/sessions/{evening.id}/hls")
    await package_is_active(evening)
    address, client = (await evening.join(prefer="hls"))["hls_url"], hall.client()
    for _ in range(2):
        async with client.stream("GET", address, headers={"Accept-Encoding": accepted}) as playlist:
            raw = b"".join([piece async for piece in playlist.aiter_raw()])
        assert playlist.headers["vary"].lower() == "accept-encoding"
        assert playlist.headers["content-length"] == str(len(raw))
        is_packed = playlist.headers.get("content-encoding") == "gzip"
        assert is_packed is (accepted == "gzip")
        assert (gzip.decompress(raw) if is_packed else raw) == b"#EXTM3U\nindex_00000.ts\n"
    head = await client.head(address, headers={"Accept-Encoding": accepted})
    assert (head.headers["content-length"], head.content) == (str(len(raw)), b"")
    segment = await client.get(address.replace("index.m3u8", "index_00000.ts"))
    assert "content-encoding" not in segment.headers  # compressed by its codecs


async def test_a_long_playlist_comes_in_short_to_those_who_have_had_it(hall):
    evening = await an_evening(hall)
    await evening.host.post(f"/sessions/{evening.id}/hls")
    await package_is_active(evening)
    (path,) = hall.app.house.settings.recordings.rglob("index.m3u8")
    made = [f"#EXTINF:1.00000,\nindex_{n:05d}.ts\n" for n in range(40)]
    path.write_text("#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:1\n" + "".join(made))
    address, client = (await evening.join(prefer="hls"))["hls_url"], hall.client()
    whole, recent, other = [
        (await client.get(f"{address}{query}")).text
        for query in ("", "?_HLS_skip=YES&_HLS_msn=39", "?_HLS_skip=NO")
    ]
    assert whole == other
    assert whole.endswith("".join(made))
    assert "#EXT-X-SERVER-CONTROL:CAN-SKIP-UNTIL=6\n" in whole
    assert recent.endswith("#EXT-X-SKIP:SKIPPED-SEGMENTS=34\n" + "".join(made[34:]))


@pytest.mark.parametrize("headers", [{}, {"Range": "bytes=0-9"}])
async def test_a_segment_that_vanishes_between_look_and_sending_is_not_found(hall, monkeypatch, headers):
    evening = await an_evening(hall)
    await evening.host.post(f"/sessions/{evening.id}/hls")
    await package_is_active(evening)
    address = (await evening.join(prefer="hls"))["hls_url"].rsplit("/", 1)[0]
    look = hls._status

    def look_and_remove(path: Path):
        found = look(path)
        path.unlink()
        return found

    monkeypatch.setattr(hls, "_status", look_and_remove)
    assert (await hall.client().get(f"{address}/index_00000.ts", headers=headers)).status_code == 404


async def package_is_active(evening: Evening) -> bytes:
    """What the media server writes, and its report of it."""
    house = evening.hall.app.house
    async with house.desk.work(SYSTEM) as work:
        (row,) = [each for each in await store.open_in(work, evening.id) if each.kind == "hls"]
        await store.change_egress(work, row, status="active")
        await sessions.note(work, evening.id, {"hls_url": f"http://hall.test/hls/{evening.id}/index.m3u8"})
    folder = (house.settings.recordings / row.path).parent
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "index.m3u8").write_text("#EXTM3U\nindex_00000.ts\n")
    (folder / "index_00000.ts").write_bytes(b"G" * 188)
    return b"G" * 188


@pytest.mark.parametrize(
    ("header", "found"),
    [
        (None, None), ("bytes=0-0", (0, 1)), ("bytes=5-", (5, 10)), ("bytes=-3", (7, 10)),
        ("bytes=-99", (0, 10)), ("bytes=2-99", (2, 10)), ("bytes=5-4", None), ("bytes=0-1,3-4", None),
        ("seconds=0-1", None), ("bytes=-", None), ("bytes=a-b", None),
    ],
)  # fmt: skip
def test_a_range_is_read_as_the_rfc_says(header, found):
    assert range_of(header, 10) == found


@pytest.mark.parametrize("header", ["bytes=10-", "bytes=99-100", "bytes=-0"])
def test_a_range_outside_of_the_file_is_refused(header):
    with pytest.raises(OutOfRange):
        range_of(header, 10)


def test_a_name_cannot_leave_its_header():
    header = content_disposition("attachment", 'Wellen "é"\r\nX-Evil: 1.mp4')
    assert "\r" not in header
    assert header.count('"') == 2
    assert header.endswith("filename*=UTF-8''Wellen%20%22%C3%A9%22%0D%0AX-Evil%3A%201.mp4")


async def test_update_recording(hall, tmp_path):
    evening = await an_evening(hall)
    recording = await a_ready_recording(evening, tmp_path, "private")
    assert (await evening.viewer.get(f"/recordings/{recording.id}")).status_code == 404
    body = {"title": "  The evening ", "visibility": "public"}
    answer = await evening.host.patch(f"/recordings/{recording.id}", json=body)
    assert answer.status_code == 200, answer.text
    assert (answer.json()["data"]["title"], answer.json()["data"]["visibility"]) == ("The evening", "public")
    assert (await evening.viewer.get(f"/recordings/{recording.id}")).status_code == 200
    late = {"If-Match": '"0"'}
    assert (
        await evening.host.patch(f"/recordings/{recording.id}", json=body, headers=late)
    ).status_code == 409
    refused = await evening.viewer.patch(f"/recordings/{recording.id}", json={"title": "Mine"})
    assert refused.status_code == 403


async def test_delete_recording(hall, tmp_path):
    evening = await an_evening(hall)
    recording = await a_ready_recording(evening, tmp_path, "public")
    shown = (await evening.viewer.get(f"/recordings/{recording.id}")).json()["data"]
    assert code(await evening.viewer.delete(f"/recordings/{recording.id}")) == (403, "forbidden")

    assert (await evening.host.delete(f"/recordings/{recording.id}")).status_code == 204
    assert code(await evening.host.get(f"/recordings/{recording.id}")) == (404, "not_found")
    assert code(await evening.host.delete(f"/recordings/{recording.id}")) == (404, "not_found")
    assert code(await hall.client().get(shown["playback_url"])) == (410, "link_expired")
    listed = (await evening.host.get("/recordings")).json()["data"]
    assert listed["pagination"]["total"] == 0


async def test_a_deletion_is_told_to_the_staff_and_to_the_library(hall, tmp_path):
    evening = await an_evening(hall)
    recording = await a_ready_recording(evening, tmp_path, "public")
    library_id = (await evening.host.get(f"/recordings/{recording.id}")).json()["data"]["library_id"]
    await evening.host.delete(f"/recordings/{recording.id}")
    await hall.app.house.relay.drained()
    async with hall.app.house.desk.read(SYSTEM) as read:
        rows = await read.db.all(journal.SINCE_IN_SESSION, session_id=evening.id, after=-1, limit=500)
    (entry,) = [row for row in rows if row.type == "recording.deleted"]
    told = {channel: msgspec.json.decode(each.data)["data"] for channel, each in publications(entry)}
    assert told == {key: {"id": recording.id} for key in (f"staff:{evening.id}", f"library:{library_id}")}


async def test_c7_a_running_recording_is_not_deleted(hall):
    evening = await an_evening(hall)
    started = (await evening.host.post(f"/sessions/{evening.id}/recordings/start")).json()["data"]
    answer = await evening.host.delete(f"/recordings/{started['id']}")
    assert code(answer) == (409, "invalid_state")
    await evening.host.post(f"/sessions/{evening.id}/recordings/stop")
    answer = await evening.host.delete(f"/recordings/{started['id']}")
    assert code(answer) == (409, "invalid_state")
