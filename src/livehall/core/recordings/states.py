"""The machines of recordings and of outputs: what may follow what. Nothing else decides a status."""

from livehall.core.recordings.model import EgressStatus, RecordingStatus

RECORDING: dict[RecordingStatus, tuple[RecordingStatus, ...]] = {
    "starting": ("recording", "processing", "failed"),
    "recording": ("processing", "failed"),
    "processing": ("ready", "failed"),
    "ready": ("deleted",),
    "failed": ("processing", "deleted"),
    "deleted": (),
}
EGRESS: dict[EgressStatus, tuple[EgressStatus, ...]] = {
    "starting": ("active", "ending", "complete", "failed", "aborted"),
    "active": ("ending", "complete", "failed", "aborted"),
    "ending": ("complete", "failed", "aborted"),
    "complete": (),
    "failed": (),
    "aborted": (),
}


def recording_may(be: RecordingStatus, become: RecordingStatus) -> bool:
    return become in RECORDING[be]


def egress_may(be: EgressStatus, become: EgressStatus) -> bool:
    """Whether a report moves an output; a late one that leads back is not followed."""
    return become in EGRESS[be]
