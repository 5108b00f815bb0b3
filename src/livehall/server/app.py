"""Composition root: the one place that knows every part by its concrete name."""

import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from functools import cache, partial

import msgspec
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.types import ASGIApp

from livehall.core.rooms import libraries
from livehall.dialects.kit import Dialect, DialectApp, Limiter
from livehall.dialects.kit.openapi import Document
from livehall.dialects.live.api import api
from livehall.dialects.live.document import document
from livehall.dialects.live.health.routes import Parts
from livehall.dialects.live.realtime.document import document as realtime_document
from livehall.dialects.live.relays.routes import Relays
from livehall.gateway.centrifugo import ConnectionLimits, Rhythm, websocket_protocol
from livehall.media.net.turn import TurnServers
from livehall.server.dialects import DIALECTS, Doors, rated
from livehall.server.docs import docs_page
from livehall.server.health import Readiness, public_routes
from livehall.server.house import House
from livehall.server.pages import WebApp
from livehall.server.secrets import Secrets
from livehall.server.settings import Settings


class App:
    """Everything in one process: HTTP, hub, relay, loops."""

    def __init__(
        self,
        settings: Settings,
        secrets: Secrets,
        *,
        strict: bool = False,
        rates_by: Callable[[], float] | None = time.monotonic,
        dialects: Sequence[Dialect] = DIALECTS,
    ) -> None:
        """`rates_by`: the clock that calls are limited by, in seconds; none limits no call."""
        self.house = House(settings, secrets)
        self.readiness = Readiness(self.house.checks())
        self.websocket_class = websocket_protocol(
            self.house.hub,
            allowed_origins=self.house.allows_origin,
            rhythm=Rhythm(ping=settings.realtime.ping_s),
            limits=ConnectionLimits(backlog_bytes=settings.realtime.slow_client_bytes),
        )
        house = self.house
        services: dict[type, object] = {
            **house.services(),
            Parts: Parts(self.readiness.findings),
            Relays: _relays(settings),
        }

        def running(dialect: Dialect) -> DialectApp:
            is_live = dialect is api
            return DialectApp(
                rated(dialect, settings),
                desk=house.desk,
                sealing=house.sealing,
                services=services,
                limiter=Limiter(rates_by, processes=settings.http.api_processes) if rates_by else None,
                sign_in=house.sign_in if is_live else None,
                enter=partial(libraries.enter, house.desk) if is_live else None,
                strict=strict,
            )

        self.dialects = [(dialect, running(dialect)) for dialect in (api, *dialects)]
        pages = Starlette(routes=self._routes(), lifespan=self._lifespan)
        prefixes = {dialect.prefix: app for dialect, app in self.dialects}
        self.asgi: ASGIApp = Doors(pages, prefixes, self._by_host(settings))

    async def start(self) -> None:
        """Raises: DatabaseUnavailable."""
        await self.house.start()

    async def stop(self) -> None:
        await self.house.stop()

    @asynccontextmanager
    async def _lifespan(self, _: Starlette) -> AsyncIterator[None]:
        await self.start()
        try:
            yield
        finally:
            await self.stop()

    def _routes(self) -> list[BaseRoute]:
        return [
            *public_routes(self.readiness),
            Mount("/hls", self.house.hls),
            Route("/openapi/live.json", _document),
            *(_document_of(dialect) for dialect, _ in self.dialects[1:]),
            Route("/asyncapi/live.json", _realtime_document),
            Route("/docs", docs_page),
            Mount("/", WebApp()),
        ]

    def _by_host(self, settings: Settings) -> dict[str, tuple[str, DialectApp]]:
        return {
            host: (dialect.prefix, app)
            for dialect, app in self.dialects
            for host in settings.dialect_hosts.get(dialect.name, ())
        }


def _document_of(dialect: Dialect) -> Route:
    @cache
    def encoded() -> bytes:
        return msgspec.json.encode(Document(dialect).build())

    async def answer(_: Request) -> Response:
        return Response(encoded(), media_type="application/json", headers={"cache-control": "no-cache"})

    return Route(f"/openapi/{dialect.name}.json", answer)


async def _document(_: Request) -> Response:
    return Response(_encoded_document(), media_type="application/json", headers={"cache-control": "no-cache"})


async def _realtime_document(_: Request) -> Response:
    body = _encoded_realtime_document()
    return Response(body, media_type="application/json", headers={"cache-control": "no-cache"})


@cache
def _encoded_document() -> bytes:
    return msgspec.json.encode(document())


@cache
def _encoded_realtime_document() -> bytes:
    return msgspec.json.encode(realtime_document())


def build(settings: Settings, secrets: Secrets) -> App:
    """The api process's app, not started yet."""
    return App(settings, secrets)


def _relays(settings: Settings) -> Relays:
    media = settings.media
    servers = TurnServers(media.turn_urls, media.turn_secret, media.turn_lifetime_s)
    return Relays(servers.issue, media.turn_lifetime_s)
