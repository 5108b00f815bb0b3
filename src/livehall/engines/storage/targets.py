"""Places of an organization's own, opened by what the organization has told us.

Its administrators choose the address that this server then calls. So it is a public one by HTTPS, unless the
operator allows others (`private`); a name that is later given another address is the operator's firewall's.
"""

import asyncio
from collections.abc import Callable
from datetime import datetime
from urllib.parse import urlsplit

from livehall.core.ports.storage import StorageUnavailable, Target, TargetRefused
from livehall.engines.addresses import leads_outside
from livehall.engines.storage.azure import AzureStorage
from livehall.engines.storage.objects import ObjectStorage
from livehall.engines.storage.s3 import Bucket, S3Storage
from livehall.kernel.ids import new_id

SECONDS = 15.0  # for a test


class OwnStores:
    def __init__(self, *, private: bool, clock: Callable[[], datetime]) -> None:
        """`private`: whether addresses of this network, and HTTP, are allowed."""
        self._private, self._clock = private, clock

    def open(self, target: Target) -> ObjectStorage:
        if target.kind == "azure":
            return AzureStorage(target)
        bucket = Bucket(
            name=target.container,
            endpoint=target.endpoint,
            region=target.region,
            access_key=target.account,
            secret_key=target.secret,
            prefix=target.prefix,
        )
        return S3Storage(bucket, redirects=False, clock=self._clock)

    async def test(self, target: Target) -> None:
        try:
            async with asyncio.timeout(SECONDS):
                await self._check_address(target.endpoint)
                await self.open(target).probe(f"livehall-test/{new_id()}")
        except (StorageUnavailable, TimeoutError, OSError, ValueError) as error:
            raise TargetRefused from error

    async def _check_address(self, endpoint: str) -> None:
        """Raises: TargetRefused, OSError, ValueError."""
        if not endpoint or self._private:
            return
        parts = urlsplit(endpoint)
        if parts.scheme != "https" or not parts.hostname:
            raise TargetRefused("Give the address of the store as https://…")
        if not await leads_outside(parts.hostname, parts.port or 443):
            raise TargetRefused("The store is at an address of a private network; ask who runs this server.")
