"""What administrators are told of their webhooks, besides a mail."""

from livehall.dialects.live.realtime.publishing import Message, publishes
from livehall.kernel.journal import Entry

WORDS = {
    "failing": "The webhook endpoint at {url} has failed for days and was switched off.",
    "gone": "The webhook endpoint at {url} answered that it is gone, and was switched off.",
}


@publishes("webhook.off")
def webhook_off(entry: Entry) -> list[Message]:
    text = WORDS[entry.data["reason"]].format(url=entry.data["url"])
    payload = {"kind": "webhook", "subject": entry.data["webhook_id"], "text": text}
    return [(f"org:{entry.organization_id}", "notice", payload)]
