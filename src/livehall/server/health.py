"""Is the server alive, and can it work: short words in public, details on the loopback listener.

`/healthz` says that the process answers; `/readyz` asks every part. The public answers name no part,
no version and no address. `/metrics` exists on the loopback listener only.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

Check = Callable[[], Awaitable[None]]
REPORTS = "/api/v1/webhooks/livekit"
CHECK_SECONDS = 3.0  # a part that needs longer is not ready


class Readiness:
    """The parts that must work, each with a check that raises when it does not."""

    def __init__(self, checks: Mapping[str, Check]) -> None:
        self._checks = checks

    async def findings(self) -> dict[str, str]:
        """`ok`, or what is wrong, for every part; all are asked at once."""
        names = list(self._checks)
        return dict(zip(names, await asyncio.gather(*(self._ask(name) for name in names)), strict=True))

    async def _ask(self, name: str) -> str:
        try:
            async with asyncio.timeout(CHECK_SECONDS):
                await self._checks[name]()
        except TimeoutError:
            return f"no answer within {CHECK_SECONDS:.0f} s"
        except Exception as error:  # a part may fail in any way; the finding is the report
            return str(error) or type(error).__name__
        return "ok"


def public_routes(readiness: Readiness) -> list[Route]:
    """`/healthz` and `/readyz` for everybody: a word and a status."""

    async def readyz(_request: Request) -> Response:
        is_ready = all(finding == "ok" for finding in (await readiness.findings()).values())
        return PlainTextResponse(
            "ready\n" if is_ready else "not ready\n", status_code=200 if is_ready else 503
        )

    return [Route("/healthz", _healthz), Route("/readyz", readyz)]


def internal_app(readiness: Readiness, *, reports_to: ASGIApp) -> Starlette:
    """What the loopback listener serves: `/healthz`, `/readyz` with details, `/metrics`.

    The media server on this machine reports here too, to the app's own address: this listener speaks plain
    HTTP whatever the public one speaks.
    """

    async def readyz(_request: Request) -> Response:
        findings = await readiness.findings()
        is_ready = all(finding == "ok" for finding in findings.values())
        return JSONResponse({"ready": is_ready, "parts": findings}, status_code=200 if is_ready else 503)

    async def metrics(_request: Request) -> Response:
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    return Starlette(
        routes=[
            Route("/healthz", _healthz),
            Route("/readyz", readyz),
            Route("/metrics", metrics),
            Route(REPORTS, _Handing(reports_to), methods=["POST"]),
        ]
    )


async def _healthz(_request: Request) -> Response:
    return PlainTextResponse("ok\n")


class _Handing:
    """An ASGI app as an endpoint; `Route` would take a bare function for a handler of requests."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._app(scope, receive, send)
