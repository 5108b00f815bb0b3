"""Requests of low-latency HLS wait for what is not there yet."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from livehall.dialects.live.recordings import playlists as module
from livehall.dialects.live.recordings.playlists import Playlist, Playlists, Version
from livehall.dialects.live.recordings.reloads import BadReload, Reloads, Wish
from tests.support.waiting import eventually

HEAD = "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXT-X-PART-INF:PART-TARGET=0.4\n#EXT-X-MEDIA-SEQUENCE:3\n"


def a_playlist(parts: int, segments: int = 2, end: str = "") -> str:
    whole = "".join(
        f'#EXT-X-PART:DURATION=0.4,URI="{n}-0.ts"\n#EXTINF:1.0,\n{n}.ts\n' for n in range(segments)
    )
    coming = "".join(f'#EXT-X-PART:DURATION=0.4,URI="9-{n}.ts"\n' for n in range(parts))
    return HEAD + whole + coming + (end or f'#EXT-X-PRELOAD-HINT:TYPE=PART,URI="9-{parts}.ts"\n')


async def wait(reloads: Reloads, path: Path, wish: Wish) -> Version | None:
    """As a request does."""
    now = await reloads._playlists.newest(path)
    assert now is not None
    return await reloads.wait(path, now, wish)


async def nobody_watches(reloads: Reloads) -> None:
    async def watched() -> bool:
        return reloads._watched == {}

    await eventually(watched, within=10, what="nobody looks any more", every=0.01)


@pytest.mark.parametrize(
    ("wish", "has"),
    [((4, None), True), ((5, None), False), ((5, 0), True), ((5, 1), True), ((5, 2), False), ((4, 9), True)],
)
def test_a_playlist_has_its_segments_and_the_parts_of_the_next(
    wish: tuple[int, int | None], has: bool
) -> None:
    assert Playlist.of(a_playlist(parts=2)).has(*wish) is has
    assert Playlist.of(a_playlist(parts=2, end="#EXT-X-ENDLIST\n")).has(*wish)


@pytest.mark.parametrize(
    ("sequence", "part"), [(None, "1"), ("x", None), ("-1", "0"), ("1", "x"), ("²", None), ("9" * 10, None)]
)
def test_a_wish_that_makes_no_sense_is_refused(sequence: str | None, part: str | None) -> None:
    with pytest.raises(BadReload):
        Wish.of(sequence, part)


async def test_many_wait_for_a_part_and_get_it_when_it_is_there(tmp_path: Path) -> None:
    path, reloads = tmp_path / "index.m3u8", Reloads(Playlists())
    path.write_text(a_playlist(parts=1))
    waiting = [asyncio.create_task(wait(reloads, path, Wish(5, 1))) for _ in range(20)]
    promised = asyncio.create_task(reloads.listed(path, "9-1.ts"))
    assert not await reloads.listed(path, "9-2.ts")  # nobody promised it
    await asyncio.sleep(0.1)
    assert not any(task.done() for task in (*waiting, promised))
    path.write_text(a_playlist(parts=2))
    assert all(await asyncio.gather(*waiting, promised))
    await nobody_watches(reloads)


@pytest.mark.parametrize(
    "spoil", [lambda path: path.write_bytes(b"\xff"), lambda path: path.mkdir()], ids=["bytes", "folder"]
)
async def test_a_playlist_that_was_unreadable_for_a_while_is_waited_for_as_before(
    tmp_path: Path, spoil: Callable[[Path], object]
) -> None:
    path, reloads = tmp_path / "index.m3u8", Reloads(Playlists())
    path.write_text(a_playlist(parts=1))
    waiting = asyncio.create_task(wait(reloads, path, Wish(5, 1)))
    await asyncio.sleep(0.1)
    path.unlink()
    spoil(path)
    await asyncio.sleep(0.1)
    (tmp_path / "next").write_text(a_playlist(parts=2))
    path.rmdir() if path.is_dir() else path.unlink()
    (tmp_path / "next").rename(path)
    assert await waiting
    later = asyncio.create_task(wait(reloads, path, Wish(5, 2)))
    await asyncio.sleep(0.1)
    path.write_text(a_playlist(parts=3))
    assert await later


async def test_a_look_that_failed_is_begun_anew_by_who_waits_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, reloads = tmp_path / "index.m3u8", Reloads(Playlists())
    path.write_text(a_playlist(parts=1))

    def fail(path: Path, known: Version | None) -> Version | None:
        raise RuntimeError("out of threads")

    with monkeypatch.context() as patched:
        waiting = asyncio.create_task(wait(reloads, path, Wish(5, 1)))
        await asyncio.sleep(0.1)
        patched.setattr(module, "_look", fail)
        await nobody_watches(reloads)
    waiting.cancel()
    later = asyncio.create_task(wait(reloads, path, Wish(5, 1)))
    await asyncio.sleep(0.1)
    path.write_text(a_playlist(parts=2))
    assert await later


async def test_a_wait_ends_after_three_segments_and_one_too_far_ahead_is_refused(tmp_path: Path) -> None:
    path, reloads = tmp_path / "index.m3u8", Reloads(Playlists())
    path.write_text(a_playlist(parts=1))
    with pytest.raises(BadReload):
        await wait(reloads, path, Wish(8, 0))
    async with asyncio.timeout(4):
        assert not await wait(reloads, path, Wish(5, 1))
    path.write_text(a_playlist(parts=1).replace("#EXT-X-PART-INF:PART-TARGET=0.4\n", ""))
    assert await wait(reloads, path, Wish(99, 0))  # whole segments only: nobody waits
