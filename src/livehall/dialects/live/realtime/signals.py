"""What goes to the hub beside the journal: gathered counts that a later one replaces, and revocations."""

import asyncio
import time

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
from livehall.kernel.ids import new_id
from livehall.kernel.journal import Entry

SESSION_CHANNELS = ("session", "chat", "stage", "staff", "caption")
UNSUBSCRIBED = 2000  # final for Centrifugo's clients
ASK_AGAIN = 2501  # they subscribe again and recover, if the gate still lets them
FAREWELL_S = 1.0  # between `session.state` and the end of its channels; C25 allows 5


class Signals:
    def __init__(self, publisher: Publisher) -> None:
        self._publisher = publisher

    def viewer_count(self, count: ViewerCount) -> None:
        """`viewers.count`, withheld from the audience where the preset says so. Without a position."""
        envelope = Envelope(
            v=1,
            type="viewers.count",
            id=new_id(),
            session_id=count.session_id,
            revision=count.revision,
            at=rfc3339(utc_now()),
            data={"count": count.count, "peak": count.peak},
        )
        publication = Publication(data=encode(envelope))
        subjects = (f"session:{count.session_id}", f"room:{count.room_id}")
        for channel in subjects if count.is_public else (f"staff:{count.session_id}",):
            self._publisher.publish(channel, publication)

    def poll_results(self, result: PollResult) -> None:
        """`poll.results`, for the staff alone while the poll hides them. Without a position."""
        poll, tally = result.poll, result.tally
        counts = counted(tally.voters, list(tally.votes))
        envelope = Envelope(
            v=1,
            type="poll.results",
            id=new_id(),
            session_id=poll.session_id,
            revision=result.revision,
            at=rfc3339(utc_now()),
            data={
                "poll_id": poll.id,
                "total_voters": tally.voters,
                "options": [
                    {"id": option["id"], "votes": votes, "percentage": percentage}
                    for option, (votes, percentage) in zip(poll.options, counts, strict=True)
                ],
            },
        )
        channel = "session" if result.is_public else "staff"
        self._publisher.publish(f"{channel}:{poll.session_id}", Publication(data=encode(envelope)))

    def reactions(self, found: Reactions) -> None:
        """`chat.reaction`. Without a position: nobody will miss it."""
        envelope = Envelope(
            v=1,
            type="chat.reaction",
            id=new_id(),
            session_id=found.session_id,
            at=rfc3339(utc_now()),
            data=found.counts,
        )
        self._publisher.publish(f"chat:{found.session_id}", Publication(data=encode(envelope)))

    def question_votes(self, count: VoteCount) -> None:
        """`question.votes`, for the staff alone where the audience sees no questions. Without a position."""
        envelope = Envelope(
            v=1,
            type="question.votes",
            id=new_id(),
            session_id=count.session_id,
            revision=count.revision,
            at=rfc3339(utc_now()),
            data=count.votes,
        )
        channel = "session" if count.is_public else "staff"
        self._publisher.publish(f"{channel}:{count.session_id}", Publication(data=encode(envelope)))

    def hand_count(self, count: HandCount) -> None:
        """`hand.raised` and `hand.lowered` for the audience: how many are up. Without a position."""
        envelope = Envelope(
            v=1,
            type="hand.raised" if count.rises else "hand.lowered",
            id=new_id(),
            session_id=count.session_id,
            revision=count.revision,
            at=rfc3339(utc_now()),
            data={"pending": count.pending},
        )
        self._publisher.publish(f"session:{count.session_id}", Publication(data=encode(envelope)))

    def countdown(self, found: Countdown) -> None:
        """`session.countdown`. Without a position: the session has its start."""
        envelope = Envelope(
            v=1,
            type="session.countdown",
            id=new_id(),
            session_id=found.session_id,
            revision=found.revision,
            at=rfc3339(found.now),
            data={"starts_at": rfc3339(found.starts_at), "server_time": int(found.now.timestamp())},
        )
        publication = Publication(data=encode(envelope))
        for channel in (f"session:{found.session_id}", f"room:{found.room_id}"):
            self._publisher.publish(channel, publication)

    def stream_health(self, found: Health) -> None:
        """`stream.health`, to the staff. Without a position: the next one replaces it."""
        now = utc_now()
        envelope = Envelope(
            v=1,
            type="stream.health",
            id=new_id(),
            session_id=found.session.id,
            revision=found.session.revision,
            at=rfc3339(now),
            data=StreamHealthResponse.of(found.session, found.outputs, now, found.comes),
        )
        self._publisher.publish(f"staff:{found.session.id}", Publication(data=encode(envelope)))

    async def session_over(self, entry: Entry) -> None:
        """C25: the session's channels are taken away, the room's and the person's stay."""
        age_s = time.time() - entry.occurred_at.timestamp()
        await asyncio.sleep(max(0.0, FAREWELL_S - age_s))
        for kind in SESSION_CHANNELS:
            self._publisher.unsubscribe(
                f"{kind}:{entry.session_id}", code=UNSUBSCRIBED, reason="the session is over"
            )
