"""Where the encoder of a session pushes to, and its key: kept sealed, beside the session and not in it, so
that reading sessions never touches secrets. The row lives until the session ends, or is deleted.
"""

from collections.abc import Collection
from typing import Any

import msgspec
from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKeyConstraint,
    LargeBinary,
    Table,
    Text,
    bindparam,
    delete,
    insert,
    select,
    update,
)

from livehall.core.ports.media import Ingest, IngestKind
from livehall.core.ports.sealing import Sealing
from livehall.core.sessions.ending import at_end
from livehall.core.sessions.model import Session, session
from livehall.kernel.db import Command, Key, Statement, any_of, metadata
from livehall.kernel.ids import Id
from livehall.kernel.work import Work

session_ingest = Table(
    "session_ingest",
    metadata,
    Column("session_id", Key, primary_key=True),
    Column("organization_id", Key, nullable=False),
    Column("ingress_id", Text, nullable=False, unique=True),
    Column("kind", Text, nullable=False),
    Column("url", Text, nullable=False),
    Column("key_enc", LargeBinary, nullable=False),  # sealed
    ForeignKeyConstraint(
        ["organization_id", "session_id"],
        ["session.organization_id", "session.id"],
        name="session_ingest_session",
    ),
    CheckConstraint("kind in ('rtmp','whip')", name="session_ingest_kind"),
)


class Row(msgspec.Struct, frozen=True):
    session_id: Id
    organization_id: Id
    ingress_id: str
    kind: IngestKind
    url: str
    key_enc: bytes


class EncoderAddress(msgspec.Struct, frozen=True, kw_only=True):
    """What the host enters into the encoder."""

    kind: IngestKind
    url: str
    key: str


SESSION_ID = bindparam("session_id", type_=Key)
OF = Statement(select(session_ingest).where(session_ingest.c.session_id == SESSION_ID), Row)
ADD = Command(
    insert(session_ingest).values({c.name: bindparam(c.name, type_=c.type) for c in session_ingest.c})
)
CHANGE = Command(
    update(session_ingest)
    .where(session_ingest.c.session_id == SESSION_ID)
    .values(
        {c.name: bindparam(c.name, type_=c.type) for c in session_ingest.c if c.name not in ("session_id",)}
    )
)
KEPT = Statement(
    select(session_ingest.c.session_id).where(any_of(session_ingest.c.session_id, "session_ids")), str
)
FORGET = Command(delete(session_ingest).where(session_ingest.c.session_id == SESSION_ID))
FORGET_IN = Command(
    delete(session_ingest).where(
        session_ingest.c.session_id.in_(
            select(session.c.id).where(session.c.room_id == bindparam("room_id", type_=Key))
        )
    )
)


async def keep(work: Work, sealing: Sealing, session: Session, made: Ingest) -> None:
    """Note where this session's encoder pushes to. The session is held."""
    found = await work.db.one(OF, session_id=session.id)
    if found is not None and found.ingress_id == made.id and found.url == made.url:
        return
    columns: dict[str, Any] = {
        "organization_id": session.organization_id,
        "ingress_id": made.id,
        "kind": made.kind,
        "url": made.url,
        "key_enc": sealing.seal(made.key, purpose=_purpose(session.id)),
    }
    await work.db.run(ADD if found is None else CHANGE, session_id=session.id, **columns)


async def address(work: Work, sealing: Sealing, session_id: Id) -> EncoderAddress | None:
    """None for sessions without an encoder, and for those that are over."""
    found = await work.db.one(OF, session_id=session_id)
    if found is None:
        return None
    key = sealing.unseal(found.key_enc, purpose=_purpose(session_id))
    return EncoderAddress(kind=found.kind, url=found.url, key=key)


async def is_kept(work: Work, session_id: Id) -> bool:
    return await work.db.one(OF, session_id=session_id) is not None


async def kept_of(work: Work, session_ids: Collection[Id]) -> set[Id]:
    """Those of these sessions that have an encoder's address."""
    return set(await work.db.all(KEPT, session_ids=sorted(session_ids))) if session_ids else set()


async def forget(work: Work, session_id: Id) -> None:
    await work.db.run(FORGET, session_id=session_id)


async def forget_in(work: Work, room_id: Id) -> None:
    """Of all sessions of a room; the media server's side is taken away by `encoders`."""
    await work.db.run(FORGET_IN, room_id=room_id)


@at_end
async def forget_at_end(work: Work, session: Session) -> None:
    """The key is of no use any more."""
    await forget(work, session.id)


def _purpose(session_id: Id) -> str:
    """What a sealed stream key is bound to."""
    return f"stream key {session_id}"
