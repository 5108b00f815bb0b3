"""The APIs that this server speaks beside its own. A further one is a line in `DIALECTS`."""

from collections.abc import Mapping, Sequence

import msgspec
from starlette.types import ASGIApp, Receive, Scope, Send

from livehall.dialects.kit import Dialect, DialectApp
from livehall.dialects.meltingspot.api import rates_of
from livehall.dialects.meltingspot.routes import meltingspot
from livehall.dialects.sourceloop.routes import sourceloop
from livehall.dialects.voila.routes import voila
from livehall.server.settings import Settings

DIALECTS: Sequence[Dialect] = (voila, meltingspot, sourceloop)


def rated(dialect: Dialect, settings: Settings) -> Dialect:
    """The same with the rates that the operator has set."""
    if dialect is not meltingspot:
        return dialect
    chosen = settings.meltingspot
    return msgspec.structs.replace(dialect, rates=rates_of(chosen.calls_per_10_s, chosen.calls_per_day))


class ByHost:
    """A dialect's own host names reach it without its prefix; all else goes the usual way."""

    def __init__(self, usual: ASGIApp, dialects: Mapping[str, tuple[str, DialectApp]]) -> None:
        """`dialects`: prefix and app, by host name."""
        self._usual, self._dialects = usual, {host.lower(): each for host, each in dialects.items()}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        app = self._usual
        if scope["type"] == "http" and self._dialects:
            prefix, dialect = self._dialects.get(_host(scope), (None, self._usual))
            if prefix is None or not scope["path"].startswith(f"{prefix}/"):
                app = dialect
        await app(scope, receive, send)


def _host(scope: Scope) -> str:
    """The name that the caller used, without a port, in lower case."""
    for name, value in scope["headers"]:
        if name == b"host":
            host: str = value.decode("latin-1").lower()
            return host.rpartition(":")[0] if ":" in host and not host.endswith("]") else host
    return ""
