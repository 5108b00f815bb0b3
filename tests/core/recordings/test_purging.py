"""What a cleanup removes of an output, and what it leaves."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from livehall.core.recordings import purging
from livehall.core.recordings.model import Egress
from livehall.kernel.ids import new_id

NOON = datetime(2027, 1, 1, 12, tzinfo=UTC)


def an_output(path: str) -> Egress:
    return Egress(
        id=new_id(),
        organization_id=new_id(),
        session_id=new_id(),
        kind="file",
        media_id=None,
        recording_id=new_id(),
        status="failed",
        path=path,
        attempt=1,
        error="",
        started_at=None,
        ended_at=None,
        created_at=NOON,
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    found = tmp_path / "output"
    (found / "evening").mkdir(parents=True)
    return found


async def test_an_output_goes_with_its_notes_and_nothing_of_a_longer_name(folder: Path) -> None:
    own = ("film.mp4", "film.mp4.json", ".film.mp4.part", ".film.mp4.json.tmp")
    others = ("film-2.mp4", "film-2.mp4.json", "my-film.mp4")
    for name in own + others:
        (folder / "evening" / name).write_bytes(b"film")
    await purging.remove_outputs(folder, an_output("evening/film.mp4"))
    assert {found.name for found in (folder / "evening").iterdir()} == set(others)


async def test_an_output_without_a_path_takes_nothing_along(folder: Path, tmp_path: Path) -> None:
    beside = tmp_path / "output.toml"
    beside.write_text("")
    await purging.remove_outputs(folder, an_output(""))
    assert beside.exists()
    assert folder.is_dir()  # noqa: ASYNC240


async def test_an_output_that_is_gone_already_is_no_fault(folder: Path) -> None:
    await purging.remove_outputs(folder, an_output("evening-before/film.mp4"))
