"""Lives as rooms and sessions: a live is a session, in a room that is made on the way."""

from datetime import datetime
from typing import get_args

from msgspec import UNSET, UnsetType

from livehall.core.insight import listing, metrics
from livehall.core.insight.listing import Condition, Operator
from livehall.core.ports.sealing import Sealing
from livehall.core.recordings import ops as recordings
from livehall.core.recordings.links import Links
from livehall.core.rooms import ops as rooms
from livehall.core.sessions import editing
from livehall.core.sessions import ops as sessions
from livehall.core.sessions.faults import SessionNotFound
from livehall.core.sessions.model import Format, Provider
from livehall.core.sessions.showing import Shown
from livehall.dialects.kit import Conditions, Filter, FilterSet, Window
from livehall.dialects.kit.addresses import file_address
from livehall.dialects.meltingspot import values
from livehall.dialects.meltingspot.lives import wire
from livehall.kernel.faults import invalid
from livehall.kernel.ids import Id, parse_id
from livehall.kernel.work import Work

LABEL = {"meltingspot": "live"}  # its room was made for it, and goes with it
NUMBERS = {
    "averageViewTime": "average_view_s",
    "invited": "invited",
    "registrant": "registrants",
    "attendee": "attendees",
    "attendanceRate": "attendance_rate",
    "noShow": "no_shows",
    "totalReplayView": "replay_views",
}
ORDER: tuple[Operator, ...] = ("lt", "lte", "gt", "gte", "eq")
FILTERS = FilterSet(
    Filter(field="title", kind=str, operators=("eq", "contains"), words="Title."),
    Filter(field="status", kind=values.LiveStatus, operators=("eq",), words="Stored status."),
    Filter(field="startDate", kind=int, operators=ORDER, words="Start, as Unix time."),
    Filter(field="solution", kind=values.Solution, operators=("in", "eq"), words="Solution."),
    Filter(field="replay", kind=bool, operators=("eq",), words="Has, or has not, a replay."),
    Filter(field="builtInType", kind=values.BuiltInType, operators=("in", "eq"), words="Built-in type."),
    *(Filter(field=name, kind=int, operators=ORDER, words=f"{name}.") for name in NUMBERS),
)


async def page(work: Work, window: Window, filters: Conditions) -> listing.Page:
    """Raises: Invalid."""
    wanted = [_condition(each.field, each.operator, each.value) for each in filters]
    return await listing.page(work, wanted, limit=window.limit, offset=window.offset)


def _condition(field: str, operator: str, value: object) -> Condition:
    """A filter of this API, in our words."""
    if field == "status":
        return Condition("status", "in", values.STATUSES[value])  # type: ignore[index]  # was read as one
    if field in ("solution", "builtInType"):
        named = value if isinstance(value, tuple) else (value,)
        if field == "builtInType":
            return Condition("format", "in", tuple(values.FORMATS[each] for each in named))
        return Condition("source", "in", tuple(ours for each in named for ours in values.SOURCES[each]))
    if field == "startDate":
        assert isinstance(value, int)
        return Condition("begins_at", operator, values.instant(value, "startDate"))  # type: ignore[arg-type]
    if field == "replay":
        return Condition("has_replay", "eq", value)
    return Condition(NUMBERS.get(field, field), operator, value)  # type: ignore[arg-type]  # was declared


async def create(work: Work, sealing: Sealing, body: wire.LiveCreate) -> Shown:
    """Raises: Forbidden, QuotaExceeded, Invalid. Emits: RoomCreated, SessionCreated."""
    host = parse_id(body.spot_member_host_id)
    if host is None:
        raise invalid("spotMemberHostId", "There is no member with this id that you may see.")
    url = _video(body.solution, body.video_url or None, None)
    room = await rooms.create(
        work,
        sealing,
        rooms.CreateRoom(
            title=body.title,
            description=_short(body.description),
            visibility=values.VISIBILITIES[body.visibility] if body.visibility else "public",
            entry=values.ENTRIES[body.participation] if body.participation else None,
            host_id=host,
        ),
    )
    return await sessions.create(
        work,
        sessions.CreateSession(
            room_id=room.room.id,
            title=body.title,
            description=body.description or None,
            mode="external" if url else "webcam",
            scheduled_start_at=values.instant(body.start_date, "startDate"),
            scheduled_end_at=values.instant(body.end_date, "endDate"),
            external_url=url,
            provider=_provider(body.solution),
            format=_format(body.solution, body.built_in_type or None),
            recording_enabled=body.record if body.record is not UNSET else None,
            chat_enabled=_is_shown(body.chat_visibility),
            participants_visible=_is_shown(body.participants_visibility),
            metadata={**LABEL, **_breakouts(body.enable_breakout_rooms)},
        ),
    )


