"""Recordings of meetings, and where they go (L40–L43)."""

import pytest

from livehall.core.recordings import archives, rows, store
from livehall.core.sessions import store as sessions
from livehall.kernel.actor import SYSTEM
from livehall.kernel.ids import new_id
from livehall.server.settings import Storage
from tests.dialects.sourceloop.vendor import a_vendor, error_of
from tests.support.azure import ACCOUNT, KEY, azure_container
from tests.support.needs import need
from tests.support.versitygw.server import s3_server

FILM = bytes(range(256)) * 4


@pytest.fixture
def hall_storage() -> Storage:
    return Storage(private_targets=True)


async def a_recorded_meeting(vendor, tmp_path, *, ready: bool = True) -> tuple[str, str]:
    """(link, id of its archive), as after a recorder's work."""
    house = vendor.hall.app.house
    link = (await vendor.software.post("/session")).text
    session = await vendor.session(link)
    (tmp_path / "film.mp4").write_bytes(FILM)
    async with house.desk.work(SYSTEM) as work:
        recording = await rows.add_recording(work, await sessions.get(work, session["id"]))
        if not ready:
            return link, recording.id
        asset = await rows.file_of(work, recording, len(FILM))
        await store.add_asset(work, asset)
        recording = await rows.move(work, recording, "processing", duration_ms=61_400)
    await house.storage.take(tmp_path / "film.mp4", asset.storage_key)
    async with house.desk.work(SYSTEM) as work:
        await store.set_asset(work, asset, state="ready", size=len(FILM))
        await rows.move(work, recording, "ready", size=len(FILM))
    return link, recording.id


async def test_l40_archives_are_listed(hall, tmp_path):
    vendor = await a_vendor(hall)
    assert (await vendor.software.get("/archives")).json() == {"count": 0, "items": []}
    link, archive = await a_recorded_meeting(vendor, tmp_path)
    _, running = await a_recorded_meeting(vendor, tmp_path, ready=False)
    listed = (await vendor.software.get("/archives")).json()
    assert (listed["count"], [each["metaData"]["id"] for each in listed["items"]]) == (2, [running, archive])
    session = await vendor.session(link)
    found = (await vendor.software.get(f"/archives/{archive}")).json()
    assert found == listed["items"][1] | {"metaData": found["metaData"]}
    assert (found["name"], found["sessionId"]) == ("Meeting", session["id"])
    facts = found["metaData"]
    assert (facts["status"], facts["size"], facts["duration"]) == ("available", len(FILM), 61)
    assert (await hall.client().get(facts["url"])).content == FILM
    assert (listed["items"][0]["metaData"]["status"], listed["items"][0]["metaData"]["url"]) == (
        "started",
        None,
    )
    elsewhere = await a_vendor(hall, "eve@example.org", "Elsewhere")
    assert (await elsewhere.software.get("/archives")).json()["count"] == 0
    assert error_of(await elsewhere.software.get(f"/archives/{archive}")) == (404, "NotFoundError")
    assert error_of(await elsewhere.software.delete(f"/archives/{archive}")) == (404, "NotFoundError")


async def test_l40_a_long_list_of_archives_is_streamed_whole(hall, tmp_path, monkeypatch):
    vendor = await a_vendor(hall)
    made = [(await a_recorded_meeting(vendor, tmp_path, ready=False))[1] for _ in range(5)]
    for batch in (2, 5, 100):
        monkeypatch.setattr(archives, "BATCH", batch)
        answer = await vendor.software.get("/archives")
        listed = answer.json()
        assert answer.headers["content-type"] == "application/json"
        assert (listed["count"], [each["metaData"]["id"] for each in listed["items"]]) == (5, made[::-1])


async def test_l41_an_archive_that_no_meeting_names(hall, tmp_path):
    vendor = await a_vendor(hall)
    for name in (new_id(), "nonsense", "storage-target", "%00"):
        for verb in ("GET", "DELETE"):
            answer = await vendor.software.request(verb, f"/archives/{name}")
            assert error_of(answer) == (404, "NotFoundError"), name
    _, archive = await a_recorded_meeting(vendor, tmp_path)
    assert (await vendor.software.delete(f"/archives/{archive}")).status_code == 204
    for verb in ("GET", "DELETE"):  # the meeting keeps its id; the provider has it no more
        answer = await vendor.software.request(verb, f"/archives/{archive}")
        assert error_of(answer) == (500, None)
    assert (await vendor.software.get("/archives")).json()["count"] == 0


