"""One call of the LiveKit server API: five seconds, and our own fault when it fails.

A call is repeated once when its connection breaks: the server closes those that were idle, and may do so at
the moment in which one is taken up again. The port promises that every call may be repeated.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import aiohttp
import structlog
from livekit import api

from livehall.core.ports.media import MediaUnavailable

log = structlog.get_logger(__name__)

T = TypeVar("T")

DEADLINE_S = 5.0  # architecture, rule 2


class Calls:
    def __init__(self, url: str, key: str, secret: str) -> None:
        self._url, self._key, self._secret = url, key, secret
        self._api: api.LiveKitAPI | None = None

    async def call(
        self,
        method: Callable[[api.LiveKitAPI], Awaitable[T]],
        *,
        harmless: tuple[str, ...] = (),
        otherwise: T | None = None,
    ) -> T | None:
        """The answer, or `otherwise` for a Twirp error whose code is `harmless`.

        Raises: MediaUnavailable; its `__cause__` is what the server or the network said.
        """
        try:
            # Ours, since livekit-api 1.2.2 passes `timeout=None` on, which lifts the session's own.
            async with asyncio.timeout(DEADLINE_S):
                try:
                    return await method(self._client())
                except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError):
                    return await method(self._client())
        except api.TwirpError as error:
            if error.code in harmless:
                return otherwise
            log.warning("the media server refused", twirp=error.code, text=error.message)
            raise MediaUnavailable from error
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            log.warning("the media server does not answer", error=repr(error))
            raise MediaUnavailable from error

    async def close(self) -> None:
        opened, self._api = self._api, None
        if opened is not None:
            await opened.aclose()

    def _client(self) -> api.LiveKitAPI:
        # At the first call: its connections belong to the running loop.
        if self._api is None:
            self._api = api.LiveKitAPI(
                self._url,
                self._key,
                self._secret,
                failover=False,  # it would ask LiveKit Cloud for regions
            )
        return self._api
