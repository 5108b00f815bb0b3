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


class Doors:
    """Leads to a dialect by its prefix, or by its own host names without it; all else goes the usual way."""

    def __init__(
        self,
        usual: ASGIApp,
        prefixes: Mapping[str, DialectApp],
        hosts: Mapping[str, tuple[str, DialectApp]],
    ) -> None:
        """`hosts`: prefix and app, by host name."""
        self._usual = usual
        self._prefixes = [(f"{prefix}/", prefix, app) for prefix, app in prefixes.items()]
        self._hosts = {host.lower(): each for host, each in hosts.items()}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._usual(scope, receive, send)
            return
        path = scope["path"]
        if self._hosts:
            own, dialect = self._hosts.get(_host(scope), ("", None))
            if dialect is not None and not path.startswith(f"{own}/"):
                await dialect(scope, receive, send)
                return
        for start, prefix, dialect in self._prefixes:
            if path.startswith(start):  # past what Starlette does for routes that a dialect does not use
                await dialect({**scope, "root_path": scope.get("root_path", "") + prefix}, receive, send)
                return
        await self._usual(scope, receive, send)


def _host(scope: Scope) -> str:
    """The name that the caller used, without a port, in lower case."""
    for name, value in scope["headers"]:
        if name == b"host":
            host: str = value.decode("latin-1").lower()
            return host.rpartition(":")[0] if ":" in host and not host.endswith("]") else host
    return ""
