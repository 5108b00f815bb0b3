"""`core.ports.webhooks.Carrier` by aiohttp: one POST, to where it was checked that it may go.

Nobody else's server is trusted: no redirect is followed, no cookie kept, no proxy of the environment asked,
little is read of what it answers and nothing unpacked, and every call ends in time.
"""

import ssl
import time
from collections.abc import Mapping

import aiohttp

from livehall.core.ports.webhooks import Answered
from livehall.engines.addresses import PrivateAddress, outward

SECONDS = 15.0  # the whole call
CONNECT_S = 5.0
LONGEST_EXCERPT = 500  # characters
READ = 2048  # bytes of an answer
CONNECTIONS = 64


class HttpCarrier:
    def __init__(self, *, private: bool, seconds: float = SECONDS) -> None:
        """`private`: whether addresses of this network may be called."""
        self._private, self._seconds = private, seconds
        self._session: aiohttp.ClientSession | None = None

    async def post(self, url: str, headers: Mapping[str, str], body: bytes) -> Answered:
        began = time.monotonic()
        status, excerpt, error = None, "", None
        try:
            async with self._open().post(url, data=body, headers=headers, allow_redirects=False) as answer:
                status = answer.status
                excerpt = _words(await answer.content.read(READ))
        except TimeoutError:
            error = "timeout"
        except (aiohttp.ClientError, OSError, ValueError) as fault:
            error = _why(fault)
        return Answered(
            # An answer that broke off after its status has come all the same.
            status=status,
            excerpt=excerpt,
            duration_ms=round((time.monotonic() - began) * 1000),
            error=error if status is None else None,
        )

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(
                    limit=CONNECTIONS,
                    use_dns_cache=False,  # an address is as old as its connection
                    socket_factory=outward(private=self._private),
                ),
                timeout=aiohttp.ClientTimeout(total=self._seconds, connect=min(CONNECT_S, self._seconds)),
                cookie_jar=aiohttp.DummyCookieJar(),
                auto_decompress=False,
                trust_env=False,
                max_line_size=4096,
                max_field_size=4096,
            )
        return self._session


def _why(fault: Exception) -> str:
    """One word for people and programs; what a library says may tell of our network."""
    cause: BaseException | None = fault
    while cause is not None:
        if isinstance(cause, PrivateAddress) or (
            isinstance(cause, BaseExceptionGroup) and cause.subgroup(PrivateAddress)
        ):
            return "private_address"
        cause = getattr(cause, "os_error", None) or cause.__cause__
    if isinstance(fault, aiohttp.ClientConnectorDNSError):
        return "unknown_host"
    if isinstance(fault, (aiohttp.ClientSSLError, ssl.SSLError)):
        return "tls"
    if isinstance(fault, aiohttp.ClientConnectorError):
        return "refused"
    return "broken_off"


def _words(answered: bytes) -> str:
    text = answered.decode("utf-8", "replace")
    return "".join(each if each.isprintable() else " " for each in text)[:LONGEST_EXCERPT].strip()
