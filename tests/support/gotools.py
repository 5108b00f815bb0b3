"""Go programs that tests run beside us, each built once from a folder with a `go.mod` of its own.

The program is kept under `${XDG_CACHE_HOME:-~/.cache}/livehall/tools/<key>/`, where the key is a hash of the
folder's `go.mod`, `go.sum` and Go files, so that a fresh clone finds what another one built and a changed
version is built anew. Only the standard library is used: `.ci/run` calls this before the environment exists.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

BUILD_DEADLINE_S = 900


class GoMissing(Exception):
    """There is no `go` on this machine, or it cannot build the program."""


def cache_folder() -> Path:
    """Where programs are kept between runs and clones."""
    root = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(root) / "livehall" / "tools"


def key_of(folder: Path) -> str:
    """The name of this state of a Go folder: changes with its modules and its sources."""
    digest = hashlib.sha256()
    for path in sorted([*folder.glob("go.*"), *folder.glob("*.go")]):
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


def build(folder: Path, package: str, name: str) -> Path:
    """The program `name` made from `package` of the module in `folder`; built when it is not kept yet.

    Raises: GoMissing.
    """
    kept = cache_folder() / key_of(folder)
    program = kept / name
    if program.exists():
        return program
    go = shutil.which("go") or shutil.which("go", path="/usr/local/go/bin:/usr/lib/go/bin")
    if go is None:
        raise GoMissing(f"{name} is not built and there is no Go compiler to build it with")
    kept.mkdir(parents=True, exist_ok=True)
    with (kept / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not program.exists():
            _compile(go, folder, package, program)
    return program


def _compile(go: str, folder: Path, package: str, program: Path) -> None:
    print(f"building {program.name} (about two minutes, once)", file=sys.stderr, flush=True)
    unfinished = program.with_suffix(".unfinished")
    command = [go, "build", "-trimpath", "-ldflags=-s -w", "-o", str(unfinished), package]
    made = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, timeout=BUILD_DEADLINE_S, check=False
    )
    if made.returncode != 0:
        raise GoMissing(f"{program.name} could not be built:\n{made.stderr[-2000:]}")
    unfinished.rename(program)
