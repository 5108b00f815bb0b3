"""SQL of recordings, their files and the media server's outputs."""

from datetime import datetime
from functools import lru_cache

import msgspec
from sqlalchemy import (
    Boolean,
    ColumnElement,
    Integer,
    Select,
    Text,
    bindparam,
    delete,
    func,
    insert,
    or_,
    select,
    update,
)

from livehall.core.recordings.model import (
    OPEN,
    RUNNING,
    Asset,
    Egress,
    EgressKind,
    Recording,
    asset,
    egress,
    recording,
)
from livehall.core.rooms.model import room
from livehall.kernel.db import Command, Instant, Key, Statement, any_of
from livehall.kernel.ids import Id
from livehall.kernel.phrases import holding, narrowed
from livehall.kernel.work import Work

SESSION_ID = bindparam("session_id", type_=Key)
KEPT = recording.c.deleted_at.is_(None)
IS_LIVE = recording.c.source == "live"  # and not handed in

ADD_RECORDING = Command(
    insert(recording).values({c.name: bindparam(c.name, type_=c.type) for c in recording.c})
)
ADD_ASSET = Command(insert(asset).values({c.name: bindparam(c.name, type_=c.type) for c in asset.c}))
ADD_EGRESS = Command(insert(egress).values({c.name: bindparam(c.name, type_=c.type) for c in egress.c}))

ONE = select(recording).where(recording.c.id == bindparam("recording_id", type_=Key), KEPT)
RECORDING, HELD = Statement(ONE, Recording), Statement(ONE.with_for_update(), Recording)
RUNNING_IN = Statement(
    select(recording).where(recording.c.session_id == SESSION_ID, recording.c.status.in_(RUNNING), KEPT),
    Recording,
)
LAST_IN = Statement(
    select(recording)
    .where(recording.c.session_id == SESSION_ID, IS_LIVE, KEPT)
    .order_by(recording.c.id.desc())
    .limit(1),
    Recording,
)
ALL_OF = Statement(
    select(recording)
    .where(any_of(recording.c.session_id, "session_ids"), IS_LIVE, KEPT)
    .order_by(recording.c.id),
    Recording,
)
COUNT_IN = Statement(
    select(func.count()).select_from(recording).where(recording.c.session_id == SESSION_ID), int
)
ASSET_OF = Statement(select(asset).where(asset.c.recording_id == bindparam("recording_id", type_=Key)), Asset)
ASSETS_OF = Statement(select(asset).where(any_of(asset.c.recording_id, "recording_ids")), Asset)
EGRESS = Statement(
    select(egress).where(egress.c.id == bindparam("egress_id", type_=Key)).with_for_update(), Egress
)
ASK = Command(
    update(egress)
    .where(
        egress.c.id == bindparam("egress_id", type_=Key),
        egress.c.media_id.is_(None),
        egress.c.status == "starting",
        or_(egress.c.asked_at.is_(None), egress.c.asked_at < bindparam("before", type_=Instant)),
    )
    .values(asked_at=bindparam("now", type_=Instant))
)
EGRESS_BY_MEDIA_ID = Statement(
    select(egress).where(egress.c.media_id == bindparam("media_id", type_=Text)).with_for_update(), Egress
)
EGRESS_OF = Statement(
    select(egress)
    .where(egress.c.recording_id == bindparam("recording_id", type_=Key))
    .order_by(egress.c.id.desc())
    .limit(1),
    Egress,
)
UNNAMED = Statement(
    select(egress)
    .where(
        egress.c.session_id == SESSION_ID,
        egress.c.kind == bindparam("kind", type_=Text),
        egress.c.media_id.is_(None),
        egress.c.status == "starting",
    )
    .with_for_update(),
    Egress,
)
PACKAGES_OF = Statement(
    select(egress)
    .where(any_of(egress.c.session_id, "session_ids"), egress.c.kind == "hls")
    .order_by(egress.c.id),
    Egress,
)
STREAM_OF = Statement(
    select(egress)
    .where(
        egress.c.session_id == SESSION_ID,
        egress.c.streaming_target_id == bindparam("target_id", type_=Key),
        egress.c.status.in_(OPEN),
    )
    .with_for_update(),
    Egress,
)
STREAMS_TO = Statement(
    select(func.count())
    .select_from(egress)
    .where(egress.c.streaming_target_id == bindparam("target_id", type_=Key), egress.c.status.in_(OPEN)),
    int,
)
ALL_IN = Statement(
    select(egress).where(egress.c.session_id == SESSION_ID).order_by(egress.c.created_at, egress.c.id), Egress
)
OPEN_IN = Statement(
    select(egress).where(egress.c.session_id == SESSION_ID, egress.c.status.in_(OPEN)), Egress
)
ALL_OPEN = Statement(select(egress).where(egress.c.status.in_(OPEN)).order_by(egress.c.session_id), Egress)
DELETE_EGRESS = Command(delete(egress).where(egress.c.id == bindparam("egress_id", type_=Key)))
DELETE_RECORDING = Command(delete(recording).where(recording.c.id == bindparam("recording_id", type_=Key)))
SET_ASSET = Command(
    update(asset)
    .where(asset.c.id == bindparam("asset_id", type_=Key))
    .values(
        state=bindparam("state", type_=Text),
        size=bindparam("size", type_=asset.c.size.type),
        has_thumbnail=bindparam("has_thumbnail", type_=Boolean),
    )
)


