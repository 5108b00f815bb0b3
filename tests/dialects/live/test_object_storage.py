"""Recordings in a bucket of a real S3 server, over HTTP."""

from collections.abc import AsyncIterator, Iterator
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from livehall.core.recordings.rules import place_of
from livehall.server.settings import Storage
from tests.dialects.live.evening import an_evening, code
from tests.dialects.live.test_recordings import FILM, a_ready_recording
from tests.support.films import a_film
from tests.support.needs import need
from tests.support.versitygw.server import S3Server, s3_server
from tests.support.waiting import eventually


@pytest.fixture
def s3(tmp_path) -> Iterator[S3Server]:
    with s3_server(need("versitygw"), tmp_path / "s3") as server:
        yield server


@pytest.fixture
def hall_storage(request, s3: S3Server) -> Storage:
    bucket = s3.bucket()
    return Storage(
        bucket=bucket.name,
        endpoint=bucket.endpoint,
        region=bucket.region,
        access_key=bucket.access_key,
        secret_key=bucket.secret_key,
        prefix="hall",
        delivery=getattr(request, "param", "redirect"),
    )


@pytest.fixture
async def web() -> AsyncIterator[httpx.AsyncClient]:
    """Any client of the internet: it follows redirects and has no credential."""
    async with httpx.AsyncClient(trust_env=False) as client:
        yield client


async def test_a_file_in_a_bucket_is_had_there(hall, s3, web, tmp_path):
    evening = await an_evening(hall)
    recording = await a_ready_recording(evening, tmp_path)
    url = (await evening.host.get(f"/recordings/{recording.id}/download")).json()["data"]["url"]

    answer = await hall.client().get(url)
    assert (answer.status_code, answer.headers["cache-control"]) == (302, "no-store")
    there = answer.headers["location"]
    assert urlsplit(there).netloc == urlsplit(s3.url).netloc
    whole = await web.get(there)
    assert (whole.status_code, whole.content) == (200, FILM)
    assert whole.headers["content-disposition"].startswith('attachment; filename="Waves.mp4"')
    part = await web.get(there, headers={"Range": "bytes=100-199"})
    assert (part.status_code, part.content) == (206, FILM[100:200])
    assert part.headers["content-range"] == f"bytes 100-199/{len(FILM)}"


async def test_an_address_in_a_bucket_is_signed_for_minutes(hall, tmp_path):
    evening = await an_evening(hall)
    recording = await a_ready_recording(evening, tmp_path)
    url = (await evening.host.get(f"/recordings/{recording.id}")).json()["data"]["playback_url"]
    there = (await hall.client().get(url)).headers["location"]
    seconds = int(parse_qs(urlsplit(there).query)["X-Amz-Expires"][0])
    assert seconds in (899, 900)  # the request may be signed in the second after it came
    assert hall.app.house.settings.storage.secret_key not in there


@pytest.mark.parametrize("hall_storage", ["stream"], indirect=True)
async def test_a_file_of_a_bucket_that_nobody_reaches_comes_through_us(hall, tmp_path):
    evening = await an_evening(hall)
    recording = await a_ready_recording(evening, tmp_path)
    url = (await evening.host.get(f"/recordings/{recording.id}")).json()["data"]["playback_url"]
    whole = await hall.client().get(url)
    assert (whole.status_code, whole.content) == (200, FILM)
    part = await hall.client().get(url, headers={"Range": "bytes=-16"})
    assert (part.status_code, part.content) == (206, FILM[-16:])


async def test_a_bucket_does_not_tell_its_free_space(hall, tmp_path):
    evening = await an_evening(hall)
    await a_ready_recording(evening, tmp_path)
    admin = await hall.signed_in("root@example.org", "admin")
    told = (await admin.get("/admin/storage")).json()["data"]
    assert (told["backend"], told["available"], told["used"]) == ("s3", None, len(FILM))


@pytest.mark.parametrize("hall_storage", ["stream"], indirect=True)
async def test_a_bucket_that_is_away_is_said_to_be(hall, s3, tmp_path):
    evening = await an_evening(hall)
    recording = await a_ready_recording(evening, tmp_path)
    url = (await evening.host.get(f"/recordings/{recording.id}")).json()["data"]["playback_url"]
    s3.stop()
    assert code(await hall.client().get(url)) == (503, "unavailable")


async def test_an_export_lies_in_the_bucket_and_is_had_there(hall, s3, web):
    evening = await an_evening(hall)
    body = {"kind": "polls", "session_id": evening.id, "format": "json"}
    export = (await evening.host.post("/exports", json=body)).json()["data"]

    async def state():
        return (await evening.host.get(f"/exports/{export['id']}")).json()["data"]["state"]

    await eventually(state, lambda found: found == "ready", within=15, what="the export is made")
    answer = await evening.host.get(f"/exports/{export['id']}/file")
    assert (answer.status_code, answer.headers["cache-control"]) == (302, "no-store")
    there = answer.headers["location"]
    assert urlsplit(there).netloc == urlsplit(s3.url).netloc
    file = await web.get(there)
    assert (file.status_code, file.content) == (200, b"[]")
    assert file.headers["content-disposition"].startswith(f'attachment; filename="polls-{evening.id}.json"')


async def test_a_film_that_is_handed_in_goes_into_the_bucket(hall, s3, web, tmp_path):
    evening = await an_evening(hall)
    film = a_film(tmp_path / "film.mp4").read_bytes()
    answer = await evening.host.post("/recordings", params={"session_id": evening.id}, content=film)
    assert answer.status_code == 201, answer.text
    path = f"/recordings/{answer.json()['data']['id']}"

    async def shown():
        return (await evening.host.get(path)).json()["data"]

    ready = await eventually(shown, lambda row: row["status"] == "ready", within=20, what="it is kept")
    for url, content in ((ready["playback_url"], film), (ready["thumbnail_url"], b"\xff\xd8\xff")):
        there = (await hall.client().get(url)).headers["location"]
        assert urlsplit(there).netloc == urlsplit(s3.url).netloc
        assert (await web.get(there)).content.startswith(content)


async def test_a_film_waits_for_a_bucket_that_is_away(hall, s3, tmp_path):
    evening = await an_evening(hall)
    film = a_film(tmp_path / "film.mp4").read_bytes()
    s3.stop()
    answer = await evening.host.post("/recordings", params={"session_id": evening.id}, content=film)
    assert (answer.status_code, answer.json()["data"]["status"]) == (201, "processing")
    path = hall.app.house.settings.recordings / place_of(answer.json()["data"]["id"])
    assert path.read_bytes() == film
