"""The command line as a person calls it: a process of its own, and what it printed."""

import os
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple


class Said(NamedTuple):
    status: int
    out: str
    err: str


def livehall(folder: Path, *words: str, stdin: str = "", **environ: str) -> Said:
    """Run one command with its data in `folder`; nothing of our own environment reaches it."""
    done = subprocess.run(
        [sys.executable, "-m", "livehall.cli", *words],
        env={
            "PATH": os.environ["PATH"],
            "PYTHONPATH": os.pathsep.join(sys.path),
            "LIVEHALL_DATA": str(folder / "data"),
            **environ,
        },
        cwd=folder,
        input=stdin,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return Said(done.returncode, done.stdout, done.stderr)