async def add_recording(work: Work, row: Recording) -> None:
    """Raises: Duplicate, when one of the session is running (I4); the unit goes on."""
    await work.db.attempt(ADD_RECORDING, **msgspec.structs.asdict(row))


async def add_asset(work: Work, row: Asset) -> None:
    await work.db.run(ADD_ASSET, **msgspec.structs.asdict(row))


async def add_egress(work: Work, row: Egress) -> None:
    """Raises: Duplicate, when the session has an open one for HLS (I4); the unit goes on."""
    await work.db.attempt(ADD_EGRESS, **msgspec.structs.asdict(row))


async def get(work: Work, recording_id: Id) -> Recording | None:
    return await work.db.one(RECORDING, recording_id=recording_id)


async def hold(work: Work, recording_id: Id) -> Recording | None:
    """The same, held until the work ends."""
    return await work.db.one(HELD, recording_id=recording_id)


async def running(work: Work, session_id: Id) -> Recording | None:
    return await work.db.one(RUNNING_IN, session_id=session_id)


async def last(work: Work, session_id: Id) -> Recording | None:
    """The last that was recorded."""
    return await work.db.one(LAST_IN, session_id=session_id)


async def last_of(work: Work, session_ids: list[Id]) -> dict[Id, Recording]:
    """The last that was recorded of each of these sessions, by session."""
    found = await work.db.all(ALL_OF, session_ids=session_ids) if session_ids else []
    return {each.session_id: each for each in found}


async def count(work: Work, session_id: Id) -> int:
    """How many there have been in this session, deleted ones included."""
    return await work.db.one(COUNT_IN, session_id=session_id) or 0


async def asset_of(work: Work, recording_id: Id) -> Asset | None:
    return await work.db.one(ASSET_OF, recording_id=recording_id)


async def assets_of(work: Work, recording_ids: list[Id]) -> dict[Id, Asset]:
    """The files of these recordings, by recording."""
    found = await work.db.all(ASSETS_OF, recording_ids=recording_ids) if recording_ids else []
    return {each.recording_id: each for each in found}


async def get_egress(work: Work, egress_id: Id) -> Egress | None:
    return await work.db.one(EGRESS, egress_id=egress_id)


async def ask(work: Work, egress_id: Id, before: datetime) -> bool:
    """Whether this work's owner is the one to ask the media server for an output that is wanted.

    Nobody else does, unless they began before `before` and were never heard of again.
    """
    return await work.db.run(ASK, egress_id=egress_id, before=before, now=work.now) == 1


async def egress_by_media_id(work: Work, media_id: str) -> Egress | None:
    return await work.db.one(EGRESS_BY_MEDIA_ID, media_id=media_id)


async def egress_of(work: Work, recording_id: Id) -> Egress | None:
    """The output that wrote, or was to write, the file of a recording."""
    return await work.db.one(EGRESS_OF, recording_id=recording_id)


async def unnamed(work: Work, session_id: Id, kind: EgressKind) -> Egress | None:
    """An intent whose answer of the media server has not been stored yet; None where it may be another."""
    found = await work.db.all(UNNAMED, session_id=session_id, kind=kind)
    return found[0] if len(found) == 1 else None


async def newest_packages(work: Work, session_ids: list[Id]) -> dict[Id, Egress]:
    """The HLS output of each of these sessions that was wanted last, by session."""
    found = await work.db.all(PACKAGES_OF, session_ids=session_ids) if session_ids else []
    return {each.session_id: each for each in found}


async def stream_of(work: Work, session_id: Id, target_id: Id) -> Egress | None:
    """The stream of a session to a target that is not over; held."""
    return await work.db.one(STREAM_OF, session_id=session_id, target_id=target_id)


async def streams_to(work: Work, target_id: Id) -> int:
    """How many are not over."""
    return await work.db.one(STREAMS_TO, target_id=target_id) or 0


async def newest_of(work: Work, session_id: Id) -> list[Egress]:
    """The outputs of a session, the newest of each kind and target."""
    found = await work.db.all(ALL_IN, session_id=session_id)
    return list({(row.kind, row.streaming_target_id): row for row in found}.values())


