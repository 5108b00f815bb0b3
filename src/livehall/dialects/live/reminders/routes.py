"""Operations of reminders, and a session for somebody's calendar."""

from starlette.responses import Response

from livehall.core.ports.mail import Stationery
from livehall.core.ports.sealing import Sealing
from livehall.core.reminders import ops
from livehall.core.reminders.entries import entry_of
from livehall.core.reminders.faults import NoSuchLink, NotPlanned
from livehall.core.rooms.faults import RoomNotFound
from livehall.core.sessions import ops as sessions
from livehall.core.sessions.faults import SessionNotFound
from livehall.dialects.kit import Call, Rate, Read
from livehall.dialects.live.api import Addresses, api
from livehall.dialects.live.reminders import wire
from livehall.kernel.ids import Id
from livehall.kernel.work import Work

TAG = "Reminders"
UNSUBSCRIBING = Rate(per_minute=60, burst=60)  # mail providers click for many people from few addresses


@api.route(
    "POST", "/rooms/{id}/reminders", operation="subscribeReminders", tag=TAG, access="viewer", status=201,
    repeatable=True, raises=[RoomNotFound],
)  # fmt: skip
async def subscribe_reminders(
    call: Call, work: Work, id: Id, body: wire.ReminderRequest | None
) -> wire.ReminderStatusResponse:
    """Ask to be told about the room's sessions.

    Repeating it replaces the choices. Mails need an address in the account, and are in its language, or else
    in the first one of `Accept-Language`. Push is not available.
    """
    wish = body or wire.ReminderRequest()
    return wire.ReminderStatusResponse.of(
        await ops.subscribe(work, wish.command(id, call.headers.get("accept-language", "")))
    )


@api.route(
    "DELETE", "/rooms/{id}/reminders", operation="unsubscribeReminders", tag=TAG, access="viewer", status=204,
    raises=[RoomNotFound],
)  # fmt: skip
async def unsubscribe_reminders(work: Work, id: Id) -> None:
    """Stop being told."""
    await ops.unsubscribe(work, id)


@api.route(
    "GET", "/rooms/{id}/reminders", operation="getReminderStatus", tag=TAG, access="viewer",
    raises=[RoomNotFound],
)  # fmt: skip
async def get_reminder_status(work: Read, id: Id) -> wire.ReminderStatusResponse:
    """Whether the caller is told.

    Answers `subscribed: false` when there is no subscription.
    """
    return wire.ReminderStatusResponse.of(await ops.status(work, id))


@api.route(
    "POST", "/unsubscribe/{token}", operation="unsubscribeByLink", tag=TAG, access="none", status=204,
    rate=UNSUBSCRIBING, raises=[NoSuchLink],
)  # fmt: skip
async def unsubscribe_by_link(work: Work, sealing: Sealing, token: wire.Token) -> None:
    """End the mails about one room, by the link in them.

    One click, without signing in (RFC 8058); whatever the body says. The answer is the same whether mails
    were wanted or not.
    """
    await ops.stop_mails(work, sealing, token)


@api.route(
    "GET", "/sessions/{id}/calendar.ics", operation="getSessionCalendar", tag=TAG, access="public",
    media="text/calendar", raises=[SessionNotFound, NotPlanned],
)  # fmt: skip
async def get_session_calendar(
    work: Read, stationery: Stationery, addresses: Addresses, call: Call, id: Id
) -> Response:
    """The session as a calendar file (iCalendar, RFC 5545).

    Its UID stays the same and its SEQUENCE rises, so that a later file replaces an earlier one.
    """
    shown = await sessions.get(work, id)
    if shown.session.scheduled_start_at is None or shown.session.status == "cancelled":
        raise NotPlanned
    entry = entry_of(shown.session, shown.room.room, addresses.origin(call.origin), work.now)
    headers = {
        "Content-Disposition": 'attachment; filename="session.ics"',
        "Cache-Control": "private, no-cache",
        "X-Content-Type-Options": "nosniff",
    }
    return Response(stationery.calendar(entry, "PUBLISH"), headers=headers, media_type="text/calendar")
