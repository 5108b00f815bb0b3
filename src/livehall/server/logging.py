"""Structured logs: short event names, one line each, with request and session ids and no secret.

Three things stand between a secret and a log line: call sites name ids only; a value under a telling key
is replaced; and whatever looks like a signed token or a credential in an address is cut out of any text,
tracebacks included. Control characters are escaped, so that no input can forge a line or drive a terminal.
"""

import logging
import re
import sys
import time
from collections.abc import Callable, MutableMapping
from typing import Any, TextIO

import click
import msgspec
import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from structlog.typing import EventDict, Processor, WrappedLogger

from livehall.kernel.ids import new_id
from livehall.server import metrics
from livehall.server.settings import Log

HIDDEN = "…"
_TELLING_KEYS = re.compile(r"token|secret|password|authorization|cookie|^(code|pin|text|body|content)$", re.I)
_SIGNED_TOKEN = re.compile(r"\beyJ[\w-]{8,}\.[\w-]+\.[\w-]*")  # JWS compact form, RFC 7515 §7.1
_SIGNED_ADDRESS = re.compile(r"[\w-]{16,}\.[\w-]{43}(?![\w-])")  # payload and HMAC-SHA-256: `/hls/…`
_BEARER = re.compile(r"(?i)\b(bearer\s+|basic\s+)[\w.~+/=-]+")
_CREDENTIAL = re.compile(r"\blh[kos]_[\w-]{16,}")  # of API clients, also bare (`people.clients.PREFIXES`)
_QUERY = r"access_token|refresh_token|token|code|key|secret|signature|sig|x-amz-(?:signature|security-token)"
_IN_QUERY = re.compile(rf"(?i)([?&](?:{_QUERY})=)[^&\s\"']+")  # `sig`, `x-amz-…`: of buckets' addresses
_CONTROL = {code: f"\\x{code:02x}" for code in (*range(0x20), *range(0x7F, 0xA0)) if code not in (0x0A, 0x09)}
_LINE_BREAKS = {0x0A: "\\n", 0x0D: "\\r", 0x2028: "\\u2028", 0x2029: "\\u2029"}
_SESSION_IN_PATH = re.compile(r"/sessions/([0-9a-fA-F-]{36})(?:/|$)")
_COLOURS = {"warning": "yellow", "error": "red", "critical": "red"}
_SAFE_REQUEST_ID = re.compile(r"[\w.-]{1,64}")

log = structlog.get_logger("livehall.request")


def configure(settings: Log, process: str, stream: TextIO = sys.stderr) -> None:
    """Send all logs of this process, those of libraries too, to `stream` as one structured line each."""
    as_console = settings.format == "console" or (settings.format == "auto" and stream.isatty())
    level = logging.getLevelNamesMapping()[settings.level.upper()]
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _named(process),
        structlog.processors.format_exc_info,
        hide_secrets,
    ]
    renderer = console_renderer(stream) if as_console else json_renderer()
    structlog.configure(
        processors=[*shared, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(stream),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
            foreign_pre_chain=shared,
        )
    )
    logging.basicConfig(handlers=[handler], level=max(level, logging.INFO), force=True)
    for chatty in ("uvicorn.error", "uvicorn.access", "httpx", "aiohttp.access", "websockets", "alembic"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    logging.getLogger("uvicorn.error").addFilter(_is_not_a_denial)


def _is_not_a_denial(record: logging.LogRecord) -> bool:
    """uvicorn 0.54 takes a WebSocket that was refused with an HTTP answer for one that was forgotten."""
    return record.msg != "ASGI callable returned without completing handshake."


def console_renderer(stream: TextIO) -> Processor:
    """Lines for people: clock (UTC), process, event, then the rest as key=value; tracebacks beneath."""
    paint = click.style if stream.isatty() else _plain

    def render(_logger: WrappedLogger, _method: str, event: EventDict) -> str:
        clock = str(event.pop("timestamp", ""))[11:19]
        process = str(event.pop("process", ""))
        exception = event.pop("exception", None)
        colour = _COLOURS.get(level := str(event.pop("level", "")))
        text = paint(str(event.pop("event", "")), fg=colour)
        sign = f"{level}: " if colour else ""
        rest = " ".join(f"{key}={value}" for key, value in event.items())
        line = (
            f"{paint(clock, dim=True)} {process:<7}{sign}{text}{'  ' if rest else ''}{paint(rest, dim=True)}"
        )
        return f"{line}\n{exception}" if exception else line

    return render


def _plain(text: str, **_: object) -> str:
    return text


def json_renderer() -> Processor:
    return structlog.processors.JSONRenderer(serializer=_to_json)


def hide_secrets(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Replace what must not be written, and escape what could forge a line."""
    for key, value in event.items():
        if _TELLING_KEYS.search(key):
            event[key] = HIDDEN
        elif isinstance(value, str):
            event[key] = _clean(value, keep_lines=key == "exception")
        elif not isinstance(value, (int, float, bool, type(None))):
            event[key] = _clean(str(value))
    return event


def _clean(text: str, *, keep_lines: bool = False) -> str:
    text = _SIGNED_TOKEN.sub(HIDDEN, text)
    text = _SIGNED_ADDRESS.sub(HIDDEN, text)
    text = _BEARER.sub(rf"\1{HIDDEN}", text)
    text = _CREDENTIAL.sub(HIDDEN, text)
    text = _IN_QUERY.sub(rf"\1{HIDDEN}", text)
    return text.translate(_CONTROL if keep_lines else _CONTROL | _LINE_BREAKS)


def _named(process: str) -> Processor:
    def add(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
        event.setdefault("process", process)
        return event

    return add


def _to_json(event: MutableMapping[str, Any], **_: object) -> str:
    return msgspec.json.encode(event).decode()


class RequestLog:
    """Gives every request an id, binds it to all log lines beneath, and counts and times the answer.

    A sound `X-Request-Id` of the caller is kept; the answer carries the id. The path is logged without its
    query. Answers below 500 are logged at `debug`, since a proxy or `/metrics` tells them cheaper.
    """

    def __init__(self, app: ASGIApp, clock: Callable[[], float] = time.perf_counter) -> None:
        self._app, self._clock = app, clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        path: str = scope["path"]
        request_id = _request_id(scope)
        scope.setdefault("state", {})["request_id"] = request_id
        bound = {"request_id": request_id}
        if session := _SESSION_IN_PATH.search(path):
            bound["session_id"] = session[1]
        status = 0

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] in ("http.response.start", "websocket.http.response.start"):
                status = message["status"]
                MutableHeaders(scope=message)["x-request-id"] = request_id
            elif message["type"] == "websocket.accept":
                status = 101
            await send(message)

        started = self._clock()
        with structlog.contextvars.bound_contextvars(**bound):
            try:
                await self._app(scope, receive, send_with_id)
            except Exception:
                status = status or 500
                raise
            finally:
                self._note(scope, path, status, self._clock() - started)

    def _note(self, scope: Scope, path: str, status: int, seconds: float) -> None:
        method = scope.get("method", "WEBSOCKET")
        if scope["type"] == "http":
            metrics.observe(path, method, status, seconds)
        line = log.warning if status >= 500 else log.debug
        line("answered", method=method, path=path, status=status, ms=round(seconds * 1000, 1))


def _request_id(scope: Scope) -> str:
    given = Headers(scope=scope).get("x-request-id", "")
    return given if _SAFE_REQUEST_ID.fullmatch(given) else new_id().replace("-", "")
