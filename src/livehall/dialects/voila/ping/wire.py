"""The answer to a ping."""

import msgspec


class Ping(msgspec.Struct, kw_only=True, rename="camel"):
    organization_id: str
