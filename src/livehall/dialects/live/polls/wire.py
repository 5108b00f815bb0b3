"""What polls look like on the wire."""

from typing import Annotated, Literal, Self

import msgspec
from msgspec import UNSET, Meta, UnsetType

from livehall.core.polls import ops
from livehall.core.polls.fields import Duration, Options, Question
from livehall.core.polls.model import ShowResults, Status
from livehall.core.polls.showing import Shown
from livehall.dialects.kit import Moment, Request, moment
from livehall.dialects.live.auth.wire import Uuid
from livehall.kernel.faults import invalid
from livehall.kernel.ids import Id

NoLess = Annotated[int, Meta(ge=0)]


class CreatePollRequest(Request, kw_only=True):
    question: Question
    options: Options
    allow_multiple: Annotated[
        bool, Meta(description="Whether a voter may choose several; default false.")
    ] = False
    anonymous: Annotated[
        bool,
        Meta(description="Hide who voted what, also from the host; default true. Fixed after creation."),
    ] = True
    show_results: Annotated[
        ShowResults, Meta(description="When voters see counts; default `after_vote`.")
    ] = "after_vote"
    duration: Duration | None = None
    draft: Annotated[bool, Meta(description="Prepare without opening; staff only; default false.")] = False

    def command(self, session_id: Id) -> ops.CreatePoll:
        return ops.CreatePoll(
            session_id=session_id,
            question=self.question,
            options=self.options,
            allow_multiple=self.allow_multiple,
            anonymous=self.anonymous,
            show_results=self.show_results,
            duration_s=self.duration,
            draft=self.draft,
        )


class UpdatePollRequest(Request, kw_only=True):
    """What changes of a draft. Other options get other ids."""

    question: Question | UnsetType = UNSET
    options: Options | UnsetType = UNSET
    allow_multiple: bool | UnsetType = UNSET
    show_results: ShowResults | UnsetType = UNSET
    duration: Duration | UnsetType | None = UNSET
    status: Annotated[Literal["draft", "open"], Meta(description="`open` begins the vote.")] = "draft"

    def command(self, session_id: Id, poll_id: Id) -> ops.UpdatePoll:
        return ops.UpdatePoll(
            session_id=session_id,
            poll_id=poll_id,
            question=self.question,
            options=self.options,
            allow_multiple=self.allow_multiple,
            show_results=self.show_results,
            duration_s=self.duration,
            opens=self.status == "open",
        )


class VoteRequest(Request, kw_only=True):
    """Exactly one of the two (C8)."""

    option_ids: (
        Annotated[
            list[Uuid],
            Meta(
                max_length=10,
                description="Chosen options; exactly one unless the poll allows more. "
                "Replaces an earlier vote while the poll is open.",
            ),
        ]
        | None
    ) = None
    option_id: Annotated[Uuid, Meta(description="Shorthand for one choice.")] | None = None

    def command(self, session_id: Id, poll_id: Id) -> ops.Vote:
        """Raises: Invalid."""
        if (self.option_id is None) == (self.option_ids is None):
            raise invalid("option_ids", "Give either option_id or option_ids.", rule="required")
        chosen = self.option_ids if self.option_id is None else [self.option_id]
        return ops.Vote(
            session_id=session_id,
            poll_id=poll_id,
            option_ids=[option_id.lower() for option_id in chosen or ()],
            field="option_ids" if self.option_id is None else "option_id",
        )


class ListPollsQuery(msgspec.Struct, kw_only=True):
    status: Annotated[Status, Meta(description="Only these.")] | None = None


class PollOptionResponse(msgspec.Struct, kw_only=True):
    id: Uuid
    text: str
    position: NoLess
    votes: Annotated[NoLess | None, Meta(description="Null while the caller may not see results.")] = None
    percentage: Annotated[float | None, Meta(description="Of all voters, 0 to 100.")] = None


class PollResponse(msgspec.Struct, kw_only=True):
    id: Uuid
    session_id: Uuid
    created_by: Uuid
    question: str
    options: list[PollOptionResponse]
    status: Status
    allow_multiple: bool
    anonymous: bool
    show_results: ShowResults
    total_voters: NoLess
    my_votes: Annotated[list[Uuid], Meta(description="Options the caller chose.")]
    closes_at: Moment | None = None
    closed_at: Moment | None = None
    created_at: Moment
    updated_at: Moment

    @classmethod
    def of(cls, shown: Shown) -> Self:
        poll, tally = shown.poll, shown.tally
        counts = zip(tally.votes, tally.percentages, strict=True) if shown.may_see_counts else ()
        seen = dict(enumerate(counts))
        return cls(
            id=poll.id,
            session_id=poll.session_id,
            created_by=poll.created_by,
            question=poll.question,
            options=[
                PollOptionResponse(
                    id=option["id"],
                    text=option["text"],
                    position=at,
                    votes=seen[at][0] if at in seen else None,
                    percentage=seen[at][1] if at in seen else None,
                )
                for at, option in enumerate(poll.options)
            ],
            status=poll.status,
            allow_multiple=poll.allow_multiple,
            anonymous=poll.anonymous,
            show_results=poll.show_results,
            total_voters=tally.voters,
            my_votes=shown.mine,
            closes_at=moment(poll.closes_at),
            closed_at=moment(poll.closed_at),
            created_at=moment(poll.created_at),
            updated_at=moment(poll.updated_at),
        )


class PollListResponse(msgspec.Struct, kw_only=True):
    polls: list[PollResponse]

    @classmethod
    def of(cls, found: list[Shown]) -> Self:
        return cls(polls=[PollResponse.of(each) for each in found])
