"""The page that a newcomer follows, done word for word against a whole hall.

Blocks marked `sh run` are one shell's work, in their order; a block marked `python file=NAME` is saved
under that name before. Only the hall's address is another one.
"""

import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.pages import ROOT, blocks
from tests.support.hall import hall
from tests.support.needs import need

PAGE = ROOT / "docs/api/getting-started.md"
LISTENER = ROOT / "docs/api/realtime.md"  # whose program the page uses
DEFAULT_ADDRESS = "http://127.0.0.1:8000"
DEADLINE_S = 90

pytestmark = pytest.mark.media


def script(address: str) -> str:
    """All that is run, with a line before each block that says where it stands."""
    lines = ["set -euo pipefail", "trap 'kill $(jobs -p) 2>/dev/null || true' EXIT"]
    for block in blocks(PAGE):
        if block.info == "sh run":
            lines += [f"echo {shlex.quote(f'— {PAGE.name}:{block.line}')}", block.text]
    return "\n".join(lines).replace(DEFAULT_ADDRESS, address)


def save_files(folder: Path) -> None:
    for block in blocks(PAGE) + blocks(LISTENER):
        if block.info.startswith("python file="):
            (folder / block.info.partition("=")[2]).write_text(block.text)


def test_every_command_of_the_page_works(tmp_path):
    pytest.importorskip("livekit.rtc")
    need("curl")
    need("jq")
    folder = tmp_path / "newcomer"
    folder.mkdir()
    save_files(folder)
    with hall(tmp_path) as running:
        environ = {
            **running.environ,
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        }
        done = subprocess.run(
            ["timeout", str(DEADLINE_S), "bash", "-c", script(running.url)],
            cwd=folder,
            env=environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
    assert done.returncode == 0, done.stdout
    assert "Li: Hello!\n" in done.stdout
    assert (folder / "heard.txt").read_text().count("chat.message") == 1
    assert "Li" in (folder / "attendance.csv").read_text()
    assert (folder / "recording.mp4").read_bytes()[4:8] == b"ftyp"