async def update(work: Work, sealing: Sealing, live_id: Id, body: wire.LiveUpdate) -> Shown:
    """Raises: SessionNotFound, Forbidden, FeatureDisabled, InvalidState, QuotaExceeded, Invalid.
    Emits: RoomUpdated, SessionUpdated, SessionRescheduled, SessionSettingsChanged.
    """
    shown = await own(work, live_id)
    session, is_ours = shown.session, _is_ours(shown)
    start, end = values.instant(body.start_date, "startDate"), values.instant(body.end_date, "endDate")
    if end <= start:
        raise invalid("endDate", "The end comes after the start.")
    url = _video(body.solution, body.video_url or None, session.external_url)
    is_format_given = body.built_in_type is not UNSET or body.solution != "BuiltIn"
    await rooms.update(
        work,
        sealing,
        session.room_id,
        rooms.UpdateRoom(
            title=body.title if is_ours else UNSET,
            description=_short(body.description) if is_ours and body.description is not UNSET else UNSET,
            visibility=values.VISIBILITIES[body.visibility] if body.visibility else UNSET,
            entry=values.ENTRIES[body.participation] if body.participation else UNSET,
        ),
    )
    return await editing.update(
        work,
        live_id,
        editing.UpdateSession(
            title=body.title,
            description=UNSET if body.description is UNSET else body.description or None,
            scheduled_start_at=UNSET if _is_same(session.scheduled_start_at, start) else start,
            scheduled_end_at=UNSET if _is_same(session.scheduled_end_at, end) else end,
            mode="external" if url else ("webcam" if session.mode == "external" else UNSET),
            external_url=url,
            provider=_provider(body.solution),
            format=_format(body.solution, body.built_in_type or None) if is_format_given else UNSET,
            recording_enabled=body.record,
            chat_enabled=UNSET if body.chat_visibility is UNSET else _is_shown(body.chat_visibility),
            participants_visible=(
                UNSET if body.participants_visibility is UNSET else _is_shown(body.participants_visibility)
            ),
            publish_recordings=body.record_available,
            replay_url=body.replay_video_url,
            metadata={**session.metadata, **_breakouts(body.enable_breakout_rooms)},
        ),
    )


async def delete(work: Work, live_id: Id) -> None:
    """With its room, where that was made for it.

    Raises: SessionNotFound, Forbidden, FeatureDisabled, InvalidState, RoomInUse.
    """
    if _is_ours(await own(work, live_id)):
        await sessions.delete_with_room(work, live_id)
    else:
        await sessions.delete(work, live_id)


async def own(work: Work, live_id: Id) -> Shown:
    """A live of the Spot that the key may see. Raises: SessionNotFound."""
    shown = await sessions.get(work, live_id)
    if shown.session.organization_id != work.actor.organization_id:
        raise SessionNotFound
    return shown


async def answer(work: Work, links: Links, origin: str, shown: Shown) -> wire.Live:
    """One live with exact figures, where the key may know them, and its films."""
    session = shown.session
    films: list[wire.Film] = []
    if values.source_of(session) == "built_in":
        found = await recordings.of_session(work, session.id, offset=0, limit=100)
        until = work.now + recordings.DOWNLOAD_LIFETIME
        films = [
            wire.Film(
                each.recording,
                file_address(
                    origin, each.recording.id, recordings.file_token(work, links, each.recording.id, until)
                ),
            )
            for each in found.recordings
            if each.recording.status == "ready"
        ]
    return wire.Live.of(shown, await metrics.of_shown(work, shown), films, work.now)


def _video(solution: values.Solution, given: str | None, kept: str | None) -> str | None:
    """The address to play, with the solutions that have one. Raises: Invalid."""
    if solution not in ("Youtube", "Vimeo"):
        return None
    url = given or kept
    if url is None:
        raise invalid("videoUrl", f"{solution} needs the address of the video.", rule="required")
    return url


def _provider(solution: values.Solution) -> Provider | None:
    match solution:
        case "Youtube":
            return "youtube"
        case "Vimeo":
            return "vimeo"
        case "NoSolution":
            return "none"
    return None


def _format(solution: values.Solution, kind: values.BuiltInType | None) -> Format | None:
    return values.FORMATS[kind] if solution == "BuiltIn" and kind is not None else None


def _is_shown(given: object) -> bool | None:
    return None if given is UNSET else given == "Display"


def _is_same(kept: datetime | None, given: datetime) -> bool:
    """Whether it is the time that we have told, in whole seconds."""
    return kept is not None and int(kept.timestamp()) == int(given.timestamp())


def _breakouts(wanted: bool | UnsetType) -> dict[str, str]:
    return {} if wanted is UNSET else {values.BREAKOUTS: str(wanted).lower()}


def _is_ours(shown: Shown) -> bool:
    """Whether `create` made it with its room. The label alone, which anybody may write, does not say so."""
    made_here = shown.session.metadata.get("meltingspot") == "live"
    return made_here and sessions.were_made_together(shown.session, shown.room.room)


def _short(text: object) -> str | None:
    return str(text)[:4096] if text and text is not UNSET else None


assert set(get_args(values.Solution)) == set(values.SOURCES)