async def open_in(work: Work, session_id: Id) -> list[Egress]:
    return await work.db.all(OPEN_IN, session_id=session_id)


async def all_open(work: Work) -> list[Egress]:
    return await work.db.all(ALL_OPEN)


async def take_back(work: Work, row: Egress) -> None:
    """Remove an intent, as if it had not been."""
    await work.db.run(DELETE_EGRESS, egress_id=row.id)
    if row.recording_id is not None:
        await work.db.run(DELETE_RECORDING, recording_id=row.recording_id)


async def set_asset(work: Work, row: Asset, *, state: str, size: int, has_thumbnail: bool = False) -> None:
    await work.db.run(SET_ASSET, asset_id=row.id, state=state, size=size, has_thumbnail=has_thumbnail)


async def change_egress(work: Work, row: Egress, **values: object) -> Egress:
    await work.db.run(_change_egress(tuple(values)), row=row.id, **values)
    return msgspec.structs.replace(row, **values)


async def change(work: Work, row: Recording, **values: object) -> Recording:
    """The row with other values, a higher revision, and the time of the change."""
    values |= {"revision": row.revision + 1, "updated_at": work.now}
    await work.db.run(_change_recording(tuple(values)), row=row.id, **values)
    return msgspec.structs.replace(row, **values)


@lru_cache
def _change_egress(names: tuple[str, ...]) -> Command:
    return Command(
        update(egress)
        .where(egress.c.id == bindparam("row", type_=Key))
        .values({name: bindparam(name, type_=egress.c[name].type) for name in names})
    )


@lru_cache
def _change_recording(names: tuple[str, ...]) -> Command:
    return Command(
        update(recording)
        .where(recording.c.id == bindparam("row", type_=Key))
        .values({name: bindparam(name, type_=recording.c[name].type) for name in names})
    )


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """Which recordings a list shows."""

    organization_id: Id
    host_id: Id | None = None  # of rooms of this host
    session_id: Id | None = None
    room_id: Id | None = None
    statuses: tuple[str, ...] = ()
    visibilities: tuple[str, ...] = ()
    search: str | None = None
    sort: str = "-created_at"


ORDERS = {
    "created_at": recording.c.created_at,
    "duration": recording.c.duration_ms,
    "file_size": func.coalesce(asset.c.size, 0),
}


async def page(work: Work, wanted: Wanted, *, limit: int, offset: int) -> tuple[list[Recording], int]:
    """A page, and how many there are in all."""
    values = {
        name: value
        for name, value in msgspec.structs.asdict(wanted).items()
        if value not in (None, ()) and name != "sort"
    }
    if wanted.search is not None:
        values["search"] = "%" + wanted.search.translate(ESCAPES) + "%"
        holders = await narrowed(work, HOLDING, [wanted.search])
        if holders is not None:
            values["found"] = holders
    rows, total = _page(tuple(values), wanted.sort)
    found = await work.db.all(rows, limit=limit, offset=offset, **values)
    return found, await work.db.one(total, **values) or 0


HOLDING = holding("recording", "title")
ESCAPES = str.maketrans({"\\": "\\\\", "%": "\\%", "_": "\\_"})


@lru_cache
def _page(names: tuple[str, ...], sort: str) -> tuple[Statement[Recording], Statement[int]]:
    conditions: dict[str, ColumnElement[bool]] = {
        "organization_id": recording.c.organization_id == bindparam("organization_id", type_=Key),
        "host_id": recording.c.room_id.in_(
            select(room.c.id).where(room.c.host_id == bindparam("host_id", type_=Key))
        ),
        "session_id": recording.c.session_id == SESSION_ID,
        "room_id": recording.c.room_id == bindparam("room_id", type_=Key),
        "statuses": any_of(recording.c.status, "statuses"),
        "visibilities": any_of(recording.c.visibility, "visibilities"),
        "search": recording.c.title.ilike(bindparam("search", type_=Text), escape="\\"),
        "found": any_of(recording.c.id, "found"),
    }
    chosen = [conditions[name] for name in names]
    order = ORDERS[sort.removeprefix("-")]
    descending = sort.startswith("-")
    rows: Select[tuple[object, ...]] = (
        select(recording)
        .outerjoin(asset, asset.c.recording_id == recording.c.id)
        .where(KEPT, *chosen)
        .order_by(
            order.desc() if descending else order.asc(),
            recording.c.id.desc() if descending else recording.c.id.asc(),
        )
        .limit(bindparam("limit", type_=Integer))
        .offset(bindparam("offset", type_=Integer))
    )
    total = select(func.count()).select_from(recording).where(KEPT, *chosen)
    return Statement(rows, Recording), Statement(total, int)
