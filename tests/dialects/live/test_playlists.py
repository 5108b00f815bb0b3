"""A playlist of hours is read and packed once in each version, however many ask for it."""

import asyncio
import gzip
from pathlib import Path

import pytest

from livehall.dialects.live.recordings import playlists as module
from livehall.dialects.live.recordings.playlists import Playlists


def replace(path: Path, text: str) -> None:
    """As the recorder does."""
    aside = path.with_name(".aside")
    aside.write_text(text)
    aside.replace(path)


async def test_who_asks_gets_one_version_until_another_takes_its_place(tmp_path: Path) -> None:
    path, playlists = tmp_path / "index.m3u8", Playlists()
    assert await playlists.newest(path) is None
    replace(path, "#EXTM3U\n")
    first = await playlists.newest(path)
    assert first is not None
    assert all(each is first for each in await asyncio.gather(*[playlists.newest(path) for _ in range(20)]))
    replace(path, "#EXTM4U\n")  # of the same length
    second = await playlists.newest(path)
    assert second is not None
    assert (first.data, second.data) == (b"#EXTM3U\n", b"#EXTM4U\n")
    path.unlink()
    assert await playlists.newest(path) is None
    path.mkdir()
    assert await playlists.newest(path) is None
    assert (playlists._kept, playlists._bytes) == ({}, 0)


async def test_a_version_is_packed_once_for_all_and_whoever_began_it_may_go(tmp_path: Path) -> None:
    path, playlists = tmp_path / "index.m3u8", Playlists()
    replace(path, "".join(f"#EXTINF:4.00000,\nindex_{n:05d}.ts\n" for n in range(3600)))
    found = await asyncio.gather(*[playlists.newest(path) for _ in range(20)])
    gone = asyncio.create_task(found[0].packed())
    await asyncio.sleep(0)
    gone.cancel()
    packed = await asyncio.gather(*[version.packed() for version in found])

    assert all(each is packed[0] for each in packed)
    assert gzip.decompress(packed[0]) == path.read_bytes()
    assert len(packed[0]) < len(path.read_bytes()) / 5


async def test_no_more_is_kept_than_so_many_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_BYTES", 1000)
    playlists = Playlists()
    for number in range(20):
        replace(tmp_path / f"{number}.m3u8", "x" * 300)
        await playlists.newest(tmp_path / f"{number}.m3u8")
        await playlists.newest(tmp_path / "0.m3u8")
    assert [path.name for path in playlists._kept] == ["18.m3u8", "19.m3u8", "0.m3u8"]
    assert playlists._bytes == 900
