"""What only an S3 store does: addresses that clients follow, prefixes, and being away. Against versitygw."""

import resource
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import msgspec
import pytest

from livehall.core.ports.storage import StorageUnavailable
from livehall.engines.storage import Bucket, S3Storage
from livehall.engines.storage.s3 import signed
from livehall.kernel.clock import utc_now
from tests.support.needs import need
from tests.support.versitygw.server import S3Server, s3_server

FILM = bytes(range(256)) * 40
NAME = "attachment; filename=\"Wellen.mp4\"; filename*=UTF-8''W%C3%A4nde%20%26%20Wellen.mp4"
MIB = 1024 * 1024


@pytest.fixture
async def web() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(trust_env=False) as client:
        yield client


@pytest.fixture
async def kept(s3: S3Server, tmp_path: Path) -> S3Storage:
    storage = S3Storage(s3.bucket("a hall/ä"), redirects=True, clock=utc_now)
    source = tmp_path / "film.mp4"
    source.write_bytes(FILM)
    await storage.take(source, "film.mp4")
    return storage


def address(storage: S3Storage, key: str = "film.mp4", seconds: int = 60) -> str:
    found = storage.address(key, NAME, "video/mp4", utc_now() + timedelta(seconds=seconds))
    assert found is not None
    return found


async def test_an_address_gives_the_file_with_its_name(kept: S3Storage, web: httpx.AsyncClient) -> None:
    answer = await web.get(address(kept))
    assert (answer.status_code, answer.content) == (200, FILM)
    assert answer.headers["content-disposition"] == NAME
    assert answer.headers["content-type"] == "video/mp4"


async def test_an_address_gives_ranges(kept: S3Storage, web: httpx.AsyncClient) -> None:
    answer = await web.get(address(kept), headers={"Range": "bytes=100-199"})
    assert (answer.status_code, answer.content) == (206, FILM[100:200])
    assert answer.headers["content-range"] == f"bytes 100-199/{len(FILM)}"


async def test_an_address_opens_nothing_else(kept: S3Storage, web: httpx.AsyncClient, tmp_path: Path) -> None:
    other = tmp_path / "other.mp4"
    other.write_bytes(b"another film")
    await kept.take(other, "other.mp4")
    moved = address(kept).replace("film.mp4?", "other.mp4?")
    assert (await web.get(moved)).status_code == 403
    renamed = address(kept).replace("Wellen", "Felsen")
    assert (await web.get(renamed)).status_code == 403
    assert (await web.delete(address(kept))).status_code == 403


async def test_an_address_ends(s3: S3Server, kept: S3Storage, web: httpx.AsyncClient) -> None:
    bucket = s3.bucket("a hall/ä")
    then = utc_now() - timedelta(minutes=5)
    late = signed(bucket, "film.mp4", {}, then, then + timedelta(minutes=1))
    assert (await web.get(late)).status_code == 403


@pytest.mark.parametrize("part_ms", [0, 399, 400, 401, 999])
def test_an_address_ends_in_the_second_that_it_was_given_until(part_ms: int) -> None:
    """Whatever part of a second it is signed at, and though the end was reckoned a moment before that."""
    bucket = Bucket(name="films", endpoint="", region="us-east-1", access_key="key", secret_key="secret")
    now = datetime(2026, 3, 1, 18, 0, 0, part_ms * 1000, tzinfo=UTC)
    until = datetime(2026, 3, 1, 18, 15, 0, 400_000, tzinfo=UTC)
    query = parse_qs(urlsplit(signed(bucket, "film.mp4", {}, now, until)).query)
    assert (query["X-Amz-Date"], query["X-Amz-Expires"]) == (["20260301T180000Z"], ["900"])


class ExampleBucket(Bucket, frozen=True, kw_only=True):
    """At the host that the reference signs for, which names no region."""

    @property
    def origin(self) -> str:
        return f"https://{self.name}.s3.amazonaws.com"


def test_the_signature_is_that_of_the_reference() -> None:
    """The example in the Amazon S3 API Reference, "Authenticating Requests: Using Query Parameters"."""
    bucket = ExampleBucket(
        name="examplebucket",
        endpoint="",
        region="us-east-1",
        access_key="AKIAIOSFODNN7EXAMPLE",
        secret_key="wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    )
    now = datetime(2013, 5, 24, tzinfo=UTC)
    address = signed(bucket, "test.txt", {}, now, now + timedelta(days=1))
    signature = "aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404"
    assert address.endswith(f"&X-Amz-Signature={signature}")


async def test_amazons_own_store_needs_no_endpoint() -> None:
    bucket = Bucket(name="films", endpoint="", region="eu-west-3", access_key="key", secret_key="secret")
    storage = S3Storage(bucket, redirects=True, clock=utc_now)
    found = storage.address("film.mp4", NAME, "video/mp4", utc_now())
    assert found is not None
    assert found.startswith("https://films.s3.eu-west-3.amazonaws.com/film.mp4?")


async def test_without_redirects_there_is_no_address(s3: S3Server) -> None:
    storage = S3Storage(s3.bucket(), redirects=False, clock=utc_now)
    assert storage.address("film.mp4", NAME, "video/mp4", utc_now()) is None


async def test_a_large_file_passes_with_flat_memory(s3: S3Server, tmp_path: Path) -> None:
    storage = S3Storage(s3.bucket("large"), redirects=True, clock=utc_now)
    source = tmp_path / "large.mp4"
    with source.open("wb") as file:
        file.truncate(320 * MIB)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    stored = await storage.take(source, "large.mp4")
    passed = 0
    async for piece in storage.read("large.mp4", 0, stored.size):
        passed += len(piece)
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    assert passed == stored.size == 320 * MIB
    assert grown < 150, f"{grown:.0f} MiB"
    await storage.delete("large.mp4")


@pytest.fixture
def own(tmp_path: Path) -> Iterator[S3Server]:
    """A server that the test may stop."""
    with s3_server(need("versitygw"), tmp_path / "s3") as server:
        yield server


async def test_a_store_that_is_away_is_unavailable_and_the_file_stays(own: S3Server, tmp_path: Path) -> None:
    storage = S3Storage(own.bucket(), redirects=True, clock=utc_now)
    source = tmp_path / "film.mp4"
    source.write_bytes(FILM)
    own.stop()
    with pytest.raises(StorageUnavailable):
        await storage.take(source, "film.mp4")
    with pytest.raises(StorageUnavailable):
        await storage.find("film.mp4")
    assert source.read_bytes() == FILM

    own.start()
    assert (await storage.take(source, "film.mp4")).size == len(FILM)
    assert not source.exists()


async def test_a_bucket_that_is_missing_is_unavailable_and_the_file_stays(
    s3: S3Server, tmp_path: Path
) -> None:
    bucket = msgspec.structs.replace(s3.bucket(), name="another-bucket")
    source = tmp_path / "film.mp4"
    source.write_bytes(FILM)
    with pytest.raises(StorageUnavailable):
        await S3Storage(bucket, redirects=True, clock=utc_now).take(source, "film.mp4")
    assert source.exists()


async def test_a_wrong_key_is_unavailable_and_shows_no_secret(s3: S3Server) -> None:
    bucket = msgspec.structs.replace(s3.bucket(), secret_key="another-secret-key")
    storage = S3Storage(bucket, redirects=True, clock=utc_now)
    with pytest.raises(StorageUnavailable) as refused:
        await storage.find("film.mp4")
    shown = f"{refused.value!r} {refused.value.__cause__!r} {bucket!r}"
    assert "another-secret-key" not in shown
