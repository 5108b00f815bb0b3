"""The media server's reports come in here. Its signature is checked before anything is read."""

from contextlib import suppress

from livehall.core.ports.media import (
    MediaReports,
    MediaRooms,
    MediaUnavailable,
    ReportForged,
    ReportUnreadable,
)
from livehall.core.recordings.steps import Recorder
from livehall.core.sessions.encoders import Encoders
from livehall.core.sessions.reconciler import close_if_over
from livehall.dialects.kit import Call
from livehall.dialects.live.api import api
from livehall.dialects.live.media_reports import reports, wire
from livehall.kernel.actor import MEDIA
from livehall.kernel.ids import parse_id
from livehall.kernel.work import Desk


@api.route(
    "POST", "/webhooks/livekit", operation="receiveLivekitWebhook", tag="Webhooks", access="none",
    raises=[ReportForged, ReportUnreadable], security=["livekitSignature"], limited=False,
    takes=wire.LiveKitWebhookEvent, takes_media="application/webhook+json",
)  # fmt: skip
async def receive_livekit_webhook(
    call: Call,
    desk: Desk,
    media: MediaRooms,
    encoders: Encoders,
    recorder: Recorder,
    signed: MediaReports,
) -> None:
    """Hear what the media server reports.

    The Authorization header holds a JWT of the media server whose `sha256` claim is the digest of the raw
    body. Repeats and unknown events are acknowledged and ignored; late and reordered ones are harmless.
    """
    report = signed.read(await call.raw(), call.headers.get("authorization", ""))
    async with desk.work(MEDIA, origin="livekit", hot=True) as work:
        if await work.first(f"livekit:{report.id}"):
            await reports.apply(work, report, recorder.public_url)
    session_id = parse_id(report.room)
    if report.event == "room_started" and session_id is not None:
        with suppress(MediaUnavailable):  # the reconcilers look again
            if not await close_if_over(desk, media, session_id):
                await recorder.begin_waiting(session_id)
    if report.event == "ingress_started" and session_id is not None:
        with suppress(MediaUnavailable):
            await encoders.close_if_over(desk, session_id)
