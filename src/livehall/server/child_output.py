"""What children write, as log lines of the whole: rendered for people, or one JSON object a line.

Our own processes write JSON lines. Anything else (a library's print, the last words of a crash) becomes a
line of its own with the name of the process, with secrets cut out as everywhere.
"""

import sys
from datetime import UTC, datetime
from typing import Any, TextIO

import msgspec

from livehall.server.logging import console_renderer, hide_secrets, json_renderer
from livehall.server.settings import Log


class ChildOutput:
    def __init__(self, settings: Log, stream: TextIO = sys.stderr) -> None:
        as_console = settings.format == "console" or (settings.format == "auto" and stream.isatty())
        self._render = console_renderer(stream) if as_console else json_renderer()
        self._as_console = as_console
        self._stream = stream

    def __call__(self, process: str, line: bytes) -> None:
        event = _parsed(line)
        if event is not None and not self._as_console:
            self._stream.write(line.decode("utf-8", "replace") + "\n")
        else:
            if event is None:
                event = _foreign(process, line)
            rendered = self._render(None, "", event)
            assert isinstance(rendered, str)  # both renderers give text
            self._stream.write(rendered + "\n")
        self._stream.flush()


def _parsed(line: bytes) -> dict[str, Any] | None:
    if not line.startswith(b"{"):
        return None
    try:
        event = msgspec.json.decode(line, type=dict[str, Any])
    except msgspec.DecodeError:
        return None
    return event if isinstance(event.get("event"), str) else None


def _foreign(process: str, line: bytes) -> dict[str, Any]:
    event: dict[str, Any] = {
        "event": line.decode("utf-8", "replace"),
        "level": "info",
        "timestamp": datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z"),
        "process": process,
    }
    return dict(hide_secrets(None, "", event))
