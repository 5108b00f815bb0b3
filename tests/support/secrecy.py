"""What a hall writes to its logs, for tests that look for secrets there.

Twice: as call sites say it, so that none names a secret, and as it is written, exceptions with it.
"""

import io
import json
import logging as stdlib_logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import structlog
from structlog.typing import EventDict

from livehall.server import logging
from livehall.server.app import App
from livehall.server.settings import Log


class Overheard:
    def __init__(self, app: App) -> None:
        self._app, self._said, self._stream = app, list[str](), io.StringIO()

    def client(self, base: str, **headers: str) -> httpx.AsyncClient:
        """A caller from outside: through the log of requests, and past an app that has crashed."""
        transport = httpx.ASGITransport(logging.RequestLog(self._app.asgi), raise_app_exceptions=False)
        return httpx.AsyncClient(transport=transport, base_url=f"http://hall.test{base}", headers=headers)

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self._stream.getvalue().splitlines()]

    @property
    def crashes(self) -> list[str]:
        """Tracebacks of mistakes."""
        return [line["exception"] for line in self.lines if "exception" in line]

    def names(self, secret: str) -> bool:
        """Whether it is told, as it is or as JSON escapes it."""
        forms = {secret, json.dumps(secret)[1:-1]}
        return any(form in text for form in forms for text in (*self._said, self._stream.getvalue()))

    def _note(self, _logger: object, _method: str, event: EventDict) -> EventDict:
        self._said.append(repr({key: value for key, value in event.items() if key != "exc_info"}))
        return event


@contextmanager
def overheard(app: App) -> Iterator[Overheard]:
    """All that is logged meanwhile, at the lowest level; both log systems are as before afterwards."""
    root, heard = stdlib_logging.getLogger(), Overheard(app)
    kept = root.handlers[:], root.level
    logging.configure(Log(level="debug", format="json"), "api", heard._stream)
    usual = structlog.get_config()["processors"]
    structlog.configure(processors=[heard._note, *usual], cache_logger_on_first_use=False)
    try:
        yield heard
    finally:
        root.handlers[:], root.level = kept[0], kept[1]
        structlog.reset_defaults()


def kept_in(folder: Path) -> bytes:
    """All files of a folder, the database among them."""
    return b"".join(file.read_bytes() for file in folder.rglob("*") if file.is_file())


def crash(text: str) -> Any:
    """An operation with a mistake in it that tells what it has in its hands."""

    async def fail(*_: object, **__: object) -> None:
        raise RuntimeError(f"this was not foreseen: {text}")

    return fail
