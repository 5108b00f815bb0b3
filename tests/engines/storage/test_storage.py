"""One suite for every adapter of the storage port."""

from pathlib import Path

import pytest
from obstore.store import MemoryStore

from livehall.core.ports.storage import Storage
from livehall.engines.storage import DiskStorage, ObjectStorage, S3Storage
from livehall.kernel.clock import utc_now
from tests.support.versitygw.server import S3Server


@pytest.fixture(params=["disk", "memory", "s3"])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> Storage:
    if request.param == "s3":
        server: S3Server = request.getfixturevalue("s3")
        bucket = server.bucket(prefix=f"halls/{tmp_path.name}")
        return S3Storage(bucket, redirects=True, clock=utc_now)
    return DiskStorage(tmp_path / "store") if request.param == "disk" else ObjectStorage(MemoryStore())


@pytest.fixture
def film(tmp_path: Path) -> Path:
    path = tmp_path / "film.mp4"
    path.write_bytes(bytes(range(256)) * 4)
    return path


async def read(storage: Storage, key: str, start: int, end: int) -> bytes:
    return b"".join([piece async for piece in storage.read(key, start, end)])


async def test_a_taken_file_is_under_its_key_and_gone_from_its_place(storage: Storage, film: Path) -> None:
    stored = await storage.take(film, "recordings/a/film.mp4")

    assert stored.size == 1024
    assert not film.exists()  # noqa: ASYNC240
    assert await read(storage, "recordings/a/film.mp4", 0, 1024) == bytes(range(256)) * 4


async def test_taking_a_file_again_answers_as_the_first_time(storage: Storage, film: Path) -> None:
    first = await storage.take(film, "film.mp4")
    assert await storage.take(film, "film.mp4") == first


async def test_a_file_that_never_was_is_refused(storage: Storage, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        await storage.take(tmp_path / "nothing.mp4", "nothing.mp4")


async def test_a_part_of_a_file_is_read_alone(storage: Storage, film: Path) -> None:
    await storage.take(film, "film.mp4")
    assert await read(storage, "film.mp4", 254, 258) == bytes([254, 255, 0, 1])
    assert await read(storage, "film.mp4", 7, 7) == b""


async def test_a_deleted_file_is_gone_and_may_be_deleted_again(storage: Storage, film: Path) -> None:
    await storage.take(film, "film.mp4")
    await storage.delete("film.mp4")
    await storage.delete("film.mp4")

    assert await storage.find("film.mp4") is None
    with pytest.raises(FileNotFoundError):
        await read(storage, "film.mp4", 0, 1)


async def test_an_unchanged_file_keeps_its_etag(storage: Storage, film: Path) -> None:
    stored = await storage.take(film, "film.mp4")
    assert stored.etag
    assert await storage.find("film.mp4") == stored
