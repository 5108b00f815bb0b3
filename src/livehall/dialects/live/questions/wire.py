"""What questions look like on the wire."""

from datetime import datetime
from typing import Annotated, Self

import msgspec
from msgspec import UNSET, Meta, UnsetType

from livehall.core.messages.model import QuestionState
from livehall.core.messages.steps import Said
from livehall.core.questions import ops
from livehall.core.questions.fields import AnswerText, QuestionText
from livehall.core.questions.model import Answer
from livehall.core.questions.ops import Sort
from livehall.core.questions.showing import Shown
from livehall.core.sessions.rights import Role
from livehall.dialects.kit import Moment, Request, moment
from livehall.dialects.live.auth.wire import Uuid
from livehall.dialects.live.rooms.wire import PageNumber, PageSize, Pagination
from livehall.kernel.faults import invalid
from livehall.kernel.ids import Id

NoLess = Annotated[int, Meta(ge=0)]
Anonymous = Annotated[bool, Meta(description="Hide the name from the audience; the staff still sees it.")]


class AskQuestionRequest(Request, kw_only=True):
    text: QuestionText
    is_anonymous: Anonymous = False

    def command(self, session_id: Id) -> ops.AskQuestion:
        return ops.AskQuestion(session_id=session_id, text=self.text, is_anonymous=self.is_anonymous)


class UpdateQuestionRequest(Request, kw_only=True):
    """What changes; only while the question is `pending`."""

    text: QuestionText | UnsetType = UNSET
    is_anonymous: Anonymous | UnsetType = UNSET

    def command(self, session_id: Id, question_id: Id) -> ops.CorrectQuestion:
        return ops.CorrectQuestion(
            session_id=session_id, question_id=question_id, text=self.text, is_anonymous=self.is_anonymous
        )


class AnswerQuestionRequest(Request, kw_only=True):
    """In writing, or as said on air, or both."""

    text: AnswerText = ""
    on_air: Annotated[bool, Meta(description="It was answered aloud; then the text may be empty.")] = False
    on_air_at: Annotated[datetime, Meta(tz=True, description="When; now, unless said otherwise.")] | None = (
        None
    )

    def command(self, session_id: Id, question_id: Id) -> ops.AnswerQuestion:
        """Raises: Invalid."""
        if self.on_air_at is not None and not self.on_air:
            raise invalid("on_air", "A time goes with `on_air`.")
        return ops.AnswerQuestion(
            session_id=session_id,
            question_id=question_id,
            text=self.text,
            is_on_air=self.on_air,
            on_air_at=self.on_air_at,
        )


class PinRequest(Request, kw_only=True):
    pinned: Annotated[bool, Meta(description="False takes the pin away; default true.")] = True


class ListQuestionsQuery(msgspec.Struct, kw_only=True):
    state: Annotated[QuestionState, Meta(description="Only these.")] | None = None
    mine: Annotated[bool, Meta(description="Only the caller's own.")] = False
    sort: Annotated[
        Sort,
        Meta(description="Most votes first, oldest first, or newest first; what is pinned leads."),
    ] = "votes"
    page: PageNumber = 1
    limit: PageSize = 20

    def command(self, session_id: Id) -> ops.ListQuestions:
        return ops.ListQuestions(
            session_id=session_id,
            state=self.state,
            only_own=self.mine,
            sort=self.sort,
            offset=(self.page - 1) * self.limit,
            limit=self.limit,
        )


class QuestionAnswerResponse(msgspec.Struct, kw_only=True):
    id: Uuid
    user_id: Uuid | None
    username: str
    role: Role
    text: Annotated[str, Meta(description="Empty where it was said on air only.")]
    on_air_at: Annotated[Moment, Meta(description="When it was said aloud.")] | None
    created_at: Moment

    @classmethod
    def of(cls, answer: Answer) -> Self:
        return cls(
            id=answer.id,
            user_id=answer.account_id,
            username=answer.display_name,
            role=answer.role,
            text=answer.body,
            on_air_at=moment(answer.on_air_at),
            created_at=moment(answer.created_at),
        )


class QuestionResponse(msgspec.Struct, kw_only=True):
    id: Uuid
    session_id: Uuid
    user_id: Annotated[Uuid, Meta(description="Null where the caller may not know who asks.")] | None
    username: str | None
    role: Role | None
    text: str
    state: QuestionState
    is_anonymous: bool
    votes: Annotated[NoLess, Meta(description="Counted anew every 2 s.")]
    my_vote: bool
    is_mine: bool
    pinned_at: Moment | None
    created_at: Moment
    answers: list[QuestionAnswerResponse]

    @classmethod
    def of(cls, shown: Shown) -> Self:
        question = shown.question
        return cls(
            id=question.id,
            session_id=question.session_id,
            user_id=question.account_id if shown.knows_name else None,
            username=question.display_name if shown.knows_name else None,
            role=question.role if shown.knows_name else None,
            text=question.body,
            state=question.state,
            is_anonymous=question.is_anonymous,
            votes=question.vote_count,
            my_vote=shown.has_voted,
            is_mine=shown.is_own,
            pinned_at=moment(question.pinned_at),
            created_at=moment(question.created_at),
            answers=[QuestionAnswerResponse.of(each) for each in shown.answers],
        )


class QuestionListResponse(msgspec.Struct, kw_only=True):
    questions: list[QuestionResponse]
    pagination: Pagination

    @classmethod
    def of(cls, found: ops.Page, query: ListQuestionsQuery) -> Self:
        return cls(
            questions=[QuestionResponse.of(each) for each in found.questions],
            pagination=Pagination.of(query.page, query.limit, found.total),
        )


class ExportedQuestion(msgspec.Struct, kw_only=True):
    """A row of the file."""

    id: Uuid
    attendee_id: Annotated[Uuid, Meta(description="The participant, else the account.")] | None
    user_id: Uuid | None
    username: str
    email: str | None
    role: Role
    text: str
    state: str | None
    is_anonymous: bool
    votes: int
    answers: str
    on_air_at: Moment | None
    asked_at: Moment

    @classmethod
    def of(cls, said: Said, answers: list[Said]) -> Self:
        on_air = [answer.on_air_at for answer in answers if answer.on_air_at]
        return cls(
            id=said.id,
            attendee_id=said.attendee_id,
            user_id=said.account_id,
            username=said.name,
            email=said.email,
            role=said.role,
            text=said.text,
            state=said.state,
            is_anonymous=said.is_anonymous,
            votes=said.votes,
            answers="\n".join(answer.text for answer in answers if answer.text),
            on_air_at=moment(min(on_air, default=None)),
            asked_at=moment(said.created_at),
        )
