"""A client in TypeScript has a meeting recorded into a bucket of its own, fetches the film and deletes it."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from livehall.cli.rehearsal.door import Seat
from livehall.cli.rehearsal.host import FPS, Host
from livehall.engines.storage import Bucket
from tests.clients.compiling import Run
from tests.clients.customer import ANN, bearer_of_sourceloop
from tests.support import recorded
from tests.support.hall import Hall, hall
from tests.support.needs import need
from tests.support.versitygw.server import S3Server, s3_server
from tests.support.waiting import eventually

PATIENCE_S = 90.0
PICTURES = 4 * FPS

pytestmark = [pytest.mark.media]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hall]:
    settings = {"LIVEHALL_STORAGE_PRIVATE_TARGETS": "true"}
    with hall(tmp_path_factory.mktemp("hall"), settings=settings) as served:
        served.add_account(ANN, "admin")
        yield served


@pytest.fixture
def s3(tmp_path: Path) -> Iterator[S3Server]:
    with s3_server(need("versitygw"), tmp_path / "s3") as server:
        yield server


async def test_the_archive_of_a_meeting_of_sourceloop(
    run: Run, running: Hall, ann: httpx.Client, s3: S3Server
) -> None:
    organization, bucket, bearer = organization_of(ann), s3.bucket(), bearer_of_sourceloop(ann)
    keep_keys(ann, organization, bucket)
    place = {"bucket": bucket.name, "endpoint": bucket.endpoint, "region": bucket.region}
    meeting = await asyncio.to_thread(run, "sourceloop.meeting", token=bearer, **place)
    assert target_of(ann, organization) == ("s3", bucket.name, bucket.endpoint)

    async with filming(running, meeting["token"]) as bo:
        await until_recorded(ann, meeting["session"], bo)
        told = await asyncio.to_thread(run, "sourceloop.archive", token=bearer, link=meeting["link"])
    assert set(told["sessions"]) == {meeting["session"]}
    begun, made, file = told["begun"], told["made"], told["file"]
    assert (begun["status"], begun["url"], told["early"]) == ("started", None, 417)
    assert (made["id"], made["status"]) == (begun["id"], "available")
    assert (file["status"], file["type"], file["length"]) == (200, "video/mp4", made["size"])

    (film,) = [each for each in s3.objects() if each.suffix == ".mp4"]
    assert film.stat().st_size == made["size"]
    seen = await asyncio.to_thread(recorded.read, film)
    assert len(seen.frames) > FPS
    assert made["duration"] == pytest.approx(seen.duration, abs=1.5)

    assert (told["missed"], told["left"]) == ([500, 500], {"count": 0, "items": []})  # L41
    assert told["closed"] == 410  # the address that was good before
    assert {*meeting["called"], *told["called"]} >= {
        "DELETE /archives/{archiveId}", "GET /archives", "GET /archives/{archiveId}",
        "PUT /archives/storage-target",
    }  # fmt: skip
    assert running.faults() == []


def organization_of(ann: httpx.Client) -> str:
    return str(ann.get("/auth/me").json()["data"]["organization_id"])


def keep_keys(ann: httpx.Client, organization: str, bucket: Bucket) -> None:
    """The administrator has given the keys of a bucket; since then files go to the hall again."""
    own = f"/organizations/{organization}/storage-target"
    keys = {
        "kind": "s3", "container": bucket.name, "account": bucket.access_key, "secret": bucket.secret_key,
        "endpoint": bucket.endpoint, "region": bucket.region,
    }  # fmt: skip
    answer = ann.put(own, json=keys)
    assert answer.status_code == 200, answer.text
    assert ann.delete(own).status_code == 204


def target_of(ann: httpx.Client, organization: str) -> tuple[str, str, str]:
    """Where files go: kind, container, endpoint."""
    found = ann.get(f"/organizations/{organization}/storage-target").json()["data"]
    return found["kind"], found["container"], found["endpoint"]


@asynccontextmanager
async def filming(running: Hall, token: str) -> AsyncIterator[Host]:
    """Somebody with a camera and a microphone, by the token of the meeting."""
    host = Host()
    await host.publish(Seat(livekit_url=running.url.replace("http", "ws", 1), token=token))
    try:
        yield host
    finally:
        await host.stop()


async def until_recorded(ann: httpx.Client, session: str, host: Host) -> None:
    """Until the recorder is at work, and was shown so many pictures since."""

    async def state() -> Any:
        answer = await asyncio.to_thread(ann.get, f"/sessions/{session}/recordings/active")
        return (answer.json()["data"] or {}).get("status")

    await eventually(state, lambda now: now == "recording", within=PATIENCE_S, what="a recorder", every=0.25)
    enough = host.pictures + PICTURES

    async def pictures() -> int:
        return host.pictures

    await eventually(pictures, lambda shown: shown >= enough, within=PATIENCE_S, what="pictures to record")
