"""What a caller looks like on the wire."""

from typing import Annotated, Literal, Self

import msgspec
from msgspec import Meta

from livehall.dialects.live.auth.wire import Uuid
from livehall.kernel.actor import Actor


class Caller(msgspec.Struct, kw_only=True):
    """Who calls, and with which rights."""

    kind: Annotated[Literal["account", "client"], Meta(description="A person, or a program with a key.")]
    id: Uuid
    name: str
    organization_id: Uuid
    acts_for: Annotated[Uuid, Meta(description="The account whose rights a program has.")] | None
    role: Literal["owner", "admin", "host", "viewer"] | None
    scopes: Annotated[list[str], Meta(description="Of a program: what it may do besides reading.")]
    library_ids: Annotated[list[Uuid], Meta(description="It reaches only these; none: all.")]

    @classmethod
    def of(cls, actor: Actor) -> Self:
        assert actor.id is not None
        assert actor.organization_id is not None
        return cls(
            kind="client" if actor.kind == "client" else "account",
            id=actor.id,
            name=actor.name,
            organization_id=actor.organization_id,
            acts_for=actor.acts_for,
            role=actor.role,
            scopes=list(actor.scopes),
            library_ids=list(actor.library_ids or ()),
        )
