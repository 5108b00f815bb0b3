"""A playlist of hours is read and packed once in each version, however many ask for it."""

import asyncio
import gzip
from pathlib import Path

import pytest

from livehall.dialects.live.recordings import playlists as module
from livehall.dialects.live.recordings.playlists import Playlists, Version
from livehall.media.egress import segments
from livehall.media.egress.plans import SegmentPlan


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
    assert (first.whole.data, second.whole.data) == (b"#EXTM3U\n", b"#EXTM4U\n")
    path.unlink()
    assert await playlists.newest(path) is None
    path.mkdir()
    assert await playlists.newest(path) is None
    assert (playlists._kept, playlists._bytes) == ({}, 0)


async def test_a_version_is_packed_once_for_all_and_whoever_began_it_may_go(tmp_path: Path) -> None:
    path, playlists = tmp_path / "index.m3u8", Playlists()
    replace(path, "".join(f"#EXTINF:4.00000,\nindex_{n:05d}.ts\n" for n in range(3600)))
    found = await asyncio.gather(*[playlists.newest(path) for _ in range(20)])
    gone = asyncio.create_task(found[0].whole.packed())
    await asyncio.sleep(0)
    gone.cancel()
    packed = await asyncio.gather(*[version.whole.packed() for version in found])

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


def a_playlist(count: int, *, part_s: float = 0.0, is_over: bool = False) -> str:
    """As the recorder writes it, with a break in the middle."""
    plan = SegmentPlan(prefix="hls/index", playlist="hls/index.m3u8", duration_s=4, part_s=part_s)
    made = [
        segments.Segment(f"index_{n:05d}.ts", n * 360_000, 360_000, 1, is_discontinuous=n == count // 2)
        for n in range(count)
    ]
    part = segments.Part(f"index_{count:05d}-0.ts", count * 360_000, 36_000, is_independent=True)
    published = segments.Published(
        epoch=1_700_000_000, segments=made, parts=[part] if part_s else [], is_over=is_over
    )
    return segments.playlist(published, plan, count)


@pytest.mark.parametrize("part_s", [0.0, 0.4])
def test_who_has_had_a_playlist_lately_gets_its_end_alone(part_s: float) -> None:
    text = a_playlist(3600, part_s=part_s)
    version = Version((1, 1, len(text)), text.encode())
    whole, recent = version.whole.data.decode().splitlines(), version.recent.data.decode().splitlines()
    control = [line for line in whole if line.startswith("#EXT-X-SERVER-CONTROL:")]
    assert len(control) == 1
    assert "CAN-SKIP-UNTIL=24" in control[0]
    assert ("CAN-BLOCK-RELOAD=YES" in control[0]) is bool(part_s)
    assert set(text.splitlines()) - set(whole) <= {line for line in text.splitlines() if "CONTROL" in line}

    at = recent.index("#EXT-X-SKIP:SKIPPED-SEGMENTS=3594")
    left = [line for line in recent[at:] if line.startswith("#EXTINF:")]
    assert sum(float(line[8:-1]) for line in left) == 24  # six target durations
    assert whole[-len(recent[at + 1 :]) :] == recent[at + 1 :]
    assert recent[1] == "#EXT-X-VERSION:9"
    assert [*recent[:1], *recent[2:at]] == [*whole[:1], *whole[2:at]]
    assert version.playlist.has(3599, None)
    assert len(version.recent.data) < 1000 < len(version.whole.data) / 100


@pytest.mark.parametrize(
    "text",
    [
        a_playlist(6),
        a_playlist(3600, is_over=True),
        "",
        "#EXTM3U\n#EXT-X-TARGETDURATION:4\n",
        "#EXTM3U\nx.ts\n",
    ],
    ids=["short", "over", "empty", "without segments", "without a target"],
)
def test_what_does_not_grow_or_is_short_is_told_whole(text: str) -> None:
    version = Version((1, 1, len(text)), text.encode())
    assert version.recent is version.whole
    assert ("CAN-SKIP-UNTIL" in version.whole.data.decode()) is (
        "TARGETDURATION" in text and "ENDLIST" not in text
    )


async def test_a_playlist_that_makes_no_sense_is_as_if_it_were_not_there(tmp_path: Path) -> None:
    path = tmp_path / "index.m3u8"
    replace(path, "#EXTM3U\n#EXT-X-TARGETDURATION:4\n" + "#EXTINF:four,\nx.ts\n" * 50)
    assert await Playlists().newest(path) is None
