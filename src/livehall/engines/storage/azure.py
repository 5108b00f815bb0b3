"""A container of Azure Blob Storage, by its account key."""

from obstore.store import AzureStore

from livehall.core.ports.storage import Backend, Target
from livehall.engines.storage.objects import ObjectStorage
from livehall.engines.storage.s3 import PATIENCE, REQUEST


class AzureStorage(ObjectStorage):
    """Files pass through this server: who watches needs no way to the container."""

    def __init__(self, target: Target) -> None:
        super().__init__(_store(target))

    @property
    def backend(self) -> Backend:
        return "azure"


def _store(target: Target) -> AzureStore:
    return AzureStore(
        target.container,
        prefix=target.prefix or None,
        account_name=target.account,
        account_key=target.secret,
        config={"endpoint": target.endpoint} if target.endpoint else {},
        client_options={
            "allow_http": target.endpoint.startswith("http:"),
            "timeout": REQUEST,
            "connect_timeout": PATIENCE / 2,
        },
        retry_config={"max_retries": 2, "retry_timeout": PATIENCE},
    )
