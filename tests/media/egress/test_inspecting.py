"""What a look into a film says, and that a hostile one gets no further."""

import base64
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import av
import pytest

from livehall.core.ports.films import Film, Refused
from livehall.engines import films
from livehall.engines.films import ChildInspector
from livehall.media import confining
from livehall.media.egress import inspecting
from tests.support.films import a_film, box


async def test_a_film_has_a_length_a_size_and_a_picture(tmp_path: Path):
    path = a_film(tmp_path / "film.mp4")
    seen = await ChildInspector().look(path)
    assert isinstance(seen, Film)
    assert (seen.width, seen.height) == (320, 180)
    assert abs(seen.duration_ms - 2000) < 100
    assert (tmp_path / "film.mp4.jpeg").read_bytes().startswith(b"\xff\xd8\xff")


@pytest.mark.parametrize("movflags", ["faststart", "frag_keyframe+empty_moov", ""])
async def test_the_index_may_lie_anywhere(tmp_path: Path, movflags: str):
    seen = await ChildInspector().look(a_film(tmp_path / "film.mp4", movflags=movflags))
    assert isinstance(seen, Film), seen


async def test_sound_alone_is_a_film_without_a_picture(tmp_path: Path):
    seen = await ChildInspector().look(a_film(tmp_path / "film.mp4", codec=""))
    assert isinstance(seen, Film)
    assert (seen.width, seen.height) == (None, None)
    assert not (tmp_path / "film.mp4.jpeg").exists()


@pytest.mark.parametrize(
    ("made", "why"),
    [
        ({"codec": "mpeg4"}, Refused(why="codec", codec="mpeg4")),
        ({"form": "matroska"}, Refused(why="unreadable")),
        ({"codec": "", "sound": False}, Refused(why="no_tracks")),
    ],
)
async def test_what_players_do_not_show_is_refused(tmp_path: Path, made: dict[str, object], why: Refused):
    path = tmp_path / "film.mp4"
    if made.get("sound", True):
        a_film(path, **made)  # type: ignore[arg-type]
    else:
        path.write_bytes(box(b"ftyp", b"isom\0\0\0\0isom") + box(b"moov", b""))
    assert await ChildInspector().look(path) == why


