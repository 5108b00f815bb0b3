"""The page about the Python client: its blocks marked `python run` are one program, and it works."""

import subprocess
import sys

import pytest

from tests.docs.pages import ROOT, blocks
from tests.support.hall import COMMAND, HOST, Hall, hall

PAGE = ROOT / "docs/use/python.md"
DEFAULT_ADDRESS = "http://127.0.0.1:8000"
PASSWORD = "correct horse battery"
DEADLINE_S = 60

SAID = """\
ada@example.org
live
Li: Hello!
ended
Li
1
conflict
[('title', 'value')]
404 not_found
True
Winter briefing
bob@example.org
['Order 17', 'Winter briefing']
"""

pytestmark = pytest.mark.media


def program(address: str) -> str:
    found = [block.text for block in blocks(PAGE) if block.info == "python run"]
    return "\n".join(found).replace(DEFAULT_ADDRESS, address)


def sign_up(running: Hall, email: str) -> None:
    words = ["account", "add", email, "--role", "host", "--password-stdin"]
    subprocess.run([*COMMAND, *words], env=running.environ, input=PASSWORD, text=True, check=True)


def test_every_program_of_the_page_works(tmp_path):
    with hall(tmp_path) as running:
        running.add_account(HOST)
        sign_up(running, "bob@example.org")
        environ = {**running.environ, "LIVEHALL_TOKEN": running.token(), "BOBS_PASSWORD": PASSWORD}
        done = subprocess.run(
            [sys.executable, "-W", "error", "-c", program(running.url)],
            cwd=tmp_path,
            env=environ,
            capture_output=True,
            text=True,
            timeout=DEADLINE_S,
            check=False,
        )
    assert done.returncode == 0, done.stderr
    for said, wanted in zip(done.stdout.splitlines(), SAID.splitlines(), strict=True):
        assert said.startswith(wanted)
    assert "Li" in (tmp_path / "attendance.csv").read_text()
