"""Facts about questions. Votes are none: they are told gathered, and their rows name no time.

With the whole question, so that a reconnecting client recovers it from the journal alone. `is_public` tells
whether the audience is told, in words that hide who asks anonymously; only then the event is on the
`session:` channel and has raised the session's `revision` (C23).
"""

from datetime import datetime
from typing import ClassVar

import msgspec

from livehall.core.questions.model import Answer, Question
from livehall.kernel.ids import Id
from livehall.kernel.work import Event


class QuestionFacts(msgspec.Struct, frozen=True, kw_only=True):
    id: Id
    session_id: Id
    account_id: Id | None
    display_name: str
    role: str
    body: str
    state: str
    is_anonymous: bool
    vote_count: int
    pinned_at: datetime | None
    created_at: datetime

    @classmethod
    def of(cls, question: Question) -> "QuestionFacts":
        return cls(**{name: getattr(question, name) for name in cls.__struct_fields__})


class AnswerFacts(msgspec.Struct, frozen=True, kw_only=True):
    id: Id
    account_id: Id | None
    display_name: str
    role: str
    body: str
    on_air_at: datetime | None
    created_at: datetime

    @classmethod
    def of(cls, answer: Answer) -> "AnswerFacts":
        return cls(**{name: getattr(answer, name) for name in cls.__struct_fields__})


class QuestionEvent(Event, frozen=True, kw_only=True):
    subject: ClassVar[str] = "question"
    question_id: Id
    session_id: Id
    room_id: Id
    revision: int
    is_public: bool
    question: QuestionFacts


class QuestionAsked(QuestionEvent, frozen=True, kw_only=True, tag="question.asked"):
    pass


class QuestionChanged(QuestionEvent, frozen=True, kw_only=True, tag="question.updated"):
    """Its text by who asked it, or its pin by the staff."""


class QuestionPublished(QuestionEvent, frozen=True, kw_only=True, tag="question.published"):
    pass


class QuestionAnswered(QuestionEvent, frozen=True, kw_only=True, tag="question.answered"):
    """With the answer that was given now; earlier ones stay."""

    answer: AnswerFacts


class QuestionDismissed(QuestionEvent, frozen=True, kw_only=True, tag="question.dismissed"):
    """`is_public`: the audience has seen it until now."""

    audit: ClassVar[bool] = True


class QuestionWithdrawn(QuestionEvent, frozen=True, kw_only=True, tag="question.deleted"):
    """Who asked it has taken it back, or was banned with all they wrote."""


class QuestionsExported(Event, frozen=True, kw_only=True, tag="question.exported"):
    """All questions of a session were taken out as a file."""

    subject: ClassVar[str] = "session"
    audit: ClassVar[bool] = True
    session_id: Id
    room_id: Id
    format: str
