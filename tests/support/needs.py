"""What some tests need on the machine beyond Python: named, found, or the reason for a skip.

A test that lacks its service is skipped with one form of words, so that they can be listed at the end;
where `CI=true`, it fails instead.
"""

import importlib.util
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

import pytest

from tests.support import gotools
from tests.support.livekit.program import program as livekit_program
from tests.support.versitygw.program import program as versitygw_program

REASON = "needs "


def _postgresql() -> Path | None:
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda bin_: int(bin_.parent.name))
    newest = folders[-1] / "postgres" if folders else Path(shutil.which("postgres") or "/nowhere")
    return newest if newest.exists() else None


def _on_path(*names: str) -> Callable[[], Path | None]:
    def find() -> Path | None:
        path = os.environ.get("PATH", "") + ":/usr/sbin"
        return next((Path(at) for name in names if (at := shutil.which(name, path=path))), None)

    return find


def _native() -> Path | None:
    found = importlib.util.find_spec("livehall_native")
    return Path(found.origin) if found is not None and found.origin is not None else None


FINDERS: dict[str, Callable[[], Path | None]] = {
    "postgresql": _postgresql,
    "chromium": _on_path("chromium", "chromium-browser", "google-chrome"),
    "firefox": _on_path("firefox-esr", "firefox"),
    "nginx": _on_path("nginx"),
    "coturn": _on_path("turnserver"),
    "curl": _on_path("curl"),
    "jq": _on_path("jq"),
    "node": _on_path("node"),
    "obs": _on_path("obs"),
    "xvfb": _on_path("Xvfb"),
    "cc": _on_path("cc"),
    "native": _native,
    "livekit": livekit_program,
    "versitygw": versitygw_program,
}
HINTS = {
    "postgresql": "apt install postgresql",
    "chromium": "apt install chromium",
    "firefox": "apt install firefox-esr",
    "nginx": "apt install nginx-light",
    "coturn": "apt install coturn",
    "curl": "apt install curl",
    "jq": "apt install jq",
    "node": "install Node.js 20, and `npm ci` in web/",
    "obs": "apt install --no-install-recommends obs-studio",
    "xvfb": "apt install xvfb",
    "cc": "apt install gcc libc6-dev",
    "native": "apt install gcc libc6-dev python3-dev; `make test` builds it then",
    "livekit": "install Go; the tests build the server themselves",
    "versitygw": "install Go; the tests build the server themselves",
}


def need(service: str) -> Path:
    """The program of a service; without it the test is skipped, or fails where `CI=true`."""
    try:
        found = FINDERS[service]()
        why = "not found"
    except gotools.GoMissing as missing:
        found, why = None, str(missing)
    return found or lacking(f"{service} ({why}; {HINTS[service]})")


def lacking(what: str) -> NoReturn:
    """A part of the world is not there: the test is skipped, or fails where `CI=true`."""
    reason = f"{REASON}{what}"
    if os.environ.get("CI") == "true":
        pytest.fail(f"{reason}: in CI a missing service is a failure", pytrace=False)
    pytest.skip(reason)
