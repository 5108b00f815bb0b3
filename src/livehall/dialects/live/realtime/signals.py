"""What goes to the hub beside the journal: gathered counts that a later one replaces, and revocations."""

import asyncio
import time
from datetime import datetime

from livehall.core.audience.jobs import ViewerCount
from livehall.core.chat.applause import Reactions
from livehall.core.polls.jobs import PollResult
from livehall.core.ports.realtime import Publication, Publisher
from livehall.core.questions.jobs import VoteCount
from livehall.core.recordings.health import Health
from livehall.core.sessions.countdown import Countdown
from livehall.core.stage.jobs import HandCount
from livehall.dialects.live.polls.publications import counted
from livehall.dialects.live.realtime.publishing import Envelope, encode
from livehall.dialects.live.sessions.health import StreamHealthResponse
from livehall.kernel.clock import rfc3339, utc_now
from livehall.kernel.ids import Id, new_id
from livehall.kernel.journal import Entry

SESSION_CHANNELS = ("session", "chat", "stage", "staff", "caption")
UNSUBSCRIBED = 2000  # final for Centrifugo's clients
ASK_AGAIN = 2501  # they subscribe again and recover, if the gate still lets them
FAREWELL_S = 1.0  # between `session.state` and the end of its channels; C25 allows 5


class Signals:
    def __init__(self, publisher: Publisher) -> None:
        self._publisher = publisher

    def viewer_count(self, count: ViewerCount) -> None:
        """`viewers.count`, withheld from the audience where the preset says so."""
        data = {"count": count.count, "peak": count.peak}
        public = (f"session:{count.session_id}", f"room:{count.room_id}")
        channels = public if count.is_public else (f"staff:{count.session_id}",)
        self._tell("viewers.count", count.session_id, data, *channels, revision=count.revision)

    def poll_results(self, result: PollResult) -> None:
        """`poll.results`, for the staff alone while the poll hides them."""
        poll, tally = result.poll, result.tally
        counts = counted(tally.voters, list(tally.votes))
        data = {
            "poll_id": poll.id,
            "total_voters": tally.voters,
            "options": [
                {"id": option["id"], "votes": votes, "percentage": percentage}
                for option, (votes, percentage) in zip(poll.options, counts, strict=True)
            ],
        }
        channel = f"{'session' if result.is_public else 'staff'}:{poll.session_id}"
        self._tell("poll.results", poll.session_id, data, channel, revision=result.revision)

    def reactions(self, found: Reactions) -> None:
        """`chat.reaction`: nobody will miss it."""
        self._tell("chat.reaction", found.session_id, found.counts, f"chat:{found.session_id}")

    def question_votes(self, count: VoteCount) -> None:
        """`question.votes`, for the staff alone where the audience sees no questions."""
        channel = f"{'session' if count.is_public else 'staff'}:{count.session_id}"
        self._tell("question.votes", count.session_id, count.votes, channel, revision=count.revision)

    def hand_count(self, count: HandCount) -> None:
        """`hand.raised` and `hand.lowered` for the audience: how many are up."""
        kind = "hand.raised" if count.rises else "hand.lowered"
        channel = f"session:{count.session_id}"
        self._tell(kind, count.session_id, {"pending": count.pending}, channel, revision=count.revision)

    def countdown(self, found: Countdown) -> None:
        """`session.countdown`: the session has its start."""
        data = {"starts_at": rfc3339(found.starts_at), "server_time": int(found.now.timestamp())}
        channels = (f"session:{found.session_id}", f"room:{found.room_id}")
        self._tell(
            "session.countdown", found.session_id, data, *channels, revision=found.revision, at=found.now
        )

    def stream_health(self, found: Health) -> None:
        """`stream.health`, to the staff."""
        session, now = found.session, utc_now()
        data = StreamHealthResponse.of(session, found.outputs, now, found.comes)
        self._tell(
            "stream.health", session.id, data, f"staff:{session.id}", revision=session.revision, at=now
        )

    async def session_over(self, entry: Entry) -> None:
        """C25: the session's channels are taken away, the room's and the person's stay."""
        age_s = time.time() - entry.occurred_at.timestamp()
        await asyncio.sleep(max(0.0, FAREWELL_S - age_s))
        for kind in SESSION_CHANNELS:
            self._publisher.unsubscribe(
                f"{kind}:{entry.session_id}", code=UNSUBSCRIBED, reason="the session is over"
            )

    def _tell(
        self,
        kind: str,
        session_id: Id,
        data: object,
        *channels: str,
        revision: int | None = None,
        at: datetime | None = None,
    ) -> None:
        """Without a position: what is missed is made up for by the next one, or by reading afresh."""
        envelope = Envelope(
            v=1,
            type=kind,
            id=new_id(),
            session_id=session_id,
            revision=revision,
            at=rfc3339(at or utc_now()),
            data=data,
        )
        publication = Publication(data=encode(envelope))
        for channel in channels:
            self._publisher.publish(channel, publication)