async def test_a_film_that_was_cut_off_is_refused(tmp_path: Path):
    whole = a_film(tmp_path / "whole.mp4", seconds=20).read_bytes()
    cut = tmp_path / "cut.mp4"
    cut.write_bytes(whole[: len(whole) // 2])
    assert await ChildInspector().look(cut) == Refused(why="incomplete")
    cut.write_bytes(a_film(tmp_path / "late.mp4", movflags="").read_bytes()[:-2000])
    assert await ChildInspector().look(cut) == Refused(why="unreadable"), "its index is at its end"


@pytest.mark.parametrize(
    "text", ["#EXTM3U\n#EXTINF:1,\n/etc/passwd\n", "ffconcat version 1.0\nfile /etc/passwd\n"]
)
async def test_a_list_of_other_files_opens_none_of_them(tmp_path: Path, text: str):
    path = tmp_path / "film.mp4"
    path.write_text(text)
    assert await ChildInspector().look(path) == Refused(why="unreadable")


def test_a_film_is_opened_as_an_mp4_and_nothing_else_each_time(tmp_path: Path, monkeypatch):
    path, opened = a_film(tmp_path / "film.mp4"), []
    real = av.open

    def noted(file: str, **options: Any) -> Any:
        opened.append((options["format"], options["options"]))
        return real(file, **options)

    monkeypatch.setattr(av, "open", noted)
    seen = inspecting.look(path)
    assert isinstance(seen, inspecting.Seen)
    assert seen.picture is not None
    assert seen.picture.startswith(films.JPEG)
    assert [each.name for each in tmp_path.iterdir()] == ["film.mp4"], "it writes nothing"
    assert opened == [("mov", inspecting.OPTIONS)] * 2


def test_the_child_is_limited(tmp_path: Path):
    probe = (
        "import json, pathlib, resource, sys; from livehall.media.egress import inspecting;"
        "inspecting._limit(pathlib.Path(sys.argv[1]));"
        "print(json.dumps([resource.getrlimit(each)[0] for each in"
        " (resource.RLIMIT_AS, resource.RLIMIT_CPU, resource.RLIMIT_FSIZE)]))"
    )
    path = a_film(tmp_path / "film.mp4")
    command = [sys.executable, "-c", probe, str(path)]
    said = subprocess.run(command, capture_output=True, check=True, timeout=60)
    assert json.loads(said.stdout) == [2 << 30, 60, 0]


@pytest.mark.skipif(confining.version() == 0, reason="this kernel has no Landlock")
def test_the_child_reads_the_film_and_no_other_file(tmp_path: Path):
    path, other = a_film(tmp_path / "film.mp4"), tmp_path / "other.mp4"
    other.write_bytes(b"hush")
    probe = (
        "import os, pathlib, sys; from livehall.media.egress import inspecting;"
        "inspecting._limit(pathlib.Path(sys.argv[1])); taken = []\n"
        "for each in (sys.argv[1], sys.argv[2], '/etc/passwd', f'/proc/{os.getppid()}/environ'):\n"
        "    try: open(each, 'rb').close()\n"
        "    except PermissionError: taken.append(each)\n"
        "print(*taken)"
    )
    command = [sys.executable, "-c", probe, str(path), str(other)]
    said = subprocess.run(command, capture_output=True, check=True, text=True, timeout=60)
    assert said.stdout.split() == [str(other), "/etc/passwd", f"/proc/{os.getpid()}/environ"]


@pytest.mark.parametrize(
    "said",
    [
        "print('{')",
        'print(\'{"why": "because"}\')',
        "print('{\"duration_ms\": -1}')",
        'print(\'{"duration_ms": 1000, "width": 1e9}\')',
        "print('{}')",
        "print('x' * (2 << 20))",
    ],
)
async def test_a_child_in_others_hands_says_no_more_than_a_look_does(tmp_path: Path, monkeypatch, said: str):
    monkeypatch.setattr(films, "COMMAND", (sys.executable, "-c", said))
    assert await ChildInspector().look(tmp_path / "film.mp4") == Refused(why="unreadable")
    assert os.listdir(tmp_path) == []


async def test_what_is_no_jpeg_is_not_kept_as_a_picture(tmp_path: Path, monkeypatch):
    page = base64.b64encode(b"<script>").decode()
    said = f"""print('{{"duration_ms": 1000, "picture": "{page}"}}')"""
    monkeypatch.setattr(films, "COMMAND", (sys.executable, "-c", said))
    assert await ChildInspector().look(tmp_path / "film.mp4") == Film(duration_ms=1000)
    assert os.listdir(tmp_path) == []


async def test_the_child_is_told_none_of_our_secrets(tmp_path: Path, monkeypatch):
    monkeypatch.setenv("LIVEHALL_SECRET", "hush")
    monkeypatch.setenv("PGPASSWORD", "hush")
    told = tmp_path / "told"
    monkeypatch.setattr(
        films,
        "COMMAND",
        (sys.executable, "-c", f"import os; open({str(told)!r}, 'w').write(repr(os.environ)); 1/0"),
    )
    with pytest.raises(films.FilmsUnavailable):
        await ChildInspector().look(a_film(tmp_path / "film.mp4"))
    assert "PATH" in told.read_text()
    assert "hush" not in told.read_text()


async def test_a_child_that_takes_too_long_or_dies_has_seen_no_film(tmp_path: Path, monkeypatch):
    path = a_film(tmp_path / "film.mp4")
    monkeypatch.setattr(films, "COMMAND", (sys.executable, "-c", "import time; time.sleep(60)"))
    monkeypatch.setattr(films, "PATIENCE_S", 0.2)
    assert await ChildInspector().look(path) == Refused(why="unreadable")
    monkeypatch.setattr(films, "PATIENCE_S", 30.0)
    monkeypatch.setattr(films, "COMMAND", (sys.executable, "-c", "import os; os.kill(os.getpid(), 9)"))
    assert await ChildInspector().look(path) == Refused(why="unreadable")
    monkeypatch.setattr(films, "COMMAND", (sys.executable, "-c", "raise SystemExit(1)"))
    with pytest.raises(films.FilmsUnavailable):
        await ChildInspector().look(path)
