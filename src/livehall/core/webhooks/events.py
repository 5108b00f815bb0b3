"""Facts about webhooks."""

from typing import ClassVar, Literal

from livehall.core.webhooks.model import OffReason
from livehall.kernel.ids import Id
from livehall.kernel.work import Event


class WebhookChanged(Event, frozen=True, kw_only=True, tag="webhook.changed"):
    """An endpoint was made, changed, given a new secret, asked for again, or removed."""

    subject: ClassVar[str] = "webhook"
    audit: ClassVar[bool] = True
    webhook_id: Id
    what: Literal["made", "changed", "rotated", "replayed", "removed"]


class WebhookSwitchedOff(Event, frozen=True, kw_only=True, tag="webhook.off"):
    """An endpoint was given up: it failed for too long, or has said that it is gone."""

    subject: ClassVar[str] = "webhook"
    audit: ClassVar[bool] = True
    webhook_id: Id
    url: str  # scheme and host alone
    reason: OffReason
