"""What events of exports publish (`realtime.md` §3)."""

from livehall.dialects.live.realtime.publishing import Message, publishes
from livehall.kernel.journal import Entry


@publishes("export.ended")
def export_ended(entry: Entry) -> list[Message]:
    """To who asked for it, since nobody else sees it; an API client asks again instead."""
    data = entry.data
    if data["account_id"] != data["made_by"]:
        return []
    payload = {
        "job_id": data["export_id"],
        "kind": "export",
        "state": "succeeded" if data["reason"] is None else "failed",
        "progress": 1.0,
        "asset_id": None,
    }
    return [(f"user:{data['account_id']}", "job.state", payload)]
