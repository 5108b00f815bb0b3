"""What is wanted of a session's programme, stored as intents; `steps` and `jobs` have them begin."""

from contextlib import suppress

import structlog

from livehall.core.people.faults import QuotaExceeded
from livehall.core.recordings import rows, store, streaming_store
from livehall.core.recordings.model import Egress
from livehall.core.recordings.quotas import check_is_readable, check_may_record
from livehall.core.sessions.faults import FeatureDisabled, InvalidState
from livehall.core.sessions.model import Session
from livehall.kernel.db import Duplicate
from livehall.kernel.work import Work

log = structlog.get_logger(__name__)


async def want_hls(work: Work, session: Session) -> tuple[Egress, bool]:
    """The session's HLS output; whether it had to be wanted anew.

    Raises: FeatureDisabled (I14), InvalidState. Emits: OutputWanted.
    """
    await check_is_readable(work, session)
    for row in await store.open_in(work, session.id):
        if row.kind == "hls" and row.status != "ending":
            return row, False
    try:
        return await rows.add_egress(work, session, "hls"), True
    except Duplicate:  # another work was faster
        found = [row for row in await store.open_in(work, session.id) if row.kind == "hls"]
        if not found:
            raise InvalidState("The HLS output is just ending; try again.") from None
        return found[0], False


async def want_streams(work: Work, session: Session) -> None:
    """Have the broadcast pushed to every target of its room that is switched on. Emits: OutputWanted."""
    try:
        await check_is_readable(work, session)
    except FeatureDisabled:
        return
    for target in await streaming_store.enabled(work, session.room_id):
        with suppress(Duplicate):
            await rows.add_egress(work, session, "rtmp", target_id=target.id)


async def want_recording(work: Work, session: Session) -> None:
    """Have the session recorded, if it is not already and the plan allows it. Emits: OutputWanted."""
    try:
        await check_may_record(work, session)
    except (FeatureDisabled, QuotaExceeded) as refusal:
        log.info("a session is not recorded", session_id=session.id, reason=refusal.code)
        return
    with suppress(Duplicate):
        recording = await rows.add_recording(work, session)
        await rows.add_egress(work, session, "file", recording.id)
