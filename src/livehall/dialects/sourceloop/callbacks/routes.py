"""The vendor's callback. It carries no credential: what it may do is in `core.audience.callbacks`."""

from typing import Any

from livehall.core.audience import callbacks
from livehall.dialects.kit import Rate
from livehall.dialects.kit.body import convert
from livehall.dialects.sourceloop.api import sourceloop
from livehall.dialects.sourceloop.callbacks import wire
from livehall.dialects.sourceloop.errors import ProviderFailed
from livehall.kernel.ids import parse_id
from livehall.kernel.work import Work

RATE = Rate(per_minute=1200, burst=300)  # by address


@sourceloop.route(
    "POST", "/webhooks/session", operation="receiveWebhook", tag="webhook", access="none", status=204,
    raises=[ProviderFailed], takes=(wire.VonageEvent, wire.TwilioEvent), rate=RATE, hot=True, security=[],
)  # fmt: skip
async def receive_webhook(work: Work, body: dict[str, Any]) -> None:
    """Provider callback.

    Adds or updates attendees of a meeting that is on; no bearer is needed. All else is ignored.
    """
    event, guest = convert(body, wire.Event), wire.guest_of(body)
    if guest is None:
        raise ProviderFailed("The payload has no connection data.")
    session_id = parse_id(event.session_id)
    if session_id is not None:
        await callbacks.take(
            work,
            callbacks.Told(
                session_id=session_id, guest=guest, event=event.event, reason=event.reason, payload=body
            ),
        )
