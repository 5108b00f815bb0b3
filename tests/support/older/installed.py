"""Client SDKs of about a year ago: locked, installed at the first call, kept between runs and clones."""

import fcntl
import hashlib
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NoReturn

from tests.support.gotools import cache_folder
from tests.support.needs import lacking

HERE = Path(__file__).parent
INSTALL_DEADLINE_S = 300


def javascript() -> Path:
    """The `dist` folder of livekit-client."""
    npm = shutil.which("npm") or _lacking("npm is not found")
    command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline"]
    return _kept(["package.json", "package-lock.json"], command) / "node_modules/livekit-client/dist"


def python() -> Path:
    """A folder for `PYTHONPATH` with `livekit.rtc`."""
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    return _kept(
        ["requirements.txt"], [*pip, "--require-hashes", "--no-deps", "-r", "requirements.txt", "-t", "."]
    )


def _kept(names: list[str], command: list[str]) -> Path:
    digest = hashlib.sha256("".join((HERE / name).read_text() for name in names).encode()).hexdigest()
    folder = cache_folder() / digest[:16]
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "installed").exists():
            for name in names:
                shutil.copy(HERE / name, folder)
            done = subprocess.run(
                command, cwd=folder, capture_output=True, text=True, timeout=INSTALL_DEADLINE_S, check=False
            )
            if done.returncode != 0:
                _lacking(done.stderr[-500:])
            (folder / "installed").touch()
    return folder


def _lacking(why: str) -> NoReturn:
    lacking(f"the older client SDKs ({why}; install Node 20 with npm, and be online once)")
