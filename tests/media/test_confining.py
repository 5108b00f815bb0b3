"""What is taken from a process that reads what others made."""

import json
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from livehall.media import confining

PROBE = """
import json, os, pathlib, signal, socket, sys
from livehall.media.confining import confine

kept, taken, port = sys.argv[1:]
was_confined = confine(pathlib.Path(kept))

def happens(do):
    try:
        do()
    except OSError as error:
        return type(error).__name__
    return "done"

print(json.dumps({
    "confined": was_confined,
    "reads what it was left": happens(lambda: open(kept + "/file").close()),
    "lists what it was left": happens(lambda: os.listdir(kept)),
    "writes what it was left": happens(lambda: open(kept + "/file", "w").close()),
    "makes a file there": happens(lambda: open(kept + "/new", "w").close()),
    "reads another": happens(lambda: open(taken + "/file").close()),
    "removes another": happens(lambda: os.unlink(taken + "/file")),
    "runs a program": happens(lambda: os.execv("/bin/true", ["true"])),
    "connects": happens(lambda: socket.create_connection(("127.0.0.1", int(port)), 5).close()),
    "signals its parent": happens(lambda: os.kill(os.getppid(), 0)),
    "imports": happens(lambda: __import__("wave")),
}))
"""


@pytest.mark.skipif(confining.version() == 0, reason="this kernel has no Landlock")
def test_files_beyond_what_is_named_are_taken_and_the_ways_out(tmp_path: Path, listener: int):
    for name in ("kept", "taken"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "file").write_text("here")
    command = [sys.executable, "-c", PROBE, str(tmp_path / "kept"), str(tmp_path / "taken"), str(listener)]
    said = subprocess.run(command, capture_output=True, check=True, timeout=60)
    refused = "PermissionError"
    assert json.loads(said.stdout) == {
        "confined": True,
        "reads what it was left": "done",
        "lists what it was left": "done",
        "writes what it was left": refused,
        "makes a file there": refused,
        "reads another": refused,
        "removes another": refused,
        "runs a program": refused,
        "connects": refused if confining.version() >= 4 else "done",
        "signals its parent": refused if confining.version() >= 6 else "done",
        "imports": "done",
    }
    assert (tmp_path / "taken" / "file").read_text() == "here"


def test_a_kernel_that_has_none_of_it_is_told_and_nothing_is_taken(monkeypatch):
    monkeypatch.setattr(confining, "version", lambda: 0)
    assert confining.confine() is False
    assert Path(__file__).read_text()


@pytest.fixture
def listener():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        yield taken.getsockname()[1]
