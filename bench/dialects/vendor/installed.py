"""The vendor's service: locked, installed with all it needs at the first call, kept between runs."""

import fcntl
import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

from tests.support.gotools import cache_folder

HERE = Path(__file__).parent
LOCKED = ("package.json", "package-lock.json")
INSTALL_DEADLINE_S = 300
COMMAND = ("ci", "--omit=dev", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline")


class VendorMissing(Exception):
    """The service cannot be had on this machine; the text says why."""


def modules() -> Path:
    """The folder `node_modules`. Raises: VendorMissing."""
    digest = hashlib.sha256("".join((HERE / name).read_text() for name in LOCKED).encode()).hexdigest()
    folder = cache_folder() / digest[:16]
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "installed").exists():
            for name in LOCKED:
                shutil.copy(HERE / name, folder)
            _install(folder)
            (folder / "installed").touch()
    return folder / "node_modules"


def program(name: str) -> str:
    """Raises: VendorMissing."""
    found = shutil.which(name)
    if found is None:
        raise VendorMissing(f"{name} is not found: install Node 20 with npm")
    return found


def _install(folder: Path) -> None:
    print("installing the vendor's service (a minute or two, once)", file=sys.stderr, flush=True)
    try:
        done = subprocess.run(
            [program("npm"), *COMMAND], cwd=folder, capture_output=True, text=True,
            timeout=INSTALL_DEADLINE_S, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise VendorMissing(f"npm was not done in {INSTALL_DEADLINE_S} s") from None
    if done.returncode != 0:
        raise VendorMissing(f"be online once; npm said: {done.stderr[-500:]}")
