"""What tests and benches install from a lock file: at the first call, kept between runs and clones.

It is kept under `gotools.cache_folder()` by a hash of the files that say what it is, so that changed ones are
installed anew and a fresh clone finds what another one has installed.
"""

import fcntl
import hashlib
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.support.gotools import cache_folder

INSTALL_DEADLINE_S = 300
NPM = ("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline")


class NotInstalled(Exception):
    """It cannot be had on this machine; the text says why."""


def installed(source: Path, names: Sequence[str], command: Sequence[str]) -> Path:
    """A folder with copies of the files `names` of `source`, in which `command` has been run.

    Raises: NotInstalled.
    """
    digest = hashlib.sha256(b"".join((source / name).read_bytes() for name in names)).hexdigest()
    folder = cache_folder() / digest[:16]
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "installed").exists():
            for name in names:
                shutil.copy(source / name, folder)
            print(f"installing what {source.name} needs (once)", file=sys.stderr, flush=True)
            _run(command, folder)
            (folder / "installed").touch()
    return folder


def program(name: str) -> str:
    """Its path. Raises: NotInstalled."""
    found = shutil.which(name)
    if found is None:
        raise NotInstalled(f"{name} is not found")
    return found


def _run(command: Sequence[str], folder: Path) -> None:
    first, *rest = command
    try:
        done = subprocess.run(
            [program(first), *rest], cwd=folder, capture_output=True, text=True,
            timeout=INSTALL_DEADLINE_S, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise NotInstalled(f"{Path(first).name} was not done in {INSTALL_DEADLINE_S} s") from None
    if done.returncode != 0:
        raise NotInstalled(f"{Path(first).name} said: {done.stderr[-500:]}")
