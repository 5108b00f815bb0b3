"""Use cases of exports: wanting one, seeing how it is, fetching it. A maker sees their own alone."""

import msgspec

from livehall.core.exports import fields, sources, store
from livehall.core.exports.events import ExportWanted
from livehall.core.exports.faults import ExportFailed, ExportNotFound, ExportNotReady, TooManyExports
from livehall.core.exports.fields import Format, Kind
from livehall.core.exports.model import Export
from livehall.core.people import store as people
from livehall.kernel.actor import Actor
from livehall.kernel.faults import Forbidden
from livehall.kernel.ids import Id, new_id
from livehall.kernel.work import Work


class Want(msgspec.Struct, frozen=True, kw_only=True):
    """Exactly one of `session_id` and `room_id`; a room for registrations alone; neither for `audit`."""

    kind: Kind
    format: Format = "csv"
    session_id: Id | None = None
    room_id: Id | None = None


class Page(msgspec.Struct, frozen=True, kw_only=True):
    exports: list[Export]
    total: int


async def want(work: Work, cmd: Want) -> Export:
    """Have a file made, for who may read the source.

    Raises: SessionNotFound, RoomNotFound, Banned, Forbidden, Invalid, TooManyExports. Emits: ExportWanted.
    """
    actor = work.actor
    made_by, organization_id = _maker(actor)
    found = await sources.source(work, cmd.kind, cmd.room_id, cmd.session_id)
    if found.organization_id != organization_id:
        raise Forbidden("Sign in to the organization of the session to have files made of it.")
    assert actor.account_id is not None, "nobody else runs a session"
    assert actor.role is not None, "a member has one"
    await people.hold_account(work, actor.account_id)  # of two at once one takes the last place
    if await store.pending_of(work, made_by) >= fields.MOST_PENDING:
        raise TooManyExports
    if await store.kept_of(work, made_by) >= fields.MOST_KEPT:
        raise TooManyExports(
            f"You have {fields.MOST_KEPT} exports; ask again when the oldest is removed, at its `expires_at`."
        )
    row = Export(
        id=new_id(),
        organization_id=organization_id,
        room_id=found.room_id,
        session_id=found.session_id,
        made_by=made_by,
        account_id=actor.account_id,
        role=actor.role,
        kind=cmd.kind,
        format=cmd.format,
        with_addresses=found.with_addresses,
        state="pending",
        reason=None,
        size=None,
        attempts=0,
        try_at=work.now,
        created_at=work.now,
        ended_at=None,
        expires_at=work.now + fields.KEPT,
    )
    await store.add(work, row)
    work.emit(
        ExportWanted(
            organization_id=organization_id,
            export_id=row.id,
            room_id=row.room_id,
            session_id=row.session_id,
            kind=row.kind,
            format=row.format,
        )
    )
    return row


async def page(work: Work, limit: int, offset: int) -> Page:
    """Raises: Forbidden."""
    rows, total = await store.page(work, *_maker(work.actor), limit, offset)
    return Page(exports=rows, total=total)


async def get(work: Work, export_id: Id) -> Export:
    """Raises: ExportNotFound, Forbidden."""
    row = await store.get(work, export_id, *_maker(work.actor))
    if row is None:
        raise ExportNotFound
    return row


async def to_fetch(work: Work, export_id: Id) -> Export:
    """One whose file is there, for who may still read its source.

    Raises: ExportNotFound, SessionNotFound, RoomNotFound, Banned, Forbidden, ExportNotReady, ExportFailed.
    """
    row = await get(work, export_id)
    await sources.check(work, row)
    if row.state == "pending":
        raise ExportNotReady
    if row.state == "failed":
        raise ExportFailed(f"The file could not be made ({row.reason}); ask for another one.")
    return row


def _maker(actor: Actor) -> tuple[Id, Id]:
    """Who it is, and in which organization. Raises: Forbidden, for a token that is bound to one session."""
    if actor.id is None or actor.organization_id is None or actor.session_id is not None:
        raise Forbidden("Your sign-in does not let you have files made.")
    return actor.id, actor.organization_id