async def test_l8_l41_the_archive_of_a_deleted_meeting_is_not_there(hall, tmp_path):
    vendor = await a_vendor(hall)
    made = [await a_recorded_meeting(vendor, tmp_path) for _ in range(3)]
    sessions = [await vendor.session(link) for link, _ in made]
    for link, _ in made:
        assert (await vendor.software.patch(f"/session/{link}/end")).status_code == 204
    assert (await vendor.admin.delete(f"/sessions/{sessions[0]['id']}")).status_code == 204
    assert (await vendor.admin.delete(f"/rooms/{sessions[1]['room_id']}")).status_code == 204
    for _, archive in made[:2]:
        for verb in ("GET", "DELETE"):
            answer = await vendor.software.request(verb, f"/archives/{archive}")
            assert error_of(answer) == (404, "NotFoundError")
    listed = (await vendor.software.get("/archives")).json()
    assert (listed["count"], [each["metaData"]["id"] for each in listed["items"]]) == (1, [made[2][1]])


async def test_l42_an_archive_is_deleted(hall, tmp_path):
    vendor = await a_vendor(hall)
    _, archive = await a_recorded_meeting(vendor, tmp_path)
    gone = await vendor.software.delete(f"/archives/{archive}")
    assert (gone.status_code, gone.content) == (204, b"")
    _, archive = await a_recorded_meeting(vendor, tmp_path)
    asked = vendor.caller(vendor.token(), accept="text/plain")
    told = await asked.delete(f"/archives/{archive}")
    assert (told.status_code, told.headers["content-type"]) == (200, "text/plain; charset=utf-8")
    _, running = await a_recorded_meeting(vendor, tmp_path, ready=False)
    refused = await vendor.software.delete(f"/archives/{running}")
    assert error_of(refused) == (417, "ExpectationFailedError")


async def test_l43_where_archives_go(hall, tmp_path):
    vendor = await a_vendor(hall)
    organization = (await hall.person("ann@example.org", "admin")).organization_id
    own = f"/organizations/{organization}/storage-target"

    async def put(accept="*/*", **body):
        return await vendor.caller(vendor.token(), accept=accept).put("/archives/storage-target", json=body)

    for odd in ({}, {"name": "FTP"}, {"name": 7}):
        assert error_of(await put(**odd)) == (400, "BadRequestError")
    for name in ("AWSS3", "AZURE"):  # the keys are looked for first
        assert error_of(await put(name=name)) == (500, None)

    with azure_container() as azure, s3_server(need("versitygw"), tmp_path / "s3") as server:
        bucket = server.bucket()
        keys = (
            {
                "kind": "azure", "container": "films", "account": ACCOUNT, "secret": KEY,
                "endpoint": azure.endpoint,
            },
            {
                "kind": "s3", "container": bucket.name, "account": bucket.access_key,
                "secret": bucket.secret_key, "endpoint": bucket.endpoint, "region": bucket.region,
            },
        )  # fmt: skip
        for body in keys:
            answer = await vendor.admin.put(own, json=body)
            assert answer.status_code == 200, answer.text
        assert (await vendor.admin.delete(own)).status_code == 204

        assert error_of(await put(name="AZURE")) == (400, "BadRequestError")
        assert error_of(await put(name="AWSS3", region="x")) == (400, "BadRequestError")
        assert error_of(await put(name="AWSS3", bucket=7)) == (400, "BadRequestError")
        assert error_of(await put(name="AWSS3", bucket="b", endpoint="ftp://x")) == (400, "BadRequestError")
        nowhere = await put(name="AWSS3", bucket="nowhere", endpoint=bucket.endpoint, region=bucket.region)
        assert error_of(nowhere) == (500, None)
        assert (await vendor.admin.get(own)).status_code == 404  # nothing was changed
        done = await put(name="AZURE", accountName=ACCOUNT, domain=azure.endpoint)
        assert (done.status_code, done.content) == (204, b""), done.text
        await a_recorded_meeting(vendor, tmp_path)
        assert list(azure.blobs.values()) == [FILM]
        s3 = {"name": "AWSS3", "bucket": bucket.name, "endpoint": bucket.endpoint, "region": bucket.region}
        told = await put("text/plain", **s3)
        assert (told.status_code, told.text) == (200, "Set.")
        assert (await vendor.admin.get(own)).json()["data"]["kind"] == "s3"
        _, archive = await a_recorded_meeting(vendor, tmp_path)
        url = (await vendor.software.get(f"/archives/{archive}")).json()["metaData"]["url"]
        assert (await hall.client().get(url)).content == FILM
