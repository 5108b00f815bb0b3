"""What is installed from a lock file once."""

import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.support import kept

COUNT = (sys.executable, "-c", "open('ran', 'a').write(open('lock.txt').read())")


@pytest.fixture
def source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    folder = tmp_path / "source"
    folder.mkdir()
    (folder / "lock.txt").write_text("one;")
    return folder


def test_it_is_installed_once_however_many_ask(source: Path):
    with ThreadPoolExecutor(4) as several:
        folders = set(several.map(lambda _: kept.installed(source, ["lock.txt"], COUNT), range(4)))
    (folder,) = folders
    assert (folder / "ran").read_text() == "one;"


def test_another_lock_is_another_folder(source: Path):
    one = kept.installed(source, ["lock.txt"], COUNT)
    (source / "lock.txt").write_text("two;")
    two = kept.installed(source, ["lock.txt"], COUNT)
    assert one != two
    assert (one / "ran").read_text() == "one;"
    assert (two / "ran").read_text() == "two;"


def test_what_failed_says_why_and_is_tried_again(source: Path):
    with pytest.raises(kept.NotInstalled, match="offline"):
        kept.installed(source, ["lock.txt"], (sys.executable, "-c", "exit('offline')"))
    assert (kept.installed(source, ["lock.txt"], COUNT) / "ran").read_text() == "one;"


def test_a_program_that_is_not_here_is_named(source: Path):
    with pytest.raises(kept.NotInstalled, match="no-such-program is not found"):
        kept.installed(source, ["lock.txt"], ("no-such-program",))
