"""Client SDKs of about a year ago: locked, installed at the first call (`kept`)."""

import sys
from collections.abc import Sequence
from pathlib import Path

from tests.support import kept
from tests.support.needs import lacking

HERE = Path(__file__).parent
PIP = (sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check")


def javascript() -> Path:
    """The `dist` folder of livekit-client."""
    return _installed(["package.json", "package-lock.json"], kept.NPM) / "node_modules/livekit-client/dist"


def python() -> Path:
    """A folder for `PYTHONPATH` with `livekit.rtc`."""
    return _installed(
        ["requirements.txt"], [*PIP, "--require-hashes", "--no-deps", "-r", "requirements.txt", "-t", "."]
    )


def _installed(names: Sequence[str], command: Sequence[str]) -> Path:
    try:
        return kept.installed(HERE, names, command)
    except kept.NotInstalled as why:
        lacking(f"the older client SDKs ({why}; install Node 20 with npm, and be online once)")
